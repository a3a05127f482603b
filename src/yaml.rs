//! YAML text as a tree that remembers where everything stands, so that all problems of a file can be told at once.
//!
//! Every scalar stays text: `no` is the word ‘no’ and `0101` has four digits. Aliases are refused, so a small file
//! cannot unfold into a large one.

use crate::model::Problem;
use granit_parser::{Event, Parser};

/// One value of a YAML document.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value itself.
    pub value: Value,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Any scalar, as written.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; keys may repeat.
    Map(Vec<(Node, Node)>),
}

/// Depth at which a document is refused.
const MAX_DEPTH: usize = 32;

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The items of a list; a lone scalar is a list of one.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Text(t) if t.is_empty() => Some(&[]),
            Value::Text(_) => Some(std::slice::from_ref(self)),
            Value::Map(_) => None,
        }
    }

    /// The pairs of a mapping; an empty value is an empty mapping.
    pub fn pairs(&self) -> Option<&[(Self, Self)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            Value::Text(t) if t.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The value of a key, the last one if it repeats.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs()?.iter().rev().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// A problem that stands here.
    pub fn problem(&self, file: &str, message: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), line: self.line, column: self.column, warning: false, message: message.into() }
    }

    /// A warning that stands here.
    pub fn warning(&self, file: &str, message: impl Into<String>) -> Problem {
        Problem { warning: true, ..self.problem(file, message) }
    }
}

/// Reads one document. Keys that stand twice in a mapping are problems, and so is anything YAML does not allow.
pub fn load(file: &str, text: &str) -> Result<Node, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(e) => e,
            Err(e) => {
                let (line, column) = (e.marker().line(), e.marker().col() + 1);
                let message = format!("this is not valid YAML: {}", e.info());
                problems.push(Problem { file: file.to_owned(), line, column, warning: false, message });
                return Err(problems);
            }
        };
        let (line, column) = (span.start.line(), span.start.col() + 1);
        let node = |value| Node { value, line, column };
        match event {
            Event::Scalar(text, style, ..) => {
                let null = style == granit_parser::ScalarStyle::Plain && matches!(&*text, "~" | "null");
                let text = if null { String::new() } else { text.into_owned() };
                close(node(Value::Text(text)), &mut open, &mut root);
            }
            Event::SequenceStart(..) => open.push(node(Value::List(Vec::new()))),
            Event::MappingStart(..) => open.push(node(Value::Map(Vec::new()))),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = open.pop() {
                    repeated_keys(file, &done, &mut problems);
                    close(done, &mut open, &mut root);
                }
            }
            Event::Alias(_) => {
                problems.push(
                    node(Value::Text(String::new()))
                        .problem(file, "aliases (*name) are not supported here; write the value out"),
                );
                close(node(Value::Text(String::new())), &mut open, &mut root);
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            problems.push(open[MAX_DEPTH].problem(file, "nested too deeply"));
            return Err(problems);
        }
    }
    if problems.is_empty() {
        Ok(root.unwrap_or(Node { value: Value::Map(Vec::new()), line: 1, column: 1 }))
    } else {
        Err(problems)
    }
}

/// Puts a finished value into the collection that is open, or makes it the document.
fn close(done: Node, open: &mut [Node], root: &mut Option<Node>) {
    let Some(parent) = open.last_mut() else {
        *root = Some(done);
        return;
    };
    match &mut parent.value {
        Value::List(items) => items.push(done),
        Value::Map(pairs) => match pairs.last_mut() {
            Some((_, value)) if matches!(&value.value, Value::Text(t) if t == PENDING) => *value = done,
            _ => {
                let pending = Node { value: Value::Text(PENDING.to_owned()), line: done.line, column: done.column };
                pairs.push((done, pending));
            }
        },
        Value::Text(_) => {}
    }
}

/// Stands in a mapping between the key's event and the value's; no YAML scalar can hold it.
const PENDING: &str = "\0pending";

fn repeated_keys(file: &str, node: &Node, problems: &mut Vec<Problem>) {
    let Value::Map(pairs) = &node.value else {
        return;
    };
    let mut seen = std::collections::HashMap::new();
    for (key, _) in pairs {
        let Some(text) = key.text() else {
            problems.push(key.problem(file, "a key must be a word"));
            continue;
        };
        if let Some(first) = seen.insert(text, key.line) {
            problems.push(key.problem(file, format!("‘{text}’ stands twice; the first is on line {first}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_place_and_stay_text() {
        let node = load("f", "a: no\nb:\n  - 0101\n  - {c: x}\n").expect("valid");
        assert_eq!(node.get("a").and_then(Node::text), Some("no"));
        let b = node.get("b").and_then(Node::items).expect("a list");
        assert_eq!((b[0].text(), b[0].line, b[0].column), (Some("0101"), 3, 5));
        assert_eq!(b[1].get("c").and_then(Node::text), Some("x"));
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let problems = load("f", text).expect_err("refused");
        assert!(problems[0].to_string().contains(expected), "{}", problems[0]);
    }

    #[test]
    fn bad_files_are_told_with_their_place() {
        refused("a: 1\nb: 2\na: 3\n", "f:3:1: ‘a’ stands twice; the first is on line 1");
        refused("a: [1, 2\nb: 3\n", "f:");
        refused("a: &x 1\nb: *x\n", "f:2:4: aliases");
        refused(&format!("{}{}", "[".repeat(50), "]".repeat(50)), "nested too deeply");
    }
}
