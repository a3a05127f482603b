//! A decision as results carry it: positions, kinds, codes and wordings.

use super::args::{Offsets, ResultArgs};
use crate::model::{Action, Operator, Scope};
use crate::pipeline::{Engine, Judged};
use crate::policy::FieldRules;
use crate::redact::initials;
use crate::report::{Entry, place_of};

/// One finding as results carry it.
pub(super) fn entry(
    engine: &Engine,
    rules: &FieldRules,
    judged: &Judged,
    decision: &crate::model::Decision,
    text: &str,
    locale: &str,
    options: &ResultArgs,
) -> Entry {
    let finding = &decision.finding;
    let span = finding.span;
    let (line, column) = place_of(text, span.start);
    let told = (decision.action > Action::Allow).then(|| engine.message(rules, decision, judged)).flatten();
    let resolved = rules.rule(decision.rule);
    let own = resolved.rule.message.as_ref().filter(|_| decision.action > Action::Allow);
    let lang = judged.lang.id();
    let wording = told.map(|m| m.suggestion.get(lang)).filter(|s| !s.is_empty());
    let suggestion = match (decision.action, resolved.rule.operator, resolved.rule.scope) {
        (Action::Redact, Operator::Replace, Scope::Field) => judged.edits.first().map(|e| e.replacement.clone()),
        (Action::Redact, Operator::Initials, _) => {
            Some(initials(&text[span.start..span.end])).filter(|i| !i.is_empty())
        }
        (Action::Allow, ..) => None,
        _ => wording.map(str::to_owned),
    };
    let unit = |at: usize| match options.offsets {
        Offsets::Utf8 => at,
        Offsets::Utf16 => text[..at].encode_utf16().count(),
        Offsets::Chars => text[..at].chars().count(),
    };
    Entry {
        start: unit(span.start),
        end: unit(span.end),
        line,
        column,
        category: finding.category.id(),
        kind: finding.kind.map(crate::model::Kind::id),
        confidence: (f64::from(finding.confidence) * 100.0).round() / 100.0,
        action: decision.action.id(),
        recognizer: finding.recognizer.to_string(),
        rule: resolved.origin.clone(),
        code: told.map(|m| m.code.clone()),
        message: own.or(told.map(|m| &m.message)).map(|m| m.get(locale).to_owned()),
        suggestion,
        text: options.show_text.then(|| text[span.start..span.end].to_owned()),
    }
}
