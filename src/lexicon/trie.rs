//! Terms of several words: a trie whose steps are symbols of words and of groups. How it is laid out, and its reading.
//!
//! A symbol belongs to a language, and only those of a text's languages are followed. A node knows by a mask of 64 bits
//! which symbols may come next, a word which symbols it may stand for: where the two have no bit in common, nothing else of
//! either is read. A filter of pairs knows which two symbols begin something, so that hardly any path is begun in vain.

use super::bits::{pair_bits, symbol_bit, u32_at, u64_at};
use super::tables::{Hit, Known, Payload, Says, Section, Tables};
use crate::model::{Lang, Langs};
use std::collections::BTreeMap;

/// Bits of the filter of pairs of symbols.
pub(super) const PAIR_BITS: usize = 1 << 19;
/// Bytes of a node: the payloads of what ends there and their number, the number of its children and the first of them,
/// the node behind a gap, the mask of its children.
const NODE: usize = 24;
/// Bytes of what is known of a symbol that comes first: its nodes below both roots, the mask of what may come second.
const ROOT: usize = 16;
/// Marks such a node if a gap may come behind it.
const BEFORE_GAP: u32 = 1 << 31;
/// The symbol of a gap.
pub(super) const GAP: u32 = 0;

/// The symbol with this number, from 1, in a language.
pub(super) fn symbol(number: u32, lang: Lang) -> u32 {
    number << 1 | lang as u32
}

/// The language of a symbol.
fn lang_of(symbol: u32) -> Lang {
    Lang::ALL[(symbol & 1) as usize]
}

/// Of a word of terms of several words, by language: bits of the symbols that may come after it at the beginning of a
/// term, and of the symbols it may stand for.
#[derive(Default)]
pub(super) struct Masks([[u64; 2]; 2]);

/// Payloads that the masks of a word take up before its own.
const MASKS: usize = 8;

impl Masks {
    /// Adds a symbol of the word, and what may come after it.
    pub(super) fn add(&mut self, symbol: u32, opens: u64) {
        let [own_opens, stands] = &mut self.0[lang_of(symbol) as usize];
        *own_opens |= opens;
        *stands |= symbol_bit(symbol);
    }

    /// Writes them before the payloads of the word.
    pub(super) fn write(&self, payloads: &mut Vec<u8>) {
        self.0.iter().flatten().for_each(|m| payloads.extend_from_slice(&m.to_le_bytes()));
    }
}

/// Where terms of several words begin in the trie.
pub const TERMS: u32 = 0;
/// Where group members of several words begin in the trie.
pub const GROUPS: u32 = 1;

/// The trie while it grows.
pub(super) struct Trie {
    edges: BTreeMap<(u32, u32), u32>,
    /// What ends at each node.
    pub(super) ends: Vec<Vec<Payload>>,
}

impl Trie {
    /// The two roots.
    pub(super) fn new() -> Self {
        Self { edges: BTreeMap::new(), ends: vec![Vec::new(); 2] }
    }

    /// The next node, laid if there is none.
    pub(super) fn grow(&mut self, node: u32, symbol: u32) -> u32 {
        let next = self.ends.len() as u32;
        *self.edges.entry((node, symbol)).or_insert_with(|| {
            self.ends.push(Vec::new());
            next
        })
    }

    /// The next node.
    pub(super) fn next(&self, node: u32, symbol: u32) -> Option<u32> {
        self.edges.get(&(node, symbol)).copied()
    }

    /// Symbols below a node and where they lead, in order.
    pub(super) fn below(&self, node: u32) -> impl Iterator<Item = (u32, u32)> {
        self.edges.range((node, 0)..=(node, u32::MAX)).map(|((_, symbol), next)| (*symbol, *next))
    }

    /// The symbols that may come after the first node of a path, a gap between them or not.
    pub(super) fn second(&self, node: u32) -> impl Iterator<Item = u32> {
        let behind_gap = self.next(node, GAP).into_iter().flat_map(|open| self.below(open));
        self.below(node).chain(behind_gap).map(|(symbol, _)| symbol).filter(|symbol| *symbol != GAP)
    }

    /// Bits of the symbols that may come second where this one comes first; all of them where it is a whole path.
    pub(super) fn opens(&self, symbol: u32) -> u64 {
        let nodes = [TERMS, GROUPS].into_iter().filter_map(|root| self.next(root, symbol));
        nodes.fold(0, |bits, node| match self.ends[node as usize].is_empty() {
            true => self.second(node).fold(bits, |bits, s| bits | symbol_bit(s)),
            false => u64::MAX,
        })
    }

    /// A filter of the symbols that come first and second in a term or in a group's member.
    pub(super) fn pairs(&self) -> Vec<u8> {
        let mut set = vec![0u8; PAIR_BITS / 8];
        for root in [TERMS, GROUPS] {
            for (first, node) in self.below(root) {
                let behind_gap =
                    self.next(node, GAP).into_iter().flat_map(|open| self.below(open).map(|s| (s.0, true)));
                let beside = self.below(node).map(|s| (s.0, false)).filter(|(symbol, _)| *symbol != GAP);
                for (second, gap) in beside.chain(behind_gap) {
                    for bit in pair_bits(code(root, first, gap), second) {
                        set[bit / 8] |= 1 << (bit % 8);
                    }
                }
            }
        }
        set
    }

    /// For each symbol the nodes below the two roots; nodes; children of nodes, sorted by symbol.
    pub(super) fn tables(&self, symbols: u32, payloads: &mut Vec<u8>) -> [Vec<u8>; 3] {
        let mut roots = Vec::with_capacity(symbols as usize * ROOT);
        for symbol in 0..symbols {
            for root in [TERMS, GROUPS] {
                let node = self.next(root, symbol).unwrap_or(0);
                let gap = if self.next(node, GAP).is_some() { BEFORE_GAP } else { 0 };
                roots.extend_from_slice(&(node | gap).to_le_bytes());
            }
            roots.extend_from_slice(&self.opens(symbol).to_le_bytes());
        }
        let (mut nodes, mut children) = (Vec::new(), Vec::new());
        for (node, ends) in (0..).zip(&self.ends) {
            let (first_end, first_child) = ((payloads.len() / 4) as u32, (children.len() / 8) as u32);
            ends.iter().for_each(|says| payloads.extend_from_slice(&says.0.to_le_bytes()));
            let (mut mask, mut count) = (0, 0);
            for (symbol, next) in self.below(node).filter(|(symbol, _)| node > GROUPS && *symbol != GAP) {
                children.extend_from_slice(&symbol.to_le_bytes());
                children.extend_from_slice(&next.to_le_bytes());
                mask |= symbol_bit(symbol);
                count += 1;
            }
            let few = |n: usize| u16::try_from(n).expect("a node has few ends and children").to_le_bytes();
            nodes.extend_from_slice(&first_end.to_le_bytes());
            nodes.extend_from_slice(&few(ends.len()));
            nodes.extend_from_slice(&few(count));
            nodes.extend_from_slice(&first_child.to_le_bytes());
            nodes.extend_from_slice(&self.next(node, GAP).unwrap_or(0).to_le_bytes());
            nodes.extend_from_slice(&mask.to_le_bytes());
        }
        [roots, nodes, children]
    }
}

/// A node of the trie as it lies in the tables.
#[derive(Clone, Copy)]
pub struct Node<'a>(&'a [u8]);

impl Node<'_> {
    /// The node behind a gap.
    pub fn gap(self) -> Option<u32> {
        Some(u32_at(self.0, 12)).filter(|node| *node != 0)
    }

    /// Bits of the symbols that may come next.
    pub fn mask(self) -> u64 {
        u64_at(self.0, 16)
    }

    fn two(self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }
}

/// The nodes below a node, by their symbols.
#[derive(Clone, Copy)]
pub struct Below<'a> {
    mask: u64,
    children: &'a [[u8; 8]],
}

impl Below<'_> {
    /// Symbols and where they lead, in order.
    #[cfg(test)]
    pub fn children(self) -> impl Iterator<Item = (u32, u32)> {
        self.children.iter().map(|c| (u32_at(c, 0), u32_at(c, 4)))
    }

    /// Where a symbol leads.
    #[inline]
    pub fn step(self, symbol: u32) -> Option<u32> {
        if self.mask & symbol_bit(symbol) == 0 {
            return None;
        }
        let place = match self.children.len() {
            0..=4 => self.children.iter().position(|c| u32_at(c, 0) == symbol),
            _ => self.children.binary_search_by_key(&symbol, |c| u32_at(c, 0)).ok(),
        };
        place.map(|i| u32_at(&self.children[i], 4))
    }
}

impl Tables {
    /// A node below the roots.
    #[inline]
    pub fn node(&self, node: u32) -> Node<'_> {
        let at = node as usize * NODE;
        Node(&self.section(Section::Nodes)[at..at + NODE])
    }

    /// The nodes below a node that is no root.
    #[inline]
    pub fn below(&self, node: Node<'_>) -> Below<'_> {
        let (first, count) = (u32_at(node.0, 8) as usize * 8, usize::from(node.two(6)) * 8);
        let children = self.section(Section::Children)[first..first + count].as_chunks::<8>().0;
        Below { mask: node.mask(), children }
    }

    /// What begins below a root with a symbol.
    #[inline]
    pub fn open(&self, root: u32, first: u32) -> Option<Begun> {
        let entry = &self.section(Section::Roots)[first as usize * ROOT..first as usize * ROOT + ROOT];
        let node = u32_at(entry, root as usize * 4);
        let begun =
            Begun { root, first, node: node & !BEFORE_GAP, gap: node & BEFORE_GAP != 0, opens: u64_at(entry, 8) };
        (node != 0).then_some(begun)
    }

    /// Whether what was begun may go on with such a word, which stands for these bits, right behind it or behind a gap.
    #[inline]
    pub fn may_go_on(&self, begun: Begun, next: Known, stands: u64, gap: bool) -> bool {
        begun.opens & stands != 0 && (begun.gap || !gap) && self.pairs_with(begun, next, gap)
    }

    fn pairs_with(&self, begun: Begun, next: Known, gap: bool) -> bool {
        let filter = self.section(Section::PairFilter);
        let code = code(begun.root, begun.first, gap);
        let known = |second| pair_bits(code, second).iter().all(|bit| filter[bit / 8] >> (bit % 8) & 1 != 0);
        let second = self.payloads(next).filter_map(|p| self.symbol(p));
        second.filter(|s| begun.opens & symbol_bit(*s) != 0 && lang_of(*s) == lang_of(begun.first)).any(known)
    }

    /// What ends at a node of the trie: terms, or below [`GROUPS`] the symbols of groups.
    #[inline]
    pub fn ends_at(&self, node: Node<'_>) -> impl Iterator<Item = Hit> {
        self.hits(Known { first: u32_at(node.0, 0), count: node.two(4), says: Says(0) })
    }

    /// Bits of the symbols that may come after a word at the beginning of something; all where it is that by itself.
    #[inline]
    pub fn opened_by(&self, word: Known, langs: Langs) -> u64 {
        self.mask(word, 0, langs)
    }

    /// Bits of the symbols that a word may stand for, and of the groups whose members it may begin.
    #[inline]
    pub fn stands_for(&self, word: Known, langs: Langs) -> u64 {
        self.mask(word, 1, langs)
    }

    /// Tells the symbols of a word in these languages, those that want its case as written only where it is.
    #[inline]
    pub fn symbols_as_written<'t>(
        &self,
        known: Known,
        langs: Langs,
        word: impl Fn() -> &'t str,
        mut tell: impl FnMut(u32),
    ) {
        for payload in self.payloads(known) {
            let symbol = match payload.parts() {
                (1, at) => self.cased(at, word()).1,
                (2, symbol) => Some(symbol),
                _ => None,
            };
            symbol.into_iter().filter(|s| langs.has(lang_of(*s))).for_each(&mut tell);
        }
    }

    /// The symbol of a payload, whatever its case, or that of a group of which its word may begin a member.
    #[inline]
    fn symbol(&self, payload: Payload) -> Option<u32> {
        match payload.parts() {
            (1, at) => Some(u32_at(self.section(Section::Cased), at as usize * 16 + 12)).filter(|s| *s != u32::MAX),
            (2 | 7, symbol) => Some(symbol),
            _ => None,
        }
    }

    /// One of the masks of a word, for these languages together; nothing for other words.
    #[inline]
    fn mask(&self, word: Known, which: usize, langs: Langs) -> u64 {
        if !word.says.any(Says::SYMBOL) {
            return 0;
        }
        let masks = &self.section(Section::Payloads)[(word.first as usize - MASKS) * 4..word.first as usize * 4];
        let of = |lang: Lang| u64_at(masks, lang as usize * 16 + which * 8) & u64::from(langs.has(lang)).wrapping_neg();
        of(Lang::Sv) | of(Lang::Da)
    }
}

/// The first step below a root.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    root: u32,
    first: u32,
    /// Where it leads.
    pub node: u32,
    /// Whether a gap may come behind it.
    pub gap: bool,
    opens: u64,
}

impl Begun {
    /// Whether something ends here already.
    pub fn is_whole(self) -> bool {
        self.opens == u64::MAX
    }
}

/// A number for a first symbol below a root, with a gap behind it or not.
fn code(root: u32, first: u32, gap: bool) -> u32 {
    first | root << 30 | u32::from(gap) << 31
}
