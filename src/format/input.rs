//! A byte stream with a look ahead, decoded into the form that the formats read.

use super::recode::Decoder;
use std::io::{self, Read};
use std::time::Duration;

/// How much is looked at before anything is decided about a stream, in bytes.
pub const HEAD: usize = 256 * 1024;

/// A stream that is silent for so long is worked on as far as it goes, so that a caller that waits for an answer before
/// it writes on is never kept waiting.
const QUIET: Duration = Duration::from_millis(500);

/// A stream that is read in order, with what is buffered of it.
pub struct Input<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// Whether the reader has something to read, or ended, within a time; `None` where a read never waits for long.
    ready: Option<fn(Duration) -> bool>,
    decoder: Option<Decoder>,
    scratch: Vec<u8>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<'a> Input<'a> {
    /// A stream.
    pub fn new(reader: impl Read + Send + 'a) -> Self {
        Self {
            reader: Box::new(reader),
            ready: None,
            decoder: None,
            scratch: Vec::new(),
            buffer: Vec::new(),
            start: 0,
            ended: false,
        }
    }

    /// Standard input.
    pub fn stdin() -> Self {
        Self { ready: Some(stdin_ready), ..Self::new(io::stdin()) }
    }

    /// The same stream read through something that unpacks it.
    pub(super) fn through<R: Read + Send + 'a>(self, unpack: impl FnOnce(Box<dyn Read + Send + 'a>) -> R) -> Self {
        let head = io::Cursor::new(self.bytes().to_vec());
        let (ready, reader) = (self.ready, self.reader);
        let whole: Box<dyn Read + Send + 'a> = if self.ended { Box::new(head) } else { Box::new(head.chain(reader)) };
        Self { ready, ..Self::new(unpack(whole)) }
    }

    /// From here on bytes are decoded, those already buffered, too.
    pub(super) fn decode(&mut self, mut decoder: Decoder) {
        let raw = self.buffer.split_off(self.start);
        self.buffer.clear();
        self.start = 0;
        decoder.push(&raw, self.ended, &mut self.buffer);
        self.decoder = Some(decoder);
    }

    /// What is buffered and not yet taken.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether the stream ends with what is buffered.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Reads until `least` bytes are buffered or the stream ends.
    pub fn fill(&mut self, least: usize) -> io::Result<&[u8]> {
        while !self.ended && self.bytes().len() < least {
            self.read(least - self.bytes().len())?;
        }
        Ok(self.bytes())
    }

    /// As [`Input::fill`], but a stream that falls silent is given up on.
    pub fn fill_for_now(&mut self, least: usize) -> io::Result<&[u8]> {
        while !self.ended && self.bytes().len() < least && !self.quiet() {
            self.read(least - self.bytes().len())?;
        }
        Ok(self.bytes())
    }

    /// Whether nothing comes for a while.
    pub fn quiet(&self) -> bool {
        !self.ended && self.ready.is_some_and(|ready| !ready(QUIET))
    }

    /// Reads once, whatever comes, at most about `most` bytes.
    pub fn read(&mut self, most: usize) -> io::Result<()> {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let most = most.clamp(8 * 1024, 1 << 20);
        let Some(decoder) = &mut self.decoder else {
            let old = self.buffer.len();
            self.buffer.resize(old + most, 0);
            let read = read(&mut *self.reader, &mut self.buffer[old..]);
            self.buffer.truncate(old + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            return Ok(());
        };
        self.scratch.resize(most, 0);
        let count = read(&mut *self.reader, &mut self.scratch)?;
        self.ended = count == 0;
        decoder.push(&self.scratch[..count], self.ended, &mut self.buffer);
        Ok(())
    }

    /// Takes the first `count` bytes.
    pub fn take(&mut self, count: usize) {
        self.start += count;
    }
}

fn read(reader: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(unix)]
fn stdin_ready(within: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let wait = Timespec { tv_sec: 0, tv_nsec: within.as_nanos().try_into().unwrap_or(999_999_999) };
    // What cannot be asked is read: reading tells the error.
    poll(&mut fds, Some(&wait)).is_ok_and(|n| n > 0) || !fds[0].revents().is_empty()
}

#[cfg(not(unix))]
fn stdin_ready(_: Duration) -> bool {
    true
}
