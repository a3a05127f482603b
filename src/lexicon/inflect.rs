//! Inflection by model word: endings live once, in `lexicons/<lang>/paradigms.yaml`.

use crate::model::{Problem, nearest};
use crate::yaml::{self, Node};
use std::collections::BTreeMap;

/// The model words of one language.
#[derive(Debug, Clone, Default)]
pub struct Paradigms(BTreeMap<String, Paradigm>);

#[derive(Debug, Clone, Default)]
struct Paradigm {
    strip: String,
    forms: Vec<String>,
    link: Vec<String>,
    genitive: bool,
}

/// What a word looks like in text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Every inflected form, the written one first.
    pub forms: Vec<String>,
    /// What compounds begin with when the word is their first part.
    pub beginnings: Vec<String>,
}

impl Paradigms {
    /// Reads a `paradigms.yaml`.
    pub fn load(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let root = yaml::load(file, text)?;
        let (mut all, mut problems) = (BTreeMap::new(), Vec::new());
        for (key, value) in root.pairs().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if matches!(name, "source" | "licence" | "reviewed") {
                continue;
            }
            let mut paradigm = Paradigm::default();
            for (part, node) in value.pairs().unwrap_or_default() {
                match part.text().unwrap_or_default() {
                    "strip" => paradigm.strip = node.text().unwrap_or_default().to_owned(),
                    "forms" => paradigm.forms = words(node),
                    "link" => paradigm.link = words(node),
                    "genitive" => paradigm.genitive = node.text() == Some("true"),
                    other => {
                        let hint = nearest(other, ["strip", "forms", "link", "genitive"]);
                        problems.push(part.problem(file, format!("unknown key ‘{other}’{hint}")));
                    }
                }
            }
            if !name.ends_with(&paradigm.strip) {
                problems.push(key.problem(file, format!("‘{name}’ does not end in ‘{}’", paradigm.strip)));
            }
            if paradigm.forms.is_empty() {
                problems.push(key.problem(file, format!("‘{name}’ has no forms")));
            }
            all.insert(name.to_owned(), paradigm);
        }
        if problems.is_empty() { Ok(Self(all)) } else { Err(problems) }
    }

    /// The model words.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Inflects `word` like the model word `like`; `None` is a word that never inflects.
    /// The error is one sentence for the person who wrote the entry.
    pub fn shapes(&self, word: &str, like: Option<&str>) -> Result<Shapes, String> {
        let Some(like) = like else {
            return Ok(Shapes { forms: vec![word.to_owned()], beginnings: vec![word.to_owned()] });
        };
        let Some(p) = self.0.get(like) else {
            return Err(format!("no model word ‘{like}’{}", nearest(like, self.names())));
        };
        let Some(stem) = word.strip_suffix(p.strip.as_str()) else {
            return Err(format!("‘{word}’ cannot inflect like ‘{like}’: it does not end in ‘{}’", p.strip));
        };
        let mut forms = vec![word.to_owned()];
        for ending in &p.forms {
            push(&mut forms, join(stem, ending));
        }
        if p.genitive {
            for i in 0..forms.len() {
                if !forms[i].ends_with(['s', 'x', 'z']) {
                    let genitive = format!("{}s", forms[i]);
                    push(&mut forms, genitive);
                }
            }
        }
        let mut beginnings = Vec::new();
        for link in &p.link {
            push(&mut beginnings, join(stem, link));
        }
        Ok(Shapes { forms, beginnings })
    }
}

fn words(node: &Node) -> Vec<String> {
    node.items().unwrap_or_default().iter().filter_map(Node::text).map(str::to_owned).collect()
}

fn push(list: &mut Vec<String>, word: String) {
    if !list.contains(&word) {
        list.push(word);
    }
}

/// Puts an ending on a stem; `~` doubles the stem's last letter.
fn join(stem: &str, ending: &str) -> String {
    match ending.strip_prefix('~') {
        Some(rest) => format!("{stem}{}{rest}", stem.chars().next_back().map_or(String::new(), String::from)),
        None => format!("{stem}{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn inflects(yaml: &str, word: &str, like: &str, expected: &[&str]) {
        let paradigms = Paradigms::load("p", yaml).expect("valid");
        assert_eq!(paradigms.shapes(word, Some(like)).expect("inflects").forms, expected);
    }

    #[test]
    fn endings_replace_the_strip_and_take_a_genitive() {
        let p = "flicka: {strip: a, forms: [a, an], genitive: true, link: [u]}\nkam: {strip: '', forms: ['', ~en]}\n";
        inflects(p, "kräfta", "flicka", &["kräfta", "kräftan", "kräftas", "kräftans"]);
        inflects(p, "dom", "kam", &["dom", "dommen"]);
    }

    #[test]
    fn a_word_that_does_not_fit_its_model_is_named() {
        let p = Paradigms::load("p", "flicka: {strip: a, forms: [a]}").expect("valid");
        assert!(p.shapes("bil", Some("flicka")).expect_err("no").contains("does not end in ‘a’"));
        assert!(p.shapes("bila", Some("flika")).expect_err("no").contains("did you mean ‘flicka’"));
    }
}
