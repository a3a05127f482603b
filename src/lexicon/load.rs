//! A list: YAML text to entries and proofs, collecting every problem on the way.

use super::inflect::Paradigms;
use crate::model::{Category, Kind, Lang, Problem, Span, nearest};
use crate::yaml::{self, Node};

/// A lexicon list as written.
#[derive(Debug, Clone)]
pub struct List {
    /// The file, as `sv/health_diagnoses.yaml`.
    pub file: String,
    /// The language of its words.
    pub lang: Lang,
    /// What its terms disclose.
    pub category: Category,
    /// A finer word for all its terms.
    pub kind: Option<Kind>,
    /// Words that make a weak term count.
    pub context: Vec<String>,
    /// Word classes for terms of several words.
    pub groups: Vec<(String, Vec<Entry>)>,
    /// What is to be found.
    pub terms: Vec<Entry>,
    /// What looks like it and is something else.
    pub not: Vec<Entry>,
    /// Sentences with marks that must be found, exactly.
    pub examples: Vec<Proof>,
    /// Sentences in which nothing may be found.
    pub counterexamples: Vec<Proof>,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The term as written.
    pub written: String,
    /// Its model word; none if it never inflects.
    pub like: Option<String>,
    /// Its other flags.
    pub flags: Flags,
    /// Line in the file, from 1.
    pub line: usize,
}

/// The flags of an entry, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// May begin a compound.
    pub const FIRST: Self = Self(1);
    /// May end a compound.
    pub const LAST: Self = Self(2);
    /// Upper and lower case as written.
    pub const CASED: Self = Self(4);
    /// Needs a context word.
    pub const WEAK: Self = Self(8);
    /// An entry of `not:`.
    pub const NOT: Self = Self(16);
    /// A term of several words.
    pub const PHRASE: Self = Self(32);

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A sentence that proves a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The sentence without marks.
    pub text: String,
    /// What its brackets marked, in UTF-8 bytes.
    pub marks: Vec<Span>,
    /// Line in the file, from 1.
    pub line: usize,
}

const KEYS: [&str; 12] = [
    "category", "kind", "owner", "reviewed", "source", "licence", "why", "context", "groups", "terms", "not",
    "examples",
];

/// Reads a list. `file` is the name that problems carry.
pub fn load_list(file: &str, lang: Lang, text: &str, paradigms: &Paradigms) -> Result<List, Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut problems = Vec::new();
    let known = || KEYS.into_iter().chain(["counterexamples"]);
    for (key, _) in root.pairs().unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        if !known().any(|k| k == name) {
            problems.push(key.problem(file, format!("unknown key ‘{name}’{}", nearest(name, known()))));
        }
    }
    for key in ["owner", "reviewed", "source", "licence", "why"] {
        if root.get(key).and_then(Node::text).unwrap_or_default().is_empty() {
            problems.push(root.problem(file, format!("‘{key}’ is missing: every list says it in its head")));
        }
    }
    let category = root.get("category").and_then(Node::text).unwrap_or_default();
    let Some(category) = Category::from_id(category) else {
        let hint = nearest(category, Category::ALL.iter().map(|c| c.id()));
        problems
            .push(root.get("category").unwrap_or(&root).problem(file, format!("unknown category ‘{category}’{hint}")));
        return Err(problems);
    };
    let kind = root.get("kind").and_then(|node| {
        let id = node.text().unwrap_or_default();
        let kind = Kind::from_id(id).filter(|k| k.category() == category);
        if kind.is_none() {
            let hint = nearest(id, crate::model::KINDS);
            problems.push(node.problem(file, format!("unknown kind ‘{id}’ of {}{hint}", category.id())));
        }
        kind
    });
    let mut entries = |node: Option<&Node>, extra: Flags| read_entries(file, node, extra, paradigms, &mut problems);
    let groups = root
        .get("groups")
        .and_then(Node::pairs)
        .unwrap_or_default()
        .iter()
        .map(|(k, v)| (k.text().unwrap_or_default().to_owned(), entries(Some(v), Flags::default())))
        .collect();
    let list = List {
        file: file.to_owned(),
        lang,
        category,
        kind,
        terms: entries(root.get("terms"), Flags::default()),
        not: entries(root.get("not"), Flags::NOT),
        groups,
        context: root
            .get("context")
            .and_then(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .map(str::to_lowercase)
            .collect(),
        examples: proofs(file, root.get("examples"), true, &mut problems),
        counterexamples: proofs(file, root.get("counterexamples"), false, &mut problems),
    };
    if list.examples.len() < 3 || list.counterexamples.len() < 2 {
        problems.push(root.problem(file, "a list needs at least three examples and two counterexamples"));
    }
    if problems.is_empty() { Ok(list) } else { Err(problems) }
}

fn read_entries(
    file: &str,
    node: Option<&Node>,
    extra: Flags,
    paradigms: &Paradigms,
    problems: &mut Vec<Problem>,
) -> Vec<Entry> {
    let Some(node) = node else { return Vec::new() };
    let Some(pairs) = node.pairs() else {
        problems.push(node.problem(file, "here stand entries, one a line, as `word: like model, flag`"));
        return Vec::new();
    };
    let mut entries = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        match entry(key, value, extra, paradigms) {
            Ok(e) => entries.push(e),
            Err(message) => problems.push(key.problem(file, message)),
        }
    }
    entries
}

fn entry(key: &Node, value: &Node, extra: Flags, paradigms: &Paradigms) -> Result<Entry, String> {
    let written = key.text().unwrap_or_default();
    let (mut like, mut exact, mut flags) = (None, false, extra);
    for flag in value.text().ok_or_else(|| format!("‘{written}’: flags are words, parted by commas"))?.split(',') {
        match flag.trim() {
            "exact" => exact = true,
            "first" => flags = flags.with(Flags::FIRST),
            "last" => flags = flags.with(Flags::LAST),
            "cased" => flags = flags.with(Flags::CASED),
            "weak" => flags = flags.with(Flags::WEAK),
            other => match other.strip_prefix("like ") {
                Some(model) => like = Some(model.trim().to_owned()),
                None => {
                    let hint = nearest(other, ["like", "exact", "first", "last", "cased", "weak"]);
                    return Err(format!("‘{written}’: unknown flag ‘{other}’{hint}"));
                }
            },
        }
    }
    if exact == like.is_some() {
        return Err(format!("‘{written}’ needs either `exact` or `like` with a model word"));
    }
    if written.split(' ').any(str::is_empty) {
        return Err(format!("‘{written}’: one space between words, none at the ends"));
    }
    if !flags.has(Flags::CASED) && written != written.to_lowercase() {
        return Err(format!("‘{written}’: terms are lower case unless they are `cased`"));
    }
    let pieces = super::pieces::pieces(written)?;
    if pieces.len() > 1 || matches!(pieces[..], [super::pieces::Piece::Group(_)]) {
        if flags.has(Flags::LAST) {
            return Err(format!("‘{written}’: a term of several words cannot end a compound"));
        }
        flags = flags.with(Flags::PHRASE);
    }
    let last = written.rsplit([' ', '-']).next().unwrap_or(written);
    if like.is_some() {
        paradigms.shapes(last, like.as_deref()).map(drop)?;
    }
    Ok(Entry { written: written.to_owned(), like, flags, line: key.line })
}

fn proofs(file: &str, node: Option<&Node>, marked: bool, problems: &mut Vec<Problem>) -> Vec<Proof> {
    let mut out = Vec::new();
    for item in node.and_then(Node::items).unwrap_or_default() {
        let written = item.text().unwrap_or_default();
        match unmark(written) {
            Some((_, marks)) if marked == marks.is_empty() => {
                let message =
                    if marked { "an example marks [what must be found]" } else { "a counterexample has no marks" };
                problems.push(item.problem(file, message));
            }
            Some((text, marks)) => out.push(Proof { text, marks, line: item.line }),
            None => problems.push(item.problem(file, "[ and ] must come in pairs, one inside no other")),
        }
    }
    out
}

fn unmark(written: &str) -> Option<(String, Vec<Span>)> {
    let (mut text, mut marks, mut open) = (String::new(), Vec::new(), None);
    for c in written.chars() {
        match (c, open) {
            ('[', None) => open = Some(text.len()),
            (']', Some(start)) => {
                marks.push(Span::new(start, text.len()));
                open = None;
            }
            ('[', Some(_)) | (']', None) => return None,
            _ => text.push(c),
        }
    }
    (open.is_none()).then_some((text, marks))
}

/// Reads a name list: a head of `#` lines, then `name class` a line.
#[allow(dead_code)] // the build script's
pub fn load_names(file: &str, text: &str) -> Result<Vec<(String, u8)>, Vec<Problem>> {
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    let mut previous = "";
    for (i, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let problem =
            |message: String| Problem { file: file.to_owned(), line: i + 1, column: 1, warning: false, message };
        match line.split_once(' ') {
            Some((name, class @ ("1" | "2" | "3"))) if name == name.to_lowercase() => {
                if name <= previous {
                    problems.push(problem(format!("‘{name}’ stands twice or out of order")));
                }
                previous = name;
                names.push((name.to_owned(), class.as_bytes()[0] - b'0'));
            }
            _ => problems.push(problem("a line is a lower-case name, a space, and 1, 2 or 3".to_owned())),
        }
    }
    if problems.is_empty() { Ok(names) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_spans() {
        let (text, marks) = unmark("Har [feber] idag").expect("balanced");
        assert_eq!((text.as_str(), marks), ("Har feber idag", vec![Span::new(4, 9)]));
        assert!(unmark("[a [b]]").is_none());
        assert!(unmark("a]").is_none());
    }

    #[test]
    fn all_problems_come_at_once() {
        let paradigms = Paradigms::load("p", "bil: {strip: '', forms: ['', en]}").expect("valid");
        let text = "category: helth\nterms:\n  a: like bil\n";
        assert!(
            load_list("f", Lang::Sv, text, &paradigms).expect_err("bad").iter().any(|p| p.message.contains("‘health’"))
        );
        let text = "category: health\nterms:\n  aa: lik bil\n  bb: frist, exact\n  cc: weak\n";
        let problems = load_list("f", Lang::Sv, text, &paradigms).expect_err("bad");
        for part in ["‘lik bil’", "‘first’", "‘cc’ needs either", "‘why’ is missing", "three examples"]
        {
            assert!(problems.iter().any(|p| p.message.contains(part)), "{part}: {problems:?}");
        }
    }
}
