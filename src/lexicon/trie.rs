//! Terms of several words: a trie whose steps are symbols of words and of groups. How it is laid out, and its reading.
//!
//! A node knows by a mask of 64 bits which symbols may come next, a word which symbols it may stand for. Where the two have
//! no bit in common, and that is nearly everywhere, nothing else of either is read.

use super::bits::{pair_bits, symbol_bit, u32_at, u64_at};
use super::tables::{Hit, Known, Payload, Says, Section, Tables};
use std::collections::BTreeMap;

/// Bits of the filter of pairs of symbols.
pub(super) const PAIR_BITS: usize = 1 << 19;
/// Bytes of a node: the payloads of what ends there and their number, the number of its children and the first of them,
/// the node behind a gap, the mask of its children.
const NODE: usize = 24;
/// Bytes of what is known of a symbol that comes first: its nodes below both roots, the mask of what may come second.
const ROOT: usize = 16;
/// The symbol of a gap.
pub(super) const GAP: u32 = 0;

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
        for (first, node) in [TERMS, GROUPS].into_iter().flat_map(|root| self.below(root)) {
            for second in self.second(node) {
                for bit in pair_bits(first, second) {
                    set[bit / 8] |= 1 << (bit % 8);
                }
            }
        }
        set
    }

    /// For each symbol the nodes below the two roots; nodes; children of nodes, sorted by symbol.
    pub(super) fn tables(&self, symbols: usize, payloads: &mut Vec<u8>) -> [Vec<u8>; 3] {
        let mut roots = Vec::with_capacity(symbols * ROOT);
        for symbol in 0..symbols as u32 {
            for root in [TERMS, GROUPS] {
                roots.extend_from_slice(&self.next(root, symbol).unwrap_or(0).to_le_bytes());
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

    /// The node below a root, if one of the symbols in `ahead` may come after it or it is a whole path.
    #[inline]
    pub fn open(&self, root: u32, symbol: u32, ahead: u64) -> Option<u32> {
        let roots = self.section(Section::Roots);
        let next = u32_at(roots, symbol as usize * ROOT + root as usize * 4);
        let opens = u64_at(roots, symbol as usize * ROOT + 8);
        (next != 0 && (opens == u64::MAX || opens & ahead != 0)).then_some(next)
    }

    /// What ends at a node of the trie: terms, or below [`GROUPS`] the symbols of groups.
    #[inline]
    pub fn ends_at(&self, node: Node<'_>) -> impl Iterator<Item = Hit> {
        self.hits(Known { first: u32_at(node.0, 0), count: node.two(4), says: Says(0) })
    }

    /// Whether a word of which this much is known may be the next below a node.
    #[inline]
    pub fn may_follow(&self, node: Node<'_>, word: Known) -> bool {
        node.mask() & self.stands_for(word) != 0
    }

    /// Whether a word of which this much is known is a term of several words, or a group's member, by itself.
    #[inline]
    pub fn is_whole(&self, word: Known) -> bool {
        self.mask(word, 4) == u64::MAX
    }

    /// Whether a term of several words, or a group's member, may begin with a word of which this much is known and go on
    /// with such a word. Most pairs are turned away.
    #[inline]
    pub fn may_open(&self, first: Known, next: Known) -> bool {
        let stands = self.stands_for(next);
        self.mask(first, 4) & stands != 0 && self.may_pair(first, next, stands)
    }

    fn may_pair(&self, first: Known, next: Known, stands: u64) -> bool {
        let (filter, roots) = (self.section(Section::PairFilter), self.section(Section::Roots));
        let known = |a, b| pair_bits(a, b).iter().all(|bit| filter[bit / 8] >> (bit % 8) & 1 != 0);
        for a in self.payloads(first).filter_map(|p| self.symbol(p, false)) {
            let opens = u64_at(roots, a as usize * ROOT + 8);
            if opens & stands == 0 {
                continue;
            }
            for b in self.payloads(next).filter_map(|p| self.symbol(p, true)) {
                if opens & symbol_bit(b) != 0 && known(a, b) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether something may begin with a word of which this much is known, where the words after it stand for these bits.
    #[inline]
    pub fn may_begin(&self, first: Known, ahead: u64) -> bool {
        let opens = self.mask(first, 4);
        opens == u64::MAX || opens & ahead != 0
    }

    /// Bits of the symbols that a word may stand for, and of the groups whose members it may begin.
    #[inline]
    pub fn stands_for(&self, word: Known) -> u64 {
        if word.says.any(Says::SYMBOL) { self.mask(word, 2) } else { 0 }
    }

    /// Tells the symbols of a word, those that want its case as written only where it is.
    #[inline]
    pub fn symbols_as_written<'t>(&self, known: Known, word: impl Fn() -> &'t str, mut tell: impl FnMut(u32)) {
        for payload in self.payloads(known) {
            match payload.parts() {
                (1, at) => self.cased(at, word()).1.into_iter().for_each(&mut tell),
                (2, symbol) => tell(symbol),
                _ => {}
            }
        }
    }

    /// The symbol of a payload, whatever its case; with `groups` those, too, that its word may begin.
    #[inline]
    fn symbol(&self, payload: Payload, groups: bool) -> Option<u32> {
        match payload.parts() {
            (1, at) => Some(u32_at(self.section(Section::Cased), at as usize * 16 + 12)).filter(|s| *s != u32::MAX),
            (2, symbol) => Some(symbol),
            (7, symbol) if groups => Some(symbol),
            _ => None,
        }
    }

    /// Of a word that says [`Says::SYMBOL`]: what lies so many payloads before its own.
    #[inline]
    fn mask(&self, known: Known, before: usize) -> u64 {
        u64_at(self.section(Section::Payloads), (known.first as usize - before) * 4)
    }
}
