//! A byte stream with a look ahead.

use std::io::{self, Read};

/// How much is looked at before anything is decided about a stream, in bytes.
pub const HEAD: usize = 256 * 1024;

/// A stream that is read in order, with what is buffered of it.
pub struct Input<'a> {
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<'a> Input<'a> {
    /// A stream.
    pub fn new(reader: impl Read + 'a) -> Self {
        Self { reader: Box::new(reader), buffer: Vec::new(), start: 0, ended: false }
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

    /// Reads once, whatever comes, at most about `most` bytes.
    pub fn read(&mut self, most: usize) -> io::Result<()> {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let old = self.buffer.len();
        self.buffer.resize(old + most.clamp(8 * 1024, 1 << 20), 0);
        let read = loop {
            match self.reader.read(&mut self.buffer[old..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(old + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Takes the first `count` bytes.
    pub fn take(&mut self, count: usize) {
        self.start += count;
    }

    /// Takes and returns the first `count` bytes, or what there is of them.
    pub fn skip(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = count.min(self.fill(count)?.len());
        self.start += count;
        Ok(&self.buffer[self.start - count..self.start])
    }
}
