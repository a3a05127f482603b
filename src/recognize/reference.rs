//! The fast walk and its filters beside a slow, obvious reading: on the examples of every list, and on ten thousand texts
//! made hostile by chance.

use super::reading::{Reading, Situation};
use super::terms::{self, SKIP};
use super::{Gap, Lexicons};
use crate::lexicon::{GROUPS, Hit, Says, TERMS, Tables, fold, is_word_char};
use crate::model::Date;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

fn lexicons() -> Lexicons {
    Lexicons::new(Tables::new(include_bytes!(concat!(env!("OUT_DIR"), "/lexicons.bin")).as_slice()))
}

fn situation() -> Situation {
    Situation {
        langs: None,
        lent: None,
        place: Default::default(),
        column: Default::default(),
        holds: None,
        today: Date { year: 2026, month: 11, day: 22 },
    }
}

/// Sentences of the lists, and the same cut, joined and sprinkled with what is rare.
fn texts() -> Vec<String> {
    const ODD: [&str; 36] = [
        "ß", "ÿ", "×", "÷", "µ", "ª", "Ł", "ж", "中", "😀", "\u{301}", "\u{ad}", "\u{200b}", "\u{a0}", "–", "’",
        "\u{fffd}", "Ã¥", "\0", "İ", "ı", "²", "½", "٣", "Å", "É", "æ", "1209", "14", "_", "@", ". ", "-", "\n\n",
        "[namn]", "A.",
    ];
    let mut out = Vec::new();
    for lang in ["sv", "da"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons").join(lang);
        for entry in std::fs::read_dir(folder).expect("the lists") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a list");
            let sentences = text.lines().filter_map(|l| l.strip_prefix("  - \"")).map(|l| l.trim_end_matches('"'));
            out.extend(sentences.map(|s| s.replace(['[', ']'], "")));
        }
    }
    out.sort();
    let (plain, mut state) = (out.len(), 7u64);
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for _ in 0..10_000 {
        let mut chars: Vec<String> = out[below(plain)].chars().map(String::from).collect();
        for _ in 0..below(6) {
            let at = below(chars.len());
            match below(4) {
                0 => chars[at] = chars[at].to_uppercase(),
                1 => chars[at] = String::new(),
                2 => chars[at] = out[below(plain)].clone(),
                _ => chars[at].push_str(ODD[below(ODD.len())]),
            }
        }
        out.push(chars.concat());
    }
    out
}

#[test]
fn words_are_those_of_a_slow_walk() {
    let (lexicons, situation) = (lexicons(), situation());
    let forms: HashSet<&str> = lexicons.forms().collect();
    let (mut words, mut known) = (0, 0);
    for text in texts() {
        let reading = Reading::new(&lexicons, &text, &situation);
        let slow: Vec<&str> = reading.text().split(|c| !is_word_char(c)).filter(|w| !w.is_empty()).collect();
        assert_eq!(slow.len(), reading.tokens.len());
        for (i, word) in slow.iter().enumerate() {
            let token = &reading.tokens[i];
            assert_eq!(reading.word(i), *word);
            assert_eq!(token.digits, word.contains(|c: char| c.is_ascii_digit()));
            assert_eq!(token.capital, word.starts_with(char::is_uppercase));
            let letters = || word.chars().filter(|c| !c.is_ascii_digit());
            assert_eq!(token.shouting, letters().count() >= 2 && letters().all(char::is_uppercase));
            let folded = fold(word);
            let listed = std::str::from_utf8(folded.bytes()).is_ok_and(|w| forms.contains(w));
            assert_eq!(reading.tokens[i].known(), listed, "{word}");
            (words, known) = (words + 1, known + usize::from(listed));
        }
    }
    assert!(words > 100_000 && known > words / 2, "{known} of {words} words are known");
}

/// The symbols that a token stands for below a root, with the last token of each.
fn slow_symbols(reading: &Reading<'_>, root: u32, i: usize) -> Vec<(usize, u32)> {
    let table = &reading.lexicons.tables()[0];
    let symbol = |hit| match hit {
        Hit::Symbol(symbol) => Some(symbol),
        Hit::Cased(at) => table.cased(at, reading.word(i)).1,
        _ => None,
    };
    let mut out: Vec<_> = table.hits(reading.tokens[i].hits[0]).filter_map(symbol).map(|s| (i, s)).collect();
    if root == TERMS {
        out.extend(slow_paths(reading, GROUPS, i));
    }
    out
}

/// What begins at a token, by every path below a root, with its last token: none is turned away.
fn slow_paths(reading: &Reading<'_>, root: u32, i: usize) -> BTreeSet<(usize, u32)> {
    let table = &reading.lexicons.tables()[0];
    let mut found = BTreeSet::new();
    let first = slow_symbols(reading, root, i).into_iter();
    let mut at: Vec<_> = first.filter_map(|(last, s)| Some((last, table.open(root, s)?.node))).collect();
    while let Some((last, node)) = at.pop() {
        let node = table.node(node);
        found.extend(table.ends_at(node).filter_map(|hit| match hit {
            Hit::Term(end) | Hit::Symbol(end) => Some((last, end)),
            _ => None,
        }));
        let near = reading.tokens[last + 1..].iter().take(1 + SKIP).take_while(|t| t.gap <= Gap::Line).count();
        let nodes = std::iter::once((node, near.min(1))).chain(node.gap().map(|n| (table.node(n), near)));
        for (node, reach) in nodes {
            for (last, symbol) in (last + 1..=last + reach).flat_map(|k| slow_symbols(reading, root, k)) {
                at.extend(table.below(node).children().filter(|c| c.0 == symbol).map(|c| (last, c.1)));
            }
        }
    }
    found
}

#[test]
fn filters_turn_nothing_away_that_counts() {
    let (lexicons, situation) = (lexicons(), situation());
    let table = &lexicons.tables()[0];
    let (mut terms, mut in_vain) = (0, 0);
    for text in texts() {
        let reading = Reading::new(&lexicons, &text, &situation);
        for (i, token) in reading.tokens.iter().enumerate() {
            let known = |(_, id): &(usize, u32)| reading.langs.has(table.term(*id).list.lang);
            let slow: BTreeSet<_> = slow_paths(&reading, TERMS, i).into_iter().filter(known).collect();
            if token.says(Says::OPENS_TERM.or(Says::OPENS_GROUP)) {
                let fast = terms::paths(&reading, 0, i, &terms::Members::default());
                assert_eq!(fast.into_iter().collect::<BTreeSet<_>>(), slow, "terms from ‘{}’ on", reading.word(i));
                (terms, in_vain) = (terms + slow.len(), in_vain + usize::from(slow.is_empty()));
            } else {
                assert!(slow.is_empty(), "‘{}’ opens a term", reading.word(i));
            }
            if !token.compound && !token.digits {
                let folded = fold(reading.word(i));
                let parts = table.begins(folded.bytes(), 3).len() + table.ends(folded.bytes(), 2).len();
                assert!(parts == 0 || reading.word(i).len() < 6, "‘{}’ is a compound", reading.word(i));
            }
        }
    }
    assert!(terms > 1_000 && in_vain > terms, "{terms} terms, {in_vain} words that open none");
}
