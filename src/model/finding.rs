//! What was found in a text, and what was almost found.

use super::{Category, Kind, Span};
use std::borrow::Cow;

/// How sure a recognizer is, from 0 to 1.
pub type Confidence = f32;

/// A span of a text that discloses something about a person. It holds positions and kinds, never content.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Where, in UTF-8 bytes of the field's text.
    pub span: Span,
    /// What it discloses.
    pub category: Category,
    /// A finer word, if there is one.
    pub kind: Option<Kind>,
    /// How sure.
    pub confidence: Confidence,
    /// The list or rule that found it (`name`, `lexicon:sv/health`), never the entry.
    pub recognizer: Cow<'static, str>,
    /// The lexicon entry behind it, for `explain`: an index into the tables' terms.
    pub term: Option<u32>,
}

/// A span that a recognizer looked at and let go.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it would have been.
    pub finding: Finding,
    /// Why it was let go.
    pub reason: Reason,
}

/// Why a candidate is no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No such date in the calendar.
    NoSuchDate,
    /// The check digit is wrong.
    Checksum,
    /// Digits or letters stand directly beside it.
    Boundary,
    /// A word beside it says that it is another kind of number.
    OtherNumber,
    /// A bare number with no word, column or name that makes it a person's.
    NoCue,
    /// A weak term without a context word in its sentence.
    WeakAlone,
    /// A `not:` entry covers it.
    NotTerm,
    /// Upper and lower case differ from the entry.
    Case,
    /// The sentence speaks of a subject in general, not of a person.
    GeneralTopic,
    /// What stands around it says that it is about nobody, or is something else.
    Surroundings,
    /// A longer or surer finding covers it.
    Covered,
    /// An ordinary word that is a name, too, without a neighbour that makes it one.
    Homograph,
    /// It is a number of this kind.
    Is(OtherNumber),
    /// A word in the address of a page.
    PageAddress,
}

/// Numbers that are no person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherNumber {
    /// Swedish organisation number.
    Organisation,
    /// Swedish number for value added tax.
    Vat,
    /// Danish company number.
    Cvr,
    /// International account number.
    Iban,
    /// Bankgiro or plusgiro.
    Giro,
    /// Article number, EAN.
    Goods,
    /// Book.
    Isbn,
    /// Car.
    Plate,
    /// Date and time.
    Timestamp,
    /// Place on the map.
    Coordinates,
    /// Year and number of a case.
    Case,
}

impl OtherNumber {
    /// One sentence for the person who asks why.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Organisation => "it is an organisationsnummer of a firm or an authority",
            Self::Vat => "it is a number for value added tax",
            Self::Cvr => "it is a CVR number of a firm or an authority",
            Self::Iban => "it is an account number (IBAN)",
            Self::Giro => "it is a bankgiro or plusgiro number",
            Self::Goods => "it is a number of goods (EAN)",
            Self::Isbn => "it is a number of a book (ISBN)",
            Self::Plate => "it is the number plate of a car",
            Self::Timestamp => "it is a date or a time",
            Self::Coordinates => "it is a place on the map or a decimal number",
            Self::Case => "it is the number of a case, with its year",
        }
    }
}

impl Reason {
    /// One sentence for the person who asks why.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::NoSuchDate => "there is no such date",
            Self::Checksum => "the check digit is wrong",
            Self::Boundary => "it is part of a longer number or word",
            Self::OtherNumber => "a word beside it says it is another kind of number",
            Self::NoCue => "a bare number; no word, column or name says it is a person's",
            Self::WeakAlone => "the word is ambiguous and no context word stands in its sentence",
            Self::NotTerm => "a `not:` entry says this is something else",
            Self::Case => "upper and lower case differ from the entry",
            Self::GeneralTopic => "the sentence is about a subject in general, not about a person",
            Self::Surroundings => "what stands around it makes it unlikely that it is about somebody",
            Self::Covered => "a longer or surer finding covers it",
            Self::Homograph => "an ordinary word, and nothing beside it makes it a name",
            Self::Is(number) => number.explain(),
            Self::PageAddress => "it is part of the address of a page",
        }
    }
}
