//! A term as written: words, groups and gaps.

use super::fold::is_word_char;

/// One piece of a term as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Word(String),
    Group(String),
    Gap,
}

/// Parts a term into words, `{group}`s and `..`; the error is one sentence for its author.
pub(super) fn pieces(written: &str) -> Result<Vec<Piece>, String> {
    let mut out = Vec::new();
    for part in written.split(' ') {
        if part == ".." {
            out.push(Piece::Gap);
            continue;
        }
        let mut rest = part;
        while !rest.is_empty() {
            if let Some(group) = rest.strip_prefix('{') {
                let Some((name, after)) = group.split_once('}') else {
                    return Err(format!("‘{written}’: {{ and }} must come in pairs"));
                };
                out.push(Piece::Group(name.to_owned()));
                rest = after;
                continue;
            }
            let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
            if end == 0 {
                rest = &rest[rest.chars().next().map_or(1, char::len_utf8)..];
            } else {
                out.push(Piece::Word(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
    }
    if out.is_empty() || out.first() == Some(&Piece::Gap) || out.last() == Some(&Piece::Gap) {
        return Err(format!("‘{written}’: a term begins and ends with a word or a group"));
    }
    Ok(out)
}
