//! A document from bytes to bytes: unpacked, sniffed, judged, edited, packed again.

use crate::format::{self, Flaw, Format, FormatError, HEAD, Input, Packing, Told};
use crate::judge::{Judge, Known, Seen, Unmapped};
use crate::model::{Action, Encoding, FieldName, Lang};
use crate::pipeline::Engine;
use crate::policy::Policy;
use std::io::{self, Write};
use std::path::Path;

/// What the caller says about a document.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where its texts stand, as far as it is said.
    pub name: FieldName,
    /// Its language, if it is said.
    pub lang: Option<Lang>,
    /// Its format, if it is said.
    pub format: Option<Said>,
    /// Its encoding, if it is said.
    pub encoding: Option<Encoding>,
    /// Threads that judge; 0 is 1.
    pub threads: usize,
    /// Texts are edited; otherwise they are only judged.
    pub redact: bool,
}

/// A format as people say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// This one.
    Format(Format),
    /// A table whose delimiter is to be found out.
    Table,
    /// Rows of the widths that the policy gives for the system.
    Fixed,
}

/// What came of a document.
#[derive(Debug)]
pub struct Scanned {
    /// The strongest action.
    pub verdict: Action,
    /// Whether every edited text was read again and came out clean.
    pub settled: bool,
    /// Texts judged.
    pub texts: u64,
    /// Free text that no rule names.
    pub unmapped: Vec<Unmapped>,
    /// Columns, keys and elements in the order they were met.
    pub columns: Vec<Known>,
    /// Where the document breaks its format. All of it was read, but not all as what it should be.
    pub flaws: Vec<Flaw>,
    /// How many more such places there are.
    pub more_flaws: usize,
}

impl Scanned {
    /// The flaws in one sentence; `None` if there are none.
    pub fn flaw(&self) -> Option<String> {
        let first = self.flaws.first()?;
        let more = self.flaws.len() - 1 + self.more_flaws;
        Some(if more > 0 { format!("{first} (and {more} more)") } else { first.to_string() })
    }
}

/// Reads a document, tells what is judged in order, and writes it on with what must go taken out.
pub fn scan(
    engine: &Engine,
    options: &Options,
    input: Input<'_>,
    path: Option<&Path>,
    output: &mut dyn Write,
    tell: &mut dyn FnMut(&Told<'_, Seen>) -> io::Result<()>,
) -> Result<Scanned, FormatError> {
    let (mut input, packing) = format::unpack(input)?;
    let name = path.map_or_else(|| options.name.clone(), |p| name_for(&engine.policy, &options.name, p));
    let system = name.system.as_deref().and_then(|s| engine.policy.system(s));
    let widths = || system.map(|s| s.fixed.clone()).filter(|w| !w.is_empty());
    let said = match &options.format {
        Some(Said::Format(format)) => Some(format.clone()),
        Some(Said::Table) => Some(Format::Csv('\0')),
        Some(Said::Fixed) => Some(Format::Fixed(widths().ok_or(FormatError::Unread(
            "the policy gives no widths for this system (`fixed:` in the configuration)".into(),
        ))?)),
        None => None,
    };
    // A caller that waits for an answer before it writes on must not be kept waiting for the rest of the head.
    input.fill_for_now(HEAD)?;
    let encoding = options.encoding.or(system.and_then(|s| s.encoding));
    let mut sniffed = format::sniff(input.bytes(), input.ended(), path, said, encoding)?;
    if options.format.is_none()
        && matches!(sniffed.format, Format::Text | Format::Csv(_))
        && let Some(widths) = widths()
    {
        sniffed.format = Format::Fixed(widths);
    }
    tracing::debug!(format = sniffed.format.id(), encoding = sniffed.encoding.id(), "reading a document");
    let judge = Judge::new(engine, name, options.lang, options.redact);
    let keep_name = match &packing {
        Packing::Gzip { name: Some(name), .. } => {
            let name = String::from_utf8_lossy(name);
            engine.neutral_name(&name) == name
        }
        _ => true,
    };
    let mut packer = packing.pack(output, keep_name)?;
    let outcome = format::stream(&mut input, &mut packer, &sniffed, &judge, options.threads, tell)?;
    packer.finish()?;
    Ok(Scanned {
        verdict: judge.verdict(),
        settled: judge.settled(),
        texts: outcome.texts,
        unmapped: judge.unmapped(),
        columns: judge.columns(),
        flaws: outcome.flaws,
        more_flaws: outcome.more_flaws,
    })
}

/// Where the text of a file stands: as given, else as its name says.
pub fn name_for(policy: &Policy, given: &FieldName, path: &Path) -> FieldName {
    if given.system.is_some() {
        return given.clone();
    }
    let guessed = guess_field(policy, path);
    FieldName { field: given.field.clone().or(guessed.field), system: guessed.system }
}

/// What a file's name says about where its text stands: `vklass_franvaro.csv`, `lex.csv`.
fn guess_field(policy: &Policy, path: &Path) -> FieldName {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    let parts: Vec<&str> = stem.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).collect();
    for take in (1..=parts.len().min(2)).rev() {
        let Some(system) = policy.system(&parts[..take].join("_")) else {
            continue;
        };
        let named = |p: &&str| policy.field(system, p).or_else(|| policy.field_of_column(system, p));
        let field = parts[take..].iter().find_map(named).filter(|f| !f.id.contains('*'));
        return FieldName { system: Some(system.id.clone()), field: field.map(|f| f.id.clone()) };
    }
    FieldName::default()
}
