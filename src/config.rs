//! What the configuration says about the daemon: which folders it watches and how. `serve` is the part of the service.

mod serve;

pub use serve::{Offer, Serve, WarnOnly, load_serve};

use crate::model::{FieldName, Problem, nearest};
use crate::policy::Policy;
use crate::yaml::{self, Node};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The part `watch:`.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Where ledger, key and spool are.
    pub state: PathBuf,
    /// Files worked on at the same time.
    pub workers: usize,
    /// An address of this computer's own for `/metrics` and `/healthz`.
    pub listen: Option<SocketAddr>,
    /// The folders.
    pub folders: Vec<Folder>,
}

/// A watched folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Where the texts of its files stand.
    pub name: FieldName,
    /// The same by the name of the file, with `*`.
    pub files: Vec<(String, FieldName)>,
    /// What is done.
    pub mode: Mode,
    /// How long a file must be unchanged before it is read.
    pub settle: Duration,
    /// How often everything is walked.
    pub rescan: Duration,
    /// Whether messages of the file system are asked for.
    pub events: Events,
    /// A folder for a file of findings beside each row.
    pub reports: Option<PathBuf>,
    /// A file beside the inbox that tells people what became of their files.
    pub notice: Option<PathBuf>,
    /// How long originals stay in quarantine.
    pub keep: Option<Duration>,
    /// Files with identifiers that are older are told by `fritext status`.
    pub age: Option<Duration>,
}

/// What is done with the files of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// They are read and stay.
    Flag,
    /// Only what may go reaches `output`; originals that may not go to `quarantine`.
    Gate {
        /// Where results appear.
        output: PathBuf,
        /// Where originals are kept.
        quarantine: PathBuf,
    },
}

/// Where hints come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// From the file system, unless it is on a network.
    Auto,
    /// From the file system.
    Native,
    /// From walks alone.
    Poll,
}

const FOLDER: [&str; 14] = [
    "path",
    "system",
    "field",
    "files",
    "mode",
    "output",
    "quarantine",
    "settle",
    "rescan",
    "events",
    "reports",
    "notice",
    "keep",
    "age",
];
/// The longest waits and terms that may be asked for.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
const A_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The file of the ledger that `check`, `redact` and `serve` write to, if the configuration names one. A relative path
/// counts from the folder of the configuration.
pub fn load_ledger(file: &str, text: &str) -> Result<Option<PathBuf>, Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let Some(node) = root.get("ledger") else { return Ok(None) };
    match node.text().filter(|t| !t.is_empty()) {
        Some(path) => Ok(Some(Path::new(file).parent().unwrap_or(Path::new("")).join(path))),
        None => Err(vec![node.problem(file, "‘ledger’ is a file on a local disk")]),
    }
}

struct Loader<'a> {
    file: &'a str,
    policy: &'a Policy,
    problems: Vec<Problem>,
}

/// Reads `watch:` of a configuration.
pub fn load_watch(file: &str, text: &str, policy: &Policy) -> Result<Watch, Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut l = Loader { file, policy, problems: Vec::new() };
    let Some(node) = root.get("watch") else {
        return Err(vec![root.problem(file, "there is no ‘watch:’ in this configuration: say which folders to watch")]);
    };
    l.known(node, &["state", "workers", "listen", "folders"]);
    let state = match node.get("state").and_then(Node::text) {
        Some(state) => PathBuf::from(state),
        None => {
            l.problem(node, "‘watch’ needs ‘state’: a folder of its own on a local disk");
            PathBuf::new()
        }
    };
    let workers = match node.get("workers").map(|w| (w, w.text().and_then(|t| t.parse().ok()))) {
        None => 2,
        Some((_, Some(n @ 1..=64))) => n,
        Some((at, _)) => {
            l.problem(at, "workers: a number from 1 to 64");
            2
        }
    };
    let listen = match node.get("listen").map(|at| (at, at.text().and_then(|t| t.parse::<SocketAddr>().ok()))) {
        None => None,
        Some((_, Some(address))) if address.ip().is_loopback() => Some(address),
        Some((at, _)) => {
            l.problem(at, "listen: an address of this computer’s own with a port, such as 127.0.0.1:9187");
            None
        }
    };
    let items = node.get("folders").and_then(Node::items).unwrap_or_default();
    if items.is_empty() {
        l.problem(node, "‘watch’ needs ‘folders’: a list of folders to watch");
    }
    let folders: Vec<(Folder, &Node)> = items.iter().filter_map(|i| Some((l.folder(i)?, i))).collect();
    l.places(&state, &folders);
    let folders = folders.into_iter().map(|(f, _)| f).collect();
    if l.problems.is_empty() { Ok(Watch { state, workers, listen, folders }) } else { Err(l.problems) }
}

impl Loader<'_> {
    fn problem(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(node.problem(self.file, message));
    }

    fn known(&mut self, node: &Node, keys: &[&str]) {
        for (key, _) in node.pairs().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if !keys.contains(&name) {
                self.problem(key, format!("unknown key ‘{name}’{}", nearest(name, keys.iter().copied())));
            }
        }
    }

    fn folder(&mut self, node: &Node) -> Option<Folder> {
        self.known(node, &FOLDER);
        let text = |key: &str| node.get(key).and_then(Node::text);
        let Some(path) = text("path") else {
            self.problem(node, "a folder needs a ‘path’");
            return None;
        };
        let name = self.name(node);
        let mut files = Vec::new();
        for (pattern, place) in node.get("files").and_then(Node::pairs).unwrap_or_default() {
            self.known(place, &["system", "field"]);
            files.push((pattern.text().unwrap_or_default().to_owned(), self.name(place)));
        }
        let mode = match text("mode").unwrap_or("flag") {
            "flag" => Mode::Flag,
            "gate" => match (text("output"), text("quarantine")) {
                (Some(output), Some(quarantine)) => {
                    Mode::Gate { output: PathBuf::from(output), quarantine: PathBuf::from(quarantine) }
                }
                _ => {
                    self.problem(node, "mode gate needs ‘output’ and ‘quarantine’");
                    return None;
                }
            },
            other => {
                let hint = nearest(other, ["flag", "gate"]);
                self.problem(node, format!("unknown mode ‘{other}’{hint}: a mode is gate or flag"));
                return None;
            }
        };
        let events = match text("events").unwrap_or("auto") {
            "auto" => Events::Auto,
            "native" => Events::Native,
            "poll" => Events::Poll,
            other => {
                self.problem(node, format!("unknown events ‘{other}’: auto, native or poll"));
                Events::Auto
            }
        };
        let place = |key: &str| text(key).map(PathBuf::from);
        let (path, reports, notice) = (PathBuf::from(path), place("reports"), place("notice"));
        let settle = self.duration(node, "settle", A_DAY).unwrap_or(Duration::from_secs(2));
        let rescan = self.duration(node, "rescan", A_DAY).unwrap_or(Duration::from_secs(30));
        let (keep, age) = (self.duration(node, "keep", A_LIFE), self.duration(node, "age", A_LIFE));
        if mode == Mode::Flag && (keep.is_some() || notice.is_some()) {
            self.problem(node, "‘keep’ and ‘notice’ belong to mode gate: in mode flag nothing is moved");
        }
        Some(Folder { path, name, files, mode, settle, rescan, events, reports, notice, keep, age })
    }

    fn name(&mut self, node: &Node) -> FieldName {
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let (system, field) = (text("system"), text("field"));
        if let Some(wanted) = &system {
            match self.policy.system(wanted) {
                None => {
                    let known = self.policy.systems().map(|s| s.id.as_str());
                    self.problem(node, format!("unknown system ‘{wanted}’{}", nearest(wanted, known)));
                }
                Some(system) => {
                    let known = |f: &String| {
                        self.policy.field(system, f).is_some() || self.policy.field(&self.policy.default, f).is_some()
                    };
                    if let Some(wanted) = field.as_ref().filter(|f| !known(f)) {
                        let fields = self.policy.fields(system).map(|f| f.id.as_str());
                        self.problem(
                            node,
                            format!("unknown field ‘{wanted}’ of {}{}", system.id, nearest(wanted, fields)),
                        );
                    }
                }
            }
        }
        FieldName { system, field }
    }

    fn duration(&mut self, node: &Node, key: &str, most: Duration) -> Option<Duration> {
        let value = node.get(key)?;
        let text = value.text().unwrap_or_default();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let unit = match &text[digits..] {
            "ms" => Some(1),
            "s" => Some(1000),
            "min" | "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let said = text[..digits].parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        let said = said.map(Duration::from_millis).filter(|d| *d <= most);
        if said.is_none() {
            self.problem(
                value,
                format!("{key}: a time such as 500ms, 2s, 5min, 12h or 90d, at most {} d", most.as_secs() / 86_400),
            );
        }
        said
    }

    /// No place of the daemon's own may lie in a watched folder: it would read what it writes.
    fn places(&mut self, state: &Path, folders: &[(Folder, &Node)]) {
        for (i, (folder, node)) in folders.iter().enumerate() {
            let mut own = vec![("the state folder", state)];
            for (other, _) in folders {
                if let Mode::Gate { output, quarantine } = &other.mode {
                    own.push(("an output", output));
                    own.push(("a quarantine", quarantine));
                }
                own.extend(other.reports.iter().map(|r| ("a folder of reports", r.as_path())));
                own.extend(other.notice.iter().map(|n| ("a notice", n.as_path())));
            }
            for (what, place) in own {
                if absolute(place).starts_with(absolute(&folder.path)) {
                    self.problem(
                        node,
                        format!("{what}, {}, lies in the watched folder {}", place.display(), folder.path.display()),
                    );
                }
            }
            for (other, _) in &folders[..i] {
                let (a, b) = (absolute(&other.path), absolute(&folder.path));
                if a.starts_with(&b) || b.starts_with(&a) {
                    self.problem(node, format!("{} is watched already", folder.path.display()));
                }
            }
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
