//! A file beside the inbox for the people who put files there: where a file went, why, and whom to ask. It holds no
//! content, and names only without what must not stand in them.

use crate::config::Folder;
use crate::durable::Replacement;
use crate::ledger::{Ledger, LedgerError, Row};
use crate::policy::{Country, Policy};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::PathBuf;

/// Files that a notice names.
const LINES: usize = 100;

/// The notice of one folder.
#[derive(Debug)]
pub(super) struct Notice {
    file: PathBuf,
    folder: String,
    lines: VecDeque<String>,
    head: String,
    words: &'static Words,
}

/// A language's sentences.
#[derive(Debug)]
struct Words {
    head: &'static str,
    ask: &'static str,
    redacted: &'static str,
    blocked: &'static str,
}

const SV: Words = Words {
    head: "Filer från den här mappen läses av fritext innan de går vidare. Detta har hänt med dem som inte gick vidare som de var:",
    ask: "Frågor besvaras av",
    redacted: "en kopia utan de uppgifter som inte får stå där gick vidare; originalet är undanlagt",
    blocked: "gick inte vidare; originalet är undanlagt",
};
const DA: Words = Words {
    head: "Filer fra denne mappe læses af fritext, før de går videre. Det er sket med dem, der ikke gik videre, som de var:",
    ask: "Spørgsmål besvares af",
    redacted: "en kopi uden de oplysninger, der ikke må stå der, gik videre; originalen er lagt til side",
    blocked: "gik ikke videre; originalen er lagt til side",
};
const EN: Words = Words {
    head: "fritext reads the files of this folder before they go on. This became of those that did not go on as they were:",
    ask: "Questions are answered by",
    redacted: "a copy without what must not stand there went on; the original was set aside",
    blocked: "did not go on; the original was set aside",
};

impl Notice {
    /// The notice of a folder, if it has one; `name` is the folder as rows name it.
    pub(super) fn new(folder: &Folder, name: &str, policy: &Policy) -> Option<Self> {
        let words = match policy.organisation.country {
            Some(Country::Se) => &SV,
            Some(Country::Dk) => &DA,
            None => &EN,
        };
        let known = |key: &str| key.starts_with("data_protection_officer") || key.starts_with("contact");
        let officer = policy.organisation.entries.iter().filter(|(key, _)| known(key));
        let officer: Vec<&str> = officer.map(|(_, value)| value.as_str()).collect();
        let ask = if officer.is_empty() { String::new() } else { format!("{} {}.\n", words.ask, officer.join(", ")) };
        let head = format!("{}\n{ask}\n", words.head);
        Some(Self { file: folder.notice.clone()?, folder: name.to_owned(), lines: VecDeque::new(), head, words })
    }

    /// Takes up what the ledger knows.
    pub(super) fn fill(notices: &mut [Self], ledger: &Ledger) -> Result<(), LedgerError> {
        if notices.is_empty() {
            return Ok(());
        }
        ledger.list(|row| {
            for notice in notices.iter_mut() {
                notice.add(&row);
            }
            Ok(())
        })
    }

    /// Takes up a row; whether the notice changed.
    pub(super) fn add(&mut self, row: &Row) -> bool {
        let what = match row.state.as_str() {
            "redacted" => self.words.redacted,
            "blocked" => self.words.blocked,
            _ => return false,
        };
        if row.folder != self.folder || row.door != "watch" {
            return false;
        }
        let path: String = row.path.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let day = row.time.get(..16).unwrap_or_default().replace('T', " ");
        self.lines.push_front(format!("{day}  {:>6}  {path}: {what}", row.sequence));
        self.lines.truncate(LINES);
        true
    }

    /// Writes it.
    pub(super) fn write(&self) -> io::Result<()> {
        let mut file = Replacement::new(&self.file)?;
        write!(file, "{}", self.head)?;
        for line in &self.lines {
            writeln!(file, "{line}")?;
        }
        file.commit()
    }
}
