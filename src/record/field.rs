//! The findings of one text of a document, as a line of the results.

use super::{Shape, entries};
use crate::format::Told;
use crate::judge::Seen;
use crate::pipeline::Engine;
use crate::report::FieldEntry;

/// The findings of a text in the document `path`. Its pointer is told without what must not stand in one.
pub fn field_entry(engine: &Engine, told: &Told<'_, Seen>, path: &str, shape: Shape<'_>) -> FieldEntry {
    let seen = &told.judged;
    let mut findings = entries(engine, &seen.rules, &seen.judged, told.text.expose(), shape);
    for finding in &mut findings {
        finding.line += told.at.line as usize - 1;
        // A long text comes in stretches; positions count from its beginning.
        let before = told.before[shape.offsets as usize];
        finding.start += before;
        finding.end += before;
    }
    let pointer = told.at.pointer.as_deref().filter(|p| !p.is_empty());
    let shown = |p: &str| if shape.show_text { p.to_owned() } else { engine.neutral_name(p) };
    FieldEntry {
        path: path.to_owned(),
        system: seen.rules.system.clone(),
        field: seen.rules.field.clone(),
        row: told.at.row,
        column_name: seen.column.clone().filter(|_| told.at.pointer.is_none()),
        pointer: pointer.map(shown),
        verdict: seen.judged.verdict.id(),
        findings,
    }
}
