//! All that is weighed of a term: itself, its neighbours, its sentence, its text, its field. Training and running share
//! this file, so the weights belong to it.
//!
//! A feature is a template, a number that tells its variants apart and a value, hashed to 32 bits. Nothing is allocated.

use super::super::context::{Case, Scene, Sentence};
use super::super::reading::Reading;
use super::super::sink::Sink;
use super::super::tokens::Gap;
use super::spelling::{K, Spelled, blend, letters, plain};
use crate::lexicon::{Cue, Hit, Says};
use crate::model::Finding;

/// Sorts of features. The order is part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Template {
    /// On for every term.
    Always,
    /// How the entry was met, and whether it is weak.
    Form,
    /// The list of the entry.
    List,
    /// The entry.
    Entry,
    /// The letters of the term.
    Letters,
    /// Its case.
    Case,
    /// What the rules make of it.
    Ruled,
    /// Its length, and that of its sentence and text.
    Length,
    /// Other terms on the same words and in the sentence.
    Company,
    /// The field.
    Place,
    /// Who and what the sentence speaks of.
    About,
    /// Who else the text speaks of.
    Elsewhere,
    /// What stands directly before and after it.
    Mark,
    /// A neighbour.
    Beside,
    /// A neighbour and the list of the entry.
    BesideList,
    /// A neighbour and the entry.
    BesideEntry,
    /// A word near it.
    Near,
    /// A cue near it.
    Cue,
    /// How far a name or a person is.
    Person,
}

impl Template {
    /// Whether it tells which word the term is: what training hides at times, so that new words are judged by the rest.
    pub const fn is_identity(self) -> bool {
        matches!(self, Self::Entry | Self::Letters | Self::BesideEntry)
    }
}

/// A feature of a term.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// Its sort.
    pub template: Template,
    /// The token it looks at.
    pub token: Option<usize>,
    /// Its hash.
    pub hash: u32,
}

/// Neighbours that are looked at with their distance, and words that are near.
const BESIDE: usize = 3;
const NEAR: usize = 8;
/// Words of the beginning of a text.
const OPENING: usize = 8;
/// Other terms before and after it that are looked at.
const COMPANY: usize = 16;

/// Takes features down, for a category.
struct Pen<'a, F> {
    category: u64,
    put: &'a mut F,
}

impl<F: FnMut(Feature)> Pen<'_, F> {
    // Written into each place, so that all but the value and the category is known when the program is built.
    #[inline(always)]
    fn write(&mut self, template: Template, variant: u64, value: u64, token: Option<usize>, category: u64) {
        let seed = ((template as u64) << 16 | variant << 8).wrapping_mul(K).wrapping_add(category);
        let h = blend(seed, value).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (self.put)(Feature { template, token, hash: (h >> 32) as u32 });
    }

    /// A feature that speaks for this category alone.
    #[inline(always)]
    fn own(&mut self, template: Template, variant: u64, value: u64, token: Option<usize>) {
        self.write(template, variant, value, token, self.category);
    }

    /// A feature that speaks for this category, and one for all.
    #[inline(always)]
    fn both(&mut self, template: Template, variant: u64, value: u64, token: Option<usize>) {
        self.own(template, variant, value, token);
        self.write(template, variant, value, token, K);
    }
}

/// Tells all features of a term, unless `go_on` says after those of itself and its neighbours that they are enough.
pub(super) fn features(
    reading: &Reading<'_>,
    sink: &Sink,
    scene: &Scene,
    number: usize,
    put: &mut impl FnMut(Feature),
    go_on: impl FnOnce() -> bool,
) {
    let case = &scene.cases[number];
    let finding = &sink.findings[case.at];
    let info = finding.term.map(|t| reading.lexicons.term(t));
    let (file, written) = info.map_or((&[][..], &[][..]), |i| (i.list.spelled(), i.spelled()));
    let view = View {
        reading,
        scene,
        case,
        finding,
        sentence: &scene.sentences[case.sentence],
        list: letters(file),
        entry: letters(written),
    };
    let category = (finding.category as u64 + 2).wrapping_mul(K);
    let pen = &mut Pen { category, put };
    view.itself(pen);
    view.company(sink, number, pen);
    view.surroundings(pen);
    view.beside(pen);
    if go_on() {
        view.opening(pen);
        view.near(pen);
    }
}

struct View<'a> {
    reading: &'a Reading<'a>,
    scene: &'a Scene,
    case: &'a Case,
    finding: &'a Finding,
    sentence: &'a Sentence,
    list: u64,
    entry: u64,
}

/// How large a number is, roughly.
fn size(number: usize) -> u64 {
    u64::from((number as u64 + 1).ilog2())
}

/// The most that texts hold which weights were learned from: what is longer counts as that long. Weights of other
/// lengths are those of features that share their place by chance.
const MOST_WORDS: usize = 64;
const MOST_SENTENCES: usize = 16;

impl View<'_> {
    fn form(&self) -> u64 {
        (self.case.form as u64) << 1 | u64::from(self.case.weak)
    }

    /// Who the sentence speaks of, as bits.
    fn about(&self) -> u64 {
        let s = self.sentence;
        let bits = [s.person, s.kin, s.named, s.numbered, s.topic];
        bits.into_iter().enumerate().map(|(i, b)| u64::from(b) << i).sum()
    }

    fn itself(&self, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let Self { reading, case, finding, .. } = self;
        let at = Some(case.first);
        pen.both(Template::Always, 0, 0, None);
        pen.both(Template::Form, 0, self.form(), at);
        pen.both(Template::Form, 3, u64::from(case.level) << 8 | self.form(), at);
        pen.own(Template::Form, 1, (finding.confidence * 100.0) as u64, at);
        pen.own(Template::Form, 2, finding.kind.map_or(0, |k| letters(k.id().as_bytes())), at);
        pen.own(Template::List, 0, self.list, at);
        pen.own(Template::List, 1, blend(self.list, self.form()), at);
        pen.own(Template::Entry, 0, self.entry, at);
        let first = plain(reading.word(case.first));
        for n in [4, 6].into_iter().filter(|n| *n <= first.len) {
            pen.own(Template::Letters, n as u64, first.letters(0, n), at);
        }
        pen.own(Template::Letters, 0, first.letters(0, first.len), at);
        let last = if case.first == case.last { first } else { plain(reading.word(case.last)) };
        for n in [3, 4, 5, 6].into_iter().filter(|n| *n <= last.len) {
            pen.own(Template::Letters, 8 + n as u64, last.letters(last.len - n, last.len), at);
        }
        if case.last > case.first {
            let last = self.spelled(case.last);
            pen.own(Template::Letters, 1, last.word, at);
            pen.own(Template::Letters, 2, last.start, at);
        }
        let token = &reading.tokens[case.first];
        let initial = case.first == self.sentence.tokens.start;
        let shape = u64::from(token.capital) | u64::from(token.shouting) << 1 | u64::from(initial) << 2;
        pen.both(Template::Case, 0, shape, at);
        let ruled = u64::from(case.supported) | u64::from(case.general) << 1 | u64::from(case.weak) << 2;
        pen.both(Template::Ruled, 0, ruled, None);
        let (words, sentence) = (case.last - case.first + 1, self.sentence.tokens.len());
        pen.both(Template::Length, 0, words.min(4) as u64, None);
        pen.both(Template::Length, 1, size(sentence.min(MOST_WORDS)), None);
        pen.both(Template::Length, 2, size(reading.tokens.len().min(MOST_WORDS)), None);
        let whole = u64::from(words == sentence) + u64::from(words == reading.tokens.len());
        pen.both(Template::Length, 3, whole << 8 | reading.situation.place as u64, None);
    }

    /// Other terms on the same words and in the sentence.
    fn company(&self, sink: &Sink, number: usize, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let (scene, mut same) = (self.scene, 0);
        // Those of its sentence, which stand beside it.
        let here = |c: &&Case| c.sentence == self.case.sentence;
        let first = number - scene.cases[..number].iter().rev().take(COMPANY).take_while(here).count();
        let others = scene.cases[first..number].iter();
        let others = others.chain(scene.cases[number + 1..].iter().take(COMPANY).take_while(here));
        for other in others.filter(|c| !c.covered) {
            let finding = &sink.findings[other.at];
            let kind = (finding.category as u64) << 1 | u64::from(other.weak);
            if finding.span.overlaps(self.finding.span) {
                let longer = finding.span.len().cmp(&self.finding.span.len()) as i8 + 1;
                pen.own(Template::Company, 0, kind << 2 | longer as u64, Some(other.first));
            } else {
                pen.own(Template::Company, 1, kind, Some(other.first));
            }
            same += usize::from(finding.category == self.finding.category && !other.weak);
        }
        pen.both(Template::Company, 2, same.min(4) as u64, None);
        let bit = 1 << self.finding.category as u32;
        pen.both(Template::Company, 3, u64::from(self.sentence.context & bit != 0), None);
    }

    fn surroundings(&self, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let (reading, scene) = (self.reading, self.scene);
        let (place, about) = (reading.situation.place as u64, self.about());
        pen.both(Template::Place, 0, place, None);
        pen.own(Template::Place, 1, blend(place, self.form()), None);
        pen.own(Template::Place, 2, blend(place, self.list), None);
        pen.both(Template::Place, 3, blend(place, about), None);
        for bit in 0..5 {
            pen.own(Template::About, 1 + bit, about >> bit & 1, None);
        }
        pen.both(Template::About, 0, about, None);
        pen.own(Template::About, 6, blend(about, self.list), None);
        pen.own(Template::About, 7, blend(about, self.form()), None);
        pen.own(Template::About, 8, blend(about, self.entry), None);
        let sentences = reading.tokens.last().map_or(0, |t| t.sentence as usize + 1);
        pen.both(
            Template::Elsewhere,
            0,
            size(sentences.min(MOST_SENTENCES)) << 1 | u64::from(!scene.names.is_empty()),
            None,
        );
        let earlier = scene.names.first().is_some_and(|n| n.0 < self.case.first);
        pen.both(Template::Elsewhere, 1, u64::from(earlier) << 5 | about, None);
        let text = reading.text().as_bytes();
        let span = self.finding.span;
        let before = text[..span.start].iter().rev().take(NEAR).find(|b| **b != b' ').copied().unwrap_or(0);
        let after = text[span.end..].iter().take(NEAR).find(|b| **b != b' ').copied().unwrap_or(0);
        for (side, byte) in [(0, before), (1, after)] {
            let byte = if byte.is_ascii_punctuation() || byte < 32 { byte } else { b'a' };
            pen.both(Template::Mark, side, u64::from(byte), None);
        }
        let end = reading.tokens[self.sentence.tokens.end - 1].end as usize;
        pen.both(Template::Mark, 2, u64::from(text.get(end).copied().unwrap_or(0)), None);
        let joined = |i: usize| reading.tokens.get(i).map_or(Gap::Break, |t| t.gap) as u64;
        pen.both(Template::Mark, 3, joined(self.case.first) << 3 | joined(self.case.last + 1), None);
        let near = |distance: Option<usize>| distance.map_or(9, |d| size(d).min(8));
        let next = scene.names.partition_point(|n| n.0 <= self.case.last);
        let after = scene.names.get(next).map(|n| n.0 - self.case.last);
        let before = next.checked_sub(1).map(|i| self.case.first.saturating_sub(scene.names[i].1));
        pen.both(Template::Person, 0, near(before), next.checked_sub(1).map(|i| scene.names[i].0));
        pen.both(Template::Person, 1, near(after), scene.names.get(next).map(|n| n.0));
    }

    /// How the text begins, which tells what sort it is: a title, a lesson, a rule, a message.
    fn opening(&self, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        for i in 0..self.reading.tokens.len().min(OPENING) {
            pen.both(Template::Elsewhere, 2, self.spelled(i).start, Some(i));
        }
    }

    /// The token at a distance from the term, before it if below zero, and its word; nothing at the ends of the text.
    fn at(&self, distance: isize) -> Option<usize> {
        let from = if distance < 0 { self.case.first } else { self.case.last };
        from.checked_add_signed(distance).filter(|i| *i < self.reading.tokens.len())
    }

    fn spelled(&self, token: usize) -> Spelled {
        self.scene.spellings.of(self.reading, token)
    }

    fn beside(&self, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let mut words = [0; 2 * BESIDE + 1];
        for distance in (-(BESIDE as isize)..=BESIDE as isize).filter(|d| *d != 0) {
            let at = self.at(distance);
            let spelled = at.map_or(Spelled::default(), |i| self.spelled(i));
            let (value, variant) = (spelled.word, (distance + BESIDE as isize) as u64);
            words[variant as usize] = value;
            pen.both(Template::Beside, variant, value, at);
            if distance.abs() < 3 {
                pen.own(Template::BesideList, variant, blend(value, self.list), at);
                pen.own(Template::BesideEntry, variant, blend(value, self.entry), at);
                pen.own(Template::Beside, 8 + variant, spelled.start, at);
                pen.own(Template::Beside, 16 + variant, spelled.end, at);
                if let Some(at) = at {
                    self.cues(at, variant, pen);
                }
            }
        }
        pen.own(Template::Beside, 24, blend(words[BESIDE - 1], words[BESIDE + 1]), None);
        pen.own(Template::Beside, 25, blend(words[BESIDE - 2], words[BESIDE - 1]), self.at(-1));
        pen.own(Template::Beside, 26, blend(words[BESIDE + 1], words[BESIDE + 2]), self.at(1));
    }

    /// What cues a word is, and whether a name.
    fn cues(&self, at: usize, variant: u64, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let token = &self.reading.tokens[at];
        pen.own(Template::Cue, 32 + variant, u64::from(token.digits) << 1 | u64::from(token.capital), Some(at));
        if !token.says(Says::TELLS.or(Says::NAME)) {
            return;
        }
        self.reading.tells(at).for_each(|hit| match hit {
            Hit::Cue(cue, lang) if self.reading.langs.has(lang) && cue < Cue::IdHeader => {
                pen.both(Template::Cue, variant, cue as u64, Some(at));
            }
            Hit::Name(name) => pen.own(Template::Cue, 16 + variant, u64::from(name.class), Some(at)),
            _ => {}
        });
    }

    /// The words of the sentence near the term, and who is nearest.
    fn near(&self, pen: &mut Pen<'_, impl FnMut(Feature)>) {
        let sentence = &self.sentence.tokens;
        let before = sentence.start.max(self.case.first.saturating_sub(NEAR))..self.case.first;
        let after = self.case.last + 1..sentence.end.min(self.case.last + 1 + NEAR);
        for (side, words) in [(0, before), (1, after)] {
            for i in words {
                let start = self.spelled(i).start;
                pen.own(Template::Near, side, start, Some(i));
                pen.both(Template::Near, 2, start, Some(i));
            }
        }
        let any = self.sentence.person || self.sentence.kin;
        let is_person = |i: &usize| any && (self.reading.cue(*i, Cue::Person) || self.reading.cue(*i, Cue::Kin));
        let before = (sentence.start..self.case.first).rev().take(NEAR).find(is_person);
        let after = (self.case.last + 1..sentence.end).take(NEAR).find(is_person);
        pen.both(Template::Person, 2, before.map_or(9, |i| size(self.case.first - i)), before);
        pen.both(Template::Person, 3, after.map_or(9, |i| size(i - self.case.last)), after);
    }
}
