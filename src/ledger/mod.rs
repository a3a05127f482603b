//! The record of decisions: one row per version of a file or per run, in SQLite on a local disk.
//!
//! On disk: `ledger.sqlite` (WAL, `synchronous=FULL`), and beside it `key` and `head`. A row is written once and never
//! changed; its hash covers it and the hash of the row before, so that a row that is changed, taken out or moved is
//! noticed. `head` holds number and hash of a late row, for the rows that are cut off at the end. A job stands in a
//! table of its own from before its result becomes visible until its row is written, in the same transaction that
//! takes the job out. Crash story: after a crash a job is either still there, and what is left of it is done, or its
//! row is. Jobs hold paths as they are; what is taken out of the database is overwritten, and `tidy` empties the WAL.
//! No content, no plain hashes: see `key`.

mod key;
mod row;
mod verify;

pub use key::Key;
pub use row::{Job, Row};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row as SqlRow, params};
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

impl LedgerError {
    /// Whether the cause may go away by itself: another program holds the ledger, or its disk is full.
    pub fn passes(&self) -> bool {
        let Self::Database(rusqlite::Error::SqliteFailure(e, _)) = self else { return false };
        use ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        matches!(e.code, DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure | CannotOpen)
    }
}

/// The file of the ledger in its folder.
pub const FILE: &str = "ledger.sqlite";

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    key: Key,
    file: PathBuf,
    head: PathBuf,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS rows (
        sequence INTEGER PRIMARY KEY, body TEXT NOT NULL, path_key TEXT NOT NULL, version_key TEXT NOT NULL,
        supersedes INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS by_path ON rows (path_key, sequence);
    CREATE INDEX IF NOT EXISTS by_superseded ON rows (supersedes);
    CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, path_key TEXT NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS attempts (version_key TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;";

impl Ledger {
    /// Opens the ledger in this folder, or makes one.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        Self::open_file(&folder.join(FILE))
    }

    /// Opens the ledger in this file, or makes one; its key is in the same folder.
    pub fn open_file(file: &Path) -> Result<Self, LedgerError> {
        let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            use std::os::unix::fs::DirBuilderExt;
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        if let Some(kind) = network(folder) {
            return Err(LedgerError::Damaged(format!(
                "{} is on a network file system ({kind}); it needs a local disk",
                folder.display()
            )));
        }
        let key = Key::load_or_make(&folder.join("key"))?;
        let db = connect(file)?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db, key, file: file.to_owned(), head: folder.join("head") })
    }

    /// An error if SQLite finds faults in the file. Reads all of it.
    pub fn sound(&self) -> Result<(), LedgerError> {
        let sound: String = self.db.query_row("PRAGMA quick_check", [], |r| r.get(0))?;
        if sound == "ok" {
            return Ok(());
        }
        Err(LedgerError::Damaged(format!("SQLite finds faults in {}", self.file.display())))
    }

    /// The same ledger through a connection of its own, so that reading does not wait for writing.
    pub fn again(&self) -> Result<Self, LedgerError> {
        Ok(Self { db: connect(&self.file)?, key: self.key.clone(), file: self.file.clone(), head: self.head.clone() })
    }

    /// Its key.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Notes jobs before their results become visible, all or none; their numbers.
    pub fn begin<'a>(&mut self, jobs: impl Iterator<Item = &'a Job>) -> Result<Vec<i64>, LedgerError> {
        let transaction = self.db.transaction()?;
        let mut numbers = Vec::new();
        {
            let mut insert = transaction.prepare_cached("INSERT INTO jobs (path_key, body) VALUES (?1, ?2)")?;
            for job in jobs {
                let body = serde_json::to_string(job).map_err(|e| LedgerError::Damaged(e.to_string()))?;
                numbers.push(insert.insert(params![job.row.path_key, body])?);
            }
        }
        transaction.commit()?;
        Ok(numbers)
    }

    /// Drops a job that will be done again from the beginning.
    pub fn forget(&self, job: i64) -> Result<(), LedgerError> {
        self.db.execute("DELETE FROM jobs WHERE id = ?1", [job])?;
        Ok(())
    }

    /// The jobs that are not done.
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

    /// Whether a job of this path is not done.
    pub fn has_job(&self, path_key: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM jobs WHERE path_key = ?1)";
        Ok(self.db.prepare_cached(sql)?.query_row([path_key], |r| r.get(0))?)
    }

    /// How often the program did not survive a version of a file.
    pub fn attempts(&self, version_key: &str) -> Result<u32, LedgerError> {
        let mut statement = self.db.prepare_cached("SELECT count FROM attempts WHERE version_key = ?1")?;
        Ok(statement.query_row([version_key], |r| r.get(0)).optional()?.unwrap_or_default())
    }

    /// The program did not survive a version of a file, or was stopped while it read it.
    pub fn count_attempt(&self, version_key: &str) -> Result<(), LedgerError> {
        let sql = "INSERT INTO attempts VALUES (?1, 1) ON CONFLICT DO UPDATE SET count = count + 1";
        self.db.execute(sql, [version_key])?;
        Ok(())
    }

    /// Writes a row.
    pub fn write(&mut self, row: &Row) -> Result<i64, LedgerError> {
        Ok(self.finish(&[(row, None)])?[0])
    }

    /// Writes rows and takes their jobs out, all or none; their numbers. A version that has its row gets no second one.
    pub fn finish(&mut self, rows: &[(&Row, Option<i64>)]) -> Result<Vec<i64>, LedgerError> {
        // Immediate: another program may write rows, too, and the chain is read before it is made longer.
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut numbers = Vec::with_capacity(rows.len());
        {
            let last = "SELECT sequence, hash FROM head WHERE one = 1";
            let last = transaction.query_row(last, [], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
            let (mut late, mut before): (i64, String) = last.unwrap_or_default();
            let same = "SELECT sequence FROM rows WHERE path_key = ?1 AND version_key = ?2 AND ?2 <> ''";
            let mut same = transaction.prepare_cached(same)?;
            let mut insert = transaction.prepare_cached("INSERT INTO rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for (row, job) in rows {
                let there = same.query_row(params![row.path_key, row.version_key], |r| r.get(0)).optional()?;
                if let Some(sequence) = there {
                    numbers.push(sequence);
                } else {
                    late += 1;
                    let row = Row { sequence: late, ..(*row).clone() };
                    let body = serde_json::to_string(&row).map_err(|e| LedgerError::Damaged(e.to_string()))?;
                    before = self.key.hash("row", format!("{before}\n{body}").as_bytes());
                    insert.execute(params![late, body, row.path_key, row.version_key, row.supersedes, before])?;
                    numbers.push(late);
                }
                if let Some(job) = job {
                    transaction.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([job])?;
                }
                transaction
                    .prepare_cached("DELETE FROM attempts WHERE version_key = ?1")?
                    .execute([&row.version_key])?;
            }
            if late > 0 {
                transaction.execute("INSERT OR REPLACE INTO head VALUES (1, ?1, ?2)", params![late, before])?;
            }
            // Only attempts in a row count: whoever kills the program from outside must not make its files look like
            // poison.
            transaction.execute("UPDATE attempts SET count = 1 WHERE count > 1", [])?;
        }
        transaction.commit()?;
        if numbers.iter().any(|n| n % 64 == 1) {
            self.note_head()?;
        }
        Ok(numbers)
    }

    /// Writes number and hash of the last row into a file beside the database.
    pub fn note_head(&self) -> Result<(), LedgerError> {
        let sql = "SELECT sequence, hash FROM head WHERE one = 1";
        let head = self.db.query_row(sql, [], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?))).optional()?;
        if let Some((sequence, hash)) = head {
            std::fs::write(&self.head, format!("{sequence} {hash}\n"))?;
        }
        Ok(())
    }

    /// Nothing is being done: notes the last row beside the database and empties the WAL, so that no name of a file
    /// stays behind in it.
    pub fn tidy(&self) -> Result<(), LedgerError> {
        self.note_head()?;
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// The last row of a path.
    pub fn last(&self, path_key: &str) -> Result<Option<Row>, LedgerError> {
        let sql = "SELECT body, 0 FROM rows WHERE path_key = ?1 ORDER BY sequence DESC LIMIT 1";
        self.db.prepare_cached(sql)?.query_row([path_key], read).optional()?.transpose()
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
}

fn connect(file: &Path) -> Result<Connection, LedgerError> {
    let db = Connection::open(file)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "secure_delete", "ON")?;
    Ok(db)
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
