//! `fritext check`: lints files, folders and standard input.

use super::args::{Args, CheckArgs, ColorWhen, InputFormat, OutputFormat, TextArgs};
use super::entries::entry;
use super::files::{Found, files, reason};
use super::judge::{Judge, Seen};
use super::{Status, records, setup};
use crate::format::{Encoding, Format, FormatError, HEAD, Input, Sniffed, sniff, stream};
use crate::model::apply;
use crate::model::{Action, FieldName};
use crate::pipeline::{Engine, Place};
use crate::report::{Entry, FieldEntry, Paint, Shown, Summary, human, human_summary};
use anyhow::{Context, Result, bail};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &Args, a: &CheckArgs) -> Result<Status> {
    known_encoding(&a.text)?;
    let engine = setup::engine(args)?;
    let name = setup::field_name(&engine.policy, &a.text)?;
    let mut out = io::BufWriter::new(anstream::AutoStream::new(io::stdout().lock(), choice(args)));
    if a.text.input_format == InputFormat::Records {
        return records::check(args, a, &engine, &name, &mut out);
    }
    let mut run = Run::new(args, a, &engine, name);
    run.summary.lexicon_version = engine.lexicons.version();
    run.summary.policy_version = setup::policy_version(&engine.policy);
    if a.format == OutputFormat::Json {
        write!(out, "{{\"files\":[")?;
    }
    let stdin = vec![PathBuf::from("-")];
    let paths = if a.paths.is_empty() { &stdin } else { &a.paths };
    for path in paths {
        if path.as_os_str() == "-" {
            run.standard_input(&mut out)?;
        } else if a.threads.get() > 1 {
            run.side_by_side(files(std::slice::from_ref(path)), &mut out)?;
        } else {
            for found in files(std::slice::from_ref(path)) {
                run.found(found, &mut out)?;
            }
        }
        run.say();
    }
    run.finish(&mut out)
}

/// One run over files.
struct Run<'a> {
    args: &'a Args,
    a: &'a CheckArgs,
    engine: &'a Engine,
    name: FieldName,
    summary: Summary,
    paint: Paint,
    width: usize,
    first: bool,
    failed: bool,
    error: Option<io::Error>,
    /// Sentences for standard error.
    said: Vec<String>,
}

/// What came of one file that was read beside others: its output and what is to be counted.
type Outcome = Result<(Vec<u8>, Summary, bool, Vec<String>)>;

impl<'a> Run<'a> {
    fn new(args: &'a Args, a: &'a CheckArgs, engine: &'a Engine, name: FieldName) -> Self {
        Self {
            args,
            a,
            engine,
            name,
            summary: Summary::default(),
            paint: Paint(colour(args)),
            width: terminal_width(),
            first: true,
            failed: false,
            error: None,
            said: Vec::new(),
        }
    }

    /// Works on several files at a time and prints in their order.
    fn side_by_side(&mut self, found: impl Iterator<Item = Found>, out: &mut dyn Write) -> Result<()> {
        let threads = self.a.threads.get();
        let (jobs, todo) = std::sync::mpsc::sync_channel::<(usize, Found)>(threads);
        let (results, done) = std::sync::mpsc::channel::<(usize, Outcome)>();
        let todo = std::sync::Mutex::new(todo);
        let (args, a, engine, name) = (self.args, self.a, self.engine, self.name.clone());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (results, todo, name) = (results.clone(), &todo, &name);
                scope.spawn(move || {
                    loop {
                        let job = todo.lock().expect("no worker panics while it takes a job").recv();
                        let Ok((number, found)) = job else { break };
                        let mut run = Run::new(args, a, engine, name.clone());
                        let mut bytes = Vec::new();
                        let outcome = run.found(found, &mut bytes);
                        let outcome = outcome.map(|()| (bytes, run.summary, run.failed, run.said));
                        if results.send((number, outcome)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(results);
            // Never more than a few files ahead of the one that is printed next: memory stays flat.
            let mut waiting = std::collections::BTreeMap::new();
            let (mut sent, mut printed) = (0, 0);
            let mut found = found.fuse();
            loop {
                if sent < printed + threads * 4
                    && let Some(next) = found.next()
                {
                    jobs.send((sent, next)).context("the workers stopped")?;
                    sent += 1;
                    continue;
                }
                if printed == sent {
                    break;
                }
                let (number, outcome) = done.recv().context("the workers stopped")?;
                waiting.insert(number, outcome);
                while let Some(outcome) = waiting.remove(&printed) {
                    self.add(outcome?, out)?;
                    printed += 1;
                }
            }
            drop(jobs);
            Ok(())
        })
    }
    /// Prints and counts what came of a file.
    fn add(&mut self, outcome: (Vec<u8>, Summary, bool, Vec<String>), out: &mut dyn Write) -> Result<()> {
        let (bytes, summary, failed, said) = outcome;
        if !bytes.is_empty() {
            if self.a.format == OutputFormat::Json && !self.first {
                write!(out, ",")?;
            }
            self.first = false;
            out.write_all(&bytes)?;
        }
        self.summary.add(summary);
        self.failed |= failed;
        self.said.extend(said);
        self.say();
        Ok(())
    }

    /// Says what is to be said on standard error.
    fn say(&mut self) {
        self.said.drain(..).for_each(|s| super::say(&s));
    }

    fn found(&mut self, found: Found, out: &mut dyn Write) -> Result<()> {
        match found {
            Found::Media => self.summary.skipped_media += 1,
            Found::Failed(path, reason, named) => self.unread(&self.shown_path(&path), &reason, named),
            Found::File(path, named) => {
                self.file_name(&path, out)?;
                match std::fs::File::open(&path) {
                    Ok(file) => self.stream(Input::new(file), &path, named, out)?,
                    Err(e) => self.unread(&self.shown_path(&path), &reason(&e), named),
                }
            }
        }
        Ok(())
    }

    fn standard_input(&mut self, out: &mut dyn Write) -> Result<()> {
        let name = self.a.text.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("-"));
        self.stream(Input::new(io::stdin().lock()), &name, true, out)
    }

    fn unread(&mut self, path: &str, reason: &str, named: bool) {
        let reason = reason.strip_prefix("not scanned: ").unwrap_or(reason).to_owned();
        self.failed |= named || !self.a.result.allow_unscanned;
        self.said.push(format!("{path}: not scanned: {reason}"));
        self.summary.not_scanned(path.to_owned(), reason);
    }

    fn stream(&mut self, mut input: Input<'_>, path: &Path, named: bool, out: &mut dyn Write) -> Result<()> {
        self.summary.files += 1;
        let shown = self.shown_path(path);
        let name = setup::name_for(&self.engine.policy, &self.name, path);
        let engine = self.engine;
        let lang = setup::lang(&self.a.text);
        let sniffed = match look(&mut input, path, &self.a.text) {
            Ok(sniffed) => sniffed,
            Err(e) => {
                self.unread(&shown, &told(&e), named);
                return Ok(());
            }
        };
        let (result, unmapped) = {
            let mut tell = |seen: &Seen<'_>| self.tell(seen, &shown, out);
            let mut judge = Judge::new(engine, name, lang, false, &mut tell);
            let result = stream(&mut input, &mut io::sink(), &sniffed, &mut judge);
            (result, std::mem::take(&mut judge.unmapped))
        };
        self.summary
            .unmapped
            .extend(unmapped.into_iter().map(|u| crate::report::Unmapped { path: shown.clone(), ..u }));
        if let Some(error) = self.error.take() {
            return Err(error.into());
        }
        if let Err(e) = result {
            self.unread(&shown, &told(&e), named);
        }
        Ok(())
    }

    /// The name of a file is a text, too.
    fn file_name(&mut self, path: &Path, out: &mut dyn Write) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let rules = self.engine.rules(&FieldName { system: None, field: Some("filename".to_owned()) });
        let judged =
            self.engine.judge(&name, &Place { rules: &rules, lang: None, lent: None, column: Default::default() });
        if judged.verdict > Action::Allow {
            let shown = self.shown_path(path);
            let text = crate::model::Text::new(&name);
            self.tell(&Seen { text, rules: &rules, judged: &judged, row: None, column: None, line: 1 }, &shown, out);
        }
        self.error.take().map_or(Ok(()), |e| Err(e.into()))
    }

    /// A path without what must not stand in a file name; people see the path as it is.
    fn shown_path(&self, path: &Path) -> String {
        if self.a.format == OutputFormat::Human || self.a.result.show_text {
            return path.display().to_string();
        }
        let rules = self.engine.rules(&FieldName { system: None, field: Some("filename".to_owned()) });
        let place = Place { rules: &rules, lang: None, lent: None, column: Default::default() };
        let parts = path.components().map(|c| {
            let part = c.as_os_str().to_string_lossy();
            apply(&part, &self.engine.judge(&part, &place).edits)
        });
        parts.collect::<PathBuf>().display().to_string()
    }

    fn tell(&mut self, seen: &Seen<'_>, path: &str, out: &mut dyn Write) {
        self.summary.fields += 1;
        for decision in &seen.judged.decisions {
            self.summary.count(decision.action, decision.finding.category, seen.rules.system.as_deref());
        }
        if seen.judged.decisions.is_empty() || self.error.is_some() || self.args.quiet {
            return;
        }
        let result = match self.a.format {
            OutputFormat::Human => self.tell_people(seen, path, out),
            OutputFormat::Json | OutputFormat::Jsonl => self.tell_programs(seen, path, out),
        };
        self.error = result.err();
    }

    fn tell_people(&self, seen: &Seen<'_>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let locale = self.args.messages_in().unwrap_or(seen.judged.lang.id());
        for decision in seen.judged.decisions.iter().filter(|d| d.action > Action::Allow) {
            let entry =
                entry(self.engine, seen.rules, seen.judged, decision, seen.text.expose(), locale, &self.a.result);
            let line = seen.line + entry.line as u64 - 1;
            let column = seen.column.map_or(String::new(), |c| format!("{c}: "));
            let shown = Shown {
                action: decision.action,
                code: entry.code.as_deref().unwrap_or(entry.category),
                message: entry.message.as_deref().unwrap_or_default(),
                place: format!("{path}:{line}:{}", entry.column),
                about: format!("{column}{} ({})", entry.kind.unwrap_or(entry.category), entry.rule),
                text: seen.text,
                span: decision.finding.span,
                line: seen.line,
                instead: entry.suggestion.as_deref(),
                instead_word: match locale {
                    "sv" => "i stället",
                    "da" => "i stedet",
                    _ => "instead",
                },
            };
            writeln!(out, "{}", human(&shown, self.paint, self.width))?;
        }
        Ok(())
    }

    fn tell_programs(&mut self, seen: &Seen<'_>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let locale = self.args.messages_in().unwrap_or(seen.judged.lang.id());
        let text = seen.text.expose();
        let mut findings: Vec<Entry> = seen
            .judged
            .decisions
            .iter()
            .map(|d| entry(self.engine, seen.rules, seen.judged, d, text, locale, &self.a.result))
            .collect();
        for finding in &mut findings {
            finding.line += seen.line as usize - 1;
        }
        let field = FieldEntry {
            path: path.to_owned(),
            system: seen.rules.system.clone(),
            field: seen.rules.field.clone(),
            row: seen.row,
            column_name: seen.column.map(str::to_owned),
            verdict: seen.judged.verdict.id(),
            findings,
        };
        if self.a.format == OutputFormat::Json && !self.first {
            write!(out, ",")?;
        }
        self.first = false;
        serde_json::to_writer(&mut *out, &field)?;
        if self.a.format == OutputFormat::Jsonl { writeln!(out) } else { Ok(()) }
    }

    fn finish(self, out: &mut dyn Write) -> Result<Status> {
        match self.a.format {
            OutputFormat::Human if !self.args.quiet => {
                write!(out, "{}", human_summary(&self.summary, self.args.messages_in().unwrap_or("en"), self.paint))?;
            }
            OutputFormat::Human => {}
            OutputFormat::Jsonl => writeln!(out, "{}", self.summary.line())?,
            OutputFormat::Json => writeln!(out, "],\"summary\":{}}}", serde_json::to_string(&self.summary)?)?,
        }
        out.flush()?;
        Ok(if self.failed {
            Status::Failed
        } else if self.summary.found() {
            Status::Found
        } else {
            Status::Clean
        })
    }
}

/// Finds out what a stream is.
pub(super) fn look(input: &mut Input<'_>, path: &Path, text: &TextArgs) -> Result<Sniffed, FormatError> {
    let format = match text.input_format {
        InputFormat::Auto => None,
        InputFormat::Text => Some(Format::Text),
        InputFormat::Csv => Some(Format::Csv(0)),
        InputFormat::Records => Some(Format::Records),
    };
    let encoding = Encoding::from_id(&text.encoding);
    let whole = {
        input.fill(HEAD)?;
        input.ended()
    };
    sniff(input.bytes(), whole, Some(path), format, encoding)
}

/// Checks the name of an encoding.
pub(super) fn known_encoding(text: &TextArgs) -> Result<()> {
    if text.encoding != "auto" && Encoding::from_id(&text.encoding).is_none() {
        bail!("unknown encoding ‘{}’: auto, utf-8 and windows-1252 are known", text.encoding);
    }
    Ok(())
}

/// A format error in plain words.
pub(super) fn told(error: &FormatError) -> String {
    match error {
        FormatError::Io(e) => reason(e),
        other => other.to_string(),
    }
}

/// When to colour standard output, for the stream that strips colours.
fn choice(args: &Args) -> anstream::ColorChoice {
    match args.color {
        ColorWhen::Auto => anstream::ColorChoice::Auto,
        ColorWhen::Always => anstream::ColorChoice::Always,
        ColorWhen::Never => anstream::ColorChoice::Never,
    }
}

fn colour(args: &Args) -> bool {
    match args.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}

/// Columns of the terminal; 100 where there is none.
fn terminal_width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    set.filter(|_| io::stdout().is_terminal()).unwrap_or(100usize).clamp(40, 140)
}

/// Opens a file to read, with an error that names it.
pub(super) fn open(path: &Path) -> Result<std::fs::File> {
    std::fs::File::open(path).map_err(|e| anyhow::anyhow!("{}", reason(&e))).with_context(|| path.display().to_string())
}
