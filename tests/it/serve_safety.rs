//! What the service does with those who mean harm, or have bad luck.

use crate::http::{Server, parse, site};
use crate::run::{command, scratch};
use proptest::prelude::*;
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::time::{Duration, Instant};

const CANARIES: [&str; 4] = ["0914-9812", "Zaphodsson", "epilepsi", "canary@exempelby.example"];
const TEXT: &str = "Elvira Zaphodsson 20120914-9812 har epilepsi, canary@exempelby.example";
const JSON: &str = "Content-Type: application/json";

fn token_file(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}

/// Starts a server that must not start; what it says.
#[track_caller]
fn refused(config: &str, prepare: impl Fn(&Path)) -> String {
    let folder = site(config);
    prepare(&folder);
    let config = folder.join("fritext.yaml").display().to_string();
    let ran = command(&["--config", &config, "serve", "-q"]).output().expect("it runs");
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// What is asked, with which headers and body; the status and the code of the problem.
type Case = (&'static str, &'static [&'static str], Vec<u8>, u16, &'static str);

#[test]
fn bad_requests_get_a_problem_that_says_why_and_nothing_of_the_text() {
    let server = Server::new("max_body: 64KiB");
    let large = format!("{{\"text\":\"{}\"}}", TEXT.repeat(2000));
    let deep = format!("{{\"text\":\"{TEXT}\",\"x\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
    let quoted = |s: &str| s.replace("TEXT", TEXT);
    let cases: [Case; 29] = [
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT\"}TEXT").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("[\"TEXT\"]").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"TEXT\":\"TEXT\"}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":[\"TEXT\"]}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT\",\"system\":{\"TEXT\":1}}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT\",\"id\":[\"TEXT\"]}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT\",\"offsets\":\"TEXT\"}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"text\":\"TEXT\",\"override\":\"TEXT\"}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"records\":{\"text\":\"TEXT\"}}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], quoted("{\"records\":[{\"text\":\"TEXT\"},\"TEXT\"]}").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], b"{\"text\":\"\xff\xfe\"}".to_vec(), 400, "no_record"),
        ("POST /v1/check", &[JSON], b"{\"text\":\"\\ud800\"}".to_vec(), 400, "no_record"),
        ("POST /v1/check", &[JSON], b"\xef\xbb\xbf{}".to_vec(), 400, "no_record"),
        ("POST /v1/check", &[JSON], Vec::new(), 400, "no_record"),
        ("POST /v1/check", &[JSON], deep.into(), 400, "no_record"),
        ("POST /v1/redact", &[JSON], quoted("{\"text\":\"TEXT").into(), 400, "no_record"),
        ("POST /v1/check", &[JSON], large.into(), 413, "large"),
        ("POST /v1/check", &[JSON, "Content-Encoding: gzip"], vec![0x1f, 0x8b, 8, 0], 415, "media_type"),
        ("POST /v1/check", &["Content-Type: text/plain"], quoted("{\"text\":\"TEXT\"}").into(), 415, "media_type"),
        ("POST /v1/check", &[], quoted("{\"text\":\"TEXT\"}").into(), 415, "media_type"),
        ("POST /v1/check/Zaphodsson", &[JSON], Vec::new(), 404, "path"),
        ("GET /v1/check?text=Zaphodsson", &[], Vec::new(), 405, "method"),
        ("DELETE /v1/policy", &[], Vec::new(), 405, "method"),
        ("POST /v1/check", &[JSON, "Host: evil.test"], quoted("{\"text\":\"TEXT\"}").into(), 421, "host"),
        ("POST /v1/check", &[JSON, "Host: localhost", "Host: evil.test"], Vec::new(), 421, "host"),
        ("POST /v1/check", &[JSON, "Origin: null"], quoted("{\"text\":\"TEXT\"}").into(), 403, "origin"),
        ("POST /v1/check", &[JSON, "Origin: https://evil.test"], quoted("{\"text\":\"TEXT\"}").into(), 403, "origin"),
        ("POST /v1/check", &[JSON, "Transfer-Encoding: gzip"], Vec::new(), 400, ""),
    ];
    for (what, headers, body, status, code) in cases {
        let answer = server.ask(what, headers, &body);
        assert_eq!(
            answer.status,
            status,
            "{what} {headers:?} {:?}: {answer:?}",
            String::from_utf8_lossy(&body[..body.len().min(80)])
        );
        if !code.is_empty() {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
            let problem = answer.json();
            assert_eq!(
                (&problem["type"], &problem["status"]),
                (&json!(format!("urn:fritext:problem:{code}")), &json!(status))
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        for canary in CANARIES {
            assert!(!format!("{answer:?}").contains(canary), "{canary}: {answer:?}");
        }
    }
    let many: Vec<String> = (0..80).map(|i| format!("X-{i}: Zaphodsson")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(server.ask("GET /healthz", &many, "").status, 431);
    let metrics = server.get("/metrics").body;
    for canary in CANARIES {
        assert!(!server.log().contains(canary) && !metrics.contains(canary), "{canary}");
    }
    assert_eq!(server.post("/v1/check", &json!({"text": TEXT})).status, 200, "it goes on");
}

#[test]
fn a_body_without_a_length_is_cut_off_at_the_limit() {
    let server = Server::new("max_body: 8KiB");
    let mut stream = server.connect();
    let head = format!("POST /v1/check HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    for _ in 0..64 {
        if stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(4096)).as_bytes()).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(parse(&answer).status, 413);
}

#[test]
fn answers_to_any_bytes_are_an_answer_or_a_problem() {
    let server = Server::new("");
    let valid =
        json!({"id": 1, "system": "vklass", "lang": "sv", "text": "Elvira har adhd \u{1F642}", "records": null})
            .to_string();
    let run = |config: ProptestConfig, strategy: BoxedStrategy<Vec<u8>>| {
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let tried = runner.run(&strategy, |body| {
            let answer = server.ask("POST /v1/check", &[JSON], &body);
            prop_assert!(matches!(answer.status, 200 | 400), "{:?} for {:?}", answer, body);
            Ok(())
        });
        tried.unwrap_or_else(|e| panic!("{e}"));
    };
    let changed = (0..valid.len(), any::<u8>(), any::<bool>()).prop_map(move |(at, byte, cut)| {
        let mut body = valid.clone().into_bytes();
        body[at] = byte;
        if cut {
            body.truncate(at);
        }
        body
    });
    let config = || ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    run(config(), changed.boxed());
    run(config(), proptest::collection::vec(any::<u8>(), 0..200).boxed());
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn other_computers_need_a_token_and_a_wrong_one_is_no_token() {
    let open = "serve:\n  listen: 0.0.0.0:0\n";
    assert!(refused(open, |_| {}).contains("that needs ‘token_file’"));
    let with = "serve:\n  listen: 127.0.0.1:0\n  token_file: '{root}/token'\n";
    let (one, two) = ("a".repeat(40), "b".repeat(40));
    assert!(refused(with, |f| token_file(&f.join("token"), &one, 0o644)).contains("chmod 0400"));
    assert!(refused(with, |f| token_file(&f.join("token"), "short", 0o400)).contains("at least 32"));
    assert!(refused(with, |f| token_file(&f.join("token"), "", 0o400)).contains("one token a line"));
    assert!(refused(with, |_| {}).contains("token"));
    let folder = site("serve:\n  listen: 0.0.0.0:0\n  socket: '{root}/s'\n  token_file: '{root}/token'\n");
    token_file(&folder.join("token"), &format!("{one}\n{two}\n"), 0o400);
    let server = start_open(folder);
    let ask = |path: &str, token: &str| {
        let bearer = format!("Authorization: Bearer {token}");
        server.ask(path, &[JSON, &bearer], "{\"text\":\"x\"}").status
    };
    for (token, status) in [(one.as_str(), 200), (&two, 200), ("", 401), (&one[1..], 401), (TEXT, 401)] {
        assert_eq!(ask("POST /v1/check", token), status, "{token}");
    }
    assert_eq!(server.ask("POST /v1/check", &[JSON], "{\"text\":\"x\"}").status, 401);
    assert_eq!(server.ask("GET /metrics", &[], "").status, 401);
    assert_eq!(server.ask("GET /healthz", &[], "").status, 200);
    assert_eq!(server.post_locally("/v1/check", &json!({"text": "x"})).status, 200, "the socket has its own rights");
    // One goes, a new one comes, nothing is started again.
    let new = "c".repeat(40);
    std::fs::remove_file(server.folder.join("token")).expect("removed");
    token_file(&server.folder.join("token"), &format!("{two}\n{new}\n"), 0o400);
    server.until("the new token", || ask("POST /v1/check", &new) == 200);
    assert_eq!((ask("POST /v1/check", &one), ask("POST /v1/check", &two)), (401, 200));
    assert!(!server.log().contains(&one) && !server.log().contains("Zaphodsson"));
    assert!(server.log().contains("put a proxy with TLS before it"));
}

/// A server that listens on every address writes that into its log instead of 127.0.0.1.
fn start_open(folder: std::path::PathBuf) -> Server {
    let config = folder.join("fritext.yaml");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let text = std::fs::read_to_string(&config).expect("there").replace("0.0.0.0:0", &format!("0.0.0.0:{port}"));
    std::fs::write(&config, text).expect("written");
    Server::start_on(folder, Some(port))
}

#[test]
fn pages_of_listed_origins_may_ask_and_no_others() {
    let server = Server::new("origins: ['https://skola.example']\nhosts: [hook.skola.example]");
    let preflight = |origin: &str| {
        let headers = [origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"];
        server.ask("OPTIONS /v1/check", &headers, "")
    };
    let allowed = preflight("Origin: https://skola.example");
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://skola.example"));
    assert!(allowed.header("access-control-allow-headers").is_some_and(|h| h.contains("content-type")));
    assert_eq!(preflight("Origin: https://evil.test").header("access-control-allow-origin"), None);
    let body = "{\"text\":\"x\"}";
    let answer = server.ask("POST /v1/check", &[JSON, "Origin: https://skola.example"], body);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://skola.example")));
    assert_eq!(server.ask("POST /v1/check", &[JSON, "Origin: https://skola.example.evil.test"], body).status, 403);
    assert_eq!(server.ask("POST /v1/check", &[JSON, "Host: hook.skola.example:443"], body).status, 200);
    assert_eq!(server.ask("POST /v1/check", &[JSON, "Host: [::1]:80"], body).status, 200);
}

/// The administrator alone can call as another user; others see that they themselves are let in.
#[test]
fn a_stranger_is_hung_up_on_even_when_the_socket_stands_open() {
    let place = tempfile::tempdir().expect("made");
    let socket = place.path().join("s");
    let meta = place.path().metadata().expect("there");
    let (own, own_group) = (meta.uid(), meta.gid());
    let group = if own == 0 { 65_533 } else { own_group };
    let lines = format!("  listen: 127.0.0.1:0\n  socket: {}\n  socket_group: '{group}'\n", socket.display());
    let _server = Server::start(site(&format!("extends: builtin\nserve:\n{lines}")));
    for path in [place.path(), &socket] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("set");
    }
    let status = |user: u32, group: u32| {
        let mut curl = std::process::Command::new("curl");
        curl.uid(user).gid(group).args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket"]);
        let out = curl.arg(&socket).arg("http://localhost/healthz").output().expect("curl runs");
        String::from_utf8(out.stdout).expect("digits")
    };
    assert_eq!(status(own, own_group), "200", "the service's own user");
    if own == 0 {
        assert_eq!(status(65_534, group), "200", "somebody of the group");
        assert_eq!(status(65_534, 65_534), "000", "a stranger");
    }
}

#[test]
fn the_socket_is_for_its_group_and_survives_what_earlier_runs_left() {
    let server = Server::new("");
    let socket = server.folder.join("s");
    assert_eq!(socket.metadata().expect("there").permissions().mode() & 0o777, 0o660);
    let second = std::fs::read_to_string(server.folder.join("fritext.yaml")).expect("there");
    let folder = server.folder.clone();
    assert!(refused(&second, |_| {}).contains("another service answers here"));
    server.signal("KILL");
    server.until("the end", || std::os::unix::net::UnixStream::connect(&socket).is_err());
    assert!(socket.exists(), "a killed service leaves its socket");
    let again = Server::start(folder);
    assert_eq!(again.post_locally("/v1/check", &json!({"text": "x"})).status, 200);
    let file = scratch().join("file");
    std::fs::write(&file, "precious").expect("written");
    let on_file = format!("serve:\n  socket: {}\n", file.display());
    assert!(refused(&on_file, |_| {}).contains("no socket"));
    assert_eq!(std::fs::read_to_string(&file).expect("there"), "precious");
    assert!(refused("serve:\n  socket: '{root}/s'\n  socket_group: no-such-group\n", |_| {}).contains("no group"));
}

#[test]
fn slow_callers_make_room_for_others() {
    let server = Server::new("max_connections: 64");
    let mut slow = Vec::new();
    for i in 0..300 {
        let mut stream = server.connect();
        let head = match i % 3 {
            0 => "".to_owned(),
            1 => "POST /v1/check HTTP/1.1\r\nHost: local".to_owned(),
            _ => format!("POST /v1/check HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\nContent-Length: 900\r\n\r\n{{"),
        };
        let _ = stream.write_all(head.as_bytes());
        slow.push(stream);
        if i % 10 == 0 {
            assert_eq!(server.post("/v1/check", &json!({"text": "x"})).status, 200, "after {i}");
        }
    }
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("fritext_closed_connections_total{which=\"unfinished\"}"), "{metrics}");
    let from = Instant::now();
    // What came too slowly is told so, or closed.
    let last = slow.last_mut().expect("some");
    let mut answer = Vec::new();
    let _ = last.read_to_end(&mut answer);
    assert!(from.elapsed() < Duration::from_secs(15));
    assert!(answer.is_empty() || parse(&answer).status == 408, "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_connection_carries_one_request_after_another() {
    let server = Server::new("");
    let mut stream = server.connect();
    let body = "{\"text\":\"Har adhd\"}";
    let one =
        format!("POST /v1/check HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(one.repeat(3).as_bytes()).expect("sent");
    stream.write_all(one.replace("Host:", "Connection: close\r\nHost:").as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answers");
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 4, "{answer}");
}

#[test]
fn what_cannot_be_answered_in_time_is_refused_at_once() {
    let server = Server::new("deadline: 1ms\nmax_body: 4MiB");
    let text = "Elvira Lindqvist har adhd. ".repeat(30_000);
    let body = json!({"text": text});
    let statuses: Vec<(u16, Option<String>)> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let answer = server.post("/v1/check", &body);
                    (answer.status, answer.header("retry-after").map(str::to_owned))
                })
            })
            .collect();
        asking.into_iter().map(|a| a.join().expect("an answer")).collect()
    });
    assert!(statuses.iter().any(|(s, _)| *s == 200), "the first one may always begin: {statuses:?}");
    let refused: Vec<_> = statuses.iter().filter(|(s, _)| *s == 503).collect();
    assert!(!refused.is_empty() && statuses.iter().all(|(s, _)| matches!(s, 200 | 503)), "{statuses:?}");
    assert!(refused.iter().all(|(_, again)| again.as_deref() == Some("1")));
    server.until("room", || server.post("/v1/check", &json!({"text": "x"})).status == 200);
}
