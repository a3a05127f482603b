//! Something wrong in a file that people edit, worded for the person who edits it.

use std::fmt;

/// One problem in a data or configuration file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file as the user named it.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// Whether work can go on.
    pub warning: bool,
    /// One sentence: what is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}:{}: {level}{}", self.file, self.line, self.column, self.message)
    }
}

/// The known word most like `word`, as ` (did you mean ‘x’?)`, or nothing when none is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let wanted = word.to_lowercase();
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|k| (edits(&wanted, k), k))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map_or_else(String::new, |(_, k)| format!(" (did you mean ‘{k}’?)"))
}

/// Edit distance in characters; a swap of neighbours counts once.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_names_a_near_word_only() {
        assert_eq!(nearest("actoin", ["action", "name"]), " (did you mean ‘action’?)");
        assert_eq!(nearest("vclass", ["vklass", "extens"]), " (did you mean ‘vklass’?)");
        assert_eq!(nearest("zebra", ["vklass", "extens"]), "");
    }
}
