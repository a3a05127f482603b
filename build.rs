//! Compiles the lexicons, the default policy and the messages into tables that are embedded in the binary.

#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]

#[path = "src/lexicon/mod.rs"]
mod lexicon;
#[path = "src/model/mod.rs"]
mod model;
#[path = "src/policy/mod.rs"]
mod policy;
#[path = "src/yaml.rs"]
mod yaml;

use lexicon::{CueSet, Names, Paradigms, Sources, compile, load_cues, load_list, load_names};
use model::{Lang, Problem};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=lexicons");
    println!("cargo::rerun-if-changed=config.example.yaml");
    for source in ["src/lexicon", "src/model", "src/policy", "src/yaml.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    match build(&out) {
        Ok(()) => {}
        Err(problems) => {
            for problem in &problems {
                println!("cargo::error={problem}");
            }
        }
    }
}

fn build(out: &Path) -> Result<(), Vec<Problem>> {
    let tables = compile(&sources()?)?;
    write(out, "lexicons.bin", &tables);
    write(out, "lists.rs", lists().as_bytes());
    let text = read(Path::new("config.example.yaml"));
    let (mut policy, _) = policy::load_policy("config.example.yaml", &text, None)?;
    let text = read(Path::new("lexicons/messages.yaml"));
    policy.messages = policy::load_messages("lexicons/messages.yaml", &text)?;
    write(out, "policy.bin", &postcard::to_allocvec(&policy).expect("a policy serialises"));
    Ok(())
}

/// Reads every data file, and tells the problems of all of them together.
fn sources() -> Result<Sources, Vec<Problem>> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let mut cues = CueSet::default();
    for lang in Lang::ALL {
        let folder = Path::new("lexicons").join(lang.id());
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
            .expect("the lexicons are there")
            .map(|e| e.expect("a readable folder").path())
            .filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "txt"))
            .collect();
        files.sort();
        let paradigms = folder.join("paradigms.yaml");
        match Paradigms::load(&paradigms.display().to_string(), &read(&paradigms)) {
            Ok(p) => sources.paradigms[lang as usize] = p,
            Err(p) => problems.extend(p),
        }
        for path in files.iter().filter(|p| **p != paradigms) {
            let (name, text) = (path.display().to_string(), read(path));
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            let result = match stem {
                "cues" | "names" => load_cues(&name, lang, &text, &mut cues),
                "given_names" | "surnames" => load_names(&name, &text)
                    .map(|list| sources.names.push(Names { lang, given: stem == "given_names", list })),
                _ => load_list(&name, lang, &text, &sources.paradigms[lang as usize]).map(|l| sources.lists.push(l)),
            };
            if let Err(p) = result {
                problems.extend(p);
            }
        }
    }
    sources.cues = cues;
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

/// The lists as written, for `lexicon check` and `lexicon forms`.
fn lists() -> String {
    let mut files: Vec<PathBuf> = Vec::new();
    for lang in Lang::ALL {
        let folder = Path::new("lexicons").join(lang.id());
        files.extend(
            std::fs::read_dir(folder).expect("the lexicons are there").map(|e| e.expect("a readable folder").path()),
        );
    }
    files.retain(|p| {
        let name = p.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.ends_with(".yaml") && !matches!(name, "paradigms.yaml" | "cues.yaml" | "names.yaml")
    });
    files.sort();
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let lines = files.iter().map(|f| {
        format!("    ({:?}, include_str!({:?})),\n", f.display().to_string(), format!("{root}/{}", f.display()))
    });
    format!(
        "/// Every list: its file and its text.\npub(crate) static LISTS: &[(&str, &str)] = &[\n{}];\n",
        lines.collect::<String>()
    )
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn write(out: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
}
