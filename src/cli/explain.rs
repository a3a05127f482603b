//! `fritext explain`: every finding of one text and every candidate let go, in words.

use super::args::{Args, ExplainArgs, TextArgs};
use super::check::{open, told};
use super::{Status, setup};
use crate::format::{Format, FormatError, Input, decode_all, sniff, unpack};
use crate::lexicon::Flags;
use crate::model::{Action, Encoding, Finding};
use crate::pipeline::{Engine, Place};
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
    let (judged, dropped) = engine.explain(text, &place);
    let locale = args.messages_in().unwrap_or(judged.lang.id());
    let mut out = io::stdout().lock();
    let field = rules.field.as_deref().unwrap_or("-");
    writeln!(
        out,
        "{}.{field}, language {}: {}",
        rules.system.as_deref().unwrap_or("default"),
        judged.lang.id(),
        judged.verdict.id()
    )?;
    for decision in &judged.decisions {
        let finding = &decision.finding;
        writeln!(out, "\n{}  {}", decision.action.id(), about(finding, text))?;
        writeln!(out, "    found by {}", source(&engine, finding))?;
        let rule = rules.rule(decision.rule);
        let why = if rules.verbatim {
            "the field is verbatim: nothing is ever changed in it".to_owned()
        } else if decision.below_threshold {
            format!(
                "confidence {:.2} is below the {:.2} that the policy reports",
                finding.confidence, rule.min_confidence
            )
        } else {
            let law = if rule.rule.law.is_empty() { String::new() } else { format!(" ({})", rule.rule.law) };
            format!("rule of {}: {}{law}", rule.origin, rule.rule.action.id())
        };
        writeln!(out, "    {why}")?;
        if decision.action > Action::Allow
            && let Some(message) = engine.message(&rules, decision, &judged)
        {
            writeln!(out, "    {}: {}", message.code, message.message.get(locale))?;
        }
    }
    for candidate in &dropped {
        writeln!(out, "\nlet go  {}", about(&candidate.finding, text))?;
        writeln!(out, "    looked at by {}", source(&engine, &candidate.finding))?;
        writeln!(out, "    {}", candidate.reason.explain())?;
    }
    Ok(if judged.verdict > Action::Allow { Status::Found } else { Status::Clean })
}

fn about(finding: &Finding, text: &str) -> String {
    let (line, column) = place_of(text, finding.span.start);
    let what = finding.kind.map_or(finding.category.id(), crate::model::Kind::id);
    format!(
        "{line}:{column} ‘{}’ {what}, confidence {:.2}",
        &text[finding.span.start..finding.span.end],
        finding.confidence
    )
}

fn source(engine: &Engine, finding: &Finding) -> String {
    let Some(term) = finding.term else {
        return finding.recognizer.to_string();
    };
    let info = engine.lexicons.term(term);
    let weak = if info.flags.has(Flags::WEAK) { ", a weak term" } else { "" };
    format!("the entry ‘{}’ of {}:{}{weak}", info.written, info.list.file, info.line)
}
