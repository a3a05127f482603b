//! `fritext config show`: the rules in force, per system and field, each with its basis and the line that says it.

use super::args::{Args, ShowFormat};
use super::{Status, setup};
use crate::model::{Action, Category, FieldName, KINDS, Kind, Operator, Scope, nearest};
use crate::policy::{Country, FieldRules, Policy, Resolved, System};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Where the built-in rules stand.
const BUILTIN: &str = "config.example.yaml";

/// One line of the table: categories that are treated alike.
struct Line {
    action: Action,
    topics: Vec<&'static str>,
    manner: String,
    basis: String,
    source: String,
}

/// One field.
struct Shown {
    field: String,
    title: String,
    verbatim: bool,
    place: &'static str,
    basis: String,
    note: String,
    lines: Vec<Line>,
}

pub(super) fn run(args: &Args, only: Option<&str>, format: ShowFormat) -> Result<Status> {
    let policy = setup::engine(args)?.policy;
    if let Some(name) = only
        && policy.system(name).is_none()
    {
        bail!("unknown system ‘{name}’{}", nearest(name, policy.systems().map(|s| s.id.as_str())));
    }
    let wanted = only.and_then(|n| policy.system(n)).map(|s| s.id.clone());
    let systems = std::iter::once(&policy.default).chain(policy.systems());
    let chosen = systems.filter(|s| wanted.as_ref().is_none_or(|w| *w == s.id));
    let locale = args.messages_in().unwrap_or("en");
    let file = setup::config_file(args).map_or(String::new(), |f| f.display().to_string());
    let shown: Vec<(&System, Vec<Shown>)> = chosen.map(|s| (s, fields(&policy, s, locale, &file))).collect();
    let mut out = io::stdout().lock();
    match format {
        ShowFormat::Human => people(&policy, &shown, &mut out)?,
        ShowFormat::Html => super::page::write(&policy, &shown_rows(&shown), locale, &mut out)?,
        ShowFormat::Json => writeln!(out, "{}", document(&policy, &shown))?,
    }
    Ok(Status::Clean)
}

fn fields(policy: &Policy, system: &System, locale: &str, file: &str) -> Vec<Shown> {
    let named = !system.id.is_empty() && !std::ptr::eq(system, &policy.default);
    let whole = (!named).then(|| ("*".to_owned(), FieldName::default()));
    let own = policy.fields(system).map(|f| {
        let name = FieldName { system: named.then(|| system.id.clone()), field: Some(f.id.clone()) };
        (f.id.clone(), name)
    });
    let all = whole.into_iter().chain(own);
    all.map(|(id, name)| {
        let rules = policy.rules(&name);
        let field = policy.fields(system).find(|f| f.id == id).unwrap_or(&system.own);
        Shown {
            title: field.title.clone(),
            verbatim: rules.verbatim,
            place: crate::model::Place::ALL.iter().find(|(p, _)| *p == rules.place).map_or("note", |(_, w)| w),
            basis: bases(&field.legal_basis, &field.law),
            note: field.note.clone(),
            lines: if rules.verbatim { Vec::new() } else { lines(&rules, locale, file) },
            field: id,
        }
    })
    .collect()
}

fn bases(bases: &[String], law: &str) -> String {
    let mut out = bases.join(", ");
    if !law.is_empty() {
        out.push_str(if out.is_empty() { "" } else { "; " });
        out.push_str(law);
    }
    out
}

/// Categories that one rule treats alike, strongest action first; kinds only where they differ from their category.
fn lines(rules: &FieldRules, locale: &str, file: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut add = |topic: &'static str, resolved: &Resolved| {
        let rule = &resolved.rule;
        let manner = manner(resolved, rules.country, locale);
        let basis = bases(&rule.legal_basis, &rule.law);
        let source = match rule.line {
            0 => "not said".to_owned(),
            line => format!("{}:{line}", if rule.own { file } else { BUILTIN }),
        };
        let same =
            |l: &&mut Line| l.action == rule.action && l.manner == manner && l.basis == basis && l.source == source;
        match out.iter_mut().find(same) {
            Some(line) => line.topics.push(topic),
            None => out.push(Line { action: rule.action, topics: vec![topic], manner, basis, source }),
        }
    };
    for category in Category::ALL {
        let resolved = rules.of(category, None);
        add(category.id(), resolved);
        for kind in KINDS.iter().filter_map(|k| Kind::from_id(k)).filter(|k| k.category() == category) {
            let own = rules.of(category, Some(kind));
            if own.rule != resolved.rule {
                add(kind.id(), own);
            }
        }
    }
    out.sort_by_key(|l| std::cmp::Reverse(l.action));
    out
}

fn manner(resolved: &Resolved, country: Option<Country>, locale: &str) -> String {
    let rule = &resolved.rule;
    match (rule.action, rule.operator) {
        (Action::Redact, Operator::Replace) => {
            let lang = if country == Some(Country::Dk) { "da" } else { "sv" };
            let lang = if locale == "en" { lang } else { locale };
            let wording = rule.replacement.as_ref().map_or("", |p| p.get(lang));
            let whole = if rule.scope == Scope::Field { "whole field: " } else { "" };
            format!("{whole}‘{wording}’")
        }
        (Action::Redact, operator) => operator.id().to_owned(),
        _ => String::new(),
    }
}

fn people(policy: &Policy, shown: &[(&System, Vec<Shown>)], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "version {}", setup::policy_version(policy))?;
    let organisation = &policy.organisation;
    if !organisation.name.is_empty() {
        writeln!(out, "organisation: {}", organisation.name)?;
    }
    for (key, value) in &organisation.entries {
        writeln!(out, "{}: {value}", key.replace(['.', '_'], " "))?;
    }
    if !organisation.bases.is_empty() {
        writeln!(out, "bases: {}", organisation.bases.join(", "))?;
    }
    for (system, fields) in shown {
        let name = if system.id.is_empty() { "default" } else { &system.id };
        let title = if system.title.is_empty() { String::new() } else { format!(" ({})", system.title) };
        writeln!(out, "\n{name}{title}")?;
        for field in fields {
            let basis = if field.basis.is_empty() { String::new() } else { format!("  [{}]", field.basis) };
            let verbatim = if field.verbatim { "  verbatim: never rewritten" } else { "" };
            writeln!(out, "  {}{basis}{verbatim}", field.field)?;
            for line in &field.lines {
                let mut what = line.topics.join(", ");
                if !line.manner.is_empty() && line.manner != "mask" {
                    what.push_str(&format!(" → {}", line.manner));
                }
                if !line.basis.is_empty() {
                    what.push_str(&format!(" [{}]", line.basis));
                }
                writeln!(out, "    {:7} {what}  ({})", line.action.id(), line.source)?;
            }
        }
    }
    Ok(())
}

fn document(policy: &Policy, shown: &[(&System, Vec<Shown>)]) -> Value {
    let line = |l: &Line| json!({ "action": l.action.id(), "topics": l.topics, "manner": l.manner, "basis": l.basis, "source": l.source });
    let field = |f: &Shown| {
        json!({ "field": f.field, "title": f.title, "place": f.place, "verbatim": f.verbatim, "basis": f.basis,
                "note": f.note, "rules": f.lines.iter().map(line).collect::<Vec<_>>() })
    };
    let systems: Vec<Value> = shown
        .iter()
        .map(|(s, fields)| {
            json!({ "system": s.id, "title": s.title, "purpose": s.purpose, "fields": fields.iter().map(field).collect::<Vec<_>>() })
        })
        .collect();
    json!({ "version": setup::policy_version(policy), "organisation": policy.organisation.name, "systems": systems })
}

/// Rows for the page: system, title and purpose; then per field its cells.
pub(super) type PageSystem<'a> = (&'a System, Vec<PageField<'a>>);

/// A field on the page: name, title, basis, remark, and per line action, topics, manner, basis and source.
pub(super) struct PageField<'a> {
    pub(super) field: &'a str,
    pub(super) title: &'a str,
    pub(super) basis: &'a str,
    pub(super) note: &'a str,
    pub(super) verbatim: bool,
    pub(super) lines: Vec<[String; 5]>,
}

fn shown_rows<'a>(shown: &'a [(&'a System, Vec<Shown>)]) -> Vec<PageSystem<'a>> {
    let line =
        |l: &Line| [l.action.id().to_owned(), l.topics.join(", "), l.manner.clone(), l.basis.clone(), l.source.clone()];
    let field = |f: &'a Shown| PageField {
        field: &f.field,
        title: &f.title,
        basis: &f.basis,
        note: &f.note,
        verbatim: f.verbatim,
        lines: f.lines.iter().map(line).collect(),
    };
    shown.iter().map(|(system, fields)| (*system, fields.iter().map(field).collect())).collect()
}
