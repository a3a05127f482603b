//! How far a long run has come: one line on standard error, where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// A run as short as this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes read and files begun.
#[derive(Clone)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Progress {
    /// Shows itself unless `quiet` or where nobody looks.
    pub(super) fn new(quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        let bar = shown.then(|| {
            let style = ProgressStyle::with_template("{spinner} {bytes} · {msg} · {elapsed}");
            let style = style.expect("the template is right").progress_chars("━━ ");
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
        });
        Self { bar, since: Instant::now() }
    }

    /// Names what is read now.
    pub(super) fn file(&self, name: String) {
        if let Some(bar) = self.bar.as_ref().filter(|_| self.since.elapsed() > PATIENCE) {
            bar.set_message(name);
        }
    }

    /// A reader whose bytes are counted.
    pub(super) fn count<R: Read>(&self, reader: R) -> Counted<R> {
        Counted { reader, progress: self.clone() }
    }

    /// Output that the line makes way for.
    pub(super) fn aside<W: Write>(&self, writer: W) -> Aside<W> {
        Aside { writer, progress: self.clone() }
    }

    /// Does something while the line is away.
    pub(super) fn away<T>(&self, act: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(act),
            None => act(),
        }
    }

    /// Takes the line away for good.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// See [`Progress::count`].
pub(super) struct Counted<R> {
    reader: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        if let Some(bar) = self.progress.bar.as_ref().filter(|_| self.progress.since.elapsed() > PATIENCE) {
            bar.inc(count as u64);
        }
        Ok(count)
    }
}

/// See [`Progress::aside`].
pub(super) struct Aside<W> {
    writer: W,
    progress: Progress,
}

impl<W: Write> Write for Aside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress.away(|| self.writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.progress.away(|| self.writer.flush())
    }
}
