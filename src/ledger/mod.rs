//! The record of decisions: one row per version of a file or per run, in SQLite on a local disk.
//!
//! On disk: a folder with `ledger.db` (WAL, `synchronous=FULL`), `key` and `head`. A row is written once and never
//! changed; its hash covers it and the hash of the row before, so that a row that is changed, taken out or moved is
//! noticed. `head` holds number and hash of a late row, for the rows that are cut off at the end. A job stands in a
//! table of its own from before its result becomes visible until its row is written, in the same transaction that
//! takes the job out. Crash story: after a crash a job is either still there, and is done again from its state, or
//! its row is. No content, no plain hashes: see `key`.

mod key;

pub use key::Key;

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the ledger cannot be used: durability is gone, stop taking work.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database.
    #[error("the ledger cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// The files around it.
    #[error("the ledger cannot be used: {0}")]
    Io(#[from] std::io::Error),
    /// It is not what it was.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
}

/// A row as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Row {
    /// Number from 1.
    pub sequence: i64,
    /// When it was written, UTC.
    pub time: String,
    /// The command: `watch`, `check`, `redact`.
    pub door: String,
    /// The watched folder, or nothing.
    pub folder: String,
    /// The file, without what must not stand in a file name.
    pub path: String,
    /// The strongest action.
    pub verdict: String,
    /// `clean`, `flagged`, `redacted`, `blocked`, `superseded`.
    pub state: String,
    /// Why it is blocked; empty otherwise.
    pub reason: String,
    /// Findings to flag, redact or block, by category.
    pub counts: BTreeMap<String, u64>,
    /// Findings by action.
    pub actions: BTreeMap<String, u64>,
    /// Texts judged.
    pub texts: u64,
    /// Where the texts stand.
    pub system: String,
    /// Where the texts stand.
    pub field: String,
    /// Version of the policy.
    pub policy_version: String,
    /// Version of the lexicons.
    pub lexicon_version: String,
    /// Keyed hash of the path as it is.
    pub path_key: String,
    /// Keyed hash of what identifies the version of the file.
    pub version_key: String,
    /// Keyed hash of the content.
    pub content_key: String,
    /// Keyed hash of the path of the result.
    pub target_key: String,
    /// The row whose result this one's took the place of; 0 for none.
    pub supersedes: i64,
}

/// A file between its scan and its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What its row will say.
    pub row: Row,
    /// The watched file.
    pub source: PathBuf,
    /// Device, inode, size, and times of the file that was scanned.
    pub identity: Vec<i64>,
    /// Where its result waits, if it has one.
    pub staged: Option<PathBuf>,
    /// Where its result goes.
    pub target: Option<PathBuf>,
    /// Keyed hash of its result.
    pub result_key: String,
    /// Where the original goes; if nowhere, it is removed once it is released.
    pub quarantine: Option<PathBuf>,
}

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    key: Key,
    head: PathBuf,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS rows (
        sequence INTEGER PRIMARY KEY, body TEXT NOT NULL, path_key TEXT NOT NULL, version_key TEXT NOT NULL,
        supersedes INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS by_path ON rows (path_key, sequence);
    CREATE INDEX IF NOT EXISTS by_superseded ON rows (supersedes);
    CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS attempts (version_key TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;";

impl Ledger {
    /// Opens the ledger in this folder, or makes one.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        std::fs::create_dir_all(folder)?;
        #[cfg(unix)]
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        if let Some(kind) = network(folder) {
            return Err(LedgerError::Damaged(format!(
                "{} is on a network file system ({kind}); it needs a local disk",
                folder.display()
            )));
        }
        let key = Key::load_or_make(&folder.join("key"))?;
        let db = Connection::open(folder.join("ledger.db"))?;
        db.busy_timeout(Duration::from_secs(5))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "secure_delete", "ON")?;
        let sound: String = db.query_row("PRAGMA quick_check", [], |r| r.get(0))?;
        if sound != "ok" {
            return Err(LedgerError::Damaged("SQLite finds faults in ledger.db".to_owned()));
        }
        db.execute_batch(SCHEMA)?;
        Ok(Self { db, key, head: folder.join("head") })
    }

    /// Its key.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Notes a job before its result becomes visible; its number.
    pub fn begin(&self, job: &Job) -> Result<i64, LedgerError> {
        let body = serde_json::to_string(job).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        self.db.execute("INSERT INTO jobs (body) VALUES (?1)", [body])?;
        Ok(self.db.last_insert_rowid())
    }

    /// Drops a job that will be done again from the beginning.
    pub fn forget(&self, job: i64) -> Result<(), LedgerError> {
        self.db.execute("DELETE FROM jobs WHERE id = ?1", [job])?;
        Ok(())
    }

    /// The jobs that a crash left.
    pub fn jobs(&self) -> Result<Vec<(i64, Job)>, LedgerError> {
        let mut statement = self.db.prepare("SELECT id, body FROM jobs ORDER BY id")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, String>(1)?)))?;
        rows.map(|r| {
            let (id, body) = r?;
            let job = serde_json::from_str(&body).map_err(|e| LedgerError::Damaged(format!("job {id}: {e}")))?;
            Ok((id, job))
        })
        .collect()
    }

    /// Counts an attempt at a version of a file; how many there have been. One that an earlier run did not survive is
    /// only tried `alone`: `None` otherwise. A count lost with the power costs one more attempt, so it does not wait for
    /// the disk; it outlives a crash of the program.
    pub fn attempt(&self, version_key: &str, alone: bool) -> Result<Option<u32>, LedgerError> {
        let sql = "SELECT count FROM attempts WHERE version_key = ?1";
        let before: u32 = self.db.query_row(sql, [version_key], |r| r.get(0)).optional()?.unwrap_or_default();
        if before > 0 && !alone {
            return Ok(None);
        }
        self.db.pragma_update(None, "synchronous", "NORMAL")?;
        let counted =
            self.db.execute("INSERT OR REPLACE INTO attempts VALUES (?1, ?2)", params![version_key, before + 1]);
        self.db.pragma_update(None, "synchronous", "FULL")?;
        counted?;
        Ok(Some(before + 1))
    }

    /// An attempt came to an end without a row and without harm.
    pub fn unharmed(&self, version_key: &str) -> Result<(), LedgerError> {
        self.db.execute("DELETE FROM attempts WHERE version_key = ?1", [version_key])?;
        Ok(())
    }

    /// Writes a row and takes its job out, both or neither. A version that has its row already gets no second one.
    pub fn finish(&mut self, row: &Row, job: Option<i64>) -> Result<i64, LedgerError> {
        let transaction = self.db.transaction()?;
        let last: Option<(i64, String)> = transaction
            .query_row("SELECT sequence, hash FROM head WHERE one = 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let (sequence, before) = last.map_or((1, String::new()), |(s, h)| (s + 1, h));
        let same: Option<i64> = transaction
            .query_row(
                "SELECT sequence FROM rows WHERE path_key = ?1 AND version_key = ?2 AND ?2 <> ''",
                params![row.path_key, row.version_key],
                |r| r.get(0),
            )
            .optional()?;
        let sequence = match same {
            Some(sequence) => sequence,
            None => {
                let row = Row { sequence, ..row.clone() };
                let body = serde_json::to_string(&row).map_err(|e| LedgerError::Damaged(e.to_string()))?;
                let hash = self.key.hash("row", format!("{before}\n{body}").as_bytes());
                transaction.execute(
                    "INSERT INTO rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![sequence, body, row.path_key, row.version_key, row.supersedes, hash],
                )?;
                transaction.execute("INSERT OR REPLACE INTO head VALUES (1, ?1, ?2)", params![sequence, hash])?;
                sequence
            }
        };
        if let Some(job) = job {
            transaction.execute("DELETE FROM jobs WHERE id = ?1", [job])?;
        }
        transaction.execute("DELETE FROM attempts WHERE version_key = ?1", [&row.version_key])?;
        // Only attempts in a row count: whoever kills the daemon from outside must not make its files look like poison.
        transaction.execute("UPDATE attempts SET count = 1 WHERE count > 1", [])?;
        transaction.commit()?;
        if sequence % 64 == 1 {
            self.note_head()?;
        }
        Ok(sequence)
    }

    /// Writes number and hash of the last row into a file beside the database.
    pub fn note_head(&self) -> Result<(), LedgerError> {
        let head: Option<(i64, String)> = self
            .db
            .query_row("SELECT sequence, hash FROM head WHERE one = 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        if let Some((sequence, hash)) = head {
            std::fs::write(&self.head, format!("{sequence} {hash}\n"))?;
        }
        Ok(())
    }

    /// The last row of a path.
    pub fn last(&self, path_key: &str) -> Result<Option<Row>, LedgerError> {
        let sql = "SELECT body, 0 FROM rows WHERE path_key = ?1 ORDER BY sequence DESC LIMIT 1";
        self.db.query_row(sql, [path_key], read).optional()?.transpose()
    }

    /// Every row in order, with the state it has now.
    pub fn list(&self, mut each: impl FnMut(Row) -> std::io::Result<()>) -> Result<(), LedgerError> {
        let sql = "SELECT body, EXISTS (SELECT 1 FROM rows later WHERE later.supersedes = rows.sequence) \
                   FROM rows ORDER BY sequence";
        let mut statement = self.db.prepare(sql)?;
        for row in statement.query_map([], read)? {
            each(row??)?;
        }
        Ok(())
    }

    /// Reads the whole chain again; the number of rows, or the first fault.
    pub fn verify(&self) -> Result<i64, LedgerError> {
        let mut statement = self
            .db
            .prepare("SELECT sequence, body, hash, path_key, version_key, supersedes FROM rows ORDER BY sequence")?;
        let mut rows = statement.query([])?;
        let noted = std::fs::read_to_string(&self.head).ok();
        let noted =
            noted.as_deref().and_then(|h| h.trim().split_once(' ')).map(|(s, h)| (s.parse::<i64>(), h.to_owned()));
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
        let head: Option<(i64, String)> = self
            .db
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

fn read(row: &SqlRow<'_>) -> rusqlite::Result<Result<Row, LedgerError>> {
    let body: String = row.get(0)?;
    let superseded: bool = row.get(1)?;
    let row = serde_json::from_str::<Row>(&body).map_err(|e| LedgerError::Damaged(e.to_string()));
    Ok(row.map(|mut r| {
        if superseded {
            r.state = "superseded".to_owned();
        }
        r
    }))
}

/// The kind of a network file system, if a folder is on one.
pub fn network(folder: &Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        // Numbers of statfs(2).
        let kind = rustix::fs::statfs(folder).ok()?.f_type as u64 & 0xFFFF_FFFF;
        match kind {
            0x6969 => Some("NFS"),
            0x517B | 0xFF53_4D42 | 0xFE53_4D42 => Some("SMB"),
            0x6573_5546 => Some("FUSE"),
            0x0102_1997 => Some("9P"),
            0x5346_414F => Some("AFS"),
            _ => None,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        None
    }
}
