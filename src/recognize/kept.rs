//! What a whole-field wording may keep of the field: the word that says whether an absence is valid, and times.

use super::Gap;
use super::reading::Reading;
use crate::lexicon::Cue;

/// The validity word of a text, if it has one, and its times of day and lessons as written. Nothing is invented.
pub fn kept(reading: &Reading<'_>) -> (Option<String>, Vec<String>) {
    let mut validity = None;
    let mut times: Vec<(usize, usize)> = Vec::new();
    for i in 0..reading.tokens.len() {
        if validity.is_none() && reading.cue(i, Cue::Validity) {
            validity = Some(reading.word(i).to_lowercase());
        }
        if !is_time(reading, i) {
            continue;
        }
        let mut first = i;
        while first > 0 && i - first < 3 && reading.cue(first - 1, Cue::Time) && reading.tokens[first].gap <= Gap::Tight
        {
            first -= 1;
        }
        let mut last = i;
        while reading.tokens.get(last + 1).is_some_and(|t| t.digits && t.gap == Gap::Tight && t.end - t.start <= 2) {
            last += 1;
        }
        // A lesson before its noun: ‘2. lektion’.
        if reading.tokens.get(last + 1).is_some_and(|t| t.gap <= Gap::Tight) && reading.cue(last + 1, Cue::Lesson) {
            last += 1;
        }
        if (first < i || last > i) && times.last().is_none_or(|(_, end)| *end < first) {
            times.push((first, last));
        }
    }
    // ‘från kl. 13 i skolan’ tells when somebody is there: such a time would turn the meaning round.
    if (0..reading.tokens.len()).any(|i| reading.cue(i, Cue::Present)) {
        times.clear();
    }
    let words = |(a, b): (usize, usize)| {
        let span = reading.span(a, b);
        reading.text()[span.start..span.end].to_owned()
    };
    (validity, times.into_iter().map(words).collect())
}

/// Up to two digits that tell an hour or a lesson.
fn is_time(reading: &Reading<'_>, i: usize) -> bool {
    let word = reading.word(i);
    word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()) && word.parse::<u8>().is_ok_and(|n| n < 25)
}
