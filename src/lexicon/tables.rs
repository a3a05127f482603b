//! The compiled lexicons, read in place: no parsing and no allocation at start.

use super::bits::{bloom_bits, place, u32_at, u64_at};
use super::cues::{Cue, Ending};
use super::fold::{Key, same_letters};
use super::load::Flags;
use crate::model::{Category, Kind, Lang, Langs};
use std::borrow::Cow;

/// Bytes of one slot of a word table.
pub(super) const SLOT: usize = 32;
/// Number of sections.
pub(super) const SECTIONS: usize = 21;
/// Bytes of a line of the cache, where each section begins.
pub(super) const LINE: usize = 64;
/// Bytes before the first section: places and lengths, and the fingerprint.
pub(super) const HEADER: usize = SECTIONS * 8 + 8;

/// The sections in the order they are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Section {
    WordFilter,
    Words,
    Begins,
    Ends,
    BeginLengths,
    EndLengths,
    EndingLengths,
    BeginFilter,
    EndFilter,
    EndingFilter,
    Payloads,
    Terms,
    Lists,
    Cased,
    Roots,
    Nodes,
    Children,
    Endings,
    SpellingFilter,
    Spellings,
    Strings,
}

/// What the tables say about a form, packed: four bits of tag, 28 of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payload(pub(super) u32);

impl Payload {
    const fn new(tag: u32, value: u32) -> Self {
        Self(tag << 28 | value)
    }
    pub(super) const fn term(id: u32) -> Self {
        Self::new(0, id)
    }
    pub(super) const fn cased(at: u32) -> Self {
        Self::new(1, at)
    }
    pub(super) const fn symbol(symbol: u32) -> Self {
        Self::new(2, symbol)
    }
    /// With a note that something hangs on the symbol below a root.
    pub(super) const fn holding(self, root: u32) -> Self {
        Self(self.0 | 1 << (HOLDS + root))
    }
    /// Whether that is noted.
    pub(super) const fn holds(self, root: u32) -> bool {
        self.0 >> (HOLDS + root) & 1 == 1
    }
    pub(super) const fn cue(cue: Cue, lang: Lang) -> Self {
        Self::new(3, (cue as u32) << 1 | lang as u32)
    }
    pub(super) const fn name(name: NameClass) -> Self {
        Self::new(4, (name.given as u32) << 3 | (name.class as u32) << 1 | name.lang as u32)
    }
    pub(super) const fn ending(ending: Ending) -> Self {
        Self::new(6, ending as u32)
    }
    pub(super) const fn context(category: Category, lang: Lang) -> Self {
        Self::new(5, (category as u32) << 1 | lang as u32)
    }
    /// Whether it is a cue, a name or a context word: those come first among the payloads of a form.
    #[inline]
    pub(super) const fn tells(self) -> bool {
        matches!(self.0 >> 28, 3..=5)
    }
    /// Tag and value.
    pub(super) const fn parts(self) -> (u32, u32) {
        (self.0 >> 28, self.0 & ((1 << HOLDS) - 1))
    }
}

/// The bits of a payload from this one to the tag tell of a symbol below which roots something hangs on it.
const HOLDS: u32 = 26;

impl Payload {
    /// What it says, but for what only the trie reads.
    #[inline]
    fn hit(self) -> Option<Hit> {
        let (tag, value) = self.parts();
        let lang = Lang::ALL[(value & 1) as usize];
        Some(match tag {
            0 => Hit::Term(value),
            1 => Hit::Cased(value),
            2 => Hit::Symbol(value),
            3 => Hit::Cue(Cue::from_code((value >> 1) as u8)?, lang),
            4 => Hit::Name(NameClass { given: value & 8 != 0, class: (value >> 1 & 3) as u8, lang }),
            5 => Hit::Context(Category::ALL[(value >> 1) as usize], lang),
            _ => return None,
        })
    }
}

/// Where the payloads of a form lie, and of what sorts they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    pub(super) first: u32,
    pub(super) count: u16,
    /// The sorts of its payloads.
    pub says: Says,
}

/// Sorts of payloads, one bit each, so that most words are passed over without reading theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Says(pub(super) u16);

impl Says {
    /// A term of one word.
    pub const TERM: Self = Self(1);
    /// A word of terms of several words.
    pub const SYMBOL: Self = Self(2);
    /// A cue, be it only of the language.
    pub const CUE: Self = Self(4);
    /// A name.
    pub const NAME: Self = Self(8);
    /// A context word.
    pub const CONTEXT: Self = Self(16);
    /// A word on which a term of several words hangs.
    pub const HOLDS_TERM: Self = Self(32);
    /// A word on which a group's member of several words hangs.
    pub const HOLDS_MEMBER: Self = Self(64);
    /// A Swedish word of grammar.
    pub const SWEDISH: Self = Self(128);
    /// A Danish word of grammar.
    pub const DANISH: Self = Self(256);
    /// A cue that says more than the language.
    pub const TELLS: Self = Self(512);
    /// Anything.
    pub const ALL: Self = Self(u16::MAX);

    /// Whether one of these sorts is among them.
    pub const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A name list's word about a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameClass {
    /// Given name, or surname.
    pub given: bool,
    /// 1 common and hardly another word, 2 rarer, 3 an ordinary word too.
    pub class: u8,
    /// The language whose list names it.
    pub lang: Lang,
}

/// One thing the tables say about a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// A term of one word.
    Term(u32),
    /// A term of one word if upper and lower case are as written, else nothing; the number is its place.
    Cased(u32),
    /// A word or group that terms of several words use.
    Symbol(u32),
    /// A cue word.
    Cue(Cue, Lang),
    /// A name.
    Name(NameClass),
    /// Makes weak terms of this category count.
    Context(Category, Lang),
}

/// An entry of a list.
#[derive(Debug, Clone, Copy)]
pub struct TermInfo<'a> {
    written: &'a [u8],
    /// Its list.
    pub list: ListInfo<'a>,
    /// Line in that file.
    pub line: u32,
    /// Its flags.
    pub flags: Flags,
}

/// A list.
#[derive(Debug, Clone, Copy)]
pub struct ListInfo<'a> {
    file: &'a [u8],
    /// Language of its words.
    pub lang: Lang,
    /// What its terms disclose.
    pub category: Category,
    /// Their kind.
    pub kind: Option<Kind>,
}

impl<'a> TermInfo<'a> {
    /// As written.
    pub fn written(&self) -> &'a str {
        std::str::from_utf8(self.written).unwrap_or_default()
    }

    /// The bytes of it, which need no look at whether they are characters.
    pub fn spelled(&self) -> &'a [u8] {
        self.written
    }
}

impl<'a> ListInfo<'a> {
    /// The file, as `sv/health.yaml`.
    pub fn file(&self) -> &'a str {
        std::str::from_utf8(self.file).unwrap_or_default()
    }

    /// The bytes of its name.
    pub fn spelled(&self) -> &'a [u8] {
        self.file
    }
}

/// The table of words and the filter before it, found once for all words of a text.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    tables: &'a Tables,
    filter: &'a [[u8; 8]],
    slots: &'a [[u8; SLOT]],
}

impl Words<'_> {
    /// Whether a word with a key of this hash may be known; most others are turned away.
    #[inline]
    pub fn may_know(self, hash: u64) -> bool {
        let (block, bits) = bloom_bits(hash, self.filter.len());
        u64::from_le_bytes(self.filter[block]) & bits == bits
    }

    /// What is known about a plain word (see `fold::plain`) as it stands in the text, with its key and the key's hash.
    #[inline]
    pub fn plain(self, key: Key, hash: u64, word: &[u8]) -> Known {
        probe(self.slots, key, hash, |entry| {
            entry[29] != 0 && (word.len() <= 16 || same_letters(self.tables.key_of(entry), word))
        })
    }
}

/// What the slot with this key says for which `same` holds.
#[inline]
fn probe(slots: &[[u8; SLOT]], key: Key, hash: u64, same: impl Fn(&[u8; SLOT]) -> bool) -> Known {
    let mut slot = place(hash, slots.len());
    loop {
        let entry = &slots[slot];
        let count = entry[28];
        if count == 0 {
            return Known::default();
        }
        let len = u32::from(u16::from_le_bytes([entry[24], entry[25]]));
        if u64_at(entry, 0) == key.first && u64_at(entry, 8) == key.last && len == key.len && same(entry) {
            let says = Says(u16::from_le_bytes([entry[26], entry[27]]));
            return Known { first: u32_at(entry, 20), count: count.into(), says };
        }
        slot += 1;
        if slot == slots.len() {
            slot = 0;
        }
    }
}

/// Compiled lexicons.
#[derive(Clone)]
pub struct Tables {
    bytes: Cow<'static, [u8]>,
    at: [(usize, usize); SECTIONS],
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tables({} bytes)", self.bytes.len())
    }
}

impl Tables {
    /// Tables as `compile` wrote them.
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        let bytes = bytes.into();
        let mut at = [(0, 0); SECTIONS];
        for (i, place) in at.iter_mut().enumerate() {
            *place = (u32_at(&bytes, i * 8) as usize, u32_at(&bytes, i * 8 + 4) as usize);
        }
        Self { bytes, at }
    }

    /// The tables as they may be written to a file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A number that changes whenever a list changes.
    pub fn fingerprint(&self) -> u64 {
        u64_at(&self.bytes, SECTIONS * 8)
    }

    pub(super) fn section(&self, section: Section) -> &[u8] {
        let (start, len) = self.at[section as usize];
        &self.bytes[start..start + len]
    }

    pub(super) fn string(&self, at: u32, len: u32) -> &str {
        let bytes = &self.section(Section::Strings)[at as usize..(at + len) as usize];
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// What is known about a folded word, empty if nothing.
    pub fn word(&self, folded: &[u8]) -> Known {
        let hash = Key::of(folded).hash();
        if self.may_know(hash) { self.find(Section::Words, folded) } else { Known::default() }
    }

    /// Whether a word with a key of this hash may be known; most others are turned away.
    #[inline]
    fn may_know(&self, hash: u64) -> bool {
        self.words().may_know(hash)
    }

    /// The table of words and its filter.
    pub fn words(&self) -> Words<'_> {
        let filter = self.section(Section::WordFilter).as_chunks().0;
        Words { tables: self, filter, slots: self.section(Section::Words).as_chunks().0 }
    }

    pub(super) fn find(&self, section: Section, folded: &[u8]) -> Known {
        let key = Key::of(folded);
        probe(self.section(section).as_chunks().0, key, key.hash(), |entry| self.key_of(entry) == folded)
    }

    /// The bytes of a string.
    fn spelled(&self, at: u32, len: u32) -> &[u8] {
        &self.section(Section::Strings)[at as usize..(at + len) as usize]
    }

    /// The word of a slot.
    fn key_of(&self, entry: &[u8]) -> &[u8] {
        let (at, len) = (u32_at(entry, 16) as usize, usize::from(u16::from_le_bytes([entry[24], entry[25]])));
        &self.section(Section::Strings)[at..at + len]
    }

    /// The payloads of a form.
    #[inline]
    pub(super) fn payloads(&self, known: Known) -> impl Iterator<Item = Payload> {
        let (start, count) = (known.first as usize * 4, usize::from(known.count));
        let payloads = self.section(Section::Payloads)[start..start + count * 4].as_chunks::<4>().0;
        payloads.iter().map(|b| Payload(u32::from_le_bytes(*b)))
    }

    /// Reads payloads.
    pub fn hits(&self, known: Known) -> impl Iterator<Item = Hit> {
        self.payloads(known).filter_map(Payload::hit)
    }

    /// Reads those that are cues, names and context words.
    #[inline]
    pub fn tells(&self, known: Known) -> impl Iterator<Item = Hit> {
        self.payloads(known).take_while(|p| p.tells()).filter_map(Payload::hit)
    }

    /// Whether a form is such a cue in one of these languages.
    pub fn is_cue(&self, known: Known, cue: Cue, langs: Langs) -> bool {
        known.says.any(Says::TELLS)
            && self.payloads(known).take_while(|p| p.tells()).any(|p| {
                // The two languages of a cue differ in the lowest bit.
                p.0 & !1 == Payload::cue(cue, Lang::Sv).0 && langs.has(Lang::ALL[(p.0 & 1) as usize])
            })
    }

    /// Term and symbol of a form whose case must be as written, if `word` is so written.
    pub fn cased(&self, at: u32, word: &str) -> (Option<u32>, Option<u32>) {
        let entry = &self.section(Section::Cased)[at as usize * 16..at as usize * 16 + 16];
        if self.string(u32_at(entry, 0), u32_at(entry, 4)) != word {
            return (None, None);
        }
        let some = |v: u32| (v != u32::MAX).then_some(v);
        (some(u32_at(entry, 8)), some(u32_at(entry, 12)))
    }

    /// An entry by its number.
    pub fn term(&self, id: u32) -> TermInfo<'_> {
        let entry = &self.section(Section::Terms)[id as usize * 20..id as usize * 20 + 20];
        TermInfo {
            written: self.spelled(u32_at(entry, 0), u32_at(entry, 4)),
            list: self.list(u32_at(entry, 8)),
            line: u32_at(entry, 12),
            flags: Flags(u32_at(entry, 16) as u16),
        }
    }

    /// Number of entries.
    pub fn term_count(&self) -> u32 {
        (self.section(Section::Terms).len() / 20) as u32
    }

    /// Number of different forms.
    pub fn form_count(&self) -> usize {
        self.section(Section::Words).chunks_exact(SLOT).filter(|s| s[28] != 0).count()
    }

    /// Every form, folded, in no order.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        let slots = self.section(Section::Words).chunks_exact(SLOT).filter(|s| s[28] != 0);
        slots.map(|s| std::str::from_utf8(self.key_of(s)).unwrap_or_default())
    }

    fn list(&self, number: u32) -> ListInfo<'_> {
        let entry = &self.section(Section::Lists)[number as usize * 20..number as usize * 20 + 20];
        ListInfo {
            lang: Lang::ALL[u32_at(entry, 0) as usize],
            category: Category::ALL[u32_at(entry, 4) as usize],
            kind: (u32_at(entry, 8) as usize).checked_sub(1).and_then(Kind::from_number),
            file: self.spelled(u32_at(entry, 12), u32_at(entry, 16)),
        }
    }
}
