//! `fritext config`: check a configuration; see `show`, `diff`, `schema` and `map` for the rest.

use super::args::{Args, ConfigArgs, ConfigCommand};
use super::{Status, setup};
use crate::config::load_serve;
use crate::pipeline::{Engine, site_policy};
use anyhow::{Context, Result};
use std::io::{self, Write};
use std::path::PathBuf;

pub(super) fn run(args: &Args, a: &ConfigArgs) -> Result<Status> {
    match &a.command {
        ConfigCommand::Check { file } => check(args, file.clone()),
        ConfigCommand::Map { file, text } => super::map::run(args, file, text),
        ConfigCommand::Show { system, format } => super::show::run(args, system.as_deref(), *format),
        ConfigCommand::Diff { old, new, paths, text } => super::diff::run(args, [old, new], paths, text),
        ConfigCommand::Schema => super::schema::run(),
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
            let today = setup::today();
            let expired = policy.waivers.iter().filter(|w| w.expired(today));
            problems.extend(expired.map(|w| setup::expired_waiver(&name, w)));
            let mut engine = Engine::builtin(today);
            engine.policy = policy;
            setup::furnish(&mut engine, &path)?;
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
