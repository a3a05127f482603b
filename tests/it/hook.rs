//! A caller's stub: with the service, without it, and with one that hangs.

use crate::http::{Server, site};
use crate::run::{Ran, fritext};
use serde_json::{Value, json};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

const TEXT: &str = "Elvira Lindqvist är sjuk, feber";
const PLACE: [&str; 4] = ["--system", "vklass", "--field", "franvaro"];

fn hook(socket: &Path, more: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let socket = socket.display().to_string();
    fritext(&[&["hook", "--socket", &socket], more].concat(), input)
}

#[track_caller]
fn answer(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

#[test]
fn it_says_what_the_service_says() {
    let server = Server::new("");
    let socket = server.folder.join("s");
    let more = [&PLACE[..], &["--format", "json", "--locale", "en", "--deadline", "5000"]].concat();
    let ran = hook(&socket, &more, TEXT);
    assert_eq!(ran.status, 1, "{ran:?}");
    let record = json!({"system": "vklass", "field": "franvaro", "text": TEXT}).to_string();
    let headers = ["Content-Type: application/json", "Accept-Language: en"];
    assert_eq!(answer(&ran), server.ask("POST /v1/check", &headers, record).json());
    assert!(ran.err.contains("redact[absence.health]: Write only that the pupil is absent"), "{}", ran.err);
    assert!(ran.err.contains("→ Frånvarande") && !ran.err.contains("feber"), "{}", ran.err);
    let record = json!({"id": 7, "system": "vklass", "text": "Bra jobbat"}).to_string();
    let ran = hook(&socket, &["--input-format", "records", "--format", "json", "--deadline", "5000"], record);
    assert_eq!((ran.status, &answer(&ran)["id"], ran.err.as_str()), (0, &json!(7), ""));
    assert!(answer(&ran).get("policy_applied").is_none());
}

#[test]
fn without_the_service_it_does_what_it_was_told() {
    let nobody = site("").join("nobody");
    for (how, status, verdict) in [("local", 1, "redact"), ("open", 0, "allow"), ("closed", 1, "block")] {
        let more = [&PLACE[..], &["--on-failure", how, "--format", "json"]].concat();
        let ran = hook(&nobody, &more, TEXT);
        assert_eq!(ran.status, status, "{ran:?}");
        let answer = answer(&ran);
        assert_eq!((&answer["verdict"], &answer["policy_applied"]), (&json!(verdict), &json!(how)));
    }
    let here = answer(&hook(&nobody, &[&PLACE[..], &["--format", "json"]].concat(), TEXT));
    assert_eq!(here["suggested_text"], "Frånvarande");
    assert!(here["policy_version"].is_string());
}

#[test]
fn a_service_that_hangs_costs_no_more_than_the_deadline() {
    let folder = site("");
    // It accepts nothing: connections wait, and what is written to them is never read.
    let hanging = UnixListener::bind(folder.join("s")).expect("a socket");
    for (how, status) in [("open", 0), ("closed", 1), ("local", 1)] {
        let more = [&PLACE[..], &["--on-failure", how, "--format", "json", "--deadline", "300"]].concat();
        let from = Instant::now();
        let ran = hook(&folder.join("s"), &more, TEXT);
        assert_eq!((ran.status, &answer(&ran)["policy_applied"]), (status, &json!(how)), "{ran:?}");
        // Far from a measurement: only that nobody waits for an answer that never comes.
        assert!(from.elapsed() < Duration::from_secs(5));
    }
    drop(hanging);
}

#[test]
fn nonsense_from_the_socket_is_no_answer() {
    use std::io::{Read, Write};
    let folder = site("");
    let listener = UnixListener::bind(folder.join("s")).expect("a socket");
    let answers =
        ["", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n{\"verdict\":1}", "HTTP/1.1 503 No\r\n\r\n{}", "\u{0}"];
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a caller");
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    for _ in answers {
        let ran = hook(&folder.join("s"), &["--on-failure", "closed", "--format", "json", "--deadline", "5000"], TEXT);
        assert_eq!((ran.status, &answer(&ran)["policy_applied"]), (1, &json!("closed")));
    }
}

#[test]
fn wrong_calls_end_with_2() {
    let server = Server::new("");
    let socket = server.folder.join("s");
    assert_eq!(hook(&socket, &["--input-format", "records"], "{").status, 2);
    assert_eq!(hook(&socket, &["--input-format", "csv"], "a;b").status, 2);
    assert_eq!(hook(&socket, &[], b"\xff\xfe").status, 2);
    assert_eq!(fritext(&["hook", "--on-failure", "never"], "x").status, 2);
    assert_eq!(fritext(&["hook", "--on-failure", "open"], "x").status, 2, "there is no socket to ask");
    let wrong = site("serve: {deadline: soon}\n").join("fritext.yaml").display().to_string();
    let ran = fritext(&["hook", "--config", &wrong], "x");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("fritext.yaml:1:19: deadline: a time such as"), "{}", ran.err);
    let refused = json!({"text": "x", "offsets": "bytes"}).to_string();
    let ran = hook(&socket, &["--input-format", "records", "--deadline", "5000"], refused);
    assert_eq!((ran.status, ran.err.contains("`offsets` must be")), (2, true), "{ran:?}");
}
