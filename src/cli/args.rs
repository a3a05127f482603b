//! The arguments, and the help people read.

mod doors;

pub use doors::{
    HookArgs, LedgerCommand, ListFormat, LspArgs, OnFailure, QuarantineCommand, ReportArgs, ReportFormat, ServeArgs,
    WatchArgs,
};

use crate::record::Offsets;
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Finds personal data where it must not stand in free-text fields, and takes it out.
#[derive(Debug, Clone, Parser)]
#[command(name = "fritext", version, about, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 nothing found or done, 1 something to flag, redact or block, 2 not all work could be done."
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// The site's configuration; else fritext.yaml in this folder or above, /etc/fritext/fritext.yaml, or the built-in policy
    #[arg(long, global = true, value_name = "FILE", env = "FRITEXT_CONFIG")]
    pub config: Option<PathBuf>,

    /// Language of messages; else from the environment, else that of the text
    #[arg(long, global = true, value_name = "LANG")]
    pub locale: Option<Locale>,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,

    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// How the log is written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", hide_short_help = true)]
    pub log_format: LogFormat,

    /// Say what is being done, on standard error; never with content (-vv for more)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Print what may not stand where it stands
    Check(CheckArgs),
    /// Write the same content with what must go taken out
    Redact(RedactArgs),
    /// Show every finding of one text and every candidate let go, with the reason
    Explain(ExplainArgs),
    /// Check, count and search the word lists
    Lexicon(LexiconArgs),
    /// Check a configuration, show the rules in force
    Config(ConfigArgs),
    /// Measure against marked texts: precision, recall and F1 by category
    Eval(EvalArgs),
    /// Make the line of a waiver from a value on standard input
    Waive(WaiveArgs),
    /// The keys for pseudonyms and waivers
    Keys {
        /// What to do
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Watch the folders of the configuration: what reaches the output is clean, every original is kept
    Watch(WatchArgs),
    /// Answer other systems before they save a text: HTTP on a port, a Unix socket, or both
    Serve(ServeArgs),
    /// Ask the service whether a text may be saved: 0 yes, 1 no, 2 it was called wrongly
    Hook(HookArgs),
    /// Lint texts in an editor while they are written: a language server on standard input and output
    Lsp(LspArgs),
    /// Tell what the daemon is doing
    Status {
        /// The state folder; else that of the configuration
        #[arg(long, value_name = "DIR")]
        state: Option<PathBuf>,
    },
    /// What is kept in quarantine, and the ways out of it
    Quarantine {
        /// What to do
        #[command(subcommand)]
        command: QuarantineCommand,
    },
    /// The control documentation: what was checked, what was found, on which legal bases
    Report(ReportArgs),
    /// Read the record of decisions
    Ledger {
        /// The state folder; else that of the configuration
        #[arg(long, global = true, value_name = "DIR")]
        state: Option<PathBuf>,
        /// What to do
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page a command
    Man {
        /// A folder for the pages
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// `fritext eval`.
#[derive(Debug, Clone, ClapArgs)]
pub struct EvalArgs {
    /// Marked records, one JSON object a line: id, lang, system, field, marked
    #[arg(required = true)]
    pub gold: Vec<PathBuf>,
    /// How to print the figures
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: EvalFormat,
    /// Threads; the figures are the same
    #[arg(long, value_name = "N", default_value = "1")]
    pub threads: std::num::NonZeroUsize,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EvalFormat {
    /// For people.
    Human,
    /// One object.
    Json,
}

/// `fritext waive`. The value and the name come on standard input, so that no shell keeps them.
#[derive(Debug, Clone, ClapArgs)]
#[command(
    after_help = "Standard input: the value on the first line; for a special category, or with --person, the name of the person on the second."
)]
pub struct WaiveArgs {
    /// The system
    #[arg(long, value_name = "NAME")]
    pub system: String,
    /// The field
    #[arg(long, value_name = "NAME")]
    pub field: String,
    /// Category or kind
    #[arg(long, value_name = "NAME")]
    pub category: String,
    /// Why it may stand there
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    pub owner: String,
    /// The last day, such as 2027-06-30
    #[arg(long, value_name = "DAY")]
    pub until: String,
    /// Legal basis; a special category needs one of article 9, such as art9.2.e
    #[arg(long, value_name = "BASIS")]
    pub legal_basis: Vec<String>,
    /// Where the person made it public, or which consent it is
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// Bind it to a person in any category
    #[arg(long)]
    pub person: bool,
}

/// The key commands.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Make the key files that are missing; those that are there stay
    Init {
        /// The folder; else that of the configuration
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// The field a text stands in.
#[derive(Debug, Clone, ClapArgs)]
pub struct FieldArgs {
    /// The administrative system the text stands in
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// The field of it; in a table, columns that its headers name keep theirs
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// Language of the text
    #[arg(long, value_name = "LANG", default_value = "auto")]
    pub lang: LangArg,
}

/// Where texts come from and stand.
#[derive(Debug, Clone, ClapArgs)]
pub struct TextArgs {
    /// Where the text stands.
    #[command(flatten)]
    pub stands: FieldArgs,
    /// Format of the input
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub input_format: InputFormat,
    /// The name standard input would have as a file
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,
    /// Encoding of the input: auto, utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, iso-8859-15, cp850, cp865, cp437
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub encoding: String,
}

/// What results hold.
#[derive(Debug, Clone, ClapArgs)]
pub struct ResultArgs {
    /// Unit of start and end in results
    #[arg(long, value_name = "UNIT", default_value = "utf8")]
    pub offsets: Offsets,
    /// Put the matched text into results, too
    #[arg(long)]
    pub show_text: bool,
    /// Go on, and end with 0 or 1, when a file met in a folder cannot be read
    #[arg(long)]
    pub allow_unscanned: bool,
}

/// `fritext check`.
#[derive(Debug, Clone, ClapArgs)]
pub struct CheckArgs {
    /// Files and folders; - or nothing is standard input
    pub paths: Vec<PathBuf>,
    /// How to print results
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: OutputFormat,
    /// Threads; results come in the same order all the same
    #[arg(long, value_name = "N", default_value = "1")]
    pub threads: std::num::NonZeroUsize,
    #[command(flatten)]
    /// What results hold.
    pub result: ResultArgs,
    #[command(flatten)]
    /// Where the text stands.
    pub text: TextArgs,
}

/// `fritext redact`.
#[derive(Debug, Clone, ClapArgs)]
pub struct RedactArgs {
    /// A file; - or nothing is standard input
    pub path: Option<PathBuf>,
    /// Write here instead of to standard output; nothing is written if anything is left to take out
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    pub output: Option<PathBuf>,
    /// Replace the file itself; the original goes to the --backup folder first
    #[arg(long, requires = "backup")]
    pub in_place: bool,
    /// Folder for originals
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// Threads; the result is the same
    #[arg(long, value_name = "N", default_value = "1")]
    pub threads: std::num::NonZeroUsize,
    /// End with 0 although a text was blocked; its spans are masked all the same
    #[arg(long)]
    pub allow_blocked: bool,
    #[command(flatten)]
    /// Where the text stands.
    pub text: TextArgs,
}

/// `fritext explain`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ExplainArgs {
    /// A file with one text; - or nothing is standard input
    pub path: Option<PathBuf>,
    #[command(flatten)]
    /// Where the text stands.
    pub text: TextArgs,
}

/// `fritext lexicon`.
#[derive(Debug, Clone, ClapArgs)]
pub struct LexiconArgs {
    /// What to do
    #[command(subcommand)]
    pub command: LexiconCommand,
}

/// The lexicon commands.
#[derive(Debug, Clone, Subcommand)]
pub enum LexiconCommand {
    /// Validate lists: form, sorting, every example and counter-example (the built-in ones, or these files)
    Check {
        /// Lists or folders of lists; their folder is named after the language (sv, da)
        paths: Vec<PathBuf>,
    },
    /// Sort the terms of lists in place
    Fmt {
        /// Lists
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Count entries and forms
    Stats,
    /// Which entries match a word, and how
    Find {
        /// A word or a few
        word: String,
    },
    /// What an entry expands to
    Forms {
        /// An entry as written in a list
        word: String,
    },
}

/// `fritext config`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ConfigArgs {
    /// What to do
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The configuration commands.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Tell all problems of a configuration, each with line and column
    Check {
        /// The file; else the one in force
        file: Option<PathBuf>,
    },
    /// Propose which fields the columns of a new export are, as lines for a configuration
    Map {
        /// An export
        file: PathBuf,
        /// Where its text stands
        #[command(flatten)]
        text: TextArgs,
    },
    /// The rules in force as a table
    Show {
        /// Only this system
        system: Option<String>,
        /// How to print them; html is one page to print or to attach
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ShowFormat,
    },
    /// What another configuration would do to texts: how many would stop, be changed, or pass
    Diff {
        /// The configuration now; `builtin` is the built-in policy
        old: PathBuf,
        /// The other one
        new: PathBuf,
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Where their texts stand
        #[command(flatten)]
        text: TextArgs,
    },
    /// The JSON Schema of a configuration, for editors
    Schema,
}

/// How rules are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// For the terminal.
    Human,
    /// A page.
    Html,
    /// One object.
    Json,
}

/// Language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Locale {
    /// Swedish.
    Sv,
    /// Danish.
    Da,
    /// English.
    En,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Language of a text.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LangArg {
    /// Swedish.
    Sv,
    /// Danish.
    Da,
    /// Judged text by text.
    Auto,
}

/// Format of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Judged by content and name.
    Auto,
    /// One text.
    Text,
    /// A table; the delimiter is judged.
    Csv,
    /// A table with tabs.
    Tsv,
    /// Rows of the widths that the policy gives for the system.
    Fixed,
    /// A JSON document.
    Json,
    /// A JSON document a line.
    #[value(alias = "ndjson")]
    Jsonl,
    /// An XML document.
    Xml,
    /// An HTML document.
    Html,
    /// One JSON object a line with id, system, field, lang and text.
    Records,
}

/// Format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Human,
    /// One object.
    Json,
    /// One object a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Remarks on files, for workflows on GitHub.
    Github,
}

impl Args {
    /// Starts the log on standard error, if it was asked for.
    pub fn start_logging(&self) {
        let level = match self.verbose {
            // A daemon tells what it does; it has nobody to answer to but its log.
            0 if matches!(self.command, Command::Watch(_) | Command::Serve(_)) && !self.quiet => tracing::Level::INFO,
            0 => return,
            1 => tracing::Level::INFO,
            2 => tracing::Level::DEBUG,
            _ => tracing::Level::TRACE,
        };
        let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
        match self.log_format {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().init(),
        }
    }

    /// The language of messages: chosen, from the environment, or none, which leaves it to the text.
    pub fn messages_in(&self) -> Option<&'static str> {
        match self.locale {
            Some(Locale::Sv) => Some("sv"),
            Some(Locale::Da) => Some("da"),
            Some(Locale::En) => Some("en"),
            None => {
                let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                    .iter()
                    .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()))?;
                ["sv", "da", "en"].into_iter().find(|l| set.starts_with(l))
            }
        }
    }
}
