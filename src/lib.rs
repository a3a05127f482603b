//! fritext reads free-text fields of Swedish and Danish public-sector systems, finds what must not stand there, decides
//! by policy, and reports or redacts it.
//!
//! The path of a text, in the order of the modules:
//!
//! 1. `format` finds the texts in a stream of bytes (`decode`) and writes the stream on (`encode`);
//! 2. `recognize` reads a text with the `lexicon` tables and finds what it discloses;
//! 3. `policy` decides what may stand where;
//! 4. `redact` applies what was decided;
//! 5. `report` tells people and programs.
//!
//! `pipeline` is that path on one screen, `judge` and `scan` lead a whole document through it; `cli` is the door.
//!
//! ```
//! use fritext::{Date, Engine, FieldName, Place};
//!
//! let engine = Engine::builtin(Date::new(2026, 11, 22).expect("a date"));
//! let rules = engine.rules(&FieldName { system: Some("vklass".into()), field: Some("franvaro".into()) });
//! let place = Place::new(&rules);
//! let judged = engine.judge("Elvira Lindqvist är sjuk, feber", &place);
//! assert_eq!(fritext::apply("Elvira Lindqvist är sjuk, feber", &judged.edits), "Frånvarande");
//! ```

mod durable;
mod model;
mod yaml;

mod lexicon;

mod format;
mod redact;
mod report;

mod ledger;

mod policy;
mod recognize;

mod builtin;
mod pipeline;

mod judge;
mod record;
mod scan;

mod config;

mod daemon;
mod serve;

mod cli;

pub use cli::{run, score};
pub use format::{At, Flaw, Format, FormatError, Input, Told};
pub use judge::{Known, Seen, Unmapped};
pub use model::{
    Action, Category, ColumnKind, Date, Decision, Edit, Encoding, FieldName, Finding, Kind, Lang, Span, Text, apply,
};
pub use pipeline::{Engine, Judged, Place};
pub use policy::{FieldRules, Policy};
pub use recognize::{Lexicons, weigh};
pub use scan::{Options, Said, Scanned, scan};
