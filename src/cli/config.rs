//! `fritext config`: check a configuration, show the rules in force.

use super::args::{Args, ConfigArgs, ConfigCommand};
use super::{Status, setup};
use crate::config::load_serve;
use crate::model::{Action, Category, FieldName, KINDS, Kind, Operator, Scope, nearest};
use crate::pipeline::site_policy;
use crate::policy::{Country, FieldRules, Resolved};
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::PathBuf;

pub(super) fn run(args: &Args, a: &ConfigArgs) -> Result<Status> {
    match &a.command {
        ConfigCommand::Check { file } => check(args, file.clone()),
        ConfigCommand::Map { file, text } => super::map::run(args, file, text),
        ConfigCommand::Show { system } => show(args, system.as_deref()),
    }
}

fn check(args: &Args, file: Option<PathBuf>) -> Result<Status> {
    let mut out = io::stdout().lock();
    let Some(path) = file.or_else(|| setup::config_file(args)) else {
        writeln!(out, "no configuration file: the built-in policy is in force")?;
        return Ok(Status::Clean);
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).with_context(|| format!("{name}: cannot read the configuration"))?;
    let problems = match site_policy(&name, &text) {
        Ok((policy, mut problems)) => {
            problems.extend(load_serve(&name, &text, Some(&policy)).err().unwrap_or_default());
            problems
        }
        Err(problems) => problems,
    };
    problems.iter().try_for_each(|p| writeln!(out, "{p}"))?;
    if problems.is_empty() && !args.quiet {
        writeln!(out, "{name}: no problems")?;
    }
    Ok(if problems.is_empty() { Status::Clean } else { Status::Found })
}

fn show(args: &Args, only: Option<&str>) -> Result<Status> {
    let policy = setup::engine(args)?.policy;
    let mut out = io::stdout().lock();
    if let Some(name) = only
        && policy.system(name).is_none()
    {
        bail!("unknown system ‘{name}’{}", nearest(name, policy.systems().map(|s| s.id.as_str())));
    }
    let wanted = only.and_then(|n| policy.system(n)).map(|s| s.id.as_str());
    writeln!(out, "version {}", setup::policy_version(&policy))?;
    if wanted.is_none() {
        writeln!(out, "\ndefault")?;
        fields(&mut out, &policy.rules(&FieldName::default()), "*")?;
        for field in policy.fields(&policy.default) {
            let name = FieldName { system: None, field: Some(field.id.clone()) };
            fields(&mut out, &policy.rules(&name), &field.id)?;
        }
    }
    for system in policy.systems().filter(|s| wanted.is_none_or(|w| w == s.id)) {
        writeln!(out, "\n{} ({})", system.id, system.title)?;
        for field in policy.fields(system) {
            let name = FieldName { system: Some(system.id.clone()), field: Some(field.id.clone()) };
            fields(&mut out, &policy.rules(&name), &field.id)?;
        }
    }
    Ok(Status::Clean)
}

/// One field: its actions, equal ones together, kinds only where they differ from their category.
fn fields(out: &mut dyn Write, rules: &FieldRules, id: &str) -> io::Result<()> {
    writeln!(out, "  {id}{}", if rules.verbatim { "  (verbatim: never rewritten)" } else { "" })?;
    if rules.verbatim {
        return Ok(());
    }
    for action in Action::ALL.into_iter().rev() {
        let mut words: Vec<String> = Vec::new();
        for category in Category::ALL {
            let resolved = rules.of(category, None);
            if resolved.rule.action == action {
                words.push(format!("{}{}", category.id(), manner(resolved, rules.country)));
            }
            for kind in KINDS.iter().filter_map(|k| Kind::from_id(k)).filter(|k| k.category() == category) {
                let own = rules.of(category, Some(kind));
                if own.rule.action == action && own.rule != resolved.rule {
                    words.push(format!("{}{}", kind.id(), manner(own, rules.country)));
                }
            }
        }
        if !words.is_empty() {
            writeln!(out, "    {:7} {}", action.id(), words.join(", "))?;
        }
    }
    Ok(())
}

fn manner(resolved: &Resolved, country: Option<Country>) -> String {
    let rule = &resolved.rule;
    match (rule.action, rule.operator) {
        (Action::Redact, Operator::Mask) | (Action::Flag | Action::Block, _) => String::new(),
        (Action::Redact, Operator::Replace) => {
            let wording =
                rule.replacement.as_ref().map_or("", |p| p.get(if country == Some(Country::Dk) { "da" } else { "sv" }));
            let whole = if rule.scope == Scope::Field { "whole field " } else { "" };
            format!(" → {whole}‘{wording}’")
        }
        (Action::Redact, operator) => format!(" → {}", operator.id()),
        (Action::Allow, _) if rule.legal_basis.is_empty() => String::new(),
        (Action::Allow, _) => format!(" ({})", rule.legal_basis.join(", ")),
    }
}
