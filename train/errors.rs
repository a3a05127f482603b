//! What goes wrong, by kind, and which category is taken for which.

use fritext::score::Mark;
use fritext::{Category, weigh};
use std::collections::BTreeMap;

/// A finding or a term let go, in characters.
pub type Found = (usize, usize, Category);

/// Errors in the categories that are weighed.
#[derive(Default)]
pub struct Errors {
    /// Marked as the first, found as the second; nothing on either side is none.
    confused: BTreeMap<(Option<Category>, Option<Category>), usize>,
    kinds: BTreeMap<&'static str, usize>,
}

fn weighed(category: Category) -> bool {
    category as usize >= weigh::FIRST
}

fn touches(mark: &Mark, found: &Found) -> bool {
    found.0 < mark.end && found.1 > mark.start
}

impl Errors {
    /// Adds a record: its marks, what was found, and what was let go.
    pub fn add(&mut self, marks: &[Mark], found: &[Found], dropped: &[Found]) {
        for mark in marks.iter().filter(|m| !m.optional && m.categories.iter().all(|c| weighed(*c))) {
            let of = |list: &[Found]| {
                let here: Vec<Category> =
                    list.iter().filter(|f| touches(mark, f) && weighed(f.2)).map(|f| f.2).collect();
                let right = here.iter().find(|c| mark.categories.contains(c));
                right.or(here.first()).copied()
            };
            let as_what = of(found);
            let right = as_what.is_some_and(|c| mark.categories.contains(&c));
            let marked = if right { as_what } else { Some(mark.categories[0]) };
            *self.confused.entry((marked, as_what)).or_default() += 1;
            if right {
                continue;
            }
            let let_go = of(dropped).is_some_and(|c| mark.categories.contains(&c));
            let kind = match (as_what, let_go) {
                (Some(_), _) => "missed: found as another category",
                (None, true) => "missed: a known word was let go (context)",
                (None, false) => "missed: no word of it is known (vocabulary)",
            };
            *self.kinds.entry(kind).or_default() += 1;
        }
        for finding in found.iter().filter(|f| weighed(f.2)) {
            let here: Vec<&Mark> = marks.iter().filter(|m| touches(m, finding)).collect();
            if here.is_empty() {
                *self.confused.entry((None, Some(finding.2))).or_default() += 1;
            }
            let kind = if here.iter().any(|m| m.categories.contains(&finding.2)) {
                continue;
            } else if !here.is_empty() {
                "wrong: marked as another category"
            } else if marks.is_empty() {
                "wrong: in a record without marks (context)"
            } else {
                "wrong: in a record with marks elsewhere (context, annotation)"
            };
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    /// Both tables, as Markdown.
    pub fn tables(&self) -> String {
        let all = || Category::ALL.into_iter().filter(|c| weighed(*c)).map(Some).chain([None]);
        let name = |c: Option<Category>| c.map_or("nothing", Category::id);
        let columns: Vec<&str> = all().map(name).collect();
        let mut out =
            format!("| marked, found as | {} |\n|---{}|\n", columns.join(" | "), "|---".repeat(columns.len()));
        for marked in all() {
            let cells: Vec<String> = all()
                .map(|found| self.confused.get(&(marked, found)).map_or(String::new(), usize::to_string))
                .collect();
            out += &format!("| {} | {} |\n", name(marked), cells.join(" | "));
        }
        out += "\n| kind | spans |\n|---|---|\n";
        for (kind, count) in &self.kinds {
            out += &format!("| {kind} | {count} |\n");
        }
        out
    }
}
