//! Arguments to engine: the configuration in force, a site's own lists, where a text stands.

use super::args::{Args, InputFormat, LangArg, TextArgs};
use super::compiled;
use crate::format::Format;
use crate::lexicon::{CueSet, Paradigms, Sources, Tables, compile, load_list};
use crate::model::{Date, Encoding, FieldName, Lang, Problem, nearest};
use crate::pipeline::{Engine, Keys, patterns, site_policy};
use crate::policy::{Policy, Waiver};
use crate::scan::{Options, Said};
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};

/// Today in the local calendar. The core takes it as an argument; here the clock is read.
pub(super) fn today() -> Date {
    let now = jiff::Zoned::now().date();
    Date {
        year: u16::try_from(now.year()).unwrap_or_default(),
        month: now.month().unsigned_abs(),
        day: now.day().unsigned_abs(),
    }
}

/// The configuration file in force, if there is one.
pub(super) fn config_file(args: &Args) -> Option<PathBuf> {
    args.config.clone().or_else(|| {
        let here = std::env::current_dir().ok()?;
        here.ancestors()
            .map(|d| d.join("fritext.yaml"))
            .chain([PathBuf::from("/etc/fritext/fritext.yaml")])
            .find(|p| p.is_file())
    })
}

/// The engine with the configuration in force. Warnings go to standard error.
pub(super) fn engine(args: &Args) -> Result<Engine> {
    engine_of(args, config_file(args))
}

/// The engine with this configuration, or the built-in one.
pub(super) fn engine_of(args: &Args, file: Option<PathBuf>) -> Result<Engine> {
    let mut engine = Engine::builtin(today());
    let Some(path) = file else {
        return Ok(engine);
    };
    tracing::info!(file = %path.display(), "reading the configuration");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{}: cannot read the configuration", path.display()))?;
    match site_policy(&path.display().to_string(), &text) {
        Ok((policy, warnings)) => {
            if !args.quiet {
                warnings.iter().for_each(|w| super::say(&w.to_string()));
            }
            engine.policy = policy;
        }
        Err(problems) => bail!("{}", told(&problems)),
    }
    furnish(&mut engine, &path)?;
    let expired = engine.policy.waivers.iter().filter(|w| w.expired(engine.today));
    if !args.quiet {
        expired.for_each(|w| super::say(&expired_waiver(&path.display().to_string(), w).to_string()));
    }
    Ok(engine)
}

/// A waiver whose last day is over, as a warning.
pub(super) fn expired_waiver(file: &str, waiver: &Waiver) -> Problem {
    let (year, month, day) = waiver.until;
    let message = format!(
        "this waiver ended on {year}-{month:02}-{day:02} and does not apply; renew it with its owner, {}, or take it out",
        waiver.owner
    );
    Problem { file: file.to_owned(), line: waiver.line, column: 1, warning: true, message }
}

/// Keys, patterns and lists that the configuration in this file names.
pub(super) fn furnish(engine: &mut Engine, path: &Path) -> Result<()> {
    let beside = |name: &str| path.parent().unwrap_or(Path::new(".")).join(name);
    if let Some(dir) = &engine.policy.keys {
        let folder = beside(dir);
        engine.keys = Keys::load(&folder).map_err(|(file, e)| {
            anyhow!("{}: {}; `fritext keys init` makes it", folder.join(file).display(), super::files::reason(&e))
        })?;
    }
    let folders: Vec<PathBuf> = engine.policy.lexicons.iter().map(|l| beside(l)).collect();
    let mut lexicons = engine.lexicons.clone();
    if !folders.is_empty() {
        let program = lexicons.tables()[0].fingerprint();
        lexicons = lexicons.with(own_lists(&folders, program)?);
    }
    engine.lexicons = lexicons.with_patterns(patterns(&engine.policy));
    Ok(())
}

/// Problems as lines of one error, the first ones if there are many.
pub(super) fn told(problems: &[Problem]) -> String {
    const MANY: usize = 20;
    let mut lines: Vec<String> = problems.iter().take(MANY).map(ToString::to_string).collect();
    if problems.len() > MANY {
        lines.push(format!("and {} more", problems.len() - MANY));
    }
    lines.join("\n")
}

/// Compiles lists of these files and folders, or takes what was kept of them.
fn own_lists(paths: &[PathBuf], program: u64) -> Result<Tables> {
    let lists = list_texts(paths)?;
    compiled::tables(&lists, program, || {
        let (sources, problems) = parse_lists(&lists)?;
        if !problems.is_empty() {
            bail!("{}", told(&problems));
        }
        match compile(&sources) {
            Ok(bytes) => Ok(Tables::new(bytes)),
            Err(problems) => bail!("{}", told(&problems)),
        }
    })
}

/// Reads lists of files and folders, with the built-in model words.
pub(super) fn read_lists(paths: &[PathBuf]) -> Result<(Sources, Vec<Problem>)> {
    parse_lists(&list_texts(paths)?)
}

fn list_texts(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok((file, text))
    };
    list_files(paths)?.into_iter().map(read).collect()
}

/// Reads lists, each a file and its text; a list's language is the name of its folder.
fn parse_lists(lists: &[(PathBuf, String)]) -> Result<(Sources, Vec<Problem>)> {
    let mut sources = Sources { paradigms: paradigms(), cues: CueSet::default(), ..Sources::default() };
    let mut problems = Vec::new();
    for (file, text) in lists {
        let folder =
            file.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(lang) = Lang::from_id(&folder) else {
            bail!("{}: the folder of a list is named after its language, sv or da", file.display());
        };
        match load_list(&file.display().to_string(), lang, text, &sources.paradigms[lang as usize]) {
            Ok(list) => sources.lists.push(list),
            Err(p) => problems.extend(p),
        }
    }
    Ok((sources, problems))
}

/// The list files among paths: files as given, folders searched for `.yaml` less those that are no lists.
fn list_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
                .with_context(|| path.display().to_string())?
                .map(|e| e.map(|e| e.path()))
                .collect::<Result<_, _>>()?;
            inside.sort();
            inside.retain(|p| {
                let name = p.file_name().unwrap_or_default().to_string_lossy();
                p.is_dir()
                    || name.ends_with(".yaml")
                        && !matches!(
                            &*name,
                            "paradigms.yaml" | "cues.yaml" | "names.yaml" | "categories.yaml" | "messages.yaml"
                        )
            });
            out.extend(list_files(&inside)?);
        } else {
            out.push(path.clone());
        }
    }
    Ok(out)
}

/// The built-in model words.
pub(super) fn paradigms() -> [Paradigms; 2] {
    [include_str!("../../lexicons/sv/paradigms.yaml"), include_str!("../../lexicons/da/paradigms.yaml")]
        .map(|text| Paradigms::load("paradigms.yaml", text).expect("build.rs read the same file"))
}

/// System and field as given on the command line; unknown ones are errors.
pub(super) fn field_name(policy: &Policy, text: &TextArgs) -> Result<FieldName> {
    if let Some(name) = &text.stands.system {
        let Some(system) = policy.system(name) else {
            let known =
                policy.systems().flat_map(|s| [s.id.as_str()].into_iter().chain(s.also.iter().map(String::as_str)));
            bail!("unknown system ‘{name}’{}; `fritext config show` lists them", nearest(name, known));
        };
        if let Some(field) = &text.stands.field
            && policy.field(system, field).is_none()
            && policy.field(&policy.default, field).is_none()
        {
            let known = policy.fields(system).chain(policy.fields(&policy.default)).map(|f| f.id.as_str());
            bail!(
                "unknown field ‘{field}’ of {}{}; `fritext config show {}` lists them",
                system.id,
                nearest(field, known),
                system.id
            );
        }
    } else if let Some(field) = &text.stands.field
        && policy.field(&policy.default, field).is_none()
    {
        bail!("--field {field} needs --system: a field belongs to a system");
    }
    Ok(FieldName { system: text.stands.system.clone(), field: text.stands.field.clone() })
}

/// Version of a policy: changes whenever a rule does.
pub(super) fn policy_version(policy: &Policy) -> String {
    let bytes = postcard::to_allocvec(policy).unwrap_or_default();
    format!("{:016x}", crate::lexicon::fingerprint(&bytes))
}

/// The language given on the command line.
pub(super) fn lang(text: &TextArgs) -> Option<Lang> {
    lang_said(text.stands.lang)
}

/// The language that a word on the command line means.
pub(super) const fn lang_said(lang: LangArg) -> Option<Lang> {
    match lang {
        LangArg::Sv => Some(Lang::Sv),
        LangArg::Da => Some(Lang::Da),
        LangArg::Auto => None,
    }
}

/// What the options say about the document to read.
pub(super) fn scan_options(text: &TextArgs, name: &FieldName, threads: usize, redact: bool) -> Result<Options> {
    let encoding = Encoding::from_id(&text.encoding);
    if text.encoding != "auto" && encoding.is_none() {
        let known: Vec<&str> = Encoding::ALL.iter().map(|(_, name, _)| *name).collect();
        bail!("unknown encoding ‘{}’: auto, {} are known", text.encoding, known.join(", "));
    }
    let format = match text.input_format {
        InputFormat::Auto | InputFormat::Records => None,
        InputFormat::Text => Some(Said::Format(Format::Text)),
        InputFormat::Csv => Some(Said::Table),
        InputFormat::Tsv => Some(Said::Format(Format::Csv('\t'))),
        InputFormat::Fixed => Some(Said::Fixed),
        InputFormat::Json => Some(Said::Format(Format::Json)),
        InputFormat::Jsonl => Some(Said::Format(Format::JsonLines)),
        InputFormat::Xml => Some(Said::Format(Format::Xml)),
        InputFormat::Html => Some(Said::Format(Format::Html)),
    };
    Ok(Options { name: name.clone(), lang: lang(text), format, encoding, threads, redact })
}
