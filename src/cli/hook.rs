//! `fritext hook`: what a program runs before it saves a text. It asks the service through its socket; when no answer
//! comes in time, it decides by itself or says what it was told to say. No runtime, no connection kept: a process that
//! lives for some milliseconds.

use super::args::{Args, HookArgs, InputFormat, OnFailure, OutputFormat};
use super::{Status, setup};
use crate::config::Serve;
use crate::model::Lang;
use crate::record::Record;
use crate::serve::check_here;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value, json};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// Bytes of a text.
const MOST: u64 = 64 << 20;
/// What a decision in this process takes when it starts from nothing: of the time there is, so much is kept for it.
const COLD: Duration = Duration::from_millis(25);
/// The same for each byte of the text, in nanoseconds.
const COLD_BYTE: u64 = 100;
/// What a process takes to begin and to end: its caller waits for that, too.
const START_AND_END: Duration = Duration::from_millis(5);

/// Why the service did not answer.
struct Silent;

pub(super) fn run(args: &Args, a: &HookArgs) -> Result<Status> {
    let from = Instant::now();
    let mut input = Vec::new();
    io::stdin().lock().take(MOST + 1).read_to_end(&mut input)?;
    if input.len() as u64 > MOST {
        bail!("the text is larger than {MOST} bytes");
    }
    let record = record(a, input)?;
    let body = serde_json::to_vec(&record)?;
    let config = super::serve::config(args)?;
    let deadline = a.deadline.map_or(config.deadline, Duration::from_millis);
    let kept = match a.on_failure {
        OnFailure::Local => COLD + Duration::from_nanos(COLD_BYTE * body.len() as u64),
        OnFailure::Open | OnFailure::Closed => START_AND_END,
    };
    // Half the time at least is the service's.
    let until = from + deadline.saturating_sub(kept).max(deadline / 2);
    let socket = a.socket.as_deref().or(config.socket.as_deref());
    let locale = args.messages_in();
    let asked = match socket {
        Some(socket) => ask(socket, &body, locale, until)?,
        None if a.on_failure == OnFailure::Local => Err(Silent),
        None => bail!("there is no socket to ask: give --socket PATH, or `serve: socket:` in the configuration"),
    };
    let answer = match asked {
        Ok(answer) => answer,
        Err(Silent) => fall_back(args, a.on_failure, &config, &record, &body)?,
    };
    tell(args, a, &answer)
}

/// The record that is asked about: standard input is its text, or with `--input-format records` the record itself.
fn record(a: &HookArgs, input: Vec<u8>) -> Result<Map<String, Value>> {
    let mut record = match a.input_format {
        InputFormat::Records => {
            let checked = Record::parse(&input).map_err(|e| anyhow!("standard input: {e}"))?;
            checked.into_object()
        }
        InputFormat::Auto | InputFormat::Text => {
            let text = String::from_utf8(input).map_err(|_| anyhow!("standard input is not UTF-8"))?;
            Map::from_iter([("text".to_owned(), Value::String(text))])
        }
        _ => bail!("a hook reads one text, or one record with --input-format records"),
    };
    let lang = setup::lang_said(a.stands.lang).map(Lang::id);
    for (key, value) in [("system", a.stands.system.as_deref()), ("field", a.stands.field.as_deref()), ("lang", lang)] {
        if record.get(key).is_none_or(Value::is_null)
            && let Some(value) = value
        {
            record.insert(key.to_owned(), json!(value));
        }
    }
    Ok(record)
}

/// Asks the service; nobody waits longer than `until`, whatever it is that hangs.
#[cfg(unix)]
fn ask(socket: &Path, body: &[u8], locale: Option<&str>, until: Instant) -> Result<Result<Map<String, Value>, Silent>> {
    let (send, receive) = sync_channel(1);
    let language = locale.map_or(String::new(), |l| format!("Accept-Language: {l}\r\n"));
    let head = format!(
        "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{language}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (socket, request) = (socket.to_owned(), [head.as_bytes(), body].concat());
    std::thread::spawn(move || {
        let answer = std::os::unix::net::UnixStream::connect(socket).and_then(|mut stream| {
            stream.write_all(&request)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        });
        let _ = send.send(answer.ok());
    });
    let left = until.saturating_duration_since(Instant::now());
    let Ok(Some(answer)) = receive.recv_timeout(left) else { return Ok(Err(Silent)) };
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(answer.len());
    let status = answer.get(9..12).unwrap_or_default();
    let body = answer.get(end + 4..).unwrap_or_default();
    match (status, serde_json::from_slice::<Map<String, Value>>(body)) {
        (b"200", Ok(answer)) if answer.get("verdict").is_some_and(Value::is_string) => Ok(Ok(answer)),
        (b"400", Ok(problem)) => {
            let detail = problem.get("detail").and_then(Value::as_str).unwrap_or("this is no record");
            Err(anyhow!("the service says: {detail}"))
        }
        _ => Ok(Err(Silent)),
    }
}

#[cfg(not(unix))]
fn ask(_: &Path, _: &[u8], _: Option<&str>, _: Instant) -> Result<Result<Map<String, Value>, Silent>> {
    Ok(Err(Silent))
}

/// The answer where the service gives none.
fn fall_back(
    args: &Args,
    how: OnFailure,
    config: &Serve,
    record: &Map<String, Value>,
    body: &[u8],
) -> Result<Map<String, Value>> {
    let mut answer = match how {
        OnFailure::Local => {
            let quiet = Args { quiet: true, ..args.clone() };
            let tenant = super::serve::tenant_here(&quiet, config)?;
            check_here(tenant, args.messages_in(), body).map_err(|e| anyhow!("{e}"))?
        }
        OnFailure::Open | OnFailure::Closed => {
            let mut answer = Map::new();
            if let Some(id) = record.get("id") {
                answer.insert("id".to_owned(), id.clone());
            }
            let verdict = if how == OnFailure::Open { "allow" } else { "block" };
            answer.insert("verdict".to_owned(), json!(verdict));
            answer.insert("findings".to_owned(), json!([]));
            answer
        }
    };
    answer.insert("policy_applied".to_owned(), json!(how.id()));
    Ok(answer)
}

/// Tells people on standard error, programs on standard output, and both by the exit status.
fn tell(args: &Args, a: &HookArgs, answer: &Map<String, Value>) -> Result<Status> {
    let said = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let verdict = answer.get("verdict").and_then(Value::as_str).unwrap_or("block");
    if !args.quiet {
        let mut told: Vec<String> = Vec::new();
        match answer.get("policy_applied").and_then(Value::as_str) {
            Some("open") => told.push("the service did not answer; this was not checked".to_owned()),
            Some("closed") => told.push("the service did not answer; this may not be saved now".to_owned()),
            _ => {}
        }
        let findings = answer.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for finding in findings.iter().filter(|f| said(f, "action").is_some_and(|a| a != "allow")) {
            let word = said(finding, "action").unwrap_or_default();
            let place = said(finding, "code").or_else(|| said(finding, "category")).unwrap_or_default();
            let message = said(finding, "message").unwrap_or_default();
            let instead = said(finding, "suggestion").map_or(String::new(), |s| format!(" → {s}"));
            let line = format!("{word}[{place}]: {message}{instead}");
            if !told.contains(&line) {
                told.push(line);
            }
        }
        told.iter().for_each(|line| super::say(line));
    }
    if a.format != OutputFormat::Human {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, answer)?;
        writeln!(out).context("standard output")?;
    }
    Ok(if matches!(verdict, "allow" | "flag") { Status::Clean } else { Status::Found })
}
