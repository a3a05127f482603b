//! `fritext check`: lints files, folders and standard input.

use super::args::{Args, CheckArgs, ColorWhen, InputFormat, OutputFormat};
use super::files::{Found, files, reason};
use super::progress::Progress;
use super::run_row::RunRow;
use super::tell::Teller;
use super::{Status, records, setup};
use crate::format::{At, FormatError, Input, Told};
use crate::judge::Seen;
use crate::model::{Action, FieldName, Text};
use crate::pipeline::{Engine, Place};
use crate::report::{Summary, Unmapped};
use crate::scan::{Options, scan};
use anyhow::{Context, Result, bail};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(args: &Args, a: &CheckArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let name = setup::field_name(&engine.policy, &a.text)?;
    let options = setup::scan_options(&a.text, &name, 1, false)?;
    let progress = Progress::new(args.quiet);
    // What programs read holds no colours to take out.
    let plain = a.format != OutputFormat::Human || a.text.input_format == InputFormat::Records;
    let choice = if plain { anstream::ColorChoice::AlwaysAnsi } else { choice(args) };
    let stdout = anstream::AutoStream::new(io::stdout().lock(), choice);
    let mut out = io::BufWriter::new(progress.aside(stdout));
    if a.text.input_format == InputFormat::Records {
        if matches!(a.format, OutputFormat::Sarif | OutputFormat::Github) {
            bail!("records are answered as JSON lines; --format sarif and github are for files and folders");
        }
        return records::check(args, a, &engine, &name, &mut out);
    }
    let row = RunRow::begin(args, &engine, "check", &name)?;
    let mut run = Run::new(args, a, &engine, options, progress);
    if a.format != OutputFormat::Human {
        run.summary.lexicon_version = engine.lexicons.version();
        run.summary.policy_version = setup::policy_version(&engine.policy);
    }
    run.teller.begin(&mut out)?;
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
    teller: Teller<'a>,
    progress: Progress,
    failed: bool,
    /// Sentences for standard error.
    said: Vec<String>,
}

/// What came of one file that was read beside others: its output and what is to be counted.
type Outcome = Result<(Vec<u8>, Summary, bool, Vec<String>)>;

impl<'a> Run<'a> {
    fn new(args: &'a Args, a: &'a CheckArgs, engine: &'a Engine, options: Options, progress: Progress) -> Self {
        Self {
            args,
            a,
            engine,
            options,
            summary: Summary::default(),
            teller: Teller::new(args, a, engine),
            progress,
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
        let progress = self.progress.clone();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (results, todo, options, progress) = (results.clone(), &todo, &options, &progress);
                scope.spawn(move || {
                    loop {
                        let job = todo.lock().expect("no worker panics while it takes a job").recv();
                        let Ok((number, found)) = job else { break };
                        let mut run = Run::new(args, a, engine, options.clone(), progress.clone());
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
            if self.teller.parted() && !self.teller.first {
                write!(out, ",")?;
            }
            self.teller.first = false;
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
        let progress = &self.progress;
        self.said.drain(..).for_each(|s| progress.away(|| super::say(&s)));
    }

    fn found(&mut self, found: Found, out: &mut dyn Write) -> Result<()> {
        match found {
            Found::Media => self.summary.skipped_media += 1,
            Found::Failed(path, reason, named) => self.unread(&self.shown_path(&path), &reason, named),
            Found::File(path, named) => {
                self.file_name(&path, out)?;
                match std::fs::File::open(&path) {
                    Ok(file) => {
                        self.progress.file(self.shown_path(&path));
                        let input = Input::new(self.progress.count(file));
                        self.stream(input, &path, named, out)?;
                    }
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
        self.teller.tell(told, path, out)
    }

    fn finish(self, out: &mut dyn Write, mut row: RunRow) -> Result<Status> {
        row.summary(&self.summary);
        let whole = self.summary.not_scanned.is_empty();
        self.progress.end();
        self.teller.end(&self.summary, self.failed, out)?;
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

/// Whether people see colours on standard output.
pub(super) fn colour(args: &Args) -> bool {
    match args.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}

/// Opens a file to read, with an error that names it.
pub(super) fn open(path: &Path) -> Result<std::fs::File> {
    std::fs::File::open(path).map_err(|e| anyhow::anyhow!("{}", reason(&e))).with_context(|| path.display().to_string())
}
