//! What a site adds to its rules: waivers, patterns, keys.

use super::load::{Loader, is_basis};
use super::rules::Policy;
use crate::model::{Category, Date, Group, Kind, Operator, Problem, Topic, nearest};
use crate::yaml::Node;
use serde::{Deserialize, Serialize};

/// A finding that is allowed, in one field, for a reason, until a day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiver {
    /// The system.
    pub system: String,
    /// The field; none is every field of the system.
    pub field: Option<String>,
    /// Category or kind.
    pub topic: Topic,
    /// Keyed hash of the value.
    pub hash: String,
    /// Keyed hash of the name of the person it is bound to.
    pub person: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day.
    pub until: (u16, u8, u8),
    /// From this day on it holds no more: the consent was withdrawn.
    pub withdrawn: Option<(u16, u8, u8)>,
    /// Place in its file.
    pub line: usize,
}

impl Waiver {
    /// Whether its last day is over.
    pub fn expired(&self, today: Date) -> bool {
        self.until < (today.year, today.month, today.day)
    }

    /// Whether it was taken back.
    pub fn withdrawn(&self, today: Date) -> bool {
        self.withdrawn.is_some_and(|day| day <= (today.year, today.month, today.day))
    }
}

/// A regular expression of the site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PatternRule {
    /// Its name, as findings carry it.
    pub id: String,
    /// What it finds.
    pub category: Category,
    /// A finer word for it.
    pub kind: Option<Kind>,
    /// The expression.
    pub pattern: String,
    /// How sure a finding is.
    pub confidence: f32,
    /// Texts in which it must find something, and nothing.
    pub examples: [Vec<String>; 2],
    /// Place of the expression in its file.
    pub line: usize,
    /// Column there.
    pub column: usize,
}

impl PatternRule {
    /// A problem where the expression stands.
    pub fn problem(&self, file: &str, message: String) -> Problem {
        Problem { file: file.to_owned(), line: self.line, column: self.column, warning: false, message }
    }
}

impl Loader<'_> {
    pub(super) fn keys(&mut self, node: &Node) -> Option<String> {
        self.known(node, &["dir"], false);
        match node.get("dir") {
            Some(dir) => Some(self.word(dir)),
            None => {
                self.error(node, "`keys` names the folder of the key files: {dir: /etc/fritext/keys}");
                None
            }
        }
    }

    pub(super) fn waivers(&mut self, node: &Node) -> Vec<Waiver> {
        let items = node.items().unwrap_or_default();
        items.iter().filter_map(|item| self.waiver(item)).collect()
    }

    fn waiver(&mut self, item: &Node) -> Option<Waiver> {
        const KEYS: [&str; 14] = [
            "system",
            "field",
            "category",
            "hash",
            "person",
            "reason",
            "owner",
            "until",
            "withdrawn",
            "legal_basis",
            "law",
            "published",
            "reference",
            "note",
        ];
        self.known(item, &KEYS, false);
        for key in ["system", "category", "hash", "reason", "owner", "until"] {
            if item.get(key).and_then(Node::text).is_none_or(str::is_empty) {
                self.error(item, format!("a waiver needs `{key}`; `fritext waive` writes the whole line"));
            }
        }
        let topic = self.one_topic(item.get("category")?)?;
        let day = |l: &mut Self, key: &str| item.get(key).and_then(|n| l.day(n));
        let (until, withdrawn) = (day(self, "until"), day(self, "withdrawn"));
        let hash = item.get("hash").and_then(|n| self.hash(n));
        let person = item.get("person").and_then(|n| self.hash(n));
        let special = matches!(topic, Topic::Kind(k) if k.category().group() == Group::Special)
            || matches!(topic, Topic::Category(c) if c.group() == Group::Special);
        if special && item.get("person").is_none() {
            self.error(item, "a waiver of a special category is bound to one person: `person` is the hash of the name");
        }
        if let Some(bases) = item.get("legal_basis") {
            let words = self.words(bases);
            self.bases(bases, &words);
            if special && !words.iter().any(|b| b.starts_with("art9.") && is_basis(b)) {
                self.error(bases, "a special category needs a basis in article 9 (art9.2.a–j)");
            }
        } else if special {
            let warning =
                item.warning(self.file, "this waiver names no legal basis; a special category needs one of article 9");
            self.problems.push(warning);
        }
        let text = |key: &str| item.get(key).and_then(Node::text).map(str::to_owned);
        Some(Waiver {
            system: text("system")?,
            field: text("field").filter(|f| f != "*"),
            topic,
            hash: hash?,
            person,
            reason: text("reason")?,
            owner: text("owner")?,
            until: until?,
            withdrawn,
            line: item.line,
        })
    }

    fn one_topic(&mut self, node: &Node) -> Option<Topic> {
        let name = node.text().unwrap_or_default();
        let topic = Topic::from_id(name).filter(|t| matches!(t, Topic::Kind(_) | Topic::Category(_)));
        if topic.is_none() {
            self.error(node, format!("unknown category ‘{name}’{}", nearest(name, Topic::ids())));
        }
        topic
    }

    fn day(&mut self, node: &Node) -> Option<(u16, u8, u8)> {
        let parts: Vec<u16> = node.text().unwrap_or_default().split('-').filter_map(|p| p.parse().ok()).collect();
        let day = match parts[..] {
            [year, month, day] => Date::new(year, month as u8, day as u8).filter(|_| month < 100 && day < 100),
            _ => None,
        };
        if day.is_none() {
            self.error(node, "a day is written as 2027-06-30");
        }
        day.map(|d| (d.year, d.month, d.day))
    }

    fn hash(&mut self, node: &Node) -> Option<String> {
        let hash = node.text().unwrap_or_default();
        let right = hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !right {
            self.error(node, "a hash has 32 hexadecimal digits; `fritext waive` makes it");
        }
        right.then(|| hash.to_ascii_lowercase())
    }

    pub(super) fn patterns(&mut self, node: &Node) -> Vec<PatternRule> {
        let items = node.items().unwrap_or_default();
        let out: Vec<PatternRule> = items.iter().filter_map(|item| self.pattern(item)).collect();
        for (i, pattern) in out.iter().enumerate() {
            if out[..i].iter().any(|p| p.id == pattern.id) {
                self.problems.push(pattern.problem(self.file, format!("there are two patterns ‘{}’", pattern.id)));
            }
        }
        out
    }

    fn pattern(&mut self, item: &Node) -> Option<PatternRule> {
        const KEYS: [&str; 7] = ["id", "category", "pattern", "confidence", "examples", "counterexamples", "note"];
        self.known(item, &KEYS, false);
        for key in ["id", "category", "pattern"] {
            if item.get(key).and_then(Node::text).is_none_or(str::is_empty) {
                self.error(item, format!("a pattern needs `{key}`"));
            }
        }
        let expression = item.get("pattern")?;
        let (category, kind) = match self.one_topic(item.get("category")?)? {
            Topic::Kind(kind) => (kind.category(), Some(kind)),
            Topic::Category(category) => (category, None),
            Topic::Group(_) | Topic::All => return None,
        };
        let list = |l: &mut Self, key: &str| item.get(key).map(|n| l.words(n)).unwrap_or_default();
        Some(PatternRule {
            id: item.get("id")?.text()?.to_owned(),
            category,
            kind,
            pattern: expression.text()?.to_owned(),
            confidence: item.get("confidence").map_or(Some(0.9), |n| self.share(n))?,
            examples: [list(self, "examples"), list(self, "counterexamples")],
            line: expression.line,
            column: expression.column,
        })
    }

    /// What needs a key, and systems and fields of waivers that do not exist.
    pub(super) fn check_extras(&mut self, root: &Node, policy: &Policy) {
        for (item, waiver) in waiver_nodes(root).iter().zip(&policy.waivers) {
            let node = item.get("system").unwrap_or(item);
            let Some(system) = policy.system(&waiver.system) else {
                let hint = nearest(&waiver.system, policy.systems().map(|s| s.id.as_str()));
                self.error(node, format!("unknown system ‘{}’{hint}", waiver.system));
                continue;
            };
            let field = waiver.field.as_deref().filter(|f| policy.field(system, f).is_none());
            if let Some(field) = field.filter(|f| policy.field(&policy.default, f).is_none()) {
                let hint = nearest(field, policy.fields(system).map(|f| f.id.as_str()));
                self.error(
                    item.get("field").unwrap_or(item),
                    format!("unknown field ‘{field}’ of {}{hint}", system.id),
                );
            }
        }
        if policy.keys.is_some() {
            return;
        }
        if let Some(waivers) = root.get("waivers").filter(|w| w.items().is_some_and(|i| !i.is_empty())) {
            self.error(
                waivers,
                "waivers need a key: name its folder under `keys: {dir: …}` and run `fritext keys init`",
            );
        }
        let fields = policy.systems.iter().chain([&policy.default]).flat_map(|s| s.fields.iter().chain([&s.own]));
        let lines =
            fields.flat_map(|f| &f.rules).filter(|(_, r)| r.operator == Operator::Pseudonym).map(|(_, r)| r.line);
        for line in lines.collect::<Vec<_>>() {
            let message = "`pseudonym` needs a key: name its folder under `keys: {dir: …}` and run `fritext keys init`";
            let (file, message) = (self.file.to_owned(), message.to_owned());
            self.problems.push(Problem { file, line, column: 1, warning: false, message });
        }
    }
}

fn waiver_nodes(root: &Node) -> &[Node] {
    root.get("waivers").and_then(Node::items).unwrap_or_default()
}
