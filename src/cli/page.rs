//! The policy as one page, to print and to put before those who decide. It needs nothing beside itself.

use super::setup;
use super::show::PageSystem;
use crate::policy::Policy;
use std::io::{self, Write};

const STYLE: &str = "body{font:11pt/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111}\
h1{font-size:1.6em}h2{font-size:1.25em;margin:2em 0 .2em;border-bottom:2px solid #444}h3{font-size:1em;margin:1.2em 0 .2em}\
table{border-collapse:collapse;width:100%;font-size:.9em}td,th{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top}\
th{background:#eee}.allow td:first-child{background:#e3f3e3}.flag td:first-child{background:#fdf3d0}\
.redact td:first-child,.block td:first-child{background:#f9dede}p{margin:.2em 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}\
dt{font-weight:bold}dd{margin:0}.sign{margin-top:3em}@media print{h3,table{break-inside:avoid}h2{break-after:avoid}}";

/// Words of the page in a language.
struct Words {
    title: &'static str,
    heads: [&'static str; 5],
    basis: &'static str,
    verbatim: &'static str,
    sign: &'static str,
}

fn words(locale: &str) -> Words {
    match locale {
        "sv" => Words {
            title: "Vad som får stå i fritextfält",
            heads: ["Åtgärd", "Kategorier", "Hur", "Grund", "Sägs i"],
            basis: "Rättslig grund",
            verbatim: "Registrerad handling: allt får stå, ingenting ändras.",
            sign: "Fastställd den ____________ av ______________________________",
        },
        "da" => Words {
            title: "Hvad der må stå i fritekstfelter",
            heads: ["Handling", "Kategorier", "Hvordan", "Grundlag", "Står i"],
            basis: "Retsgrundlag",
            verbatim: "Journaliseret dokument: alt må stå, intet ændres.",
            sign: "Godkendt den ____________ af ______________________________",
        },
        _ => Words {
            title: "What may stand in free-text fields",
            heads: ["Action", "Categories", "How", "Basis", "Said in"],
            basis: "Legal basis",
            verbatim: "Registered document: everything may stand, nothing is changed.",
            sign: "Approved on ____________ by ______________________________",
        },
    }
}

/// Writes the page.
pub(super) fn write(policy: &Policy, systems: &[PageSystem<'_>], locale: &str, out: &mut dyn Write) -> io::Result<()> {
    let words = words(locale);
    let organisation = &policy.organisation;
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"{locale}\"><meta charset=\"utf-8\"><title>{}</title><style>{STYLE}</style>\n<h1>{}</h1>\n<dl>",
        words.title, words.title
    )?;
    let head = [("", organisation.name.clone()), ("fritext", setup::policy_version(policy))];
    let entries = organisation.entries.iter().map(|(k, v)| (k.as_str(), v.clone()));
    let bases = [("bases", organisation.bases.join(", "))];
    for (key, value) in head.into_iter().chain(entries).chain(bases).filter(|(_, v)| !v.is_empty()) {
        writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(&key.replace(['.', '_'], " ")), escaped(&value))?;
    }
    writeln!(out, "</dl>")?;
    for (system, fields) in systems {
        let id = if system.id.is_empty() { "default" } else { &system.id };
        writeln!(
            out,
            "<h2>{} <small>{}</small></h2>",
            escaped(if system.title.is_empty() { id } else { &system.title }),
            escaped(id)
        )?;
        writeln!(out, "<p>{}</p>", escaped(&system.purpose))?;
        for field in fields {
            writeln!(
                out,
                "<h3>{} <small>{}</small></h3>",
                escaped(if field.title.is_empty() { field.field } else { field.title }),
                escaped(field.field)
            )?;
            for (word, text) in [(words.basis, field.basis), ("", field.note)].iter().filter(|(_, t)| !t.is_empty()) {
                let colon = if word.is_empty() { "" } else { ": " };
                writeln!(out, "<p>{word}{colon}{}</p>", escaped(text))?;
            }
            if field.verbatim {
                writeln!(out, "<p>{}</p>", words.verbatim)?;
                continue;
            }
            let heads: String = words.heads.iter().map(|h| format!("<th>{h}</th>")).collect();
            writeln!(out, "<table><tr>{heads}</tr>")?;
            for line in &field.lines {
                let cells: String = line.iter().map(|c| format!("<td>{}</td>", escaped(c))).collect();
                writeln!(out, "<tr class=\"{}\">{cells}</tr>", line[0])?;
            }
            writeln!(out, "</table>")?;
        }
    }
    writeln!(out, "<p class=\"sign\">{}</p></html>", words.sign)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
