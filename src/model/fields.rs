//! Where a text stands.

use serde::{Deserialize, Serialize};

/// What sort of place a field is; chooses the message people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A running note or comment.
    #[default]
    Note,
    /// A reason for absence.
    Absence,
    /// A title in a diary or a case system.
    Title,
    /// Sender or recipient.
    Party,
    /// Subject line of an e-mail.
    Subject,
    /// Body of an e-mail inside the organisation.
    Mail,
    /// Body of an e-mail that leaves it.
    MailOutside,
    /// A note about an employee.
    Staff,
    /// An employee's absence.
    StaffAbsence,
    /// A learning service, written by staff.
    Service,
    /// A pupil's own text.
    PupilText,
    /// A message from a guardian or pupil.
    Incoming,
    /// A health journal.
    Journal,
    /// A document.
    Document,
    /// A cell of a list.
    List,
    /// The name of a file or folder.
    Filename,
    /// A remark on pay.
    Pay,
    /// Study support.
    Support,
    /// Guidance and special educational support.
    Guidance,
}

impl Place {
    /// Every place with the word a configuration uses.
    pub const ALL: [(Self, &str); 19] = [
        (Self::Note, "note"),
        (Self::Absence, "absence"),
        (Self::Title, "title"),
        (Self::Party, "party"),
        (Self::Subject, "subject"),
        (Self::Mail, "mail"),
        (Self::MailOutside, "mail_outside"),
        (Self::Staff, "staff"),
        (Self::StaffAbsence, "staff_absence"),
        (Self::Service, "service"),
        (Self::PupilText, "pupil_text"),
        (Self::Incoming, "incoming"),
        (Self::Journal, "journal"),
        (Self::Document, "document"),
        (Self::List, "list"),
        (Self::Filename, "filename"),
        (Self::Pay, "pay"),
        (Self::Support, "support"),
        (Self::Guidance, "guidance"),
    ];

    /// The place with this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, w)| *w == id).map(|(p, _)| p)
    }

    /// Whether a short text here is, as a rule, the reason why somebody stayed away.
    pub const fn is_absence(self) -> bool {
        matches!(self, Self::Absence | Self::StaffAbsence)
    }
}

/// System and field of a text, as given by the caller; both may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FieldName {
    /// The administrative system.
    pub system: Option<String>,
    /// A field of it.
    pub field: Option<String>,
}

/// What a column of a table holds, judged on its header and first rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColumnKind {
    /// Free text, or no column at all.
    #[default]
    FreeText,
    /// One identifier a cell, as the header and most cells say: personal numbers, names, contact details.
    Identifier,
    /// A code from a short list.
    Code,
    /// Numbers that are no person's: case, invoice and order numbers, amounts, times.
    OtherNumber,
}
