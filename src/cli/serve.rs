//! `fritext serve`.

use super::args::{Args, ServeArgs};
use super::{Status, setup};
use crate::config::{Serve, load_ledger, load_serve};
use crate::ledger::Ledger;
use crate::pipeline::Engine;
use crate::record::Known;
use crate::serve::{Site, Sources, Tenant, Tokens, serve};
use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(args: &Args, a: &ServeArgs) -> Result<Status> {
    let mut config = config(args)?;
    if a.listen.is_some() || a.socket.is_some() {
        config.listen = a.listen;
        config.socket.clone_from(&a.socket);
    }
    let ledger = ledger(args)?;
    let args = args.clone();
    serve(config, Sources { load: Box::new(move || site(&args)), today: setup::today }, ledger)?;
    Ok(Status::Clean)
}

/// The ledger, if the configuration names one.
fn ledger(args: &Args) -> Result<Option<Ledger>> {
    let Some(path) = setup::config_file(args) else { return Ok(None) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).with_context(|| format!("{name}: cannot read the configuration"))?;
    let file = load_ledger(&name, &text).map_err(|p| anyhow!("{}", setup::told(&p)))?;
    file.map(|f| Ledger::open_file(&f).with_context(|| f.display().to_string())).transpose()
}

/// What the configuration in force says about the service.
pub(super) fn config(args: &Args) -> Result<Serve> {
    let Some(path) = setup::config_file(args) else { return Ok(Serve::default()) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).with_context(|| format!("{name}: cannot read the configuration"))?;
    load_serve(&name, &text, None).map_err(|p| anyhow!("{}", setup::told(&p)))
}

/// Reads everything that requests are answered with.
fn site(args: &Args) -> Result<Site> {
    let mut files = Vec::new();
    let (own, config) = tenant(args, None, &mut files)?;
    let mut tenants = BTreeMap::new();
    for t in &config.tenants {
        let theirs = Args { config: Some(t.config.clone()), ..args.clone() };
        let (tenant, _) =
            tenant(&theirs, Some(&t.token_file), &mut files).with_context(|| format!("tenant {}", t.id))?;
        tenants.insert(t.id.clone(), Arc::new(tenant));
    }
    Ok(Site { own: Arc::new(own), tenants, files })
}

/// Reads the part of one organisation; notes the files it was read from.
fn tenant(args: &Args, token_file: Option<&Path>, files: &mut Vec<PathBuf>) -> Result<(Tenant, Serve)> {
    let engine = setup::engine(args)?;
    let mut config = Serve::default();
    if let Some(path) = setup::config_file(args) {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
        config = load_serve(&name, &text, Some(&engine.policy)).map_err(|p| anyhow!("{}", setup::told(&p)))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        files.extend(engine.policy.lexicons.iter().map(|l| folder.join(l)));
        files.push(path);
    }
    let token_file = token_file.or(config.token_file.as_deref());
    let tokens = token_file.map(Tokens::load).transpose()?;
    files.extend(token_file.map(Path::to_owned));
    Ok((Tenant { tokens, offers: config.overrides.clone(), ..new(engine, &config) }, config))
}

/// The part of one's own for a single decision in this process. It offers no overrides: those are the service's to
/// record.
pub(super) fn tenant_here(args: &Args, config: &Serve) -> Result<Tenant> {
    Ok(new(setup::engine(args)?, config))
}

fn new(engine: Engine, config: &Serve) -> Tenant {
    Tenant {
        policy_version: setup::policy_version(&engine.policy),
        lexicon_version: engine.lexicons.version(),
        engine,
        known: Known::default(),
        tokens: None,
        warn_only: config.warn_only.clone(),
        offers: Vec::new(),
    }
}
