//! Telephone numbers of the Swedish and Danish numbering plans (PTS, Digitaliseringsstyrelsen).
//!
//! Swedish: 0 and an area code of one to three digits, or 07x; seven to ten digits in all, or +46. Danish: eight
//! digits, the first 2 to 9, alone only as 2-2-2-2 or with a word beside them, or +45. Not checked: whether a number
//! is in use, or a switchboard's.

use super::Recognizer;
use super::beside::{apart, named, other_number};
use super::numbers::{Number, Separator, numbers};
use super::reading::Reading;
use super::sink::Sink;
use crate::lexicon::Cue;
use crate::model::{Category, ColumnKind, Date, Finding, Lang, Reason, Span};
use std::borrow::Cow;

pub(super) struct Phone;

/// How many words before a number one for calling still speaks of it.
const WITHIN_SENTENCE: usize = 14;

/// Most digits of a number with its country code.
const LONGEST: usize = 13;

impl Recognizer for Phone {
    fn id(&self) -> &'static str {
        "phone"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Phone]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        for number in numbers(reading) {
            let mut from = 0;
            while from < number.runs.len() {
                from = read(reading, number, from, sink).unwrap_or(from + 1);
            }
        }
    }
}

fn read(reading: &Reading<'_>, number: &Number, from: usize, sink: &mut Sink) -> Option<usize> {
    if reading.situation.column == ColumnKind::OtherNumber {
        return None;
    }
    if from > 0 && !matches!(number.runs[from].separator, Separator::Space | Separator::Other) {
        return None;
    }
    let international = from == 0 && number.plus;
    // The longest stretch of runs that can be one number.
    for to in (from + 1..=number.runs.len()).rev() {
        if to > from + 1
            && number.runs[from + 1..to].iter().any(|r| matches!(r.separator, Separator::Plus | Separator::Other))
        {
            continue;
        }
        let digits = number.digits(reading.text(), from, to);
        if digits.len() > LONGEST {
            continue;
        }
        let after = number.runs.get(to).is_none_or(|r| matches!(r.separator, Separator::Space | Separator::Other));
        let span = number.span(from, to);
        let span = if international { Span::new(span.start - 1, span.end) } else { span };
        // 07.30-16.15 is a time.
        let times = number.shape()[from..to] == [2, 2, 2, 2]
            && number.runs[from + 1].separator == Separator::Dot
            && number.runs[from + 2].separator != Separator::Dot;
        if times || date(&number.shape()[from..to], &digits) {
            continue;
        }
        let Some(plan) = plan(&digits, &number.shape()[from..to], international) else {
            continue;
        };
        if sink.taken(span, &[Category::Personnummer, Category::Cpr, Category::Email, Category::BirthDate]) {
            return Some(to);
        }
        let finding = |confidence| Finding {
            span,
            category: Category::Phone,
            kind: None,
            confidence,
            recognizer: Cow::Borrowed("phone"),
            term: None,
        };
        // ‘Ring om order 50149930’: the nearer word says what the number is.
        let near = reading.cue_before(span.start, 2, Cue::Phone) || belongs(reading, span);
        let announced = near
            || reading.cue_before(span.start, 4, Cue::Phone)
            || reached_at(reading, span)
            || reading.situation.column == ColumnKind::Identifier;
        let all = from == 0 && to == number.runs.len();
        if !after || number.glued || (other_number(reading, span) && !near) {
            sink.drop(finding(0.1), if after { Reason::OtherNumber } else { Reason::Boundary });
            return None;
        }
        let danish = reading.langs.one() == Some(Lang::Da);
        let whole_danish = reading.langs.has(Lang::Da);
        let confidence = match plan {
            Plan::International => Some(0.97),
            Plan::Mobile if announced || to - from > 1 || reading.langs.has(Lang::Sv) => Some(0.95),
            Plan::Area => Some(if announced { 0.95 } else { 0.8 }),
            Plan::Pairs if whole_danish => Some(if announced { 0.97 } else { 0.9 }),
            Plan::Eight | Plan::Pairs if announced => Some(0.9),
            // Four digits, a hyphen, four digits are a number of a thing unless a word says otherwise.
            Plan::Eight if to - from > 1 && number.runs[from + 1].separator == Separator::Hyphen => None,
            Plan::Eight if whole_danish && named(reading, span) => Some(0.7),
            Plan::Eight if danish && all && (to - from > 1 || apart(reading, span)) => Some(0.6),
            Plan::Short if announced => Some(0.7),
            _ => None,
        };
        if let Some(confidence) = confidence {
            sink.keep(finding(confidence));
            return Some(to);
        }
        sink.drop(finding(0.2), Reason::NoCue);
    }
    None
}

/// Whether the words before a number say whose it is: ‘hans nummer 50 14 99 30’, ‘Mor: 50149930’.
fn belongs(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    let person = |i: usize| [Cue::Person, Cue::Kin].iter().any(|c| reading.cue(i, *c));
    let labelled = || reading.text()[..span.start].trim_end_matches(' ').ends_with(':');
    at > 1 && reading.cue(at - 1, Cue::Number) && person(at - 2) || at > 0 && person(at - 1) && labelled()
}

/// ‘Ring gerne til hendes far på 50149930’, ‘ring oss om något, 0701740600’: a word for calling earlier in the sentence,
/// and directly before the number a comma or the little word that goes before where somebody is found.
fn reached_at(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    let after_comma = || reading.text()[..span.start].trim_end_matches(' ').ends_with(',');
    at > 0
        && (reading.cue(at - 1, Cue::BeforeStreet) || after_comma())
        && reading.cue_before(span.start, WITHIN_SENTENCE, Cue::Phone)
}

/// `02.11.2012`, `2012-11-02`, `20121102`, two years.
fn date(shape: &[usize], digits: &[u8]) -> bool {
    let two = |i: usize| digits[i] * 10 + digits[i + 1];
    let day = |m: usize, d: usize| Date::new(2000, two(m), two(d)).is_some();
    let year = |i: usize| matches!(two(i), 19 | 20);
    match shape {
        [2, 2, 4] => day(2, 0) && year(4),
        [4, 2, 2] => day(4, 6) && year(0),
        [8] => day(4, 6) && year(0) || day(2, 0) && year(4),
        [4, 4] => year(0) && year(4),
        _ => false,
    }
}

/// Whether digits in one piece have the form of a telephone number, and a word for calling speaks of them.
pub(super) fn called(reading: &Reading<'_>, digits: &[u8], span: Span) -> bool {
    fits(digits) && reached_at(reading, span)
}

/// Whether digits without a word beside them have the form of a telephone number.
pub(super) fn fits(digits: &[u8]) -> bool {
    plan(digits, &[digits.len()], false).is_some()
}

enum Plan {
    International,
    /// Swedish mobile, 07x and ten digits.
    Mobile,
    /// Swedish area code.
    Area,
    /// Danish, written in pairs.
    Pairs,
    /// Danish, written otherwise.
    Eight,
    /// A local number without area code.
    Short,
}

fn plan(digits: &[u8], shape: &[usize], international: bool) -> Option<Plan> {
    if international {
        return (digits[0] > 0 && (9..=LONGEST).contains(&digits.len())).then_some(Plan::International);
    }
    match digits {
        [0, 0, 4, 5..=7, ..] if (11..=LONGEST).contains(&digits.len()) => Some(Plan::International),
        // Six and four digits are a number of a person's.
        [0, 7, 0 | 2 | 3 | 6 | 9, ..] if digits.len() == 10 && shape != [6, 4] => Some(Plan::Mobile),
        [0, 1..=9, ..] if (8..=10).contains(&digits.len()) && shape.len() > 1 && (2..=4).contains(&shape[0]) => {
            Some(Plan::Area)
        }
        [0, 1..=9, ..] if (8..=10).contains(&digits.len()) && shape.len() == 1 => Some(Plan::Short),
        [2..=9, ..] if shape == [2, 2, 2, 2] => Some(Plan::Pairs),
        [2..=9, ..] if digits.len() == 8 && (shape.len() == 1 || shape == [4, 4] || shape[0] >= 2) => Some(Plan::Eight),
        [1..=9, ..]
            if (6..=8).contains(&digits.len()) && shape.len() > 1 && shape.iter().all(|n| (2..=3).contains(n)) =>
        {
            Some(Plan::Short)
        }
        _ => None,
    }
}
