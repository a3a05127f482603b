//! Records: one JSON object a line in, one a line out, same order, flushed as it goes.

use super::args::{Args, CheckArgs, OutputFormat, TextArgs};
use super::entries::entry;
use super::{Status, setup};
use crate::model::apply;
use crate::model::{Action, FieldName, Lang};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, Write};

/// Bytes of one line; a longer one is an error in its place.
const MAX_LINE: usize = 64 << 20;

/// Rules by name, so that each is looked up once, and the names already warned about.
struct Rules<'a> {
    engine: &'a Engine,
    options: FieldName,
    lang: Option<Lang>,
    known: HashMap<FieldName, FieldRules>,
    warned: HashSet<String>,
}

struct Judgement<'a> {
    rules: &'a FieldRules,
    judged: Judged,
}

impl<'a> Rules<'a> {
    fn new(engine: &'a Engine, options: &FieldName, text: &TextArgs) -> Self {
        Self {
            engine,
            options: options.clone(),
            lang: setup::lang(text),
            known: HashMap::new(),
            warned: HashSet::new(),
        }
    }

    fn judge(&mut self, record: &Map<String, Value>, text: &str) -> Judgement<'_> {
        let said = |key: &str| record.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = FieldName {
            system: said("system").or_else(|| self.options.system.clone()),
            field: said("field").or_else(|| self.options.field.clone()),
        };
        self.warn(&name);
        let lang = said("lang").as_deref().and_then(Lang::from_id).or(self.lang);
        let engine = self.engine;
        let rules = &*self.known.entry(name).or_insert_with_key(|n| engine.rules(n));
        let judged = engine.judge(text, &Place { lang, ..Place::new(rules) });
        Judgement { rules, judged }
    }

    /// An unknown system or field is judged by `default`, and told once.
    fn warn(&mut self, name: &FieldName) {
        let policy = &self.engine.policy;
        let Some(system_name) = &name.system else {
            return;
        };
        let unknown = match policy.system(system_name) {
            None => format!("system ‘{system_name}’"),
            Some(system) => match &name.field {
                Some(f) if policy.field(system, f).is_none() && policy.field(&policy.default, f).is_none() => {
                    format!("field ‘{f}’ of {}", system.id)
                }
                _ => return,
            },
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
    let mut rules = Rules::new(engine, name, &a.text);
    let mut verdict = Action::Allow;
    let mut failed = false;
    let human = a.format == OutputFormat::Human;
    for source in sources(&a.paths)? {
        failed |= lines(source, out, |record, text| {
            let j = rules.judge(record, text);
            verdict = verdict.max(j.judged.verdict);
            let locale = args.messages_in().unwrap_or(j.judged.lang.id());
            let findings: Vec<_> = j
                .judged
                .decisions
                .iter()
                .map(|d| entry(engine, j.rules, &j.judged, d, text, locale, &a.result))
                .collect();
            let mut answer = Map::new();
            if let Some(id) = record.get("id") {
                answer.insert("id".to_owned(), id.clone());
            }
            answer.insert("verdict".to_owned(), json!(j.judged.verdict.id()));
            answer.insert("findings".to_owned(), json!(findings));
            if j.judged.verdict >= Action::Redact && j.judged.settled && j.judged.combined.is_none() {
                answer.insert("suggested_text".to_owned(), json!(apply(text, &j.judged.edits)));
            }
            Value::Object(answer)
        })?;
    }
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
    text: &TextArgs,
    engine: &Engine,
    name: &FieldName,
    out: &mut dyn Write,
) -> Result<(Action, bool)> {
    let mut rules = Rules::new(engine, name, text);
    let (mut verdict, mut settled) = (Action::Allow, true);
    let failed = lines(input, out, |record, text| {
        let j = rules.judge(record, text);
        verdict = verdict.max(j.judged.verdict);
        settled &= j.judged.settled;
        let mut answer = record.clone();
        answer.insert("text".to_owned(), json!(apply(text, &j.judged.edits)));
        answer.insert("verdict".to_owned(), json!(j.judged.verdict.id()));
        Value::Object(answer)
    })?;
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
fn lines(
    mut input: Box<dyn BufRead>,
    out: &mut dyn Write,
    mut answer: impl FnMut(&Map<String, Value>, &str) -> Value,
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
        let value = match parse(body) {
            Ok(record) => {
                let text = record.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
                answer(&record, &text)
            }
            Err(error) => {
                failed = true;
                if read == MAX_LINE && line.last() != Some(&b'\n') {
                    skip_line(&mut *input)?;
                }
                json!({ "error": error, "line": number })
            }
        };
        serde_json::to_writer(&mut *out, &value)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
}

/// Reads a record; the error is one sentence without content.
fn parse(line: &[u8]) -> Result<Map<String, Value>, String> {
    if line.len() >= MAX_LINE {
        return Err("the line is too long".to_owned());
    }
    let value: Value = serde_json::from_slice(line).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Eof => "the JSON object ends too early",
            _ => "this is no JSON object",
        };
        format!("{kind}, at column {}", e.column())
    })?;
    let Value::Object(record) = value else {
        return Err("a record is a JSON object".to_owned());
    };
    match record.get("text") {
        Some(Value::String(_)) => {}
        Some(_) => return Err("`text` must be a string".to_owned()),
        None => return Err("`text` is missing".to_owned()),
    }
    for key in ["system", "field", "lang"] {
        if !matches!(record.get(key), None | Some(Value::Null | Value::String(_))) {
            return Err(format!("`{key}` must be a string"));
        }
    }
    if !matches!(record.get("id"), None | Some(Value::Null | Value::String(_) | Value::Number(_))) {
        return Err("`id` must be a string or a number".to_owned());
    }
    Ok(record)
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
