//! A file of findings beside the row of a file (`reports:`): the lines that `fritext check --format jsonl` would print, without
//! text. A file without findings has none.

use super::place::make_folders;
use crate::durable::Replacement;
use crate::format::Told;
use crate::judge::Seen;
use crate::pipeline::Engine;
use crate::record::{Offsets, Shape, field_entry};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The findings of one file.
pub(super) struct Findings {
    /// The watched file, without what must not stand in a name.
    name: String,
    file: PathBuf,
    lines: BufWriter<Replacement>,
    any: bool,
}

impl Findings {
    /// Begins a file below `reports`.
    pub(super) fn begin(reports: &Path, name: &Path) -> io::Result<Self> {
        let mut file = reports.join(name).into_os_string();
        file.push(".jsonl");
        let file = PathBuf::from(file);
        make_folders(&file)?;
        let lines = BufWriter::new(Replacement::new(&file)?);
        Ok(Self { name: name.display().to_string(), file, lines, any: false })
    }

    /// Writes the findings of a text.
    pub(super) fn tell(&mut self, engine: &Engine, told: &Told<'_, Seen>) -> io::Result<()> {
        if told.judged.judged.decisions.is_empty() {
            return Ok(());
        }
        self.any = true;
        let shape = Shape { locale: told.judged.judged.lang.id(), offsets: Offsets::Utf8, show_text: false };
        serde_json::to_writer(&mut self.lines, &field_entry(engine, told, &self.name, shape))?;
        writeln!(self.lines)
    }

    /// Puts the file in place, or takes that of an older version away.
    pub(super) fn end(self) -> io::Result<()> {
        if self.any {
            return self.lines.into_inner().map_err(io::IntoInnerError::into_error)?.commit();
        }
        match std::fs::remove_file(&self.file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}
