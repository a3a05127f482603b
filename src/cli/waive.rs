//! `fritext waive` and `fritext keys`: what may stand somewhere all the same, without the value standing anywhere.

use super::args::{Args, WaiveArgs};
use super::{Status, setup};
use crate::ledger::Key;
use crate::model::{Category, Group, Topic, nearest};
use crate::pipeline::{Keys, site_policy};
use anyhow::{Context, Result, bail};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &Args, a: &WaiveArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let topic = Topic::from_id(&a.category).and_then(|t| match t {
        Topic::Kind(kind) => Some(kind.category()),
        Topic::Category(category) => Some(category),
        Topic::Group(_) | Topic::All => None,
    });
    let Some(category) = topic else {
        bail!("unknown category ‘{}’{}", a.category, nearest(&a.category, Topic::ids()));
    };
    if engine.keys.waiver.is_none() {
        bail!(
            "waivers need a key: name its folder in the configuration (`keys: {{dir: …}}`) and run `fritext keys init`"
        );
    }
    let mut lines = io::stdin().lock().lines();
    let mut next = || lines.next().transpose().map(|l| l.map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()));
    let Some(value) = next().context("standard input")? else {
        bail!("the value is read from standard input, and nothing came")
    };
    let bound = a.person || category.group() == Group::Special;
    let person = if bound { next().context("standard input")? } else { None };
    if bound && person.is_none() {
        bail!("a waiver of {} is bound to a person: give the name on the second line of standard input", a.category);
    }
    let hash = |category: Category, value: &str| engine.waiver_hash(category, value).unwrap_or_default();
    let mut pairs = vec![
        ("system", a.system.clone()),
        ("field", a.field.clone()),
        ("category", a.category.clone()),
        ("hash", hash(category, &value)),
    ];
    pairs.extend(person.map(|p| ("person", hash(Category::Name, &p))));
    pairs.extend([("reason", a.reason.clone()), ("owner", a.owner.clone()), ("until", a.until.clone())]);
    pairs.extend(a.reference.clone().map(|r| ("reference", r)));
    // JSON's quotes are YAML's, too.
    let mut parts: Vec<String> =
        pairs.iter().map(|(k, v)| format!("{k}: {}", serde_json::Value::from(v.as_str()))).collect();
    if !a.legal_basis.is_empty() {
        parts.push(format!("legal_basis: [{}]", a.legal_basis.join(", ")));
    }
    let line = format!("  - {{{}}}", parts.join(", "));
    checked(args, &line)?;
    writeln!(io::stdout().lock(), "{line}")?;
    if !args.quiet {
        super::say("put this line below `waivers:` in the configuration; then `fritext config check`");
    }
    Ok(Status::Clean)
}

/// The line in a configuration like the one in force, with the problems that it would have there.
fn checked(args: &Args, line: &str) -> Result<()> {
    let file = setup::config_file(args).context("a waiver stands in a configuration, and there is none")?;
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let kept: String = text.lines().filter(|l| !l.starts_with("waivers:")).map(|l| format!("{l}\n")).collect();
    let own = kept.lines().count() + 2;
    // Waivers that are there already may stand below: they would now be part of another key.
    let whole = if text.lines().any(|l| l.starts_with("waivers:")) { String::new() } else { kept };
    let tried = if whole.is_empty() {
        format!("keys: {{dir: .}}\nwaivers:\n{line}\n")
    } else {
        format!("{whole}waivers:\n{line}\n")
    };
    let at = if whole.is_empty() { 3 } else { own };
    match site_policy("waiver", &tried) {
        Ok((_, warnings)) => {
            warnings
                .iter()
                .filter(|p| p.line == at)
                .for_each(|p| super::say(&format!("fritext: warning: {}", p.message)));
            Ok(())
        }
        Err(problems) => {
            let own: Vec<&str> = problems.iter().filter(|p| p.line == at).map(|p| p.message.as_str()).collect();
            if own.is_empty() { Ok(()) } else { bail!("{}", own.join("\n")) }
        }
    }
}

/// Makes the key files that are missing.
pub(super) fn init(args: &Args, dir: Option<&Path>) -> Result<Status> {
    let folder = match dir {
        Some(dir) => dir.to_owned(),
        None => configured(args)?,
    };
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for file in Keys::FILES {
        let path = folder.join(file);
        let there = path.exists();
        Key::load_or_make(&path).with_context(|| path.display().to_string())?;
        if !args.quiet {
            let what = if there { "was there already and stays" } else { "made; keep a copy in a safe place" };
            writeln!(io::stdout().lock(), "{}: {what}", path.display())?;
        }
    }
    Ok(Status::Clean)
}

/// The folder of keys that the configuration names; the keys need not be there yet.
fn configured(args: &Args) -> Result<PathBuf> {
    let none = "name the folder of keys in the configuration (`keys: {dir: …}`) or give --dir";
    let Some(path) = setup::config_file(args) else { bail!("{none}") };
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let (policy, _) =
        site_policy(&path.display().to_string(), &text).map_err(|p| anyhow::anyhow!("{}", setup::told(&p)))?;
    let Some(dir) = policy.keys else { bail!("{none}") };
    Ok(path.parent().unwrap_or(Path::new(".")).join(dir))
}
