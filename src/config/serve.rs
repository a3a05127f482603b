//! What the configuration says about the service: where it listens, whom it answers, what it offers.

use super::Loader;
use crate::model::{Group, Phrase, Problem, Topic, nearest};
use crate::policy::Policy;
use crate::yaml::{self, Node};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The part `serve:`.
#[derive(Debug, Clone)]
pub struct Serve {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// A Unix socket.
    pub socket: Option<PathBuf>,
    /// The group that may use it.
    pub socket_group: Option<String>,
    /// One token a line, at most two.
    pub token_file: Option<PathBuf>,
    /// Names besides `localhost` and the address under which callers know the service.
    pub hosts: Vec<String>,
    /// Web origins whose pages may call it.
    pub origins: Vec<String>,
    /// Bytes of a request.
    pub max_body: usize,
    /// Within which a caller must have its answer.
    pub deadline: Duration,
    /// Connections at a time.
    pub max_connections: usize,
    /// Threads that answer; none is one for each core.
    pub threads: Option<usize>,
    /// Where `check` only warns.
    pub warn_only: WarnOnly,
    /// Reasons for saving all the same.
    pub overrides: Vec<Offer>,
    /// Customers with a policy of their own.
    pub tenants: Vec<Tenant>,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: None,
            socket: None,
            socket_group: None,
            token_file: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            max_body: 1 << 20,
            deadline: Duration::from_millis(100),
            max_connections: 512,
            threads: None,
            warn_only: WarnOnly::Nowhere,
            overrides: Vec::new(),
            tenants: Vec::new(),
        }
    }
}

/// Where texts are only warned about while an organisation gets used to its rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WarnOnly {
    /// Rules are in force.
    #[default]
    Nowhere,
    /// In every system.
    Everywhere,
    /// In these systems.
    Systems(Vec<String>),
}

/// A reason for saving what the rules would take out or refuse.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its code.
    pub reason: String,
    /// The same for people.
    pub title: Phrase,
    /// The legal bases that may be chosen with it.
    pub bases: Vec<String>,
    /// What it is about.
    pub topics: Vec<Topic>,
    /// Where; empty is everywhere.
    pub systems: Vec<String>,
}

/// A customer.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its name in the path.
    pub id: String,
    /// Its policy.
    pub config: PathBuf,
    /// Its tokens.
    pub token_file: PathBuf,
}

const KEYS: [&str; 13] = [
    "listen",
    "socket",
    "socket_group",
    "token_file",
    "hosts",
    "origins",
    "max_body",
    "deadline",
    "max_connections",
    "threads",
    "warn_only",
    "overrides",
    "tenants",
];

/// Reads `serve:` of a configuration; what it does not say is as usual. With a policy, names of systems are looked up.
pub fn load_serve(file: &str, text: &str, policy: Option<&Policy>) -> Result<Serve, Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut serve = Serve::default();
    let Some(node) = root.get("serve") else { return Ok(serve) };
    let empty = Policy::default();
    let mut l = Loader { file, policy: policy.unwrap_or(&empty), problems: Vec::new() };
    l.known(node, &KEYS);
    serve.listen = l.parsed(node, "listen", "an address and a port, such as 127.0.0.1:8086");
    serve.socket = l.path(node, "socket");
    serve.socket_group = node.get("socket_group").and_then(Node::text).map(str::to_owned);
    serve.token_file = l.path(node, "token_file");
    serve.hosts = l.words(node, "hosts");
    serve.origins = l.words(node, "origins");
    if let Some(at) = node.get("origins")
        && serve.origins.iter().any(|o| !o.starts_with("http://") && !o.starts_with("https://") || o.ends_with('/'))
    {
        l.problem(at, "origins: as browsers write them, such as https://skola.example, without a path");
    }
    if let Some(at) = node.get("max_body") {
        match bytes(at.text().unwrap_or_default()) {
            Some(n @ 1024..=0x400_0000) => serve.max_body = n,
            _ => l.problem(at, "max_body: a size from 1KiB to 64MiB"),
        }
    }
    serve.deadline = l.duration(node, "deadline", super::A_DAY).unwrap_or(serve.deadline);
    if let Some(n) = l.parsed(node, "max_connections", "a number from 1 to 100000") {
        serve.max_connections = usize::clamp(n, 1, 100_000);
    }
    serve.threads = l.parsed(node, "threads", "a number").map(|n: usize| n.clamp(1, 256));
    serve.warn_only = match node.get("warn_only").map(|n| (n.text(), n)) {
        None | Some((Some("false"), _)) => WarnOnly::Nowhere,
        Some((Some("true"), _)) => WarnOnly::Everywhere,
        Some((_, at)) => {
            let systems = l.words(node, "warn_only");
            l.systems(at, &systems, policy.is_some());
            WarnOnly::Systems(systems)
        }
    };
    let offers = node.get("overrides").map(|n| l.list(n, "overrides")).unwrap_or_default();
    serve.overrides = offers.iter().filter_map(|n| l.offer(n, policy.is_some())).collect();
    for (key, value) in node.get("tenants").and_then(Node::pairs).unwrap_or_default() {
        serve.tenants.extend(l.tenant(key, value));
    }
    if l.problems.is_empty() { Ok(serve) } else { Err(l.problems) }
}

impl Loader<'_> {
    fn parsed<T: std::str::FromStr>(&mut self, node: &Node, key: &str, what: &str) -> Option<T> {
        let value = node.get(key)?;
        let parsed = value.text().and_then(|t| t.parse().ok());
        if parsed.is_none() {
            self.problem(value, format!("{key}: {what}"));
        }
        parsed
    }

    fn path(&mut self, node: &Node, key: &str) -> Option<PathBuf> {
        let value = node.get(key)?;
        let path = value.text().filter(|t| !t.is_empty()).map(PathBuf::from);
        if path.is_none() {
            self.problem(value, format!("{key}: the path of a file"));
        }
        path
    }

    fn list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        node.items().unwrap_or_else(|| {
            self.problem(node, format!("{key}: a list"));
            &[]
        })
    }

    fn words(&mut self, node: &Node, key: &str) -> Vec<String> {
        let Some(value) = node.get(key) else { return Vec::new() };
        self.list(value, key).iter().filter_map(|n| n.text().map(str::to_owned)).collect()
    }

    fn systems(&mut self, at: &Node, names: &[String], look_up: bool) {
        for name in names.iter().filter(|n| look_up && self.policy.system(n).is_none()) {
            let known = self.policy.systems().map(|s| s.id.as_str());
            self.problem(at, format!("unknown system ‘{name}’{}", nearest(name, known)));
        }
    }

    fn offer(&mut self, node: &Node, look_up: bool) -> Option<Offer> {
        self.known(node, &["reason", "title", "legal_basis", "for", "systems"]);
        let Some(reason) = node.get("reason").and_then(Node::text).filter(|r| is_code(r)) else {
            self.problem(node, "an override needs a ‘reason’: a code of small letters, digits, - and _");
            return None;
        };
        let mut title = Phrase::default();
        if let Some(at) = node.get("title") {
            let text = |lang: &str| at.get(lang).or(Some(at)).and_then(Node::text).unwrap_or_default().to_owned();
            title = Phrase { sv: text("sv"), da: text("da"), en: text("en") };
        }
        let bases = self.words(node, "legal_basis");
        let mut topics = Vec::new();
        for word in self.words(node, "for") {
            match Topic::from_id(&word) {
                Some(Topic::All) | None => {
                    self.problem(node, format!("‘{word}’ is no category, kind or group that an override can be for"));
                }
                Some(topic) => topics.push(topic),
            }
        }
        if topics.is_empty() {
            self.problem(node, "an override needs ‘for’: the categories that may be saved with this reason");
        }
        let special = topics.iter().any(|t| match t {
            Topic::Category(c) => c.group() == Group::Special,
            Topic::Kind(k) => k.category().group() == Group::Special,
            Topic::Group(g) => *g == Group::Special,
            Topic::All => true,
        });
        if bases.is_empty() || special && !bases.iter().all(|b| b.starts_with("art9.2.")) {
            let needed = if special { "bases in article 9 (art9.2.a–j)" } else { "the bases that may be chosen" };
            self.problem(node, format!("an override needs ‘legal_basis’: {needed}"));
        }
        let systems = self.words(node, "systems");
        self.systems(node, &systems, look_up);
        Some(Offer { reason: reason.to_owned(), title, bases, topics, systems })
    }

    fn tenant(&mut self, key: &Node, value: &Node) -> Option<Tenant> {
        self.known(value, &["config", "token_file"]);
        let id = key.text().filter(|id| is_code(id));
        match (id, self.path(value, "config"), self.path(value, "token_file")) {
            (Some(id), Some(config), Some(token_file)) => Some(Tenant { id: id.to_owned(), config, token_file }),
            _ => {
                let needs = "a tenant is a name of small letters, digits, - and _ with ‘config’ and ‘token_file’";
                self.problem(key, needs);
                None
            }
        }
    }
}

/// Whether a name can stand in a path, in a metric and in the ledger.
fn is_code(name: &str) -> bool {
    let usual = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    (1..=40).contains(&name.len()) && name.bytes().all(usual)
}

/// A size such as `512KiB` or `1MiB`.
fn bytes(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" | "kB" => 1 << 10,
        "MiB" | "MB" => 1 << 20,
        _ => return None,
    };
    text[..digits].parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn problems(text: &str) -> Vec<String> {
        let policy = crate::policy::load_policy("t", "extends: none\nsystems: {vklass: {title: V}}\n", None);
        let policy = policy.expect("a policy").0;
        load_serve("fritext.yaml", text, Some(&policy))
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("serve: {listn: x}", "fritext.yaml:1:9: unknown key ‘listn’ (did you mean ‘listen’?)"),
            ("serve: {listen: localhost}", "fritext.yaml:1:17: listen: an address and a port, such as 127.0.0.1:8086"),
            ("serve: {max_body: 1GiB}", "fritext.yaml:1:19: max_body: a size from 1KiB to 64MiB"),
            ("serve: {warn_only: [vklas]}", "fritext.yaml:1:20: unknown system ‘vklas’ (did you mean ‘vklass’?)"),
            (
                "serve: {overrides: [{reason: need, legal_basis: [art6.1.e], for: [health]}]}",
                "fritext.yaml:1:21: an override needs ‘legal_basis’: bases in article 9 (art9.2.a–j)",
            ),
        ] {
            assert_eq!(problems(text), [expected]);
        }
    }

    #[test]
    fn what_is_right_is_read() {
        let text = "serve:\n  socket: /run/x.sock\n  max_body: 64KiB\n  deadline: 80ms\n  warn_only: true\n  overrides:\n    - {reason: need, title: {sv: Behov, da: Behov}, legal_basis: [art9.2.b], for: [health]}\n  tenants:\n    norr: {config: n.yaml, token_file: n.token}\n";
        let serve = load_serve("t", text, None).expect("right");
        assert_eq!((serve.max_body, serve.deadline), (65536, Duration::from_millis(80)));
        assert_eq!(serve.warn_only, WarnOnly::Everywhere);
        assert_eq!((serve.overrides[0].title.get("da"), serve.tenants[0].id.as_str()), ("Behov", "norr"));
        assert!(serve.listen.is_none());
    }
}
