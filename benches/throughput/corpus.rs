//! Text to measure on, made from what the repository ships: the same bytes on every machine.
//!
//! Ordinary words are half words of grammar and half made-up words: letters drawn as they follow each other in the
//! lists' counter-examples, so that they look Swedish or Danish and have a long tail, but are in no list. Among them stand
//! the examples of the lists and lines of `tests/data/numbers.tsv`, so often that there is about one finding in 250 bytes. A folder of real text
//! (`FRITEXT_BENCH_TEXT=dir`, UTF-8 files) takes the place of all of it.

use fritext::{Engine, FieldName, Place};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Bytes from one finding to the next, about.
const DENSITY: usize = 250;

/// Random numbers (xorshift64*), the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % n
    }

    /// Small numbers often, large ones seldom, as words come in a text.
    fn zipf(&mut self, n: usize) -> usize {
        let u = (self.below(1 << 20) as f64 + 1.0) / f64::from(1 << 20);
        (((n as f64).powf(u) - 1.0) as usize).min(n - 1)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Lines of one language, paragraphs of a few sentences.
pub fn text(engine: &Engine, size: usize) -> String {
    if let Some(folder) = std::env::var_os("FRITEXT_BENCH_TEXT") {
        return real(Path::new(&folder), size);
    }
    let mut random = Random(0x5EED_F00D);
    let mut out = String::with_capacity(size + 1024);
    let makers = ["sv", "da"].map(|lang| Maker::new(lang, engine));
    // The languages in turn, a document each.
    while out.len() < size {
        for maker in &makers {
            maker.paragraphs(engine, &mut random, 1 << 20, &mut out);
        }
    }
    out
}

fn real(folder: &Path, size: usize) -> String {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("FRITEXT_BENCH_TEXT is a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    files.sort();
    let all: String = files.iter().map(|f| std::fs::read_to_string(f).expect("UTF-8 text")).collect();
    assert!(!all.is_empty(), "FRITEXT_BENCH_TEXT holds no text");
    let mut out = String::new();
    while out.len() < size {
        out.push_str(&all);
    }
    out.truncate(head(&out, size).len());
    out
}

/// The first `size` bytes of a text, or a few less.
pub fn head(text: &str, size: usize) -> &str {
    &text[..(0..=size).rev().find(|i| text.is_char_boundary(*i)).expect("a start")]
}

struct Maker {
    grammar: Vec<String>,
    ordinary: Vec<String>,
    telling: Vec<String>,
}

impl Maker {
    fn new(lang: &str, engine: &Engine) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons").join(lang);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("the lists").map(|e| e.expect("an entry").path()).collect();
        files.sort();
        let (mut grammar, mut telling, mut harmless) = (Vec::new(), Vec::new(), Vec::new());
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "yaml")) {
            let yaml = std::fs::read_to_string(file).expect("a list");
            if file.ends_with("cues.yaml") {
                let words = yaml.lines().find_map(|l| l.strip_prefix("function_words:")).expect("words of grammar");
                grammar.extend(words.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_owned));
            }
            telling.extend(under(&yaml, "examples:"));
            harmless.extend(under(&yaml, "counterexamples:"));
        }
        let numbers = include_str!("../../tests/data/numbers.tsv").lines().map(|l| l.split('\t').collect::<Vec<_>>());
        telling.extend(numbers.filter(|n| n.len() == 3 && n[0] != "-" && n[1] == lang).map(|n| n[2].to_owned()));
        // A text about somebody whose identity is protected is refused whole, and nothing in it is told.
        let rules = engine.rules(&FieldName::default());
        telling.retain(|told| {
            let decisions = engine.check(told, &Place::new(&rules)).decisions;
            decisions.iter().all(|d| d.finding.kind.is_none_or(|k| k.id() != "social.protected_identity"))
        });
        let known: HashSet<&str> = engine.lexicons.forms().collect();
        let words: Vec<String> =
            harmless.iter().flat_map(|s| s.split(|c: char| !c.is_alphabetic())).map(str::to_lowercase).collect();
        let ordinary = made_up(&words, &known, 20_000);
        Self { grammar, ordinary, telling }
    }

    fn paragraphs(&self, engine: &Engine, random: &mut Random, size: usize, out: &mut String) {
        let rules = engine.rules(&FieldName::default());
        let end = out.len() + size;
        let mut due = DENSITY as isize;
        while out.len() < end {
            let start = out.len();
            for _ in 0..=random.below(6) {
                if due <= 0 {
                    let told = random.pick(&self.telling).as_str();
                    due += (DENSITY * engine.check(told, &Place::new(&rules)).decisions.len()) as isize;
                    out.push_str(told);
                } else {
                    self.sentence(random, out);
                }
                out.push(' ');
            }
            out.pop();
            out.push('\n');
            due -= (out.len() - start) as isize;
        }
    }

    fn sentence(&self, random: &mut Random, out: &mut String) {
        for i in 0..7 + random.below(12) {
            let word = match random.below(2) {
                0 => &self.grammar[random.zipf(self.grammar.len())],
                _ => &self.ordinary[random.zipf(self.ordinary.len())],
            };
            if i > 0 {
                out.push_str(if random.below(12) == 0 { ", " } else { " " });
            }
            if i == 0 || random.below(25) == 0 {
                let mut chars = word.chars();
                out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
                out.push_str(chars.as_str());
            } else {
                out.push_str(word);
            }
        }
        out.push('.');
    }
}

/// The items of a block list of a YAML file.
fn under(yaml: &str, key: &str) -> Vec<String> {
    let lines = yaml.lines().skip_while(|l| *l != key).skip(1).take_while(|l| l.starts_with([' ', '-', '#']));
    let items = lines.filter_map(|l| l.trim_start().strip_prefix("- "));
    items.map(|i| i.trim_matches(['"', '\'']).replace(['[', ']'], "")).collect()
}

/// Words by which letter follows which three.
fn made_up(words: &[String], known: &HashSet<&str>, count: usize) -> Vec<String> {
    let mut follow: HashMap<[char; 3], Vec<char>> = HashMap::new();
    for word in words.iter().filter(|w| w.chars().count() > 2) {
        let mut last = ['^'; 3];
        for c in word.chars().chain(['$']) {
            follow.entry(last).or_default().push(c);
            last = [last[1], last[2], c];
        }
    }
    let mut random = Random(0xB0DE_2A11);
    let (mut out, mut seen) = (Vec::with_capacity(count), HashSet::new());
    while out.len() < count {
        let (mut word, mut last) = (String::new(), ['^'; 3]);
        loop {
            let c = *random.pick(&follow[&last]);
            if c == '$' {
                break;
            }
            word.push(c);
            last = [last[1], last[2], c];
        }
        if word.chars().count() > 2 && word.len() < 28 && !known.contains(word.as_str()) && seen.insert(word.clone()) {
            out.push(word);
        }
    }
    out
}

/// Notes of about 500 bytes, one paragraph or several each.
pub fn notes(text: &str, count: usize) -> Vec<String> {
    let mut out = vec![String::new()];
    for word in text.split_inclusive([' ', '\n']) {
        if out.last().is_some_and(|n| n.len() + word.len() > 500) {
            if out.len() == count {
                break;
            }
            out.push(String::new());
        }
        out.last_mut().expect("one").push_str(word);
    }
    out
}

/// A table of notes with a few columns beside the free text.
pub fn csv(text: &str) -> String {
    let mut out = String::from("id;datum;enhet;ärende;fritext\r\n");
    for (n, note) in notes(text, usize::MAX).iter().enumerate() {
        let note = note.replace('"', "\"\"").replace('\n', " ");
        let kind = ["Ärende", "Sag"][n % 2];
        let (month, day) = (n % 12 + 1, n % 28 + 1);
        out.push_str(&format!("{n};2024-{month:02}-{day:02};Enhet {};{kind};\"{note}\"\r\n", n % 37));
    }
    out
}

/// The same in Windows-1252; what it does not have becomes a question mark.
pub fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| if (c as u32) < 0x80 || (0xA0..0x100).contains(&(c as u32)) { c as u8 } else { b'?' })
        .collect()
}
