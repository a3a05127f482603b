//! `fritext explain`: every finding of one text and every candidate let go, in words.

use super::args::{Args, ExplainArgs, TextArgs};
use super::check::{open, told};
use super::words::{self, Words};
use super::{Status, setup};
use crate::format::{Format, FormatError, Input, decode_all, sniff, unpack};
use crate::lexicon::Flags;
use crate::model::{Action, Candidate, Decision, Encoding, Finding, Kind, Reason};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use crate::recognize::weigh::Why;
use crate::report::place_of;
use crate::scan::name_for;
use anyhow::{Result, anyhow};
use std::io::{self, Write};

/// The whole of a document as one text.
fn read(input: Input<'_>, text: &TextArgs) -> Result<String> {
    let failed = |e: FormatError| anyhow!("{}", told(&e));
    let (mut input, _) = unpack(input).map_err(failed)?;
    input.fill(usize::MAX)?;
    let encoding = Encoding::from_id(&text.encoding);
    let sniffed = sniff(input.bytes(), true, None, Some(Format::Text), encoding).map_err(failed)?;
    Ok(decode_all(input.bytes(), sniffed.encoding))
}

pub(super) fn run(args: &Args, a: &ExplainArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let mut name = setup::field_name(&engine.policy, &a.text)?;
    let input = match a.path.as_deref().filter(|p| p.as_os_str() != "-") {
        Some(path) => {
            name = name_for(&engine.policy, &name, path);
            Input::new(open(path)?)
        }
        None => Input::stdin(),
    };
    let text = read(input, &a.text)?;
    let text = text.trim_end_matches(['\n', '\r']);
    let rules = engine.rules(&name);
    let place = Place { lang: setup::lang(&a.text), ..Place::new(&rules) };
    let (judged, dropped, weighed) = engine.explain(text, &place);
    let words = Words::of(args.messages_in().unwrap_or(judged.lang.id()));
    let mut out = io::stdout().lock();
    let (system, field) = (rules.system.as_deref().unwrap_or("default"), rules.field.as_deref());
    let field = field.map_or(String::new(), |f| format!(".{f}"));
    writeln!(out, "{system}{field}: {} ({})", judged.verdict.id(), words.language(judged.lang))?;
    let told = Told { engine: &engine, rules: &rules, judged: &judged, weighed: &weighed, text, words };
    let (stays, goes): (Vec<&Decision>, Vec<&Decision>) =
        judged.decisions.iter().partition(|d| d.action == Action::Allow);
    for (heading, decisions) in [(words.goes, goes), (words.stays, stays)] {
        if !decisions.is_empty() {
            writeln!(out, "\n{heading}")?;
            decisions.iter().try_for_each(|d| told.decision(d, &mut out))?;
        }
    }
    if !dropped.is_empty() {
        writeln!(out, "\n{}", words.dropped)?;
        told.dropped(&dropped, &mut out)?;
    }
    if judged.decisions.is_empty() && dropped.is_empty() {
        writeln!(out, "\n{}", words.nothing)?;
    }
    Ok(if judged.verdict > Action::Allow { Status::Found } else { Status::Clean })
}

/// A text with what was decided about it.
struct Told<'a> {
    engine: &'a Engine,
    rules: &'a FieldRules,
    judged: &'a Judged,
    /// What spoke for and against the terms.
    weighed: &'a [Why],
    text: &'a str,
    words: Words,
}

impl Told<'_> {
    fn decision(&self, decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
        let (finding, words) = (&decision.finding, self.words);
        let rule = self.rules.rule(decision.rule);
        writeln!(out, "  {} → {}", self.about(finding), decision.action.id())?;
        writeln!(out, "      {}", self.source(finding))?;
        self.weighed(finding, out)?;
        let code = decision.code.as_deref();
        let why = if self.rules.verbatim {
            words.verbatim.to_owned()
        } else if decision.below_threshold {
            format!("{} ({:.2} < {:.2})", words.unsure, finding.confidence, rule.min_confidence)
        } else if let Some(line) =
            code.and_then(|c| c.strip_prefix("waiver:")).filter(|_| decision.action == Action::Allow)
        {
            format!("{} {line}", words.waived)
        } else {
            let file = if rule.rule.own { "" } else { " config.example.yaml" };
            let line =
                if rule.rule.line > 0 { format!(",{file} {} {}", words.line, rule.rule.line) } else { String::new() };
            let basis = [rule.rule.legal_basis.join(", "), rule.rule.law.clone()];
            let basis: Vec<String> = basis.into_iter().filter(|b| !b.is_empty()).collect();
            let basis = if basis.is_empty() { String::new() } else { format!(" [{}]", basis.join("; ")) };
            let raised = if decision.action > rule.rule.action { format!("; {}", words.raised) } else { String::new() };
            format!("{} {}{line}: {}{basis}{raised}", words.rule, rule.origin, rule.rule.action.id())
        };
        writeln!(out, "      {why}")?;
        if decision.action > Action::Allow
            && let Some(message) = self.engine.message(self.rules, decision, self.judged)
        {
            writeln!(out, "      {}: {}", message.code, message.message.get(words.locale))?;
        }
        Ok(())
    }

    /// Candidates let go: what was let go for the same reason stands in one place.
    fn dropped(&self, dropped: &[Candidate], out: &mut dyn Write) -> io::Result<()> {
        let mut reasons: Vec<Reason> = Vec::new();
        for candidate in dropped {
            if !reasons.contains(&candidate.reason) {
                reasons.push(candidate.reason);
            }
        }
        for reason in reasons {
            writeln!(out, "  {}", words::reason(reason, self.words.locale))?;
            let mut seen = Vec::new();
            for candidate in dropped.iter().filter(|c| c.reason == reason) {
                let line = format!("{}, {}", self.about(&candidate.finding), self.source(&candidate.finding));
                if !seen.contains(&line) {
                    writeln!(out, "      {line}")?;
                    self.weighed(&candidate.finding, out)?;
                    seen.push(line);
                }
            }
        }
        Ok(())
    }

    /// What spoke for and against a term.
    fn weighed(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let of = |w: &&Why| w.category == finding.category && w.span.overlaps(finding.span);
        let Some(why) = self.weighed.iter().find(of) else { return Ok(()) };
        for (side, sign) in [(self.words.pro, 1.0), (self.words.contra, -1.0)] {
            let told = why.weights.iter().filter(|w| w.weight * sign > 0.0).map(|w| {
                let what = words::weighed(w.what, self.words.locale);
                let at = w.at.map_or(String::new(), |at| format!("‘{}’ ", &self.text[at.start..at.end]));
                format!("{at}{what} {:.1}", w.weight * sign)
            });
            let told: Vec<String> = told.collect();
            if !told.is_empty() {
                writeln!(out, "      {side}: {}", told.join(", "))?;
            }
        }
        Ok(())
    }

    fn about(&self, finding: &Finding) -> String {
        let (line, column) = place_of(self.text, finding.span.start);
        let what = finding.kind.map_or(finding.category.id(), Kind::id);
        let value = self.text[finding.span.start..finding.span.end].replace(char::is_control, " ");
        format!("{line}:{column} ‘{value}’ {what} {:.2}", finding.confidence)
    }

    /// Which list or rule found it.
    fn source(&self, finding: &Finding) -> String {
        let Some(term) = finding.term else {
            return format!("{} {}", self.words.recognizer, finding.recognizer);
        };
        let info = self.engine.lexicons.term(term);
        let weak = if info.flags.has(Flags::WEAK) { self.words.weak } else { "" };
        format!("{} ‘{}’{weak}, {}:{}", self.words.entry, info.written(), info.list.file(), info.line)
    }
}
