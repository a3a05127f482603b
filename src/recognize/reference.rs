//! The fast walk and its filters beside a slow, obvious reading: on the examples of every list, on ten thousand texts made
//! hostile by chance, and on marked records. `FRITEXT_REFERENCE_TEXT=folder` adds the lines of the files there.

use super::reading::{Reading, Situation};
use super::terms::{MOST_SKIPPED, Members, Path, Walk};
use super::{Gap, Lexicons};
use crate::lexicon::{GROUPS, Hit, Says, TERMS, Tables, fold, is_word_char};
use crate::model::Date;
use std::collections::{BTreeSet, HashSet};

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

/// A record without its marks: `[[health:feber]]` is `feber`.
fn unmarked(marked: &str) -> String {
    let mut parts = marked.split("[[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|p| p.split_once(':').map_or(p, |p| p.1).replace("]]", ""));
    std::iter::once(first.to_owned()).chain(rest).collect()
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
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons").join(lang);
        for entry in std::fs::read_dir(folder).expect("the lists") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a list");
            let sentences = text.lines().filter_map(|l| l.strip_prefix("  - \"")).map(|l| l.trim_end_matches('"'));
            out.extend(sentences.map(|s| s.replace(['[', ']'], "")));
        }
    }
    out.sort();
    let gold = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold");
    for file in ["sv.jsonl", "da.jsonl", "sealed/sv-4.jsonl", "sealed/da-4.jsonl"].map(|f| gold.join(f)) {
        let text = std::fs::read_to_string(file).expect("marked records");
        let marked = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("a record"));
        out.extend(marked.map(|r| unmarked(r["marked"].as_str().expect("a text"))));
    }
    if let Some(folder) = std::env::var_os("FRITEXT_REFERENCE_TEXT") {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("UTF-8 text");
            out.extend(text.lines().map(str::to_owned));
        }
    }
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

/// The symbols that a token stands for.
fn slow_symbols(reading: &Reading<'_>, i: usize) -> Vec<u32> {
    let table = &reading.lexicons.tables()[0];
    let symbol = |hit| match hit {
        Hit::Symbol(symbol) => Some(symbol),
        Hit::Cased(at) => table.cased(at, reading.word(i)).1,
        _ => None,
    };
    table.hits(reading.tokens[i].hits[0]).filter_map(symbol).collect()
}

/// What hangs on a token below a root, or on a member at `from` to `to`, by every path: none is turned away.
fn slow_paths(reading: &Reading<'_>, root: u32, anchor: (usize, usize, u32), members: &[Path]) -> BTreeSet<Path> {
    let table = &reading.lexicons.tables()[0];
    let joined = |k: usize| reading.tokens[k].gap <= Gap::Line;
    let mut found = BTreeSet::new();
    let node = table.open(root, anchor.2);
    let mut at: Vec<_> = node.map(|node| (anchor.0, anchor.1, node, true)).into_iter().collect();
    while let Some((first, last, node, back)) = at.pop() {
        let node = table.node(node);
        found.extend(table.ends_at(node).filter_map(|hit| match hit {
            Hit::Term(end) | Hit::Symbol(end) => Some(Path { first, last, end }),
            _ => None,
        }));
        at.extend(node.turn().map(|turn| (first, last, turn, false)));
        for (node, skipped) in std::iter::once((node, 0)).chain(node.gap().map(|n| (table.node(n), MOST_SKIPPED))) {
            let children: Vec<(u32, u32)> = table.below(node).children().collect();
            if children.is_empty() {
                continue;
            }
            let single = |k| slow_symbols(reading, k).into_iter().map(move |end| Path { first: k, last: k, end });
            for next in (0..reading.tokens.len()).flat_map(single).chain(members.iter().copied()) {
                let between = if back { next.last + 1..first + 1 } else { last + 1..next.first + 1 };
                let fits = (1..=1 + skipped).contains(&between.len()) && between.clone().all(joined);
                for (_, node) in children.iter().filter(|c| fits && c.0 == next.end) {
                    at.push((first.min(next.first), last.max(next.last), *node, back));
                }
            }
        }
    }
    found
}

#[test]
fn filters_turn_nothing_away_that_counts() {
    let (lexicons, situation) = (lexicons(), situation());
    let table = &lexicons.tables()[0];
    let (mut terms, mut passed) = (0, 0);
    for text in texts() {
        let reading = Reading::new(&lexicons, &text, &situation);
        let anchors: Vec<_> = (0..reading.tokens.len())
            .flat_map(|i| slow_symbols(&reading, i).into_iter().map(move |symbol| (i, i, symbol)))
            .collect();
        let hang = |root, members: &[Path], on: &[(usize, usize, u32)]| -> BTreeSet<Path> {
            on.iter().flat_map(|anchor| slow_paths(&reading, root, *anchor, members)).collect()
        };
        let groups: Vec<Path> = hang(GROUPS, &[], &anchors).into_iter().collect();
        let on_members: Vec<_> = groups.iter().map(|m| (m.first, m.last, m.end)).collect();
        let known = |path: &Path| reading.langs.has(table.term(path.end).list.lang);
        let slow: BTreeSet<Path> =
            hang(TERMS, &groups, &[anchors, on_members].concat()).into_iter().filter(known).collect();
        let members = Members::of(&reading, 0);
        let walk = Walk { reading: &reading, table: 0, root: TERMS, members: &members };
        let holds = |i: &usize| reading.tokens[*i].says(Says::HOLDS_TERM);
        let own = (0..reading.tokens.len()).filter(holds).flat_map(|i| walk.hanging_on(i));
        let fast: BTreeSet<Path> = own.chain(walk.hanging_on_members()).collect();
        assert_eq!(fast, slow, "{text}");
        terms += slow.len();
        for (i, token) in reading.tokens.iter().enumerate() {
            passed += usize::from(!holds(&i));
            if !token.compound && !token.digits {
                let folded = fold(reading.word(i));
                let parts = table.begins(folded.bytes(), 3).len() + table.ends(folded.bytes(), 2).len();
                assert!(parts == 0 || reading.word(i).len() < 6, "‘{}’ is a compound", reading.word(i));
            }
        }
    }
    assert!(terms > 1_000 && passed > terms, "{terms} terms, {passed} words that hold none");
}
