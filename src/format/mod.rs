//! Bytes to fields and back. A format finds the texts in a stream, hands each to a visitor, and writes the stream on
//! with the visitor's edits; every byte outside an edit passes through as it came.

mod csv;
mod input;
mod sniff;
mod text;
mod units;

pub use input::{HEAD, Input};
pub use sniff::{Sniffed, sniff};
pub use units::Encoding;

use crate::model::Edit;
use std::io::{self, Write};

/// Bytes read as Windows-1252.
pub fn windows_text(bytes: &[u8]) -> String {
    units::decode(bytes, Encoding::Windows1252, units::Quoting::None).into_owned()
}

/// A format that fritext reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The whole file is one text.
    Text,
    /// Rows of cells with this delimiter.
    Csv(u8),
    /// One JSON object a line, each one text.
    Records,
}

/// A text of a stream, or a stretch of a long one.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its characters.
    pub text: crate::model::Text<'a>,
    /// Row from 1 and column from 0 of a cell; the header is row 1 where there is one.
    pub cell: Option<(u64, usize)>,
    /// Line from 1 in the file on which it begins.
    pub line: u64,
    /// If there is more to come: the byte before which the visitor must cut. What follows the cut comes again.
    pub soft_end: Option<usize>,
}

/// What a visitor answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// Changes before the cut, sorted.
    pub edits: Vec<Edit>,
    /// Where the stretch ends: the length of the text unless there is a `soft_end`.
    pub cut: usize,
}

/// What becomes of a stream's texts.
pub trait Visitor {
    /// Judges one text.
    fn text(&mut self, part: &Part<'_>) -> Answer;
    /// Told once, before the cells: the header, if there is one, and the first rows.
    fn table(&mut self, _header: Option<&[String]>, _rows: &[Vec<String>]) {}
}

/// Why a document cannot be read. Positions, never content.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The content is of a kind that this version does not read.
    #[error("not scanned: {0}")]
    Unread(&'static str),
    /// The content breaks its format.
    #[error("line {line}, column {column}: {what}")]
    Broken {
        /// Line from 1.
        line: u64,
        /// Column in characters from 1.
        column: u64,
        /// What is wrong and what to do.
        what: &'static str,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads a stream of this format, shows its texts to the visitor and writes it on.
pub fn stream(
    input: &mut Input<'_>,
    output: &mut dyn Write,
    sniffed: &Sniffed,
    visitor: &mut dyn Visitor,
) -> Result<(), FormatError> {
    output.write_all(input.skip(sniffed.bom)?)?;
    match sniffed.format {
        Format::Text => text::stream(input, output, sniffed.encoding, visitor),
        Format::Csv(delimiter) => csv::stream(input, output, sniffed.encoding, delimiter, visitor),
        Format::Records => Err(FormatError::Unread("records are read line by line")),
    }?;
    Ok(output.flush()?)
}
