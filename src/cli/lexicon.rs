//! `fritext lexicon`: check, sort, count and search the lists.

use super::args::{Args, LexiconArgs, LexiconCommand};
use super::proofs::prove;
use super::{Status, setup};
use crate::lexicon::{Flags, Hit, Sources, Tables, compile, fold};
use crate::model::{Lang, Problem};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &Args, a: &LexiconArgs) -> Result<Status> {
    match &a.command {
        LexiconCommand::Check { paths } => check(args, paths),
        LexiconCommand::Fmt { paths } => paths.iter().try_for_each(|p| sort(p)).map(|()| Status::Clean),
        LexiconCommand::Stats => stats(args),
        LexiconCommand::Find { word } => find(args, word),
        LexiconCommand::Forms { word } => forms(word),
    }
}

/// Checks form and proofs: of the built-in lists, or of files, which may use the built-in groups and cue words.
fn check(args: &Args, paths: &[PathBuf]) -> Result<Status> {
    let (sources, mut problems) = if paths.is_empty() { builtin_lists() } else { setup::read_lists(paths)? };
    let engine = setup::engine(args)?;
    let lexicons = if paths.is_empty() {
        engine.lexicons
    } else {
        match compile(&Sources {
            lists: sources.lists.clone(),
            paradigms: sources.paradigms.clone(),
            ..Sources::default()
        }) {
            Ok(bytes) => engine.lexicons.with(Tables::new(bytes)),
            Err(p) => {
                problems.extend(p);
                engine.lexicons
            }
        }
    };
    for list in &sources.lists {
        problems.extend(prove(&lexicons, list, setup::today()));
        problems.extend(unsorted(list));
    }
    let mut out = io::stdout().lock();
    problems.sort();
    problems.iter().try_for_each(|p| writeln!(out, "{p}"))?;
    let proofs: usize = sources.lists.iter().map(|l| l.examples.len() + l.counterexamples.len()).sum();
    if !args.quiet {
        let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let (lists, problems) = (counted(sources.lists.len(), "list"), counted(problems.len(), "problem"));
        writeln!(out, "{lists}, {}, {problems}", counted(proofs, "proof"))?;
    }
    Ok(if problems.is_empty() { Status::Clean } else { Status::Found })
}

/// The lists that are compiled into this binary, as they were written.
pub(crate) fn builtin_lists() -> (Sources, Vec<Problem>) {
    let mut sources = Sources { paradigms: setup::paradigms(), ..Sources::default() };
    let mut problems = Vec::new();
    for (file, text) in crate::builtin::LISTS {
        let lang = if file.starts_with("lexicons/sv") { Lang::Sv } else { Lang::Da };
        match crate::lexicon::load_list(file, lang, text, &sources.paradigms[lang as usize]) {
            Ok(list) => sources.lists.push(list),
            Err(p) => problems.extend(p),
        }
    }
    (sources, problems)
}

fn unsorted(list: &crate::lexicon::List) -> Option<Problem> {
    let pair = list.terms.windows(2).find(|w| w[0].written > w[1].written)?;
    Some(Problem {
        file: list.file.clone(),
        line: pair[1].line,
        column: 3,
        warning: false,
        message: format!("‘{}’ is out of order; `fritext lexicon fmt` sorts the terms", pair[1].written),
    })
}

/// Sorts the lines below `terms:` and `not:` by their term; remarks at a line's end go with it.
fn sort(path: &Path) -> Result<()> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(name)?;
    let mut out: Vec<String> = Vec::new();
    let mut block: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let entry = inside && line.starts_with("  ") && !line.trim_start().is_empty();
        if entry && line.trim_start().starts_with('#') {
            continue;
        }
        if entry {
            block.push((key(line.trim_start()), line.to_owned()));
        } else if !(inside && line.trim().is_empty()) {
            block.sort();
            block.dedup();
            out.extend(block.drain(..).map(|(_, l)| l));
            inside = matches!(line.split('#').next().unwrap_or_default().trim_end(), "terms:" | "not:");
            out.push(line.to_owned());
        }
    }
    block.sort();
    block.dedup();
    out.extend(block.into_iter().map(|(_, l)| l));
    let sorted = out.join("\n") + "\n";
    if sorted != text {
        let mut file = crate::durable::Replacement::new(path).with_context(name)?;
        file.write_all(sorted.as_bytes()).with_context(name)?;
        file.commit().with_context(name)?;
    }
    Ok(())
}

/// The term of a line, without its quotes.
fn key(line: &str) -> String {
    match line.chars().next() {
        Some(q @ ('"' | '\'')) => line[1..].split(q).next().unwrap_or_default().to_owned(),
        _ => line.split(": ").next().unwrap_or_default().trim_end_matches(':').to_owned(),
    }
}

fn stats(args: &Args) -> Result<Status> {
    let lexicons = setup::engine(args)?.lexicons;
    let mut out = io::stdout().lock();
    for (i, tables) in lexicons.tables().iter().enumerate() {
        let mut counts: BTreeMap<(&str, &str), (u32, u32)> = BTreeMap::new();
        for id in 0..tables.term_count() {
            let term = tables.term(id);
            let count = counts.entry((term.list.lang.id(), term.list.category.id())).or_default();
            *(if term.flags.has(Flags::NOT) { &mut count.1 } else { &mut count.0 }) += 1;
        }
        writeln!(out, "{}", if i == 0 { "built-in lists" } else { "the site's own lists" })?;
        for ((lang, category), (terms, not)) in counts {
            writeln!(out, "  {lang} {category:14} {terms:6} terms {not:6} not")?;
        }
        writeln!(out, "  {} entries, {} forms", tables.term_count(), tables.form_count())?;
    }
    writeln!(out, "version {}", lexicons.version())?;
    Ok(Status::Clean)
}

/// Entries behind a word: itself, its compounds, and the words that terms of several words use.
fn find(args: &Args, word: &str) -> Result<Status> {
    let lexicons = setup::engine(args)?.lexicons;
    let mut out = io::stdout().lock();
    let (mut found, mut told) = (false, std::collections::HashSet::new());
    let mut tell = |tables: &Tables, id: u32, how: &str| -> io::Result<()> {
        found = true;
        if !told.insert((how.to_owned(), id)) {
            return Ok(());
        }
        let term = tables.term(id);
        let mut flags: Vec<&str> = Vec::new();
        for (flag, name) in [
            (Flags::FIRST, "first"),
            (Flags::LAST, "last"),
            (Flags::CASED, "cased"),
            (Flags::WEAK, "weak"),
            (Flags::NOT, "not"),
        ] {
            if term.flags.has(flag) {
                flags.push(name);
            }
        }
        let flags = if flags.is_empty() { String::new() } else { format!(" [{}]", flags.join(", ")) };
        writeln!(out, "{how}: ‘{}’{flags}, {}:{}", term.written(), term.list.file(), term.line)
    };
    for tables in lexicons.tables() {
        let folded = fold(word);
        let folded = folded.bytes();
        for hit in tables.hits(tables.word(folded)) {
            match hit {
                Hit::Term(id) => tell(tables, id, "form of")?,
                Hit::Cased(at) => {
                    if let (Some(id), _) = tables.cased(at, word) {
                        tell(tables, id, "form of")?;
                    }
                }
                _ => {}
            }
        }
        for (_, id) in tables.begins(folded, 3) {
            tell(tables, id, "compound that begins with")?;
        }
        for (_, id) in tables.ends(folded, 2) {
            tell(tables, id, "compound that ends with")?;
        }
        let wanted = word.to_lowercase();
        for id in 0..tables.term_count() {
            let term = tables.term(id);
            if term.flags.has(Flags::PHRASE) && term.written().split([' ', '-']).any(|w| w == wanted) {
                tell(tables, id, "word of")?;
            }
        }
    }
    if !found {
        writeln!(out, "no entry matches ‘{word}’")?;
    }
    Ok(if found { Status::Clean } else { Status::Found })
}

fn forms(word: &str) -> Result<Status> {
    let (sources, _) = builtin_lists();
    let mut out = io::stdout().lock();
    let mut found = false;
    for list in &sources.lists {
        let groups = list.groups.iter().flat_map(|(_, e)| e);
        for entry in list.terms.iter().chain(&list.not).chain(groups).filter(|e| e.written == word) {
            found = true;
            writeln!(
                out,
                "{}:{} {}",
                list.file,
                entry.line,
                entry.like.as_deref().map_or("exact".to_owned(), |l| format!("like {l}"))
            )?;
            let last = word.rsplit([' ', '-']).next().unwrap_or(word);
            if let Ok(shapes) = sources.paradigms[list.lang as usize].shapes(last, entry.like.as_deref()) {
                let head = &word[..word.len() - last.len()];
                let forms: Vec<String> = shapes.forms.iter().map(|f| format!("{head}{f}")).collect();
                writeln!(out, "  forms: {}", forms.join(", "))?;
                if entry.flags.has(Flags::FIRST) {
                    writeln!(
                        out,
                        "  begins compounds: {}",
                        shapes.beginnings.iter().map(|b| format!("{b}-")).collect::<Vec<_>>().join(", ")
                    )?;
                }
                if entry.flags.has(Flags::LAST) {
                    writeln!(out, "  ends compounds, in any of its forms")?;
                }
            }
        }
    }
    if !found {
        writeln!(out, "no entry is written ‘{word}’; `fritext lexicon find {word}` shows what matches it")?;
    }
    Ok(if found { Status::Clean } else { Status::Found })
}
