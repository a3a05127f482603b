//! What the service answers with: engine, versions, tokens and offers of the organisation and of its tenants, read
//! together and replaced together.

use super::token::Tokens;
use crate::config::{Offer, WarnOnly};
use crate::model::Date;
use crate::pipeline::Engine;
use crate::record::Known;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Everything that a request is answered with.
#[derive(Debug)]
pub struct Site {
    /// The organisation that runs the service.
    pub own: Arc<Tenant>,
    /// Customers by name.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
    /// The files it was read from; folders with all that is in them.
    pub files: Vec<PathBuf>,
}

/// One organisation's part.
#[derive(Debug)]
pub struct Tenant {
    /// What judges its texts.
    pub engine: Engine,
    /// Rules that were looked up.
    pub known: Known,
    /// Version of its policy.
    pub policy_version: String,
    /// Version of its lexicons.
    pub lexicon_version: String,
    /// Who may ask; none is everybody who can reach the service.
    pub tokens: Option<Tokens>,
    /// Where its texts are only warned about.
    pub warn_only: WarnOnly,
    /// Reasons for saving all the same.
    pub offers: Vec<Offer>,
}

impl Tenant {
    /// Whether texts of this system are only warned about.
    pub fn only_warns(&self, system: Option<&str>) -> bool {
        match &self.warn_only {
            WarnOnly::Nowhere => false,
            WarnOnly::Everywhere => true,
            WarnOnly::Systems(names) => system.is_some_and(|s| names.iter().any(|n| n.eq_ignore_ascii_case(s))),
        }
    }

    fn on(&self, today: Date) -> Arc<Self> {
        Arc::new(Self {
            engine: Engine { today, ..self.engine.clone() },
            known: Known::default(),
            policy_version: self.policy_version.clone(),
            lexicon_version: self.lexicon_version.clone(),
            tokens: self.tokens.clone(),
            warn_only: self.warn_only.clone(),
            offers: self.offers.clone(),
        })
    }
}

impl Site {
    /// The same on another day.
    pub fn on(&self, today: Date) -> Self {
        Self {
            own: self.own.on(today),
            tenants: self.tenants.iter().map(|(id, t)| (id.clone(), t.on(today))).collect(),
            files: self.files.clone(),
        }
    }

    /// What the files looked like when reading began: those that were changed meanwhile are left out, so that they
    /// look changed.
    pub fn stamp_before(&self, began: SystemTime) -> Vec<Stamp> {
        // Time stamps of files are coarser than the clock.
        let early = began - Duration::from_millis(50);
        let mut stamps = self.stamp();
        stamps.retain(|(_, meta)| meta.is_none_or(|(changed, _)| changed.is_none_or(|c| c < early)));
        stamps
    }

    /// What the files look like now; it differs when one of them has changed.
    pub fn stamp(&self) -> Vec<Stamp> {
        let mut stamps = Vec::new();
        let mut open = self.files.clone();
        while let Some(path) = open.pop() {
            let meta = path.metadata().ok();
            if meta.as_ref().is_some_and(std::fs::Metadata::is_dir) {
                open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path()));
            }
            stamps.push((path, meta.map(|m| (m.modified().ok(), m.len()))));
        }
        stamps.sort();
        stamps
    }
}

/// A file, and when it was changed and how long it is, if it is there.
pub type Stamp = (PathBuf, Option<(Option<SystemTime>, u64)>);
