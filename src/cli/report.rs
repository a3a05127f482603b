//! `fritext report`: the control documentation. What an authority asks of an organisation that keeps sensitive data in
//! free text: on which legal basis, and that it checks continually (GDPR art. 5.2, 24 and 30).

use super::args::{Args, ReportArgs, ReportFormat};
use super::{Status, setup, watch};
use crate::ledger::Row;
use crate::model::{Action, Category, FieldName, Group};
use crate::policy::Policy;
use anyhow::{Result, bail};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// Days without any check that are told.
const GAP: i64 = 7;

/// What the report says.
#[derive(Debug, Default, Serialize)]
struct Report {
    organisation: BTreeMap<String, String>,
    from: String,
    to: String,
    /// Rows of the ledger in all, none changed, none missing; or what is wrong with it.
    ledger: String,
    systems: BTreeMap<String, Checked>,
    /// Days on which something was checked.
    days: usize,
    /// Stretches of a week or more without a check: first and last day.
    gaps: Vec<(String, String)>,
    policies: BTreeSet<String>,
    lexicons: BTreeSet<String>,
    /// Quarantine: what people did.
    quarantine: BTreeMap<String, u64>,
    /// Where special categories are allowed, and on which basis.
    bases: Vec<Allowed>,
}

/// What was checked in one system.
#[derive(Debug, Default, Serialize)]
struct Checked {
    runs: u64,
    texts: u64,
    states: BTreeMap<String, u64>,
    reasons: BTreeMap<String, u64>,
    found: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Allowed {
    system: String,
    field: String,
    category: String,
    basis: Vec<String>,
    law: String,
}

pub(super) fn run(args: &Args, a: &ReportArgs) -> Result<Status> {
    let policy = setup::engine(args)?.policy;
    let ledger = watch::open_ledger(args, a.state.as_ref())?;
    let today = jiff::Zoned::now().date().to_string();
    let (from, to) = (day(a.from.as_deref())?, day(a.to.as_deref())?.unwrap_or(today));
    let mut report = Report { organisation: organisation(&policy), bases: allowed(&policy), ..Report::default() };
    report.ledger = match ledger.verify() {
        Ok(rows) => format!("{rows} rows, none changed, none missing"),
        Err(e) => e.to_string(),
    };
    let mut days = BTreeSet::new();
    ledger.list(|row| {
        let day = row.time.get(..10).unwrap_or_default().to_owned();
        if from.as_ref().is_none_or(|f| *f <= day) && day <= to {
            report.add(row);
            days.insert(day);
        }
        Ok(())
    })?;
    report.from = from.or_else(|| days.first().cloned()).unwrap_or_else(|| to.clone());
    report.days = days.len();
    report.gaps = gaps(&report.from, &days, &to);
    report.to = to;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match a.format {
        ReportFormat::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        ReportFormat::Text => report.print(&mut out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// A day as it is said.
fn day(said: Option<&str>) -> Result<Option<String>> {
    let Some(said) = said else { return Ok(None) };
    match said.parse::<jiff::civil::Date>() {
        Ok(day) => Ok(Some(day.to_string())),
        Err(_) => bail!("‘{said}’ is no day: write it as 2026-08-01"),
    }
}

fn organisation(policy: &Policy) -> BTreeMap<String, String> {
    let name = (!policy.organisation.name.is_empty()).then(|| ("name".to_owned(), policy.organisation.name.clone()));
    policy.organisation.entries.iter().cloned().chain(name).collect()
}

/// Every place where a special category or data on offences may stand.
fn allowed(policy: &Policy) -> Vec<Allowed> {
    let mut out = Vec::new();
    for system in policy.systems() {
        for field in policy.fields(system) {
            let name = FieldName { system: Some(system.id.clone()), field: Some(field.id.clone()) };
            let rules = policy.rules(&name);
            let kept = Category::ALL.into_iter().filter(|c| c.group() == Group::Special || *c == Category::Criminal);
            for (category, rule) in kept.map(|c| (c, &rules.of(c, None).rule)) {
                if rule.action == Action::Allow && !rules.verbatim {
                    // The nearest level that names a basis speaks, as for the check of a configuration.
                    let levels = [field, &system.own, &policy.default.own].map(|l| (&l.legal_basis, &l.law));
                    let said = std::iter::once((&rule.legal_basis, &rule.law)).chain(levels);
                    let (basis, law) =
                        said.into_iter().find(|(b, _)| !b.is_empty()).unwrap_or((&rule.legal_basis, &rule.law));
                    out.push(Allowed {
                        system: system.id.clone(),
                        field: field.id.clone(),
                        category: category.id().to_owned(),
                        basis: basis.clone(),
                        law: law.clone(),
                    });
                }
            }
        }
    }
    out
}

/// Stretches without a check.
fn gaps(from: &str, days: &BTreeSet<String>, to: &str) -> Vec<(String, String)> {
    let parse = |d: &str| d.parse::<jiff::civil::Date>().ok();
    let mut out = Vec::new();
    let ends = [parse(to).and_then(|d| d.tomorrow().ok())];
    let mut before = parse(from).and_then(|d| d.yesterday().ok());
    for next in days.iter().map(|d| parse(d)).chain(ends) {
        if let (Some(a), Some(b)) = (before, next)
            && i64::from(a.until(b).map_or(0, |s| s.get_days())) > GAP
            && let (Ok(first), Ok(last)) = (a.tomorrow(), b.yesterday())
        {
            out.push((first.to_string(), last.to_string()));
        }
        before = next;
    }
    out
}

impl Report {
    fn add(&mut self, row: Row) {
        if row.door == "quarantine" {
            *self.quarantine.entry(row.state).or_default() += 1;
            return;
        }
        self.policies.insert(row.policy_version);
        self.lexicons.insert(row.lexicon_version);
        let system = if row.system.is_empty() { "default".to_owned() } else { row.system };
        let checked = self.systems.entry(system).or_default();
        checked.runs += 1;
        checked.texts += row.texts;
        *checked.states.entry(row.state).or_default() += 1;
        if !row.reason.is_empty() {
            *checked.reasons.entry(row.reason).or_default() += 1;
        }
        row.counts.into_iter().for_each(|(c, n)| *checked.found.entry(c).or_default() += n);
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# Control of free text, {} to {}\n", self.from, self.to)?;
        for (key, value) in &self.organisation {
            writeln!(out, "- {}: {value}", key.replace('_', " "))?;
        }
        writeln!(out, "\n## What was checked\n")?;
        writeln!(out, "The ledger holds {}.", self.ledger)?;
        writeln!(out, "Days on which something was checked: {}.", self.days)?;
        for (first, last) in &self.gaps {
            writeln!(out, "Nothing was checked from {first} to {last}.")?;
        }
        writeln!(
            out,
            "Versions of the policy in force: {}; of the word lists: {}.",
            self.policies.len(),
            self.lexicons.len()
        )?;
        writeln!(out, "\n| system | files and runs | texts | outcome | found |\n|---|---|---|---|---|")?;
        for (system, c) in &self.systems {
            let reasons = if c.reasons.is_empty() { String::new() } else { format!(" ({})", list(&c.reasons)) };
            writeln!(
                out,
                "| {system} | {} | {} | {}{reasons} | {} |",
                c.runs,
                c.texts,
                list(&c.states),
                list(&c.found)
            )?;
        }
        if !self.quarantine.is_empty() {
            writeln!(out, "\nQuarantine: {}.", list(&self.quarantine))?;
        }
        writeln!(out, "\n## Where sensitive data may stand, and why\n")?;
        if self.bases.is_empty() {
            return writeln!(out, "Nowhere.");
        }
        writeln!(out, "| system | field | category | legal basis | national law |\n|---|---|---|---|---|")?;
        for a in &self.bases {
            writeln!(out, "| {} | {} | {} | {} | {} |", a.system, a.field, a.category, a.basis.join(", "), a.law)?;
        }
        Ok(())
    }
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(what, n)| format!("{what} {n}")).collect::<Vec<_>>().join(", ")
}
