//! A decision as results carry it: positions, kinds, codes and wordings.

use crate::model::{Action, Decision, Operator, Scope};
use crate::pipeline::{Engine, Judged};
use crate::policy::FieldRules;
use crate::redact::initials;
use crate::report::Entry;

/// Unit of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Offsets {
    /// Bytes of UTF-8.
    #[default]
    Utf8,
    /// Code units of UTF-16.
    Utf16,
    /// Code points.
    Chars,
}

impl Offsets {
    /// The unit with this word.
    pub fn from_id(id: &str) -> Option<Self> {
        [("utf8", Self::Utf8), ("utf16", Self::Utf16), ("chars", Self::Chars)]
            .into_iter()
            .find(|(word, _)| *word == id)
            .map(|(_, unit)| unit)
    }
}

/// How findings are told.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    /// Language of messages.
    pub locale: &'a str,
    /// Unit of positions.
    pub offsets: Offsets,
    /// The matched text goes into the result, too.
    pub show_text: bool,
}

/// The findings of a text as results carry them.
pub fn entries(engine: &Engine, rules: &FieldRules, judged: &Judged, text: &str, shape: Shape<'_>) -> Vec<Entry> {
    let mut ruler = Ruler::new(text, shape.offsets);
    judged.decisions.iter().map(|d| entry_at(engine, rules, judged, d, shape, &mut ruler)).collect()
}

/// One finding as results carry it.
pub fn entry(
    engine: &Engine,
    rules: &FieldRules,
    judged: &Judged,
    decision: &Decision,
    text: &str,
    shape: Shape<'_>,
) -> Entry {
    entry_at(engine, rules, judged, decision, shape, &mut Ruler::new(text, shape.offsets))
}

fn entry_at(
    engine: &Engine,
    rules: &FieldRules,
    judged: &Judged,
    decision: &Decision,
    shape: Shape<'_>,
    ruler: &mut Ruler<'_>,
) -> Entry {
    let finding = &decision.finding;
    let span = finding.span;
    let text = ruler.text;
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
    let start = ruler.walk(span.start);
    Entry {
        start,
        end: start + ruler.units(&text[span.start..span.end]),
        line: ruler.line,
        column: ruler.column,
        category: finding.category.id(),
        kind: finding.kind.map(crate::model::Kind::id),
        confidence: (f64::from(finding.confidence) * 100.0).round() / 100.0,
        action: decision.action.id(),
        recognizer: finding.recognizer.to_string(),
        rule: resolved.origin.clone(),
        code: told.map(|m| m.code.clone()),
        message: own.or(told.map(|m| &m.message)).map(|m| m.get(shape.locale).to_owned()),
        suggestion,
        text: shape.show_text.then(|| text[span.start..span.end].to_owned()),
    }
}

/// Lines, columns and units of positions, counted once along the text: a text with thousands of findings takes no
/// longer than its length.
struct Ruler<'a> {
    text: &'a str,
    offsets: Offsets,
    at: usize,
    units: usize,
    line: usize,
    column: usize,
}

impl<'a> Ruler<'a> {
    const fn new(text: &'a str, offsets: Offsets) -> Self {
        Self { text, offsets, at: 0, units: 0, line: 1, column: 1 }
    }

    fn units(&self, part: &str) -> usize {
        match self.offsets {
            Offsets::Utf8 => part.len(),
            Offsets::Utf16 => part.encode_utf16().count(),
            Offsets::Chars => part.chars().count(),
        }
    }

    /// Walks to a byte; its position in the unit that was asked for.
    fn walk(&mut self, to: usize) -> usize {
        if to < self.at {
            *self = Self::new(self.text, self.offsets);
        }
        let part = &self.text[self.at..to];
        match part.rfind('\n') {
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', part.as_bytes()).count();
                self.column = part[last + 1..].chars().count() + 1;
            }
            None => self.column += part.chars().count(),
        }
        self.units += self.units(part);
        self.at = to;
        self.units
    }
}

#[cfg(test)]
mod tests {
    use super::{Offsets, Ruler};

    #[test]
    fn positions_are_counted_in_the_unit_that_was_asked_for() {
        let text = "å🙂\nöb\ncd";
        for (offsets, expected) in
            [(Offsets::Utf8, [0, 7, 10]), (Offsets::Utf16, [0, 4, 6]), (Offsets::Chars, [0, 3, 5])]
        {
            let mut ruler = Ruler::new(text, offsets);
            let at = [0, 7, 10].map(|byte| (ruler.walk(byte), ruler.line, ruler.column));
            assert_eq!(at, [(expected[0], 1, 1), (expected[1], 2, 1), (expected[2], 2, 3)]);
            assert_eq!(ruler.walk(7), expected[1], "backwards, too");
        }
    }
}
