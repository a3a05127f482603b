//! The arguments of the daemon, the service and the record of what they did.

use super::{FieldArgs, InputFormat, OutputFormat};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `fritext watch`.
#[derive(Debug, Clone, ClapArgs)]
pub struct WatchArgs {
    /// Work through what is there, and end
    #[arg(long)]
    pub once: bool,
}

/// `fritext serve`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ServeArgs {
    /// Address and port, instead of what the configuration says; 127.0.0.1:8086 if nothing is said anywhere
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
    /// A Unix socket, instead of what the configuration says
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
}

/// `fritext hook`.
#[derive(Debug, Clone, ClapArgs)]
pub struct HookArgs {
    /// Where the text stands.
    #[command(flatten)]
    pub stands: FieldArgs,
    /// What standard input is: the text, or a record of it (records)
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub input_format: InputFormat,
    /// How to print the answer: only messages on standard error, or the record on standard output, too (json)
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: OutputFormat,
    /// What to do when the service does not answer in time
    #[arg(long, value_name = "WHAT", default_value = "local")]
    pub on_failure: OnFailure,
    /// The socket of the service; else that of the configuration
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Milliseconds within which there must be an answer; else those of the configuration, or 100
    #[arg(long, value_name = "MS")]
    pub deadline: Option<u64>,
}

/// `fritext lsp`.
#[derive(Debug, Clone, ClapArgs)]
pub struct LspArgs {
    /// Where the text stands; the editor may say so, too (initializationOptions).
    #[command(flatten)]
    pub stands: FieldArgs,
}

/// What a hook does without the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// Decide in this process.
    Local,
    /// Say that it may be saved.
    Open,
    /// Say that it may not be saved.
    Closed,
}

impl OnFailure {
    /// The word in an answer.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// The ledger commands.
#[derive(Debug, Clone, Subcommand)]
pub enum LedgerCommand {
    /// The rows, one per version of a file or run
    List {
        /// How to print them
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// Read the whole chain again: 1 if a row was changed or is missing
    Verify,
    /// All rows as JSON lines
    Export,
}

/// The quarantine commands.
#[derive(Debug, Clone, Subcommand)]
pub enum QuarantineCommand {
    /// What is kept, since when, why, and until when
    List {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// Let an original go to the output as it is; two people must say so within a week
    Release {
        /// Its number in the list
        number: i64,
        /// Another folder than the output
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Destroy what is past its last day, or one original before it, which two people must say
    Purge {
        /// Its number in the list
        number: Option<i64>,
    },
}

/// `fritext report`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ReportArgs {
    /// The first day, such as 2026-08-01; else the first of the ledger
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day; else today
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// The state folder or the file of the ledger; else those of the configuration
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ReportFormat,
}

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Markdown, to read, print or turn into a page.
    Text,
    /// One JSON object.
    Json,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Human,
    /// One object a line.
    Jsonl,
}
