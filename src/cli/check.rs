//! `fritext check`: lints files, folders and standard input.

use super::args::{Args, CheckArgs, ColorWhen, InputFormat, OutputFormat};
use super::files::{Found, files, reason};
use super::run_row::RunRow;
use super::{Status, records, setup};
use crate::format::{At, FormatError, Input, Told};
use crate::judge::Seen;
use crate::model::{Action, FieldName, Text};
use crate::pipeline::{Engine, Place};
use crate::record::{Shape, entry, field_entry};
use crate::report::{Paint, Shown, Summary, Unmapped, human, human_summary};
use crate::scan::{Options, scan};
use anyhow::{Context, Result};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(args: &Args, a: &CheckArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let name = setup::field_name(&engine.policy, &a.text)?;
    let options = setup::scan_options(&a.text, &name, 1, false)?;
    let mut out = io::BufWriter::new(anstream::AutoStream::new(io::stdout().lock(), choice(args)));
    if a.text.input_format == InputFormat::Records {
        return records::check(args, a, &engine, &name, &mut out);
    }
    let row = RunRow::begin(args, &engine, "check", &name)?;
    let mut run = Run::new(args, a, &engine, options);
    run.summary.lexicon_version = engine.lexicons.version();
    run.summary.policy_version = setup::policy_version(&engine.policy);
    if a.format == OutputFormat::Json {
        write!(out, "{{\"files\":[")?;
    }
    let stdin = vec![PathBuf::from("-")];
    let paths = if a.paths.is_empty() { &stdin } else { &a.paths };
    for path in paths {
        if path.as_os_str() == "-" {
            run.options.threads = a.threads.get();
            run.standard_input(&mut out)?;
            run.options.threads = 1;
        } else if a.threads.get() > 1 && path.is_dir() {
            run.side_by_side(files(std::slice::from_ref(path)), &mut out)?;
        } else {
            run.options.threads = a.threads.get();
            for found in files(std::slice::from_ref(path)) {
                run.found(found, &mut out)?;
            }
            run.options.threads = 1;
        }
        run.say();
    }
    run.finish(&mut out, row)
}

/// One run over files.
struct Run<'a> {
    args: &'a Args,
    a: &'a CheckArgs,
    engine: &'a Engine,
    options: Options,
    summary: Summary,
    paint: Paint,
    width: usize,
    first: bool,
    failed: bool,
    /// Sentences for standard error.
    said: Vec<String>,
}

/// What came of one file that was read beside others: its output and what is to be counted.
type Outcome = Result<(Vec<u8>, Summary, bool, Vec<String>)>;

impl<'a> Run<'a> {
    fn new(args: &'a Args, a: &'a CheckArgs, engine: &'a Engine, options: Options) -> Self {
        Self {
            args,
            a,
            engine,
            options,
            summary: Summary::default(),
            paint: Paint(colour(args)),
            width: terminal_width(),
            first: true,
            failed: false,
            said: Vec::new(),
        }
    }

    /// Works on several files at a time and prints in their order.
    fn side_by_side(&mut self, found: impl Iterator<Item = Found>, out: &mut dyn Write) -> Result<()> {
        let threads = self.a.threads.get();
        let (jobs, todo) = std::sync::mpsc::sync_channel::<(usize, Found)>(threads);
        let (results, done) = std::sync::mpsc::channel::<(usize, Outcome)>();
        let todo = std::sync::Mutex::new(todo);
        let (args, a, engine, options) = (self.args, self.a, self.engine, self.options.clone());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (results, todo, options) = (results.clone(), &todo, &options);
                scope.spawn(move || {
                    loop {
                        let job = todo.lock().expect("no worker panics while it takes a job").recv();
                        let Ok((number, found)) = job else { break };
                        let mut run = Run::new(args, a, engine, options.clone());
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
        self.stream(Input::stdin(), &name, true, out)
    }

    fn unread(&mut self, path: &str, reason: &str, named: bool) {
        let reason = reason.strip_prefix("not scanned: ").unwrap_or(reason).to_owned();
        self.failed |= named || !self.a.result.allow_unscanned;
        self.said.push(format!("{path}: not scanned: {reason}"));
        self.summary.not_scanned(path.to_owned(), reason);
    }

    fn stream(&mut self, input: Input<'_>, path: &Path, named: bool, out: &mut dyn Write) -> Result<()> {
        self.summary.files += 1;
        let shown = self.shown_path(path);
        let (engine, options) = (self.engine, self.options.clone());
        let mut broken = None;
        let mut tell = |told: &Told<'_, Seen>| {
            let result = self.tell(told, &shown, out);
            broken = broken.take().or(result.err());
            // The rest is read all the same, so that the summary counts all of it.
            Ok(())
        };
        // A fault of this program in one file must not keep the others from being read.
        let scanned = || scan(engine, &options, input, Some(path), &mut io::sink(), &mut tell);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(scanned));
        if let Some(error) = broken {
            return Err(error.into());
        }
        let Ok(result) = result else {
            self.unread(&shown, "an internal error, told above", named);
            return Ok(());
        };
        match result {
            Ok(scanned) => {
                self.summary.fields += scanned.texts;
                let unmapped = scanned.unmapped.iter().map(|u| Unmapped {
                    path: shown.clone(),
                    column: u.column.clone(),
                    suggested_field: u.suggested.clone(),
                });
                self.summary.unmapped.extend(unmapped);
                if let Some(flaw) = scanned.flaw() {
                    self.unread(&shown, &flaw, named);
                }
            }
            Err(e) => self.unread(&shown, &told(&e), named),
        }
        Ok(())
    }

    /// The name of a file is a text, too.
    fn file_name(&mut self, path: &Path, out: &mut dyn Write) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let rules = self.engine.rules(&FieldName { system: None, field: Some("filename".to_owned()) });
        let judged = self.engine.judge(&name, &Place::new(&rules));
        if judged.verdict > Action::Allow {
            let shown = self.shown_path(path);
            let at = At { line: 1, ..At::default() };
            let seen = Seen { rules: Arc::new(rules), judged, column: None };
            let told = Told { text: Text::new(&name), at: &at, before: [0; 3], judged: seen };
            self.summary.fields += 1;
            self.tell(&told, &shown, out)?;
        }
        Ok(())
    }

    /// A path without what must not stand in a file name; people see the path as it is.
    fn shown_path(&self, path: &Path) -> String {
        if self.a.format == OutputFormat::Human || self.a.result.show_text {
            return path.display().to_string();
        }
        let parts = path.components().map(|c| self.engine.neutral_name(&c.as_os_str().to_string_lossy()));
        parts.collect::<PathBuf>().display().to_string()
    }

    fn tell(&mut self, told: &Told<'_, Seen>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let seen = &told.judged;
        for decision in &seen.judged.decisions {
            self.summary.count(decision.action, decision.finding.category, seen.rules.system.as_deref());
        }
        if seen.judged.decisions.is_empty() || self.args.quiet {
            return Ok(());
        }
        match self.a.format {
            OutputFormat::Human => self.tell_people(told, path, out),
            OutputFormat::Json | OutputFormat::Jsonl => self.tell_programs(told, path, out),
        }
    }

    const fn shape<'l>(&self, locale: &'l str) -> Shape<'l> {
        Shape { locale, offsets: self.a.result.offsets, show_text: self.a.result.show_text }
    }

    fn tell_people(&self, told: &Told<'_, Seen>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let (seen, text) = (&told.judged, told.text);
        let locale = self.args.messages_in().unwrap_or(seen.judged.lang.id());
        for decision in seen.judged.decisions.iter().filter(|d| d.action > Action::Allow) {
            let entry = entry(self.engine, &seen.rules, &seen.judged, decision, text.expose(), self.shape(locale));
            let line = told.at.line + entry.line as u64 - 1;
            let place = told.at.pointer.as_deref().filter(|p| !p.is_empty()).or(seen.column.as_deref());
            let place = place.map(|p| p.replace(char::is_control, " "));
            let column = place.map_or(String::new(), |c| format!("{c}: "));
            let shown = Shown {
                action: decision.action,
                code: entry.code.as_deref().unwrap_or(entry.category),
                message: entry.message.as_deref().unwrap_or_default(),
                place: format!("{path}:{line}:{}", entry.column),
                about: format!("{column}{} ({})", entry.kind.unwrap_or(entry.category), entry.rule),
                text,
                span: decision.finding.span,
                line: told.at.line,
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

    fn tell_programs(&mut self, told: &Told<'_, Seen>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let seen = &told.judged;
        let locale = self.args.messages_in().unwrap_or(seen.judged.lang.id());
        let field = field_entry(self.engine, told, path, self.shape(locale));
        if self.a.format == OutputFormat::Json && !self.first {
            write!(out, ",")?;
        }
        self.first = false;
        serde_json::to_writer(&mut *out, &field)?;
        if self.a.format == OutputFormat::Jsonl { writeln!(out) } else { Ok(()) }
    }

    fn finish(self, out: &mut dyn Write, mut row: RunRow) -> Result<Status> {
        row.summary(&self.summary);
        let whole = self.summary.not_scanned.is_empty();
        match self.a.format {
            OutputFormat::Human if !self.args.quiet => {
                write!(out, "{}", human_summary(&self.summary, self.args.messages_in().unwrap_or("en"), self.paint))?;
            }
            OutputFormat::Human => {}
            OutputFormat::Jsonl => writeln!(out, "{}", self.summary.line())?,
            OutputFormat::Json => writeln!(out, "],\"summary\":{}}}", serde_json::to_string(&self.summary)?)?,
        }
        out.flush()?;
        row.end(whole)?;
        Ok(if self.failed {
            Status::Failed
        } else if self.summary.found() {
            Status::Found
        } else {
            Status::Clean
        })
    }
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
