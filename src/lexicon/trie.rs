//! Terms of several words: a trie whose steps are symbols of words and of groups. How it is laid out, and its reading.
//!
//! A term, or a group's member, hangs on the symbol of it that is rarest in texts: from there the words before it are
//! followed from right to left, then, behind a turn, the words after it. So ‘har ont i magen’ is looked for where ‘magen’
//! stands, and nothing at every ‘har’.
//!
//! A symbol belongs to a language, and only those of a text's languages are followed. A node knows by a mask of 64 bits
//! which symbols may come next, a word which symbols it may stand for: where the two have no bit in common, and that is
//! nearly everywhere, nothing else of either is read.

use super::bits::{symbol_bit, u32_at, u64_at};
use super::tables::{Hit, Known, Payload, Says, Section, Tables};
use crate::model::{Lang, Langs};
use std::collections::BTreeMap;

/// Bytes of a node: the payloads of what ends there and their number, the number of its children and the first of them,
/// the node behind a gap, the node behind the turn, the mask of its children.
const NODE: usize = 32;
/// Bytes of the nodes of a symbol below both roots.
const ROOT: usize = 8;
/// The symbol of a gap.
pub(super) const GAP: u32 = 0;
/// The symbol of the turn from the words before to the words after.
pub(super) const TURN: u32 = 1;

/// The symbol with this number, from 1, in a language.
pub(super) fn symbol(number: u32, lang: Lang) -> u32 {
    number << 1 | lang as u32
}

/// The language of a symbol.
fn lang_of(symbol: u32) -> Lang {
    Lang::ALL[(symbol & 1) as usize]
}

/// Payloads that the masks of a word take up before its own.
const MASKS: usize = 4;

/// The masks of a word with these symbols, one a language; they lie before its payloads.
pub(super) fn masks(symbols: impl Iterator<Item = u32>) -> [u64; 2] {
    symbols.fold([0; 2], |mut masks, symbol| {
        masks[lang_of(symbol) as usize] |= symbol_bit(symbol);
        masks
    })
}

/// Where the terms hang.
pub const TERMS: u32 = 0;
/// Where the members of groups hang.
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
    fn below(&self, node: u32) -> impl Iterator<Item = (u32, u32)> {
        self.edges.range((node, TURN + 1)..=(node, u32::MAX)).map(|((_, symbol), next)| (*symbol, *next))
    }

    /// For each symbol the nodes below the two roots; nodes; children of nodes, sorted by symbol.
    pub(super) fn tables(&self, symbols: u32, payloads: &mut Vec<u8>) -> [Vec<u8>; 3] {
        let roots = (0..symbols).flat_map(|symbol| [TERMS, GROUPS].map(|root| self.next(root, symbol).unwrap_or(0)));
        let roots = roots.flat_map(u32::to_le_bytes).collect();
        let (mut nodes, mut children) = (Vec::new(), Vec::new());
        for (node, ends) in (0..).zip(&self.ends) {
            let (first_end, first_child) = ((payloads.len() / 4) as u32, (children.len() / 8) as u32);
            ends.iter().for_each(|says| payloads.extend_from_slice(&says.0.to_le_bytes()));
            let (mut mask, mut count) = (0, 0);
            for (symbol, next) in self.below(node).filter(|_| node > GROUPS) {
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
            for step in [GAP, TURN] {
                nodes.extend_from_slice(&self.next(node, step).unwrap_or(0).to_le_bytes());
            }
            nodes.extend_from_slice(&mask.to_le_bytes());
            nodes.resize(nodes.len().next_multiple_of(NODE), 0);
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

    /// The node behind the turn.
    pub fn turn(self) -> Option<u32> {
        Some(u32_at(self.0, 16)).filter(|node| *node != 0)
    }

    /// Bits of the symbols that may come next.
    pub fn mask(self) -> u64 {
        u64_at(self.0, 20)
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

    /// The node of a symbol below a root.
    #[inline]
    pub fn open(&self, root: u32, symbol: u32) -> Option<u32> {
        let node = u32_at(self.section(Section::Roots), symbol as usize * ROOT + root as usize * 4);
        (node != 0).then_some(node)
    }

    /// What ends at a node of the trie: terms, or below [`GROUPS`] the symbols of groups.
    #[inline]
    pub fn ends_at(&self, node: Node<'_>) -> impl Iterator<Item = Hit> {
        self.hits(Known { first: u32_at(node.0, 0), count: node.two(4), says: Says(0) })
    }

    /// Bits of the symbols that a word may stand for in these languages.
    #[inline]
    pub fn stands_for(&self, word: Known, langs: Langs) -> u64 {
        if !word.says.any(Says::SYMBOL) {
            return 0;
        }
        let masks = &self.section(Section::Payloads)[(word.first as usize - MASKS) * 4..word.first as usize * 4];
        let of = |lang: Lang| u64_at(masks, lang as usize * 8) & u64::from(langs.has(lang)).wrapping_neg();
        of(Lang::Sv) | of(Lang::Da)
    }

    /// Tells the symbols of a word in these languages, those that want its case as written only where it is; with
    /// `holding` only those on which something hangs below this root.
    #[inline]
    pub fn symbols_as_written<'t>(
        &self,
        known: Known,
        langs: Langs,
        holding: Option<u32>,
        word: impl Fn() -> &'t str,
        mut tell: impl FnMut(u32),
    ) {
        for payload in self.payloads(known).filter(|p| holding.is_none_or(|root| p.holds(root))) {
            let symbol = match payload.parts() {
                (1, at) => self.cased(at, word()).1,
                (2, symbol) => Some(symbol),
                _ => None,
            };
            symbol.into_iter().filter(|s| langs.has(lang_of(*s))).for_each(&mut tell);
        }
    }
}
