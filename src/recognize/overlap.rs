//! Which of several findings on the same characters stay.
//!
//! Identifiers exclude each other: the surer, then the longer one stays. Of terms of one category that overlap, the
//! longest stays. Findings of different matters may share characters; what is decided about them covers their union.

use super::by_place;
use super::sink::Sink;
use crate::model::{Category, Finding, Group, Reason};

/// Lets go what a better finding covers, and sorts the rest by place.
pub(super) fn settle(sink: &mut Sink) {
    sink.findings.sort_by(by_place);
    let findings = &sink.findings;
    let mut lost = vec![false; findings.len()];
    let mut from = 0;
    while from < findings.len() {
        // Findings that share characters, directly or by way of others; the rest of the text does not matter to them.
        let (mut to, mut end) = (from + 1, findings[from].span.end);
        while to < findings.len() && findings[to].span.start < end {
            end = end.max(findings[to].span.end);
            to += 1;
        }
        if to == from + 1 {
            from = to;
            continue;
        }
        let mut order: Vec<usize> = (from..to).collect();
        order.sort_by(|a, b| better(&findings[*a], &findings[*b]).then(a.cmp(b)));
        let mut kept: Vec<usize> = Vec::with_capacity(order.len());
        for i in order {
            if kept.iter().any(|k| excludes(&findings[*k], &findings[i])) {
                lost[i] = true;
            } else {
                kept.push(i);
            }
        }
        from = to;
    }
    if !lost.contains(&true) {
        return;
    }
    sink.sift(|i, _| lost[i].then_some(Reason::Covered));
}

/// Numbers and addresses before names before terms; then the longer, then the surer.
fn better(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let rank = |f: &Finding| match f.category {
        Category::Name => 1,
        c if c.group() == Group::Identifiers => 0,
        _ => 2,
    };
    rank(a)
        .cmp(&rank(b))
        .then(b.span.len().cmp(&a.span.len()))
        .then(b.confidence.total_cmp(&a.confidence))
        .then(a.kind.is_none().cmp(&b.kind.is_none()))
        .then(a.category.cmp(&b.category))
}

fn excludes(kept: &Finding, other: &Finding) -> bool {
    if !kept.span.overlaps(other.span) {
        return false;
    }
    if kept.category.group() == Group::Identifiers && other.category.group() == Group::Identifiers {
        return true;
    }
    if kept.category == other.category {
        return true;
    }
    // A number or an address never holds a term; a name inside a longer term is the term's (‘Crohns sjukdom’).
    kept.category.group() == Group::Identifiers && kept.category != Category::Name && kept.span.contains(other.span)
}
