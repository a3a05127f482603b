//! What goes into the ledger: once a minute, for each organisation, how many texts were judged and what was found, and
//! for each reason how often something was saved all the same. Counts and names that the policy knows, nothing else.

use super::site::Tenant;
use crate::ledger::{Ledger, LedgerError, Row};
use crate::model::Action;
use crate::pipeline::Judged;
use crate::policy::FieldRules;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is counted together: an organisation, and where something was saved for a reason, which reason and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct About {
    tenant: String,
    /// Reason, legal basis, system and field of an override.
    reason: Option<[String; 4]>,
}

/// Counts since the last row.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<About, Row>>);

impl Tally {
    /// Counts a judged text, and what it was saved for if it was.
    pub fn count(&self, id: &str, tenant: &Tenant, rules: &FieldRules, judged: &Judged, saved: Option<(&str, &str)>) {
        let known = |name: &Option<String>| name.clone().unwrap_or_default();
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut add = |reason: Option<[String; 4]>| {
            let about = About { tenant: id.to_owned(), reason };
            let row = rows.entry(about).or_insert_with_key(|about| begun(tenant, about));
            row.texts += 1;
            for decision in &judged.decisions {
                *row.actions.entry(decision.action.id().to_owned()).or_default() += 1;
                if decision.action > Action::Allow {
                    *row.counts.entry(decision.finding.category.id().to_owned()).or_default() += 1;
                }
            }
            let strongest = Action::ALL.into_iter().find(|a| a.id() == row.verdict).unwrap_or_default();
            row.verdict = strongest.max(judged.verdict).id().to_owned();
        };
        add(None);
        if let Some((reason, basis)) = saved {
            add(Some([reason.to_owned(), basis.to_owned(), known(&rules.system), known(&rules.field)]));
        }
    }

    /// The rows since the last time.
    fn take(&self) -> Vec<(About, Row)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    /// Writes what was counted; what could not be written is kept for the next time.
    pub fn write(&self, ledger: &mut Ledger) -> Result<(), LedgerError> {
        let mut rows = self.take().into_iter();
        while let Some((about, row)) = rows.next() {
            let row = Row { time: jiff::Timestamp::now().to_string(), state: state(&about, &row), ..row };
            if let Err(e) = ledger.write(&row) {
                for (about, row) in std::iter::once((about, row)).chain(rows) {
                    self.put_back(about, row);
                }
                return Err(e);
            }
        }
        Ok(())
    }

    fn put_back(&self, about: About, row: Row) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match rows.get_mut(&about) {
            None => drop(rows.insert(about, row)),
            Some(newer) => {
                newer.texts += row.texts;
                row.actions.into_iter().for_each(|(k, n)| *newer.actions.entry(k).or_default() += n);
                row.counts.into_iter().for_each(|(k, n)| *newer.counts.entry(k).or_default() += n);
            }
        }
    }
}

fn begun(tenant: &Tenant, about: &About) -> Row {
    let [reason, basis, system, field] = about.reason.clone().unwrap_or_default();
    Row {
        door: "serve".to_owned(),
        folder: about.tenant.clone(),
        reason: [reason, basis].join(" ").trim().to_owned(),
        system,
        field,
        policy_version: tenant.policy_version.clone(),
        lexicon_version: tenant.lexicon_version.clone(),
        ..Row::default()
    }
}

fn state(about: &About, row: &Row) -> String {
    let state = match row.verdict.as_str() {
        _ if about.reason.is_some() => "overridden",
        "block" => "blocked",
        "redact" => "redacted",
        "flag" => "flagged",
        _ => "clean",
    };
    state.to_owned()
}
