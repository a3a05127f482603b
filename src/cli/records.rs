//! Records: one JSON object a line in, one a line out, same order, flushed as it goes.

use super::args::{Args, CheckArgs, OutputFormat, TextArgs};
use super::run_row::RunRow;
use super::{Status, setup};
use crate::model::{Action, FieldName, Lang};
use crate::pipeline::{Engine, Judged};
use crate::policy::FieldRules;
use crate::record::{self, Known, Record, Shape, Unknown};
use anyhow::Result;
use serde_json::json;
use std::collections::HashSet;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

/// Bytes of one line; a longer one is an error in its place.
const MAX_LINE: usize = 64 << 20;

/// What the options say, what was looked up, and the names already warned about.
struct Judge<'a> {
    engine: &'a Engine,
    options: FieldName,
    lang: Option<Lang>,
    known: Known,
    warned: HashSet<String>,
}

impl<'a> Judge<'a> {
    fn new(engine: &'a Engine, options: &FieldName, text: &TextArgs) -> Self {
        let (lang, options) = (setup::lang(text), options.clone());
        Self { engine, options, lang, known: Known::default(), warned: HashSet::new() }
    }

    fn judge(&mut self, record: &Record) -> (Arc<FieldRules>, Judged) {
        let name = record.name(&self.options);
        self.warn(&name);
        let rules = self.known.rules(self.engine, &name);
        let judged = record::judge(self.engine, &rules, record.text(), record.lang().or(self.lang));
        (rules, judged)
    }

    /// An unknown system or field is judged by `default`, and told once.
    fn warn(&mut self, name: &FieldName) {
        let said = |n: &Option<String>| n.clone().unwrap_or_default();
        let unknown = match Unknown::of(self.engine, name) {
            None => return,
            Some(Unknown::System) => format!("system ‘{}’", said(&name.system)),
            Some(Unknown::Field) => format!("field ‘{}’ of {}", said(&name.field), said(&name.system)),
        };
        if self.warned.insert(unknown.clone()) {
            super::say(&format!("fritext: warning: unknown {unknown}, judged by the rule `default`"));
        }
    }
}

pub(super) fn check(
    args: &Args,
    a: &CheckArgs,
    engine: &Engine,
    name: &FieldName,
    out: &mut dyn Write,
) -> Result<Status> {
    let mut row = RunRow::begin(args, engine, "check", name)?;
    let mut judge = Judge::new(engine, name, &a.text);
    let mut verdict = Action::Allow;
    let mut failed = false;
    let human = a.format == OutputFormat::Human;
    for source in sources(&a.paths)? {
        failed |= lines(source, out, |record| {
            let (rules, judged) = judge.judge(&record);
            verdict = verdict.max(judged.verdict);
            row.texts(1);
            judged.decisions.iter().for_each(|d| row.count(d));
            let locale = args.messages_in().unwrap_or(judged.lang.id());
            let shape = Shape { locale, offsets: a.result.offsets, show_text: a.result.show_text };
            record::check(engine, &rules, &record, &judged, shape)
        })?;
    }
    row.end(!failed)?;
    if human && !args.quiet {
        super::say("fritext: records are answered as JSON lines");
    }
    Ok(if failed {
        Status::Failed
    } else if verdict > Action::Allow {
        Status::Found
    } else {
        Status::Clean
    })
}

/// Redacts records; the strongest verdict and whether all went well.
pub(super) fn redact(
    input: Box<dyn BufRead>,
    args: &Args,
    text: &TextArgs,
    engine: &Engine,
    name: &FieldName,
    out: &mut dyn Write,
) -> Result<(Action, bool)> {
    let mut row = RunRow::begin(args, engine, "redact", name)?;
    let mut judge = Judge::new(engine, name, text);
    let (mut verdict, mut settled) = (Action::Allow, true);
    let failed = lines(input, out, |record| {
        let (_, judged) = judge.judge(&record);
        verdict = verdict.max(judged.verdict);
        settled &= judged.settled;
        row.texts(1);
        judged.decisions.iter().for_each(|d| row.count(d));
        record::redact(record, &judged)
    })?;
    row.end(settled && !failed)?;
    Ok((verdict, settled && !failed))
}

fn sources(paths: &[std::path::PathBuf]) -> Result<Vec<Box<dyn BufRead>>> {
    if paths.is_empty() {
        return Ok(vec![Box::new(io::stdin().lock())]);
    }
    paths
        .iter()
        .map(|p| -> Result<Box<dyn BufRead>> {
            Ok(if p.as_os_str() == "-" {
                Box::new(io::stdin().lock())
            } else {
                Box::new(io::BufReader::new(super::check::open(p)?))
            })
        })
        .collect()
}

/// Answers every line; a line that is no record gives an error in its place. Whether there was such a line.
fn lines<A: serde::Serialize>(
    mut input: Box<dyn BufRead>,
    out: &mut dyn Write,
    mut answer: impl FnMut(Record) -> A,
) -> Result<bool> {
    let (mut line, mut number, mut failed) = (Vec::new(), 0u64, false);
    loop {
        line.clear();
        let read = io::Read::take(&mut *input, MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            out.flush()?;
            return Ok(failed);
        }
        number += 1;
        let body = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if body.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let record = if line.len() >= MAX_LINE { Err("the line is too long".to_owned()) } else { Record::parse(body) };
        match record {
            Ok(record) => serde_json::to_writer(&mut *out, &answer(record))?,
            Err(error) => {
                failed = true;
                if read == MAX_LINE && line.last() != Some(&b'\n') {
                    skip_line(&mut *input)?;
                }
                serde_json::to_writer(&mut *out, &json!({ "error": error, "line": number }))?;
            }
        }
        out.write_all(b"\n")?;
        out.flush()?;
    }
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (taken, found) = memchr::memchr(b'\n', buffer).map_or((buffer.len(), false), |i| (i + 1, true));
        input.consume(taken);
        if found {
            return Ok(());
        }
    }
}
