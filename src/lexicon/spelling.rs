//! Words that are spelled otherwise than the lists have them: without å, ä, ö, æ and ø, with a letter doubled or not, with
//! another vowel.
//!
//! A form is found by its skeleton: its first letter and its consonants. What has the same skeleton is compared letter by
//! letter (`likeness`).

use super::bits::{bloom_bits, place, u32_at, u64_at};
use super::fold::hash;
use super::tables::{Section, Tables};
use crate::model::{Lang, Langs};

/// Bytes of a slot: a check, place of the form, its length and languages.
const SLOT: usize = 12;

/// A word, loosened: lower case, no letter twice in a row, `ck` as k, digraphs as the letters they stand for, ä and æ alike,
/// ö and ø alike.
#[derive(Debug, Clone, Copy)]
struct Loose {
    letters: [u8; Self::LONGEST],
    len: usize,
    /// Whether it holds a letter with a mark.
    marked: bool,
}

/// Letters with marks.
const AA: u8 = 1;
const AE: u8 = 2;
const OE: u8 = 3;

/// A letter without its mark.
const fn bare(letter: u8) -> u8 {
    match letter {
        AA | AE => b'a',
        OE => b'o',
        other => other,
    }
}

const fn is_vowel(letter: u8) -> bool {
    matches!(bare(letter), b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

impl Loose {
    const LONGEST: usize = 40;

    /// Loosens a word; none if it is longer than 40 letters or holds others than those of Latin-1.
    fn of(word: &str) -> Option<Self> {
        let mut out = Self { letters: [0; Self::LONGEST], len: 0, marked: false };
        for c in word.chars() {
            let letter = match c {
                'w' | 'W' => b'v',
                'a'..='z' => c as u8,
                'A'..='Z' => c.to_ascii_lowercase() as u8,
                'å' | 'Å' => AA,
                'ä' | 'æ' | 'Ä' | 'Æ' => AE,
                'ö' | 'ø' | 'Ö' | 'Ø' => OE,
                'á' | 'à' | 'Á' | 'À' => b'a',
                'ó' | 'ò' | 'Ó' | 'Ò' => b'o',
                'é' | 'è' | 'ë' | 'ê' | 'É' | 'È' => b'e',
                'ü' | 'ú' | 'Ü' | 'Ú' => b'u',
                'í' | 'ï' | 'Í' | 'Ï' => b'i',
                _ => return None,
            };
            out.marked |= letter < b'a';
            match (out.letters().last(), letter) {
                (Some(b'a' | b'o'), b'e') => {}
                (Some(last), letter) if *last == letter => {}
                (Some(b'c'), b'k') => out.letters[out.len - 1] = b'k',
                _ => {
                    *out.letters.get_mut(out.len)? = letter;
                    out.len += 1;
                }
            }
        }
        Some(out)
    }

    fn letters(&self) -> &[u8] {
        &self.letters[..self.len]
    }

    /// Its first letter and its consonants, hashed, and their number.
    fn skeleton(&self) -> (u64, usize) {
        let mut bones = [0; Self::LONGEST];
        let mut len = 0;
        for (i, letter) in self.letters().iter().map(|l| bare(*l)).enumerate() {
            if i == 0 || !is_vowel(letter) && bones[len - 1] != letter {
                bones[len] = letter;
                len += 1;
            }
        }
        (hash(&bones[..len]), len)
    }
}

/// How two words of one skeleton are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// In all but marks that are left out, and doubled letters.
    Letters,
    /// In all but one vowel, in a long word.
    Vowel,
}

/// Bones of a word that is mended at all, unless its text has no marks; and of one in which a vowel may be another.
const LONG: usize = 5;
const LONGER: usize = 6;
/// Letters before that vowel.
const FIRST: usize = 2;

fn likeness(written: &Loose, form: &Loose) -> Option<Likeness> {
    let same = |(a, b): &(&u8, &u8)| if written.marked { a == b } else { **a == bare(**b) };
    let (a, b) = (written.letters(), form.letters());
    let first = a.iter().zip(b).take_while(same).count();
    let (a, b) = (&a[first..], &b[first..]);
    if a.is_empty() && b.is_empty() {
        return Some(Likeness::Letters);
    }
    let last = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (&a[..a.len() - last], &b[..b.len() - last]);
    let vowels = matches!((a, b), ([a], [b]) if is_vowel(*a) && is_vowel(*b) && bare(*a) != bare(*b));
    // The first letters tell words apart; people slip behind them.
    (vowels && first >= FIRST && last > 0 && written.skeleton().1 >= LONGER).then_some(Likeness::Vowel)
}

/// Bits of both languages.
pub(super) const BOTH: u8 = 1 << Lang::Sv as u8 | 1 << Lang::Da as u8;

/// The languages whose letters a word is of, one bit each.
pub(super) fn langs_of_letters(word: &str) -> u8 {
    match (word.contains(['ä', 'ö']), word.contains(['æ', 'ø'])) {
        (true, false) => 1 << Lang::Sv as u8,
        (false, true) => 1 << Lang::Da as u8,
        _ => BOTH,
    }
}

/// A folded word by which others are mended.
pub(super) struct Form<'a> {
    pub(super) word: &'a str,
    /// Place and length among the strings.
    pub(super) at: (u32, u32),
    /// One bit each.
    pub(super) langs: u8,
    /// Whether it is a term, which the filter lets pass.
    pub(super) term: bool,
}

/// Filter and table of forms by skeleton.
pub(super) fn tables<'a>(forms: impl Iterator<Item = Form<'a>>) -> [Vec<u8>; 2] {
    let found: Vec<_> = forms.filter_map(|f| Some((Loose::of(f.word)?.skeleton().0, f))).collect();
    let size = found.len() * 4 / 3 + 1;
    let mut slots = vec![0; size * SLOT];
    let mut blocks = vec![0u64; (found.iter().filter(|f| f.1.term).count() / 8 + 1).next_power_of_two()];
    for (hash, form) in found {
        let mut slot = place(hash, size);
        while u32_at(&slots, slot * SLOT + 8) != 0 {
            slot = (slot + 1) % size;
        }
        let entry = &mut slots[slot * SLOT..(slot + 1) * SLOT];
        entry[..4].copy_from_slice(&(hash as u32).to_le_bytes());
        entry[4..8].copy_from_slice(&form.at.0.to_le_bytes());
        entry[8..10].copy_from_slice(&(form.at.1 as u16).to_le_bytes());
        entry[10] = form.langs;
        if form.term {
            let (block, bits) = bloom_bits(hash, blocks.len());
            blocks[block] |= bits;
        }
    }
    [blocks.iter().flat_map(|b| b.to_le_bytes()).collect(), slots]
}

impl Tables {
    /// The form that a word nobody knows may stand for, the likest. Unless
    /// `all` forms are asked for, only long terms are.
    pub fn respelled(&self, word: &str, langs: Langs, all: bool) -> Option<(&str, Likeness)> {
        let written = Loose::of(word)?;
        let (hash, bones) = written.skeleton();
        let filter = self.section(Section::SpellingFilter);
        let (block, bits) = bloom_bits(hash, (filter.len() / 8).max(1));
        if !all && (bones < LONG || filter.is_empty() || u64_at(filter, block * 8) & bits != bits) {
            return None;
        }
        let table = self.section(Section::Spellings);
        let size = table.len() / SLOT;
        let mut slot = place(hash, size);
        let mut best: Option<(&str, Likeness)> = None;
        while size > 0 && u32_at(table, slot * SLOT + 8) != 0 {
            let entry = &table[slot * SLOT..(slot + 1) * SLOT];
            let spoken = Lang::ALL.iter().any(|l| langs.has(*l) && entry[10] >> *l as u8 & 1 == 1);
            if spoken && u32_at(entry, 0) == hash as u32 {
                let form = self.string(u32_at(entry, 4), u32::from(u16::from_le_bytes([entry[8], entry[9]])));
                let like = Loose::of(form).and_then(|f| likeness(&written, &f));
                if let Some(like) = like.filter(|like| best.is_none_or(|b| *like < b.1)) {
                    best = Some((form, like));
                }
            }
            slot = (slot + 1) % size;
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_compared() {
        let like = |a: &str, b: &str| likeness(&Loose::of(a).expect("letters"), &Loose::of(b).expect("letters"));
        assert_eq!(like("blindtarm", "blindtarm"), Some(Likeness::Letters));
        assert_eq!(like("laegebesog", "lægebesøg"), Some(Likeness::Letters));
        assert_eq!(like("hjarnskakning", "hjärnskakning"), Some(Likeness::Letters));
        assert_eq!(like("bloodtrykk", "blodtryck"), Some(Likeness::Letters));
        assert_eq!(like("förhand", "forhånd"), None);
        assert_eq!(like("blindtormen", "blindtarmen"), Some(Likeness::Vowel));
        assert_eq!(like("blindtarmin", "blindtarmen"), Some(Likeness::Vowel));
        assert_eq!(like("blandtarmin", "blindtarmen"), None);
        assert_eq!(like("andlos", "ondlos"), None);
        assert_eq!(like("bakmålning", "bakmalning"), None);
        assert_eq!(like("vila", "villa"), Some(Likeness::Letters));
        assert_eq!(like("bila", "bile"), None);
    }
}
