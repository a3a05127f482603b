//! Lists to tables: every form of every entry, where compounds may begin and end, terms of several words as a trie.
//!
//! Layout of the result (little endian, offsets in bytes from the start, no pointers):
//! a header of [`SECTIONS`] pairs (offset, length) and the fingerprint of what follows, then the sections in the order
//! of [`Section`], each on a line of the cache. A hash table is open-addressed with linear probing, at most three
//! quarters full; before each stands a filter, small enough for the cache, that turns most other words away.

use super::cues::Cue;
use super::cues::CueSet;
use super::fold::{Key, fold, hash, plain};
use super::inflect::Paradigms;
use super::load::{Entry, Flags, List};
use super::parts::{self, Side};
use super::pieces::{Piece, pieces};
use super::spelling;
use super::tables::{HEADER, LINE, NameClass, Payload, SECTIONS, SLOT, Says, Section};
use super::trie::{self, GAP, GROUPS, TERMS, TURN, Trie};
use crate::model::{Lang, Problem};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Given names or surnames of one language: name and class.
pub struct Names {
    /// The language whose records they are listed for.
    pub lang: Lang,
    /// Given names, or surnames.
    pub given: bool,
    /// Folded name and class, 1 to 3.
    pub list: Vec<(String, u8)>,
}

/// Everything that is compiled together.
#[derive(Default)]
pub struct Sources {
    /// Model words per language, in the order of `Lang::ALL`.
    pub paradigms: [Paradigms; 2],
    /// The lists.
    pub lists: Vec<List>,
    /// Cue words.
    pub cues: CueSet,
    /// Name lists.
    pub names: Vec<Names>,
}

/// How much more common a word of grammar is taken to be than another as long.
const GRAMMAR: f64 = 1e4;

struct Compiler<'a> {
    sources: &'a Sources,
    strings: Vec<u8>,
    known_strings: HashMap<String, u32>,
    words: BTreeMap<Vec<u8>, Vec<Payload>>,
    begins: BTreeMap<Vec<u8>, Vec<Payload>>,
    ends: BTreeMap<Vec<u8>, Vec<Payload>>,
    terms: Vec<u8>,
    cased: Vec<u8>,
    trie: Trie,
    /// The symbols of words and groups, by language.
    symbols: [HashMap<String, u32>; 2],
    /// The symbol of each group, and how common its words are together.
    groups: HashMap<(Lang, String), (u32, f64)>,
    /// Words of grammar, folded: the commonest ones.
    grammar: HashSet<(Lang, Vec<u8>)>,
    problems: Vec<Problem>,
}

/// Compiles all sources into one table. Groups that no file defines are problems.
pub fn compile(sources: &Sources) -> Result<Vec<u8>, Vec<Problem>> {
    let grammar =
        |(cue, lang, word): &(Cue, Lang, String)| (*cue == Cue::Function).then(|| (*lang, fold(word).bytes().to_vec()));
    let mut c = Compiler {
        sources,
        strings: Vec::new(),
        known_strings: HashMap::new(),
        words: BTreeMap::new(),
        begins: BTreeMap::new(),
        ends: BTreeMap::new(),
        terms: Vec::new(),
        cased: Vec::new(),
        trie: Trie::new(),
        symbols: Default::default(),
        groups: HashMap::new(),
        grammar: sources.cues.words.iter().filter_map(grammar).collect(),
        problems: Vec::new(),
    };
    let mut lists = Vec::new();
    for list in &sources.lists {
        for (name, entries) in &list.groups {
            c.group(list, name, entries);
        }
    }
    for (number, list) in sources.lists.iter().enumerate() {
        let (at, len) = c.string(&list.file);
        for word in [list.lang as u32, list.category as u32, list.kind.map_or(0, |k| kind_code(k) + 1), at, len] {
            lists.extend_from_slice(&word.to_le_bytes());
        }
        for entry in list.terms.iter().chain(&list.not) {
            c.term(number as u32, list, entry);
        }
        for word in &list.context {
            let folded = fold(word).bytes().to_vec();
            c.words.entry(folded).or_default().push(Payload::context(list.category, list.lang));
        }
    }
    for (cue, lang, word) in &sources.cues.words {
        c.words.entry(fold(word).bytes().to_vec()).or_default().push(Payload::cue(*cue, *lang));
    }
    for names in &sources.names {
        for (name, class) in &names.list {
            let payload = Payload::name(NameClass { given: names.given, class: *class, lang: names.lang });
            c.words.entry(fold(name).bytes().to_vec()).or_default().push(payload);
        }
    }
    if c.problems.is_empty() { Ok(c.finish(lists)) } else { Err(c.problems) }
}

fn kind_code(kind: crate::model::Kind) -> u32 {
    crate::model::KINDS.iter().position(|k| *k == kind.id()).expect("a kind is listed") as u32
}

impl Compiler<'_> {
    fn string(&mut self, text: &str) -> (u32, u32) {
        if let Some(at) = self.known_strings.get(text) {
            return (*at, text.len() as u32);
        }
        let at = self.strings.len() as u32;
        self.strings.extend_from_slice(text.as_bytes());
        self.known_strings.insert(text.to_owned(), at);
        (at, text.len() as u32)
    }

    fn symbol(&mut self, lang: Lang, name: &str) -> u32 {
        // Words are folded, groups carry their brace.
        let symbols = &mut self.symbols[lang as usize];
        let next = trie::symbol(symbols.len() as u32 + 1, lang);
        *symbols.entry(name.to_owned()).or_insert(next)
    }

    fn shapes(&mut self, list: &List, entry: &Entry, word: &str) -> super::inflect::Shapes {
        match self.sources.paradigms[list.lang as usize].shapes(word, entry.like.as_deref()) {
            Ok(shapes) => shapes,
            Err(message) => {
                self.problem(list, entry, message);
                super::inflect::Shapes::default()
            }
        }
    }

    fn problem(&mut self, list: &List, entry: &Entry, message: String) {
        self.problems.push(Problem { file: list.file.clone(), line: entry.line, column: 3, warning: false, message });
    }

    /// Every spelling of an entry's last word, the rest as written.
    fn spellings(&mut self, list: &List, entry: &Entry) -> Vec<Vec<Piece>> {
        let mut pieces = pieces(&entry.written).unwrap_or_default();
        match pieces.pop() {
            Some(Piece::Word(last)) => {
                let forms = self.shapes(list, entry, &last).forms;
                forms.into_iter().map(|f| pieces.iter().cloned().chain([Piece::Word(f)]).collect()).collect()
            }
            Some(other) => {
                if entry.like.is_some() {
                    self.problem(list, entry, format!("‘{}’ ends in a group, which inflects by itself", entry.written));
                }
                pieces.push(other);
                vec![pieces]
            }
            None => Vec::new(),
        }
    }

    fn group(&mut self, list: &List, name: &str, entries: &[Entry]) {
        let symbol = self.symbol(list.lang, &format!("{{{name}}}"));
        if self.groups.contains_key(&(list.lang, name.to_owned())) {
            let line = entries.first().map_or(1, |e| e.line);
            let message = format!("the group ‘{name}’ is defined in another file, too");
            self.problems.push(Problem { file: list.file.clone(), line, column: 3, warning: false, message });
            return;
        }
        let mut common = 0.0;
        for entry in entries {
            for spelling in self.spellings(list, entry) {
                common += spelling.iter().map(|p| self.commonness(list.lang, p)).fold(GRAMMAR, f64::min);
                match &spelling[..] {
                    [Piece::Word(word)] if entry.flags.has(Flags::CASED) => {
                        let at = self.cased(word, u32::MAX, symbol);
                        self.add_word(word, Payload::cased(at));
                    }
                    [Piece::Word(word)] => self.add_word(word, Payload::symbol(symbol)),
                    _ if spelling.iter().any(|p| matches!(p, Piece::Group(_))) => {
                        self.problem(list, entry, "a group cannot hold another group".to_owned());
                    }
                    _ => self.hang(GROUPS, list.lang, &spelling, Payload::symbol(symbol)),
                }
            }
        }
        self.groups.insert((list.lang, name.to_owned()), (symbol, common));
    }

    /// How common a piece of a term is in texts, roughly: words of grammar are, and of others the shorter ones.
    fn commonness(&self, lang: Lang, piece: &Piece) -> f64 {
        match piece {
            Piece::Word(word) => {
                let of_grammar = self.grammar.contains(&(lang, fold(word).bytes().to_vec()));
                let length = 3f64.powi(-(word.chars().count().min(10) as i32));
                if of_grammar { GRAMMAR * length } else { length }
            }
            Piece::Group(name) => self.groups.get(&(lang, name.clone())).map_or(GRAMMAR, |g| g.1),
            Piece::Gap => f64::INFINITY,
        }
    }

    fn add_word(&mut self, word: &str, payload: Payload) {
        let payloads = self.words.entry(fold(word).bytes().to_vec()).or_default();
        if !payloads.contains(&payload) {
            payloads.push(payload);
        }
    }

    fn cased(&mut self, word: &str, term: u32, symbol: u32) -> u32 {
        let at = (self.cased.len() / 16) as u32;
        let (string, len) = self.string(word);
        for value in [string, len, term, symbol] {
            self.cased.extend_from_slice(&value.to_le_bytes());
        }
        at
    }

    fn term(&mut self, number: u32, list: &List, entry: &Entry) {
        let id = (self.terms.len() / 20) as u32;
        let (at, len) = self.string(&entry.written);
        for value in [at, len, number, entry.line as u32, u32::from(entry.flags.0)] {
            self.terms.extend_from_slice(&value.to_le_bytes());
        }
        if entry.flags.has(Flags::PHRASE) {
            for spelling in self.spellings(list, entry) {
                self.phrase(list, entry, &spelling, id);
            }
            return;
        }
        let shapes = match pieces(&entry.written).unwrap_or_default().as_slice() {
            [Piece::Word(word)] => self.shapes(list, entry, word),
            _ => return self.problem(list, entry, format!("‘{}’ holds no word", entry.written)),
        };
        for form in &shapes.forms {
            if entry.flags.has(Flags::CASED) {
                let at = self.cased(form, id, u32::MAX);
                self.add_word(form, Payload::cased(at));
            } else {
                self.add_word(form, Payload::term(id));
            }
            if entry.flags.has(Flags::LAST) {
                self.ends.entry(fold(form).bytes().to_vec()).or_default().push(Payload::term(id));
            }
        }
        if entry.flags.has(Flags::FIRST) {
            for beginning in &shapes.beginnings {
                if beginning.chars().count() >= 3 {
                    self.begins.entry(fold(beginning).bytes().to_vec()).or_default().push(Payload::term(id));
                }
            }
        }
    }

    /// Puts a term of several words into the trie.
    fn phrase(&mut self, list: &List, entry: &Entry, spelling: &[Piece], id: u32) {
        let unknown = spelling.iter().find_map(|p| match p {
            Piece::Group(name) => (!self.groups.contains_key(&(list.lang, name.clone()))).then(|| name.clone()),
            _ => None,
        });
        if let Some(name) = unknown {
            return self.problem(list, entry, format!("no file of this language defines the group ‘{name}’"));
        }
        self.hang(TERMS, list.lang, spelling, Payload::term(id));
    }

    /// Lays a path below a root, from its rarest piece on: first to the left, then to the right. What it says stands at
    /// its end.
    fn hang(&mut self, root: u32, lang: Lang, spelling: &[Piece], says: Payload) {
        let rarity = |piece| self.commonness(lang, piece);
        let rarest = (0..spelling.len()).min_by(|a, b| rarity(&spelling[*a]).total_cmp(&rarity(&spelling[*b])));
        let mut steps = self.steps(lang, spelling);
        let at = rarest.unwrap_or(0);
        steps[..=at].reverse();
        steps.insert(at + 1, TURN);
        let node = steps.iter().fold(root, |node, symbol| self.trie.grow(node, *symbol));
        let ends = &mut self.trie.ends[node as usize];
        if !ends.contains(&says) {
            ends.push(says);
        }
    }

    /// The symbols of pieces.
    fn steps(&mut self, lang: Lang, pieces: &[Piece]) -> Vec<u32> {
        let mut step = |piece: &Piece| match piece {
            Piece::Gap => GAP,
            Piece::Group(name) => self.symbol(lang, &format!("{{{name}}}")),
            Piece::Word(word) => {
                let folded = String::from_utf8_lossy(fold(word).bytes()).into_owned();
                let symbol = self.symbol(lang, &folded);
                self.add_word(word, Payload::symbol(symbol));
                symbol
            }
        };
        pieces.iter().map(&mut step).collect()
    }

    fn finish(mut self, lists: Vec<u8>) -> Vec<u8> {
        let mut payloads: Vec<u8> = Vec::new();
        let words = std::mem::take(&mut self.words);
        let begins = std::mem::take(&mut self.begins);
        let ends = std::mem::take(&mut self.ends);
        let word_filter = bloom(words.keys());
        let [begin_filter, begin_lengths] =
            [parts::filter, parts::lengths].map(|make| make(begins.keys(), Side::Begin));
        let [end_filter, end_lengths] = [parts::filter, parts::lengths].map(|make| make(ends.keys(), Side::End));
        let [spelling_filter, spellings] = self.mending(&words);
        let words = self.hash_table(&words, &mut payloads);
        let begins = self.hash_table(&begins, &mut payloads);
        let ends = self.hash_table(&ends, &mut payloads);
        let symbols = self.symbols.iter().map(HashMap::len).max().unwrap_or(0) as u32 + 1;
        let [roots, nodes, children] = self.trie.tables(trie::symbol(symbols, Lang::Sv), &mut payloads);
        let mut endings: BTreeMap<Vec<u8>, Vec<Payload>> = BTreeMap::new();
        for (ending, _, text) in &self.sources.cues.endings {
            endings.entry(fold(text).bytes().to_vec()).or_default().push(Payload::ending(*ending));
        }
        let ending_lengths = parts::ending_lengths(endings.keys());
        let ending_filter = parts::filter(endings.keys(), Side::End);
        let endings = self.hash_table(&endings, &mut payloads);
        let mut sections: Vec<(Section, Vec<u8>)> = vec![
            (Section::WordFilter, word_filter),
            (Section::Words, words),
            (Section::Begins, begins),
            (Section::Ends, ends),
            (Section::BeginLengths, begin_lengths),
            (Section::EndLengths, end_lengths),
            (Section::EndingLengths, ending_lengths),
            (Section::BeginFilter, begin_filter),
            (Section::EndFilter, end_filter),
            (Section::EndingFilter, ending_filter),
            (Section::Payloads, payloads),
            (Section::Terms, self.terms),
            (Section::Lists, lists),
            (Section::Cased, self.cased),
            (Section::Roots, roots),
            (Section::Nodes, nodes),
            (Section::Children, children),
            (Section::Endings, endings),
            (Section::SpellingFilter, spelling_filter),
            (Section::Spellings, spellings),
            (Section::Strings, self.strings),
        ];
        sections.sort_by_key(|(s, _)| *s as usize);
        let mut out = vec![0; HEADER];
        for (i, (_, bytes)) in sections.iter().enumerate() {
            out.resize(out.len().next_multiple_of(LINE), 0);
            let (at, len) = (out.len() as u32, bytes.len() as u32);
            out[i * 8..i * 8 + 4].copy_from_slice(&at.to_le_bytes());
            out[i * 8 + 4..i * 8 + 8].copy_from_slice(&len.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        let fingerprint = hash(&out);
        out[SECTIONS * 8..SECTIONS * 8 + 8].copy_from_slice(&fingerprint.to_le_bytes());
        out
    }

    /// The words by which others are mended: all but those that are names alone.
    fn mending(&mut self, words: &BTreeMap<Vec<u8>, Vec<Payload>>) -> [Vec<u8>; 2] {
        let is_name = |p: &Payload| p.parts().0 == 4;
        let mut forms = Vec::new();
        for (word, list) in words.iter().filter(|(_, list)| !list.iter().all(is_name)) {
            let word = std::str::from_utf8(word).expect("folded words are UTF-8");
            let term = list.iter().any(|p| self.says(*p).any(Says::TERM));
            let langs = list.iter().fold(0, |bits, p| bits | self.langs(*p)) & spelling::langs_of_letters(word);
            forms.push(spelling::Form { word, at: self.string(word), langs, term });
        }
        spelling::tables(forms.into_iter())
    }

    fn hash_table(&mut self, words: &BTreeMap<Vec<u8>, Vec<Payload>>, payloads: &mut Vec<u8>) -> Vec<u8> {
        let size = words.len() * 4 / 3 + 1;
        let mut table = vec![0u8; size * SLOT];
        for (word, list) in words {
            let key = Key::of(word);
            let mut slot = super::bits::place(key.hash(), size);
            while table[slot * SLOT + 28] != 0 {
                slot = (slot + 1) % size;
            }
            let (at, len) = self.string(std::str::from_utf8(word).expect("folded words are UTF-8"));
            let mut list = list.clone();
            list.sort_by_key(|p| !p.tells());
            let mut symbols = list.iter().filter_map(|p| self.symbol_of(*p)).peekable();
            if symbols.peek().is_some() {
                trie::masks(symbols).iter().for_each(|m| payloads.extend_from_slice(&m.to_le_bytes()));
            }
            let first = (payloads.len() / 4) as u32;
            for payload in list.iter_mut() {
                let symbol = self.symbol_of(*payload);
                for root in
                    [TERMS, GROUPS].into_iter().filter(|r| symbol.is_some_and(|s| self.trie.next(*r, s).is_some()))
                {
                    *payload = payload.holding(root);
                }
            }
            for payload in &list {
                payloads.extend_from_slice(&payload.0.to_le_bytes());
            }
            let says = list.iter().fold(0, |says, p| says | self.says(*p).0);
            let entry = &mut table[slot * SLOT..(slot + 1) * SLOT];
            entry[..8].copy_from_slice(&key.first.to_le_bytes());
            entry[8..16].copy_from_slice(&key.last.to_le_bytes());
            entry[16..20].copy_from_slice(&at.to_le_bytes());
            entry[20..24].copy_from_slice(&first.to_le_bytes());
            entry[24..26].copy_from_slice(&(len as u16).to_le_bytes());
            entry[26..28].copy_from_slice(&says.to_le_bytes());
            entry[28] = u8::try_from(list.len()).expect("few entries share a form");
            entry[29] = u8::from(plain(word));
        }
        table
    }

    fn symbol_of(&self, payload: Payload) -> Option<u32> {
        let symbol = match payload.parts() {
            (1, at) => {
                let at = at as usize * 16 + 12;
                u32::from_le_bytes(self.cased[at..at + 4].try_into().expect("four bytes"))
            }
            (2, symbol) => symbol,
            _ => u32::MAX,
        };
        (symbol != u32::MAX).then_some(symbol)
    }

    /// The languages of a payload, one bit each; both where it does not say.
    fn langs(&self, payload: Payload) -> u8 {
        match payload.parts() {
            (0, id) => {
                let list = &self.terms[id as usize * 20 + 8..];
                let number = u32::from_le_bytes(list[..4].try_into().expect("four bytes"));
                1 << self.sources.lists[number as usize].lang as u8
            }
            (3 | 5, value) => 1 << (value & 1),
            _ => spelling::BOTH,
        }
    }

    /// Of what sort a payload is.
    fn says(&self, payload: Payload) -> Says {
        let of_symbol = |symbol: u32| {
            let holds = |root, says| if self.trie.next(root, symbol).is_some() { says } else { Says(0) };
            Says::SYMBOL.or(holds(TERMS, Says::HOLDS_TERM)).or(holds(GROUPS, Says::HOLDS_MEMBER))
        };
        let symbol = self.symbol_of(payload).map_or(Says(0), of_symbol);
        match payload.parts() {
            (0, _) => Says::TERM,
            (1, _) => Says::TERM.or(symbol),
            (2, _) => symbol,
            (3, value) if value == (Cue::Function as u32) << 1 => Says::CUE.or(Says::SWEDISH),
            (3, value) if value == (Cue::Function as u32) << 1 | 1 => Says::CUE.or(Says::DANISH),
            (3, _) => Says::CUE.or(Says::TELLS),
            (4, _) => Says::NAME,
            (5, _) => Says::CONTEXT,
            _ => Says(0),
        }
    }
}

/// A filter of words: two bits a word in one of many 64-bit blocks, about 15 bits a word.
fn bloom<'a>(words: impl ExactSizeIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut blocks = vec![0u64; (words.len() / 8 + 1).next_power_of_two()];
    for word in words {
        let (block, bits) = super::bits::bloom_bits(Key::of(word).hash(), blocks.len());
        blocks[block] |= bits;
    }
    blocks.iter().flat_map(|b| b.to_le_bytes()).collect()
}
