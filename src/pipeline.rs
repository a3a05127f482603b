//! The path of a text: recognize, decide, apply, and once more to see that nothing is left.
//!
//! ```text
//! bytes ─decode─▶ fields ─recognize─▶ findings ─decide─▶ decisions ─apply─▶ fields ─encode─▶ bytes
//! ```
//! `format` does the first and the last step around [`Engine::judge`].

mod keys;

pub use keys::{Keys, patterns};

use crate::model::{
    self, Action, Category, ColumnKind, Date, Decision, Edit, FieldName, Finding, Group, Lang, Langs, Operator,
    Problem, Scope, Sign, Span, Topic, apply, original_span,
};
use crate::policy::{Country, Decided, FieldRules, Message, Policy, decide, load_policy, needed, protects};
use crate::recognize::{self, Lexicons, Reading, Sink, Situation};
use crate::redact::{initials, kept_wording};

/// Lexicons, policy and today's date: everything that judges a text. Cheap to share between threads.
#[derive(Debug, Clone)]
pub struct Engine {
    /// What is looked for.
    pub lexicons: Lexicons,
    /// What may stand where.
    pub policy: Policy,
    /// Today, for centuries and for dates that lie ahead.
    pub today: Date,
    /// The site's keys, for pseudonyms and waivers.
    pub keys: Keys,
}

/// What is known about a text besides its characters.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The rules of its field.
    pub rules: &'a FieldRules,
    /// Its language, if the caller knows it.
    pub lang: Option<Lang>,
    /// The language of its column or file, for a text too short to tell its own.
    pub lent: Option<Lang>,
    /// What its column holds.
    pub column: ColumnKind,
    /// It belongs to a person whose identity is protected, as a value beside it says.
    pub marked: bool,
    /// What a value of its column is, as a whole, where the column holds one identifier a row.
    pub holds: Option<Category>,
}

impl<'a> Place<'a> {
    /// A text in a field with these rules, of which nothing else is known.
    pub fn new(rules: &'a FieldRules) -> Self {
        Self { rules, lang: None, lent: None, column: ColumnKind::FreeText, marked: false, holds: None }
    }
}

/// What was decided about a text.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Every finding with its action, in order of position.
    pub decisions: Vec<Decision>,
    /// The strongest action.
    pub verdict: Action,
    /// The text is refused, and the answer says no more than the message with this code.
    pub combined: Option<String>,
    /// It says that the identity of a person is protected, so that all of its record is to be protected.
    pub protects: bool,
    /// The language that labels and wordings are written in.
    pub lang: Lang,
    /// What `redact` changes, sorted, none overlapping.
    pub edits: Vec<Edit>,
    /// Whether the redacted text was read again and nothing was left to take out.
    pub settled: bool,
}

impl Judged {
    /// All findings of a refused text alike, so that none of them tells why it was refused.
    fn unify(&mut self) {
        for decision in self.decisions.iter_mut().filter(|d| !d.below_threshold) {
            decision.action = Action::Block;
            decision.finding.kind = None;
        }
    }
}

/// Readings of a redacted text before its whole field is masked.
const ROUNDS: usize = 4;

impl Engine {
    /// The engine with the built-in lexicons and policy.
    pub fn builtin(today: Date) -> Self {
        Self { lexicons: crate::builtin::lexicons(), policy: crate::builtin::policy(), today, keys: Keys::default() }
    }

    /// The rules of a field.
    pub fn rules(&self, name: &FieldName) -> FieldRules {
        self.policy.rules(name)
    }

    /// Recognizes and decides.
    pub fn check(&self, text: &str, place: &Place<'_>) -> Judged {
        let situation = self.situation(place);
        let (sink, reading) = recognize::recognize(&self.lexicons, text, &situation, false);
        let mut judged = self.decide(text, place, sink, &reading);
        if judged.combined.is_some() {
            judged.unify();
        }
        judged
    }

    /// As [`Engine::check`], with the candidates that were let go and what spoke for and against.
    pub fn explain(
        &self,
        text: &str,
        place: &Place<'_>,
    ) -> (Judged, Vec<model::Candidate>, Vec<recognize::weigh::Why>) {
        let situation = self.situation(place);
        let (mut sink, reading) = recognize::recognize(&self.lexicons, text, &situation, true);
        let (dropped, why) = (std::mem::take(&mut sink.dropped), std::mem::take(&mut sink.why));
        (self.decide(text, place, sink, &reading), dropped, why)
    }

    /// Recognizes, decides, and works out the edits.
    pub fn propose(&self, text: &str, place: &Place<'_>) -> Judged {
        let mut judged = self.check(text, place);
        if judged.verdict >= Action::Redact && !place.rules.verbatim {
            judged.edits = self.edits(text, place, &judged);
        }
        judged
    }

    /// As [`Engine::propose`]; reads the result again until nothing is left to take out.
    pub fn judge(&self, text: &str, place: &Place<'_>) -> Judged {
        let mut judged = self.propose(text, place);
        if judged.edits.is_empty() {
            return judged;
        }
        for _ in 0..ROUNDS {
            let edited = apply(text, &judged.edits);
            let again = self.check(&edited, place);
            let left: Vec<Span> =
                again.decisions.iter().filter(|d| d.action >= Action::Redact).map(|d| d.finding.span).collect();
            if left.is_empty() {
                return judged;
            }
            let mask = self.mask(&again.decisions[0], judged.lang);
            judged.edits = widen(&judged.edits, left.iter().map(|s| original_span(&judged.edits, *s)), &mask);
        }
        let mask = self.mask(&judged.decisions[0], judged.lang);
        judged.edits = vec![Edit { span: Span::new(0, text.len()), replacement: mask }];
        judged.settled = self.check(&apply(text, &judged.edits), place).verdict < Action::Redact;
        judged
    }

    /// The terms of a text with all that is weighed of them, for training.
    pub fn observe(
        &self,
        text: &str,
        place: &Place<'_>,
        alike: &recognize::weigh::Alike,
    ) -> Vec<recognize::weigh::Observed> {
        recognize::observe(&self.lexicons, text, &self.situation(place), alike)
    }

    /// Asks about the words around what is found, for training.
    pub fn ask(&self, text: &str, place: &Place<'_>, belongs: impl FnMut(&recognize::weigh::Asked<'_>) -> bool) {
        recognize::ask(&self.lexicons, text, &self.situation(place), belongs);
    }

    /// A name of a file, column or key without what must not stand in one.
    pub fn neutral_name(&self, name: &str) -> String {
        let rules = self.rules(&FieldName { system: None, field: Some("filename".to_owned()) });
        apply(name, &self.judge(name, &Place::new(&rules)).edits)
    }

    fn situation(&self, place: &Place<'_>) -> Situation {
        Situation {
            langs: place.lang.map(Langs::only),
            lent: place.lent.map(Langs::only),
            place: place.rules.place,
            column: place.column,
            holds: place.holds,
            today: self.today,
        }
    }

    fn decide(&self, text: &str, place: &Place<'_>, sink: Sink, reading: &Reading<'_>) -> Judged {
        let lang = place.lang.or(sink.langs.one()).unwrap_or(match place.rules.country {
            Some(Country::Dk) => Lang::Da,
            _ => Lang::Sv,
        });
        let mut findings = sink.findings;
        if place.marked {
            whole_value(text, place, &mut findings);
        }
        let system = |word: &str| self.policy.system(word).is_some();
        let sign = |s: Sign| recognize::shows(reading, s, &system);
        let Decided { mut decisions, mut silenced } = decide(&self.policy, place.rules, findings, place.marked, &sign);
        let labels = self.labels_in(text);
        decisions.retain(|d| !self.wrote(text, &labels, d.finding.span));
        silenced = silenced.filter(|_| decisions.iter().any(|d| d.action == Action::Block));
        let one_thing = matches!(place.column, ColumnKind::Identifier | ColumnKind::Code | ColumnKind::OtherNumber);
        if one_thing && silenced.is_none() {
            // A column that holds one thing a row has its own basis: it is reported and never rewritten.
            for decision in &mut decisions {
                decision.action = decision.action.min(Action::Flag);
            }
        }
        if !one_thing {
            let kin = |s: Span| recognize::says_kin(&self.lexicons, &text[s.start..s.end], reading.situation);
            needed(place.rules, &mut decisions, &kin);
        }
        if silenced.is_none() {
            self.waive(text, place.rules, &mut decisions);
        }
        let protects = !place.rules.verbatim
            && place.rules.place != model::Place::Journal
            && decisions.iter().any(|d| d.action > Action::Allow && protects(d));
        let verdict = decisions.iter().map(|d| d.action).max().unwrap_or_default();
        let combined = silenced.map(|c| c.code.clone().unwrap_or_default());
        Judged { decisions, verdict, combined, protects, lang, edits: Vec::new(), settled: true }
    }

    /// The labels of the policy that a text may hold: none unless it holds the character they begin with.
    fn labels_in(&self, text: &str) -> Vec<&str> {
        let mut last = (0, false);
        let mut may_hold = |first: u8| {
            if last.0 != first {
                last = (first, memchr::memchr(first, text.as_bytes()).is_some());
            }
            last.1
        };
        let labels = self.policy.labels.iter().flat_map(|(_, p)| [&p.sv, &p.da, &p.en]);
        labels.map(String::as_str).filter(|l| l.len() > 2 && may_hold(l.as_bytes()[0])).collect()
    }

    /// Whether a span ends inside one of these labels or initials: what fritext wrote is no finding.
    fn wrote(&self, text: &str, labels: &[&str], span: Span) -> bool {
        let bytes = text.as_bytes();
        let ends_in = |start: usize, end: usize| start < span.end && span.end <= end;
        let label = |label: &&str| {
            let from = span.end.saturating_sub(label.len());
            let mut starts = memchr::memchr_iter(label.as_bytes()[0], &bytes[from..span.end]).map(|i| from + i);
            starts.any(|at| ends_in(at, at + label.len()) && bytes[at..].starts_with(label.as_bytes()))
        };
        labels.iter().any(label)
            || self.in_token(bytes, labels, span)
            || [span.end.saturating_sub(1), span.end].iter().any(|dot| {
                let initial = initial(text, *dot);
                initial.is_some_and(|i| ends_in(i.start, i.end))
            })
    }

    fn mask(&self, decision: &Decision, lang: Lang) -> String {
        let label = self.policy.label(decision.finding.category, decision.finding.kind);
        label.map_or("[…]", |p| p.get(lang.id())).to_owned()
    }

    /// The mask that tells least.
    fn neutral(&self, lang: Lang) -> String {
        let label = self.policy.labels.iter().find(|(topic, _)| *topic == Topic::Group(Group::Special));
        label.map_or("[…]", |(_, p)| p.get(lang.id())).to_owned()
    }

    fn edits(&self, text: &str, place: &Place<'_>, judged: &Judged) -> Vec<Edit> {
        let rule = |d: &Decision| &place.rules.rule(d.rule).rule;
        let redacted = |d: &&Decision| d.action >= Action::Redact;
        if judged.combined.is_some() {
            // One mask for all of it. In a column of identifiers the heading tells what it is, and so may the mask.
            let mask = match place.holds.and_then(|c| self.policy.label(c, None)) {
                Some(label) => label.get(judged.lang.id()).to_owned(),
                None => self.neutral(judged.lang),
            };
            let start = text.len() - text.trim_start().len();
            return vec![Edit { span: Span::new(start, start + text.trim().len()), replacement: mask }];
        }
        let whole = judged
            .decisions
            .iter()
            .filter(redacted)
            .filter(|d| rule(d).operator == Operator::Replace && rule(d).scope == Scope::Field)
            .max_by_key(|d| d.action);
        if let Some(decision) = whole {
            let rule = rule(decision);
            let wording = rule.replacement.as_ref().map_or("", |p| p.get(judged.lang.id()));
            let (validity, times) = recognize::kept(&Reading::new(&self.lexicons, text, &self.situation(place)));
            let times = if rule.keep_times { times } else { Vec::new() };
            let replacement = kept_wording(wording, validity.as_deref().filter(|_| rule.keep_validity), &times);
            // The line end of a file is no part of its text.
            return vec![Edit { span: Span::new(0, text.trim_end_matches(['\n', '\r']).len()), replacement }];
        }
        let mut edits: Vec<(Edit, Operator)> = Vec::new();
        for (span, decision) in clusters(&judged.decisions) {
            let operator = if decision.action == Action::Block { Operator::Mask } else { rule(decision).operator };
            let replacement = match operator {
                Operator::Mask => self.mask(decision, judged.lang),
                Operator::Initials => Some(initials(&recognize::as_seen(&text[span.start..span.end])))
                    .filter(|i| !i.is_empty())
                    .unwrap_or_else(|| self.mask(decision, judged.lang)),
                Operator::Replace => {
                    rule(decision).replacement.as_ref().map_or(String::new(), |p| p.get(judged.lang.id()).to_owned())
                }
                Operator::Pseudonym => {
                    let scope = rule(decision).scope;
                    self.pseudonym(decision, &text[span.start..span.end], place.rules, scope, judged.lang)
                }
                Operator::Remove => String::new(),
            };
            // The same fixed wording is written once a sentence.
            let repeated = operator == Operator::Replace
                && edits.last().is_some_and(|(e, o)| {
                    *o == Operator::Replace
                        && e.replacement == replacement
                        && !text[e.span.end..span.start].contains(['.', '!', '?', '\n'])
                });
            let replacement = if repeated { String::new() } else { replacement };
            // Two masks beside each other tell no more than one.
            if let Some((last, _)) = edits.last_mut()
                && operator == Operator::Mask
                && last.replacement == replacement
                && text[last.span.end..span.start].chars().all(|c| c == ' ')
            {
                last.span.end = span.end;
                continue;
            }
            edits.push((Edit { span, replacement }, operator));
        }
        edits.into_iter().map(|(e, _)| e).collect()
    }

    /// The message about a decision: its code, its wording and what may stand instead. Where no rule names a country, a
    /// text in its language is spoken of as in that country.
    pub fn message(&self, rules: &FieldRules, decision: &Decision, judged: &Judged) -> Option<&Message> {
        let finding = &decision.finding;
        let resolved = rules.rule(decision.rule);
        let silenced = judged.combined.as_deref().filter(|_| decision.action == Action::Block);
        let code = silenced.or(decision.code.as_deref()).or(resolved.rule.code.as_deref());
        let country = rules.country.unwrap_or(match judged.lang {
            Lang::Sv => Country::Se,
            Lang::Da => Country::Dk,
        });
        let messages = &self.policy.messages;
        code.and_then(|c| messages.iter().find(|m| m.code == c))
            .or_else(|| messages.iter().find(|m| m.fits(rules.place, Some(country), finding.category, finding.kind)))
    }
}

/// A person whose identity is protected must not be led to by any value of an identifier column, whether or not it looks
/// like one.
fn whole_value(text: &str, place: &Place<'_>, findings: &mut Vec<Finding>) {
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    let Some(mut category) = place.holds.filter(|_| !span.is_empty()) else { return };
    if category == Category::Address {
        // A contact detail of whatever sort.
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        category = match () {
            () if text.contains('@') => Category::Email,
            () if digits * 2 > text.trim().len() => Category::Phone,
            () => Category::Address,
        };
    }
    if findings.iter().all(|f| f.category.group() != Group::Identifiers) {
        findings.push(Finding { span, category, kind: None, confidence: 0.9, recognizer: "column".into(), term: None });
        findings.sort_by_key(|f| f.span.start);
    }
}

/// The initial that ends with the full stop at `dot`: a capital and a full stop that another initial, a comma or the
/// sentence's next word follows. At the end of a sentence a letter may be a grade.
fn initial(text: &str, dot: usize) -> Option<Span> {
    if text.as_bytes().get(dot) != Some(&b'.') {
        return None;
    }
    let (at, _) = text[..dot].char_indices().next_back().filter(|(_, c)| c.is_uppercase())?;
    if text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    let mut after = text[dot + 1..].chars();
    let next = match after.next() {
        Some(' ') => after.next().filter(|c| c.is_lowercase() || c.is_ascii_digit()),
        other => other.filter(|c| c.is_uppercase() || matches!(c, ',' | '.' | ':' | ';')),
    };
    let joined = text[..at].ends_with(['.', '-']);
    (next.is_some() || joined).then(|| Span::new(at, dot + 1))
}

/// Findings that share characters, as one span each under the strongest of them, where that one is taken out.
fn clusters(decisions: &[Decision]) -> Vec<(Span, &Decision)> {
    let mut out: Vec<(Span, &Decision)> = Vec::new();
    for decision in decisions {
        let span = decision.finding.span;
        match out.last_mut() {
            Some((last, strongest)) if last.overlaps(span) => {
                last.end = last.end.max(span.end);
                if decision.action > strongest.action {
                    *strongest = decision;
                }
            }
            _ => out.push((span, decision)),
        }
    }
    out.retain(|(_, d)| d.action >= Action::Redact);
    out
}

/// Edits with more spans masked; spans that touch become one.
fn widen(edits: &[Edit], spans: impl Iterator<Item = Span>, mask: &str) -> Vec<Edit> {
    let more = spans.map(|span| Edit { span, replacement: mask.to_owned() });
    let mut all: Vec<Edit> = edits.iter().cloned().chain(more).collect();
    all.sort_by_key(|e| (e.span.start, std::cmp::Reverse(e.span.end)));
    let mut out: Vec<Edit> = Vec::new();
    for edit in all {
        match out.last_mut() {
            Some(last) if last.span.overlaps(edit.span) || last.span == edit.span => {
                if edit.span.end > last.span.end {
                    last.span.end = edit.span.end;
                    last.replacement = mask.to_owned();
                }
            }
            _ => out.push(edit),
        }
    }
    out
}

/// Loads a policy for `extends: builtin` to lie over, with the patterns of the site compiled and tried.
pub fn site_policy(file: &str, text: &str) -> Result<(Policy, Vec<Problem>), Vec<Problem>> {
    let (policy, mut problems) = load_policy(file, text, Some(&crate::builtin::policy()))?;
    for rule in &policy.patterns {
        if let Err(problem) = keys::compiled(rule) {
            problems.push(rule.problem(file, problem));
        }
    }
    if problems.iter().any(|p| !p.warning) { Err(problems) } else { Ok((policy, problems)) }
}
