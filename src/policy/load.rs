//! Configuration text to policy, collecting every problem with its place.

use super::check::{bases, check, new_names};
use super::messages::phrase;
use super::rules::{Combination, Country, Field, Organisation, Policy, Rule, System};
use crate::model::{Action, Encoding, Operator, Place, Problem, Scope, Sign, Topic, nearest};
use crate::yaml::{self, Node};

/// Keys of a configuration.
pub const TOP_KEYS: [&str; 15] = [
    "extends",
    "organisation",
    "labels",
    "default",
    "combinations",
    "systems",
    "messages",
    "lexicons",
    "patterns",
    "keys",
    "waivers",
    "ledger",
    "reports",
    "watch",
    "serve",
];
/// Keys of the contract whose doors this version does not open.
const WITHOUT_EFFECT: [&str; 1] = ["reports"];
/// Keys of a field, besides categories; the last one is of systems alone.
pub const FIELD_KEYS: [&str; 10] =
    ["title", "country", "place", "columns", "verbatim", "min_confidence", "legal_basis", "law", "note", "fields"];
/// Keys of a system, besides those of a field.
pub const SYSTEM_KEYS: [&str; 5] = ["also", "purpose", "encoding", "fixed", "fields"];
/// Keys of a rule.
pub const RULE_KEYS: [&str; 11] = [
    "action",
    "operator",
    "scope",
    "replacement",
    "keep",
    "min_confidence",
    "legal_basis",
    "law",
    "note",
    "message",
    "code",
];

/// Reads one configuration, collecting what is wrong with it.
pub(super) struct Loader<'a> {
    pub(super) file: &'a str,
    /// It is a site's file, not the built-in policy.
    own: bool,
    pub(super) problems: Vec<Problem>,
}

/// Reads a configuration. `builtin` is what `extends: builtin` lays it over. The result holds warnings; errors come
/// alone.
pub fn load_policy(file: &str, text: &str, builtin: Option<&Policy>) -> Result<(Policy, Vec<Problem>), Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut l = Loader { file, own: builtin.is_some(), problems: Vec::new() };
    let mut policy = Policy::default();
    l.known(&root, &TOP_KEYS, false);
    for (key, value) in root.pairs().unwrap_or_default() {
        match key.text().unwrap_or_default() {
            "organisation" => policy.organisation = l.organisation(value),
            "default" => policy.default = l.system(key, value),
            "systems" => policy.systems = l.map(value).iter().map(|(k, v)| l.system(k, v)).collect(),
            "labels" => policy.labels = l.labels(value),
            "combinations" => policy.combinations = l.combinations(value),
            "messages" => policy.messages = l.messages(value),
            "lexicons" => policy.lexicons = l.words(value),
            "patterns" => policy.patterns = l.patterns(value),
            "keys" => policy.keys = l.keys(value),
            "waivers" => policy.waivers = l.waivers(value),
            name if WITHOUT_EFFECT.contains(&name) => {
                l.problems.push(key.warning(file, format!("‘{name}’ has no effect in this version of fritext")));
            }
            _ => {}
        }
    }
    let extends = root.get("extends");
    match extends.and_then(Node::text).unwrap_or("builtin") {
        "builtin" => {
            if let Some(base) = builtin {
                policy = base.clone().overlaid(policy);
            }
        }
        "none" => {}
        other => {
            let node = extends.unwrap_or(&root);
            let hint = nearest(other, ["builtin", "none"]);
            l.problems.push(node.problem(file, format!("‘extends’ is builtin or none, not ‘{other}’{hint}")));
        }
    }
    if policy.systems.is_empty() && policy.default.own.rules.is_empty() {
        l.problems.push(root.warning(file, "no rules at all: identifiers are flagged, all else is redacted"));
    }
    check(file, &root, &policy, &mut l.problems);
    bases(file, &root, &policy, &mut l.problems);
    l.check_extras(&root, &policy);
    if let Some(base) = builtin {
        new_names(file, &root, base, &mut l.problems);
    }
    l.problems.sort();
    if l.problems.iter().any(|p| !p.warning) { Err(l.problems) } else { Ok((policy, l.problems)) }
}

impl Loader<'_> {
    pub(super) fn error(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(node.problem(self.file, message));
    }

    fn map<'n>(&mut self, node: &'n Node) -> &'n [(Node, Node)] {
        node.pairs().unwrap_or_else(|| {
            self.error(node, "here stands a mapping (`key: value` lines)");
            &[]
        })
    }

    pub(super) fn word(&mut self, node: &Node) -> String {
        node.text().map(str::to_owned).unwrap_or_else(|| {
            self.error(node, "here stands one word or text");
            String::new()
        })
    }

    pub(super) fn words(&mut self, node: &Node) -> Vec<String> {
        match node.items() {
            Some(items) => items.iter().map(|i| self.word(i)).collect(),
            None => {
                self.error(node, "here stands a list");
                Vec::new()
            }
        }
    }

    fn yes(&mut self, node: &Node) -> bool {
        match node.text() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                self.error(node, "here stands true or false");
                false
            }
        }
    }

    pub(super) fn share(&mut self, node: &Node) -> Option<f32> {
        let value = node.text().and_then(|t| t.parse().ok()).filter(|v| (0.0..=1.0).contains(v));
        if value.is_none() {
            self.error(node, "a confidence is a number from 0 to 1");
        }
        value
    }

    fn country(&mut self, node: &Node) -> Option<Country> {
        let country = Country::from_id(node.text().unwrap_or_default());
        if country.is_none() {
            self.error(node, "a country is se or dk");
        }
        country
    }

    /// Names the keys of a mapping that are neither known nor, where `topics` says so, a category.
    pub(super) fn known(&mut self, node: &Node, keys: &[&'static str], topics: bool) {
        for (key, _) in self.map(node) {
            let name = key.text().unwrap_or_default();
            if keys.contains(&name) || (topics && Topic::from_id(name).is_some()) {
                continue;
            }
            let candidates = keys.iter().copied().chain(Topic::ids().filter(|_| topics));
            let hint = nearest(name, candidates);
            let what = if topics { "key or category" } else { "key" };
            self.error(key, format!("unknown {what} ‘{name}’{hint}"));
        }
    }

    fn organisation(&mut self, node: &Node) -> Organisation {
        const KEYS: [&str; 10] = [
            "name",
            "country",
            "guideline",
            "owner",
            "approver",
            "data_protection_officer",
            "controller",
            "security_coordinator",
            "bases",
            "contact",
        ];
        self.known(node, &KEYS, false);
        let mut out = Organisation::default();
        for (key, value) in self.map(node) {
            let name = key.text().unwrap_or_default();
            match name {
                "name" => out.name = self.word(value),
                "country" => out.country = self.country(value),
                "bases" => {
                    out.bases = self.words(value);
                    self.bases(value, &out.bases.clone());
                }
                _ => flatten(name, value, &mut out.entries),
            }
        }
        out
    }

    pub(super) fn bases(&mut self, node: &Node, bases: &[String]) {
        for (item, basis) in node.items().unwrap_or_default().iter().zip(bases) {
            if !is_basis(basis) {
                self.error(item, format!("‘{basis}’ is no legal basis: write art6.1.a–f, art9.2.a–j or art10"));
            }
        }
    }

    fn system(&mut self, key: &Node, node: &Node) -> System {
        let keys: Vec<&'static str> = SYSTEM_KEYS.iter().chain(&FIELD_KEYS).copied().collect();
        self.known(node, &keys, true);
        let mut out = System { id: key.text().unwrap_or_default().to_owned(), ..System::default() };
        for (key, value) in self.map(node) {
            match key.text().unwrap_or_default() {
                "also" => out.also = self.words(value),
                "purpose" => out.purpose = self.word(value),
                "encoding" => out.encoding = self.encoding(value),
                "fixed" => out.fixed = self.widths(value),
                "fields" => {
                    out.fields = self.map(value).iter().map(|(k, v)| self.field(k, v, &FIELD_KEYS[..9])).collect()
                }
                _ => {}
            }
        }
        out.own = self.field(key, node, &keys);
        out.title = out.own.title.clone();
        out.country = out.own.country;
        out
    }

    fn encoding(&mut self, value: &Node) -> Option<Encoding> {
        let word = self.word(value);
        let found = Encoding::from_id(&word);
        if found.is_none() {
            let hint = nearest(&word, Encoding::ALL.iter().map(|(_, name, _)| *name));
            self.error(value, format!("unknown encoding ‘{word}’{hint}"));
        }
        found
    }

    /// Columns of fixed width: header and characters.
    fn widths(&mut self, node: &Node) -> Vec<(String, usize)> {
        let mut out = Vec::new();
        for (key, value) in self.map(node) {
            match value.text().and_then(|w| w.parse().ok()).filter(|w| (1..=10_000).contains(w)) {
                Some(width) => out.push((key.text().unwrap_or_default().to_owned(), width)),
                None => self.error(value, "the width of a column is a number of characters, 1 to 10000".to_owned()),
            }
        }
        out
    }

    fn field(&mut self, key: &Node, node: &Node, keys: &[&'static str]) -> Field {
        if keys.len() < FIELD_KEYS.len() {
            self.known(node, keys, true);
        }
        let mut out = Field { id: key.text().unwrap_or_default().to_owned(), line: key.line, ..Field::default() };
        for (key, value) in node.pairs().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            match name {
                "title" => out.title = self.word(value),
                "country" => out.country = self.country(value),
                "columns" => out.columns = self.words(value),
                "verbatim" => out.verbatim = self.yes(value),
                "min_confidence" => out.min_confidence = self.share(value),
                "law" => out.law = self.word(value),
                "note" => out.note = self.word(value),
                "legal_basis" => {
                    out.legal_basis = self.words(value);
                    self.bases(value, &out.legal_basis.clone());
                }
                "place" => {
                    let word = self.word(value);
                    out.place = self.place(value, &word);
                }
                _ => {
                    if let Some(topic) = Topic::from_id(name) {
                        let rule = self.rule(value);
                        out.rules.push((topic, Rule { line: key.line, own: self.own, ..rule }));
                    }
                }
            }
        }
        out
    }

    fn rule(&mut self, node: &Node) -> Rule {
        let mut out = Rule::default();
        if let Some(text) = node.text() {
            self.action_words(node, text, &mut out);
            return out;
        }
        self.known(node, &RULE_KEYS, false);
        for (key, value) in self.map(node) {
            match key.text().unwrap_or_default() {
                "action" => {
                    let text = self.word(value);
                    self.action_words(value, &text, &mut out);
                }
                "operator" => out.operator = self.operator(value, value.text().unwrap_or_default()),
                "scope" => match value.text() {
                    Some("finding") => out.scope = Scope::Finding,
                    Some("field") => out.scope = Scope::Field,
                    Some("system") => out.scope = Scope::System,
                    Some("organisation") => out.scope = Scope::Organisation,
                    _ => self.error(value, "a scope is finding or field, of a pseudonym system or organisation"),
                },
                "replacement" => {
                    let wording = phrase(self.file, value, &mut self.problems);
                    if [&wording.sv, &wording.da, &wording.en].iter().any(|w| w.starts_with(['=', '+', '-', '@', '\t']))
                    {
                        self.error(value, "a replacement must not begin with = + - @ or a tab: spreadsheets would run it as a formula");
                    }
                    out.replacement = Some(wording);
                }
                "keep" => {
                    for (item, word) in value.items().unwrap_or_default().iter().zip(self.words(value)) {
                        match word.as_str() {
                            "validity" => out.keep_validity = true,
                            "times" => out.keep_times = true,
                            _ => {
                                self.error(item, format!("what a wording can keep is validity and times, not ‘{word}’"))
                            }
                        }
                    }
                }
                "min_confidence" => out.min_confidence = self.share(value),
                "legal_basis" => {
                    out.legal_basis = self.words(value);
                    self.bases(value, &out.legal_basis.clone());
                }
                "law" => out.law = self.word(value),
                "note" => out.note = self.word(value),
                "code" => out.code = Some(self.word(value)),
                "message" => match value.text() {
                    Some(code) if is_code(code) => out.code = Some(code.to_owned()),
                    _ => out.message = Some(phrase(self.file, value, &mut self.problems)),
                },
                _ => {}
            }
        }
        if node.get("action").is_none() {
            self.error(node, "a rule needs an action: allow, flag, redact or block");
        }
        let within = matches!(out.scope, Scope::System | Scope::Organisation);
        if node.get("scope").is_some() && within != (out.operator == Operator::Pseudonym) {
            self.error(node, "`replace` has the scope finding or field, `pseudonym` the scope system or organisation");
        }
        if out.operator == Operator::Replace && out.replacement.is_none() {
            self.error(node, "`replace` needs a replacement");
        }
        out
    }

    fn action_words(&mut self, node: &Node, text: &str, rule: &mut Rule) {
        let (action, operator) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        match Action::ALL.into_iter().find(|a| a.id() == action) {
            Some(a) => rule.action = a,
            None => {
                let hint = nearest(action, Action::ALL.iter().map(|a| a.id()));
                self.error(node, format!("unknown action ‘{action}’{hint}: an action is allow, flag, redact or block"));
            }
        }
        if !operator.is_empty() {
            rule.operator = self.operator(node, operator);
        }
    }

    fn operator(&mut self, node: &Node, word: &str) -> Operator {
        Operator::ALL.into_iter().find(|o| o.id() == word).unwrap_or_else(|| {
            let hint = nearest(word, Operator::ALL.iter().map(|o| o.id()));
            self.error(node, format!("unknown operator ‘{word}’{hint}"));
            Operator::Mask
        })
    }

    fn labels(&mut self, node: &Node) -> Vec<(Topic, crate::model::Phrase)> {
        self.known(node, &[], true);
        self.map(node)
            .iter()
            .filter_map(|(k, v)| Some((Topic::from_id(k.text()?)?, phrase(self.file, v, &mut self.problems))))
            .collect()
    }

    fn combinations(&mut self, node: &Node) -> Vec<Combination> {
        let items = node.items().unwrap_or_else(|| {
            self.error(node, "here stands a list of combinations");
            &[]
        });
        items.iter().map(|item| self.combination(item)).collect()
    }

    fn combination(&mut self, item: &Node) -> Combination {
        self.known(item, &["when", "places", "action", "message", "silent"], false);
        let (mut when, mut signs) = (Vec::new(), Vec::new());
        for word in item.get("when").and_then(Node::items).unwrap_or_default() {
            let name = word.text().unwrap_or_default();
            match (Topic::from_id(name), Sign::from_id(name)) {
                (Some(topic), _) => when.push(topic),
                (None, Some(sign)) => signs.push(sign),
                (None, None) => {
                    let hint = nearest(name, Topic::ids().chain(Sign::ALL.iter().map(|(_, w)| *w)));
                    self.error(word, format!("unknown category ‘{name}’{hint}"));
                }
            }
        }
        let mut rule = Rule::default();
        match item.get("action") {
            Some(action) => self.action_words(action, action.text().unwrap_or_default(), &mut rule),
            None => self.error(item, "a combination needs an action"),
        }
        if when.len() + signs.len() < 2 || when.is_empty() {
            self.error(item, "a combination names two categories or more under `when`");
        }
        Combination {
            when,
            signs,
            places: item.get("places").map(|n| self.places(n)).unwrap_or_default(),
            silent: item.get("silent").is_some_and(|n| self.yes(n)),
            action: rule.action,
            code: item.get("message").and_then(Node::text).map(str::to_owned),
        }
    }

    fn places(&mut self, node: &Node) -> Vec<Place> {
        let words = self.words(node);
        let items = node.items().unwrap_or_default().iter().zip(words);
        items.filter_map(|(item, word)| self.place(item, &word)).collect()
    }

    fn place(&mut self, node: &Node, word: &str) -> Option<Place> {
        let place = Place::from_id(word);
        if place.is_none() {
            let hint = nearest(word, Place::ALL.iter().map(|(_, w)| *w));
            self.error(node, format!("unknown place ‘{word}’{hint}"));
        }
        place
    }

    fn messages(&mut self, node: &Node) -> Vec<super::messages::Message> {
        // A site writes `code: {sv: …, da: …}`; place and category of the code stay as they are.
        self.map(node)
            .iter()
            .map(|(key, value)| super::messages::Message {
                code: key.text().unwrap_or_default().to_owned(),
                country: None,
                places: Vec::new(),
                topics: Vec::new(),
                message: phrase(self.file, value, &mut self.problems),
                suggestion: crate::model::Phrase::default(),
            })
            .collect()
    }
}

/// A basis of the General Data Protection Regulation.
pub(super) fn is_basis(code: &str) -> bool {
    let letter = |prefix: &str, last: char| {
        code.strip_prefix(prefix)
            .is_some_and(|l| l.len() == 1 && ('a'..=last).contains(&l.chars().next().unwrap_or(' ')))
    };
    letter("art6.1.", 'f') || letter("art9.2.", 'j') || code == "art10"
}

fn is_code(text: &str) -> bool {
    text.split('.').count() == 2 && text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_' | '-'))
}

fn flatten(name: &str, node: &Node, out: &mut Vec<(String, String)>) {
    match node.pairs() {
        Some(pairs) if node.text().is_none() => {
            for (key, value) in pairs {
                flatten(&format!("{name}.{}", key.text().unwrap_or_default()), value, out);
            }
        }
        _ => {
            let items = node.items().unwrap_or_default().iter().filter_map(Node::text).collect::<Vec<_>>();
            out.push((name.to_owned(), items.join(", ")));
        }
    }
}
