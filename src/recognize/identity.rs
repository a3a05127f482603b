//! One spelling for one thing, so that the same person or number is known again: case, genitive, order of names and
//! ways of writing numbers do not matter.

use super::Lexicons;
use crate::lexicon::{Hit, fold};
use crate::model::Category;

/// The spelling of a value that all its spellings share.
pub fn identity(lexicons: &Lexicons, category: Category, value: &str) -> String {
    let digits = || value.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10));
    match category {
        Category::Personnummer | Category::Cpr => {
            // With or without the century: the last ten.
            let all: Vec<char> = digits().collect();
            all[all.len().saturating_sub(10)..].iter().collect()
        }
        Category::Phone => {
            let all: String = digits().collect();
            let abroad = all.strip_prefix("00").or_else(|| value.trim_start().starts_with('+').then_some(all.as_str()));
            match abroad {
                Some(number) if number.starts_with("46") => format!("0{}", &number[2..]),
                Some(number) if number.starts_with("45") => number[2..].to_owned(),
                _ => all,
            }
        }
        Category::Name => person(lexicons, value),
        _ => value.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" "),
    }
}

/// `ELVIRA LINDQVISTS`, `Lindqvist, Elvira` and `Elvira Lindqvist` are one.
fn person(lexicons: &Lexicons, name: &str) -> String {
    let turned;
    let name = match name.split_once(',') {
        Some((surname, given)) => {
            turned = format!("{given} {surname}");
            turned.as_str()
        }
        None => name,
    };
    let parts = name.split(|c: char| c.is_whitespace() || c == '.').filter(|p| !p.is_empty());
    let mut words: Vec<String> = parts.map(str::to_lowercase).collect();
    if let Some(last) = words.last_mut() {
        *last = base(lexicons, last);
    }
    words.join(" ")
}

/// A name without its genitive. An -s stays where the name with it is known, as in Lars and Hannes.
fn base(lexicons: &Lexicons, word: &str) -> String {
    let word = word.trim_end_matches(['’', '\'']);
    if let Some(stem) = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")) {
        return stem.to_owned();
    }
    let known = |w: &str| {
        let folded = fold(w);
        lexicons.tables().iter().any(|t| t.hits(t.word(folded.bytes())).any(|h| matches!(h, Hit::Name(_))))
    };
    match word.strip_suffix('s').filter(|stem| stem.len() > 1) {
        Some(stem) if !known(word) => stem.to_owned(),
        _ => word.to_owned(),
    }
}
