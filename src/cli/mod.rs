//! The command line: arguments to engine, results to output and exit status.

mod args;
mod check;
mod compiled;
mod config;
mod diff;
mod eval;
mod explain;
mod files;
mod hook;
mod lexicon;
mod lsp;
mod map;
mod page;
mod progress;
mod proofs;
mod quarantine;
mod records;
mod redact;
mod report;
mod run_row;
mod schema;
pub mod score;
mod serve;
mod setup;
mod show;
mod tell;
mod waive;
mod watch;
mod words;

pub use args::{Args, Command};

use anyhow::{Context, Result};
use args::KeysCommand;
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// How a command ended, as the contract's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 0: nothing found, or done.
    Clean,
    /// 1: something to flag, redact or block.
    Found,
    /// 2: it could not do all its work.
    Failed,
}

/// Runs a command; errors go to standard error, one sentence each.
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        // A panic's message may hold text; its place never does.
        let place = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        say(&format!("fritext: internal error{place}; please report it (no content is shown here on purpose)"));
    }));
    let args = Args::parse();
    args.start_logging();
    let result = std::panic::catch_unwind(|| dispatch(&args)).unwrap_or(Ok(Status::Failed));
    match result {
        Ok(status) => ExitCode::from(status as u8),
        Err(error) if broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("fritext: {error:#}"));
            ExitCode::from(Status::Failed as u8)
        }
    }
}

fn dispatch(args: &Args) -> Result<Status> {
    match &args.command {
        Command::Check(a) => check::run(args, a),
        Command::Redact(a) => redact::run(args, a),
        Command::Explain(a) => explain::run(args, a),
        Command::Lexicon(a) => lexicon::run(args, a),
        Command::Config(a) => config::run(args, a),
        Command::Eval(a) => eval::run(args, a),
        Command::Waive(a) => waive::run(args, a),
        Command::Keys { command: KeysCommand::Init { dir } } => waive::init(args, dir.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "fritext", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Status::Clean)
        }
        Command::Man { dir } => manual(dir.as_deref()),
        Command::Watch(a) => watch::run(args, a),
        Command::Lsp(a) => lsp::run(args, a),
        Command::Hook(a) => hook::run(args, a),
        Command::Serve(a) => serve::run(args, a),
        Command::Quarantine { command } => quarantine::run(args, command),
        Command::Report(a) => report::run(args, a),
        Command::Status { state } => watch::status(args, state.as_ref()),
        Command::Ledger { state, command } => watch::ledger(args, state.as_ref(), command),
    }
}

/// The manual page, or one page a command into a folder.
fn manual(dir: Option<&std::path::Path>) -> Result<Status> {
    match dir {
        Some(dir) => clap_mangen::generate_to(Args::command(), dir).with_context(|| dir.display().to_string())?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            std::io::stdout().write_all(&page)?;
        }
    }
    Ok(Status::Clean)
}

/// Whether the reader of our output went away; that is its right and no error.
fn broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|e| e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}

/// One sentence on standard error.
fn say(sentence: &str) {
    let _ = writeln!(anstream::stderr(), "{sentence}");
}
