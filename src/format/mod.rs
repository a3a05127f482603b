//! Bytes to fields and back. A format finds the texts in a stream, a visitor judges each, and the stream is written on
//! with the visitor's edits; every byte outside an edit passes through as it came.
//!
//! ```text
//! bytes ─unpack─▶ ─recode─▶ UTF-8 ─lexer─▶ batches of slots ─judge (any thread)─▶ ─write in order─▶ UTF-8 ─▶ bytes
//! ```
//! `sniff` finds out what a stream is; `pack` undoes gzip and zstd, `recode` the encoding, a lexer per format finds the
//! texts, `long` cuts the long ones, `units` leads from characters back to raw bytes, `drive` is the loop.

mod batch;
mod companions;
mod csv;
mod drive;
mod fixed;
mod input;
mod json;
mod json_inside;
mod json_token;
mod long;
mod markup;
mod pack;
mod recode;
mod sniff;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod xml;

pub use batch::At;
pub use drive::{Outcome, Part, Told, Verdict};
pub use input::{HEAD, Input};
pub use pack::{Packing, unpack};
pub use sniff::{Sniffed, sniff};

use crate::model::Encoding;
use batch::Batch;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

/// The characters of bytes in this encoding.
pub fn decode_all(bytes: &[u8], encoding: Encoding) -> String {
    let mut utf8 = Vec::new();
    match recode::Decoder::new(encoding, false) {
        Some(mut decoder) => decoder.push(bytes, true, &mut utf8),
        None => utf8.extend_from_slice(bytes),
    }
    units::decode(&utf8, units::Quoting::None).trim_start_matches('\u{FEFF}').to_owned()
}

/// A format that fritext reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// The whole file is one text.
    Text,
    /// Rows of cells with this delimiter, an ASCII character or `¤`.
    Csv(char),
    /// Rows of cells of fixed widths: title and width in characters.
    Fixed(Vec<(String, usize)>),
    /// A JSON document.
    Json,
    /// A JSON document a line.
    JsonLines,
    /// An XML document.
    Xml,
    /// An HTML document: one text, and the attributes and comments.
    Html,
}

impl Format {
    /// Its name as an option.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv('\t') => "tsv",
            Self::Csv(_) => "csv",
            Self::Fixed(_) => "fixed",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Xml => "xml",
            Self::Html => "html",
        }
    }
}

/// What becomes of a stream's texts. Judging is pure: any thread, any order, the same.
pub trait Visitor: Sync {
    /// What is known about a column, a key or an element.
    type Column: Send + Sync;
    /// What is to be told about a text.
    type Judged: Send;

    /// Whether a header alone tells what its column holds.
    fn knows(&self, header: &str) -> bool;
    /// The columns of a table, by its header, if it has one, and its first rows.
    fn table(&self, header: Option<&[String]>, rows: &[Vec<String>]) -> Vec<Self::Column>;
    /// The values under a key or in an element: `name` is the path of keys, without indices, joined by dots.
    fn column(&self, name: &str) -> Self::Column;
    /// Whether values there can mark the record around them: see [`At::marked`].
    fn can_mark(&self, column: &Self::Column) -> bool;
    /// Whether this value does.
    fn marks(&self, value: &str) -> bool;
    /// Whether what was told of a text calls for all of its record to be protected.
    fn protects(&self, judged: &Self::Judged) -> bool;
    /// Whether a text was refused since its record is to be protected.
    fn refused(&self, judged: &Self::Judged) -> bool;
    /// Judges one text.
    fn judge(&self, part: &Part<'_, Self::Column>) -> Verdict<Self::Judged>;
}

/// Finds the texts of one format.
trait Lexer<V: Visitor> {
    /// Moves what is complete from the input into the batch.
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, visitor: &V) -> Result<Step, FormatError>;
}

/// How a lexer got on.
enum Step {
    /// Something was moved.
    More,
    /// More input is needed first.
    Wait,
    /// All is moved.
    End,
}

/// Something wrong in a document. It was read all the same, as far as it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Line from 1.
    pub line: u64,
    /// Column in characters from 1.
    pub column: u64,
    /// What is wrong and what to do; never content.
    pub what: Cow<'static, str>,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// Why a document cannot be read. Positions, never content.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The content is of a kind that this version does not read.
    #[error("not scanned: {0}")]
    Unread(Cow<'static, str>),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FormatError {
    const fn unread(what: &'static str) -> Self {
        Self::Unread(Cow::Borrowed(what))
    }
}

/// Reads a stream of this format, shows its texts to the visitor, tells what was judged in order, and writes it on.
pub fn stream<V: Visitor>(
    input: &mut Input<'_>,
    output: &mut dyn Write,
    sniffed: &Sniffed,
    visitor: &V,
    threads: usize,
    tell: &mut dyn FnMut(&Told<'_, V::Judged>) -> io::Result<()>,
) -> Result<Outcome, FormatError> {
    if let Some(what) = sniffed.also {
        return Err(FormatError::unread(what));
    }
    let currency = sniffed.format == Format::Csv('¤');
    if let Some(decoder) = recode::Decoder::new(sniffed.encoding, currency) {
        input.decode(decoder);
    }
    let mut encoder = recode::Encoder::new(output, sniffed.encoding, currency);
    const BOM: &[u8] = b"\xef\xbb\xbf";
    if input.fill(BOM.len())?.starts_with(BOM) {
        input.take(BOM.len());
        encoder.write_all(BOM)?;
    }
    let mut lexer: Box<dyn Lexer<V> + Send> = match &sniffed.format {
        Format::Text => Box::new(text::Whole::new(units::Quoting::None)),
        Format::Html => Box::new(text::Whole::new(units::Quoting::Html)),
        Format::Csv(delimiter) => Box::new(csv::Csv::new(*delimiter)),
        Format::Fixed(columns) => Box::new(fixed::Fixed::new(columns)),
        Format::Json => Box::new(json::Json::new(false)),
        Format::JsonLines => Box::new(json::Json::new(true)),
        Format::Xml => Box::new(xml::Xml::new()),
    };
    let outcome = drive::drive(&mut *lexer, input, &mut encoder, visitor, threads, tell)?;
    encoder.finish()?;
    Ok(outcome)
}
