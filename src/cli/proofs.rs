//! The proofs of lists: every example must be found exactly, nothing may be found in a counter-example.

use crate::lexicon::{Flags, List, Proof};
use crate::model::{Date, Langs, Place, Problem, Span};
use crate::recognize::{Lexicons, Situation, recognize};

/// Runs the proofs of a list against lexicons that hold it. They prove the list alone, so the weights have no say.
pub(crate) fn prove(lexicons: &Lexicons, list: &List, today: Date) -> Vec<Problem> {
    let situation = Situation {
        langs: Some(Langs::only(list.lang)),
        lent: None,
        place: Place::Note,
        column: Default::default(),
        holds: None,
        today,
    };
    let lexicons = &lexicons.clone().weighed(None);
    let mut problems = Vec::new();
    for proof in list.examples.iter().chain(&list.counterexamples) {
        let found: Vec<Span> = recognize(lexicons, &proof.text, &situation, false)
            .0
            .findings
            .iter()
            .filter(|f| f.category == list.category)
            .map(|f| f.span)
            .collect();
        let show = |spans: &[Span]| {
            spans.iter().map(|s| format!("‘{}’", &proof.text[s.start..s.end])).collect::<Vec<_>>().join(", ")
        };
        if found != proof.marks {
            let message = if found.is_empty() {
                format!("nothing is found here, but {} is marked", show(&proof.marks))
            } else if proof.marks.is_empty() {
                format!("{} is found in a counter-example", show(&found))
            } else {
                format!("found {}, marked {}", show(&found), show(&proof.marks))
            };
            problems.push(problem(list, proof.line, message));
        }
    }
    problems.extend(unproved(list));
    problems
}

/// Weak terms that no example or no counter-example uses.
fn unproved(list: &List) -> impl Iterator<Item = Problem> + '_ {
    let holds = |proofs: &[Proof], word: &str| {
        let stem: String = word.chars().take(word.chars().count().saturating_sub(2).max(3)).collect();
        proofs.iter().any(|p| p.text.to_lowercase().contains(&stem.to_lowercase()))
    };
    list.terms.iter().filter(|t| t.flags.has(Flags::WEAK) && !t.flags.has(Flags::PHRASE)).filter_map(move |term| {
        let missing = match (holds(&list.examples, &term.written), holds(&list.counterexamples, &term.written)) {
            (true, true) => return None,
            (false, true) => "example",
            (true, false) => "counter-example",
            (false, false) => "example and no counter-example",
        };
        Some(problem(list, term.line, format!("the weak term ‘{}’ stands in no {missing}", term.written)))
    })
}

fn problem(list: &List, line: usize, message: String) -> Problem {
    Problem { file: list.file.clone(), line, column: 1, warning: false, message }
}
