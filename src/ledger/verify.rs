//! Whether the ledger is what was written.

use super::{Ledger, LedgerError, Row};
use rusqlite::OptionalExtension;

impl Ledger {
    /// Reads the whole chain again; the number of rows, or the first fault.
    pub fn verify(&self) -> Result<i64, LedgerError> {
        // What is noted beside is read first: it may only be older than what is read after it.
        let noted = std::fs::read_to_string(&self.head).ok();
        let noted =
            noted.as_deref().and_then(|h| h.trim().split_once(' ')).map(|(s, h)| (s.parse::<i64>(), h.to_owned()));
        let one_moment = self.db.unchecked_transaction()?;
        let mut statement = one_moment
            .prepare("SELECT sequence, body, hash, path_key, version_key, supersedes FROM rows ORDER BY sequence")?;
        let mut rows = statement.query([])?;
        let (mut count, mut before) = (0i64, String::new());
        while let Some(row) = rows.next()? {
            count += 1;
            let (sequence, body, hash): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let keys: (String, String, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let expected = self.key.hash("row", format!("{before}\n{body}").as_bytes());
            let said: Row = serde_json::from_str(&body).unwrap_or_default();
            let same = said.sequence == sequence && (said.path_key, said.version_key, said.supersedes) == keys;
            if sequence != count || hash != expected || !same {
                return Err(LedgerError::Damaged(format!("row {count} is not what was written")));
            }
            if let Some((Ok(at), noted)) = &noted
                && *at == sequence
                && *noted != hash
            {
                return Err(LedgerError::Damaged(format!(
                    "row {count} is not the one that was noted beside the ledger"
                )));
            }
            before = hash;
        }
        let head: Option<(i64, String)> = one_moment
            .query_row("SELECT sequence, hash FROM head WHERE one = 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let cut = head.as_ref().map_or(count > 0, |(s, h)| *s != count || *h != before);
        let noted_later = matches!(&noted, Some((Ok(at), _)) if *at > count);
        if cut || noted_later {
            return Err(LedgerError::Damaged(format!("rows are missing after row {count}")));
        }
        Ok(count)
    }
}
