//! The row that a run of `check` or `redact` leaves in the ledger, when the configuration names one.

use super::args::Args;
use super::{setup, watch};
use crate::config::load_ledger;
use crate::ledger::{Ledger, Row};
use crate::model::{Action, Decision, FieldName};
use crate::pipeline::Engine;
use crate::report::Summary;
use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;

/// A run that is being counted.
pub(super) struct RunRow {
    ledger: Option<Ledger>,
    row: Row,
}

impl RunRow {
    /// Begins to count; the ledger is opened first, so that a run that could not be recorded is not begun.
    pub(super) fn begin(args: &Args, engine: &Engine, door: &str, name: &FieldName) -> Result<Self> {
        let file = match setup::config_file(args) {
            Some(_) => {
                let (file, text) = watch::config(args)?;
                load_ledger(&file, &text).map_err(|p| anyhow!("{}", setup::told(&p)))?
            }
            None => None,
        };
        let ledger = file.map(|f| Ledger::open_file(&f).with_context(|| f.display().to_string())).transpose()?;
        let mut row = Row { door: door.to_owned(), ..Row::default() };
        if ledger.is_some() {
            row.system = name.system.clone().unwrap_or_default();
            row.field = name.field.clone().unwrap_or_default();
            row.policy_version = setup::policy_version(&engine.policy);
            row.lexicon_version = engine.lexicons.version();
        }
        Ok(Self { ledger, row })
    }

    /// Counts a decision.
    pub(super) fn count(&mut self, decision: &Decision) {
        *self.row.actions.entry(decision.action.id().to_owned()).or_default() += 1;
        if decision.action > Action::Allow {
            *self.row.counts.entry(decision.finding.category.id().to_owned()).or_default() += 1;
        }
    }

    /// Takes over what was counted.
    pub(super) fn summary(&mut self, summary: &Summary) {
        let owned = |counts: &BTreeMap<&'static str, u64>| counts.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect();
        (self.row.actions, self.row.counts) = (owned(&summary.actions), owned(&summary.categories));
        self.row.texts = summary.fields;
    }

    /// Counts texts.
    pub(super) const fn texts(&mut self, count: u64) {
        self.row.texts += count;
    }

    /// Writes the row; `whole` if everything was read.
    pub(super) fn end(mut self, whole: bool) -> Result<()> {
        let Some(ledger) = &mut self.ledger else { return Ok(()) };
        self.row.time = jiff::Timestamp::now().to_string();
        let met = |a: &Action| self.row.actions.get(a.id()).is_some_and(|n| *n > 0);
        let verdict = Action::ALL.into_iter().filter(met).max().unwrap_or(Action::Allow);
        self.row.verdict = verdict.id().to_owned();
        self.row.state = match verdict {
            Action::Allow => "clean",
            Action::Redact if self.row.door == "redact" => "redacted",
            Action::Flag | Action::Redact => "flagged",
            Action::Block => "blocked",
        }
        .to_owned();
        if !whole {
            // What was not read is not clean, whatever the rest was.
            self.row.state = "blocked".to_owned();
            self.row.reason = "not_scanned".to_owned();
        }
        ledger.write(&self.row)?;
        Ok(())
    }
}
