//! gzip and zstd round a stream: undone on the way in, done again on the way out.
//!
//! A packed stream may unfold to much more than it is. It is read in order and never held, so its size costs time and no
//! memory; what unfolds beyond all reason is given up on, and is then not scanned.

use super::{FormatError, Input};
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes that any packed stream may unfold to.
const ALWAYS: u64 = 256 << 20;
/// Beyond that: so many times its packed size.
const RATIO: u64 = 200;
/// The window of a zstd stream, as a power of two: 32 MiB.
const ZSTD_WINDOW: u32 = 25;

/// How a stream is packed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Packing {
    /// It is not.
    #[default]
    None,
    /// gzip, with the name of the file inside, if it has one, and its time stamp.
    Gzip {
        /// The name.
        name: Option<Vec<u8>>,
        /// Seconds since 1970; 0 for none.
        mtime: u32,
    },
    /// zstd.
    Zstd,
}

/// Undoes the packing of a stream, if it has one.
pub fn unpack(mut input: Input<'_>) -> Result<(Input<'_>, Packing), FormatError> {
    let packed = Arc::new(AtomicU64::new(0));
    let head = input.fill(4)?;
    if head.starts_with(b"\x1f\x8b") {
        let mut decoder = None;
        let count = packed.clone();
        let mut unpacked = input.through(|reader| {
            let gzip = MultiGzDecoder::new(Counted { reader, count });
            let header = gzip.header().map(|h| (h.filename().map(<[u8]>::to_vec), h.mtime()));
            decoder = header;
            Budget { reader: gzip, packed, given: 0 }
        });
        let (name, mtime) = decoder.unwrap_or_default();
        nested(&mut unpacked, "gzip")?;
        return Ok((unpacked, Packing::Gzip { name, mtime }));
    }
    if head.starts_with(b"\x28\xb5\x2f\xfd") {
        let mut failed = None;
        let count = packed.clone();
        let mut unpacked = input.through(|reader| {
            let reader: Box<dyn Read + Send> = match zstd::stream::read::Decoder::new(Counted { reader, count }) {
                Ok(mut decoder) => {
                    failed = decoder.window_log_max(ZSTD_WINDOW).err();
                    Box::new(decoder)
                }
                Err(e) => {
                    failed = Some(e);
                    Box::new(io::empty())
                }
            };
            Budget { reader, packed, given: 0 }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        nested(&mut unpacked, "zstd")?;
        return Ok((unpacked, Packing::Zstd));
    }
    Ok((input, Packing::None))
}

/// What is packed once more is not unpacked.
fn nested(input: &mut Input<'_>, what: &'static str) -> Result<(), FormatError> {
    let head = input.fill(4).map_err(|e| damaged(&e, what))?;
    if head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x28\xb5\x2f\xfd") {
        return Err(FormatError::unread("it is packed more than once"));
    }
    Ok(())
}

fn damaged(error: &io::Error, what: &'static str) -> FormatError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => FormatError::unread(TOO_MUCH),
        _ => FormatError::Unread(format!("the {what} packing is damaged or cut short").into()),
    }
}

const TOO_MUCH: &str = "it unfolds to more than 200 times its size and more than 256 MiB";

/// Counts the packed bytes.
struct Counted<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.count.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

/// Gives up on a stream that unfolds beyond all reason.
struct Budget<R> {
    reader: R,
    packed: Arc<AtomicU64>,
    given: u64,
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted => e,
            _ => io::Error::new(io::ErrorKind::InvalidData, "the packing is damaged or cut short"),
        })?;
        self.given += read as u64;
        if self.given > ALWAYS.max(RATIO * self.packed.load(Relaxed)) {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, TOO_MUCH));
        }
        Ok(read)
    }
}

/// A stream that is packed as another one was.
pub enum Packer<'a> {
    /// Not at all.
    Plain(&'a mut dyn Write),
    /// gzip.
    Gzip(GzEncoder<&'a mut dyn Write>),
    /// zstd.
    Zstd(zstd::Encoder<'static, &'a mut dyn Write>),
}

impl Packing {
    /// Packs what is written to `out` in the same way. `keep_name` tells whether the name inside may stay.
    pub fn pack<'a>(&self, out: &'a mut dyn Write, keep_name: bool) -> io::Result<Packer<'a>> {
        Ok(match self {
            Self::None => Packer::Plain(out),
            Self::Gzip { name, mtime } => {
                let mut builder = GzBuilder::new().mtime(*mtime);
                if let Some(name) = name.as_ref().filter(|_| keep_name) {
                    builder = builder.filename(name.clone());
                }
                Packer::Gzip(builder.write(out, Compression::default()))
            }
            Self::Zstd => {
                let mut encoder = zstd::Encoder::new(out, 3)?;
                encoder.include_checksum(true)?;
                Packer::Zstd(encoder)
            }
        })
    }
}

impl Packer<'_> {
    /// Writes the end. To be called once, when all is written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(encoder) => encoder.finish()?.flush(),
            Self::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

impl Write for Packer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            // Flushing a packed stream at every batch would unpack its gain; readers of packed streams wait for blocks.
            Self::Gzip(_) | Self::Zstd(_) => Ok(()),
        }
    }
}
