//! What a site's keys and patterns are good for: waivers that know a value without holding it, tokens that are the same
//! for the same person.

use super::Engine;
use crate::ledger::Key;
use crate::model::{Action, Category, Decision, Lang, Scope, Span, Topic};
use crate::policy::{FieldRules, PatternRule, Policy, Waiver};
use crate::recognize::{Pattern, identity};
use std::io;
use std::path::Path;

/// The keys of a site.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// For tokens.
    pub pseudonym: Option<Key>,
    /// For the hashes of waivers.
    pub waiver: Option<Key>,
}

/// Digits of a token: 48 bits, so that two persons of a million share one with a chance of 1 in 560.
const DIGITS: usize = 12;

impl Keys {
    /// The files in a folder of keys.
    pub const FILES: [&'static str; 2] = ["pseudonym.key", "waiver.key"];

    /// Reads both.
    pub fn load(folder: &Path) -> Result<Self, (&'static str, io::Error)> {
        let key = |file: &'static str| Key::load(&folder.join(file)).map(Some).map_err(|e| (file, e));
        Ok(Self { pseudonym: key(Self::FILES[0])?, waiver: key(Self::FILES[1])? })
    }
}

/// The compiled patterns of a checked policy.
pub fn patterns(policy: &Policy) -> Vec<Pattern> {
    policy.patterns.iter().filter_map(|p| compiled(p).ok()).collect()
}

/// Compiles a pattern and tries it on its examples.
pub(super) fn compiled(rule: &PatternRule) -> Result<Pattern, String> {
    let pattern = Pattern::new(&rule.id, rule.category, rule.kind, rule.confidence, &rule.pattern)?;
    let [examples, counterexamples] = &rule.examples;
    if let Some(number) = examples.iter().position(|e| !pattern.finds(e)) {
        return Err(format!("the pattern finds nothing in its example {}", number + 1));
    }
    match counterexamples.iter().position(|e| pattern.finds(e)) {
        Some(number) => Err(format!("the pattern finds something in its counter-example {}", number + 1)),
        None => Ok(pattern),
    }
}

impl Engine {
    /// The hash under which a waiver knows a value.
    pub fn waiver_hash(&self, category: Category, value: &str) -> Option<String> {
        let value = format!("{}\0{}", category.id(), identity(&self.lexicons, category, value));
        self.keys.waiver.as_ref().map(|key| key.hash("waiver", value.as_bytes()))
    }

    /// Allows what a waiver in force lets through. One that was withdrawn is told with its own message.
    pub(super) fn waive(&self, text: &str, rules: &FieldRules, decisions: &mut [Decision]) {
        let here = |w: &&Waiver| {
            let system = self.policy.system(&w.system);
            system.is_some_and(|s| Some(&s.id) == rules.system.as_ref())
                && w.field.as_deref().is_none_or(|f| {
                    system.and_then(|s| self.policy.field(s, f)).is_some_and(|f| Some(&f.id) == rules.field.as_ref())
                })
        };
        let waivers: Vec<&Waiver> = self.policy.waivers.iter().filter(here).collect();
        if waivers.is_empty() {
            return;
        }
        let hash = |d: &Decision| {
            let span = d.finding.span;
            self.waiver_hash(d.finding.category, &text[span.start..span.end]).unwrap_or_default()
        };
        let names: Vec<String> = decisions.iter().filter(|d| d.finding.category == Category::Name).map(hash).collect();
        for decision in decisions.iter_mut().filter(|d| d.action > Action::Allow) {
            let own = hash(decision);
            let fits = |w: &&&Waiver| {
                Topic::of(decision.finding.category, decision.finding.kind).any(|t| t == w.topic)
                    && w.hash == own
                    && w.person.as_ref().is_none_or(|p| names.contains(p))
                    && !w.expired(self.today)
            };
            let Some(waiver) = waivers.iter().find(fits) else { continue };
            if waiver.withdrawn(self.today) {
                decision.code = Some("consent.withdrawn".into());
            } else {
                decision.action = Action::Allow;
                decision.code = Some(format!("waiver:{}", waiver.line).into());
            }
        }
    }

    /// The token of a value: its label with a keyed hash. Without a key, the label.
    pub(super) fn pseudonym(
        &self,
        decision: &Decision,
        value: &str,
        rules: &FieldRules,
        scope: Scope,
        lang: Lang,
    ) -> String {
        let label = self.mask(decision, lang);
        let Some(key) = &self.keys.pseudonym else { return label };
        let system = rules.system.as_deref().filter(|_| scope == Scope::System).unwrap_or_default();
        let category = decision.finding.category;
        let value = format!("{system}\0{}\0{}", category.id(), identity(&self.lexicons, category, value));
        let hash = key.hash("pseudonym", value.as_bytes());
        format!("{}-{}]", label.trim_end_matches(']'), &hash[..DIGITS])
    }

    /// Whether a span ends inside a token: what fritext wrote is no finding.
    pub(super) fn in_token(&self, text: &[u8], labels: &[&str], span: Span) -> bool {
        if self.keys.pseudonym.is_none() {
            return false;
        }
        let mut stems = labels.iter().filter_map(|l| l.strip_suffix(']'));
        let hex = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        stems.any(|stem| {
            let length = stem.len() + DIGITS + 2;
            let from = span.end.saturating_sub(length);
            let window = &text[from..text.len().min(span.end + length)];
            memchr::memmem::find_iter(window, stem.as_bytes()).any(|at| {
                let token = window.get(at..at + length);
                let digits = token.and_then(|t| t[stem.len()..].strip_prefix(b"-")?.strip_suffix(b"]"));
                from + at < span.end && span.end <= from + at + length && digits.is_some_and(|d| d.iter().all(hex))
            })
        })
    }
}
