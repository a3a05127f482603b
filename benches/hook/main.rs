//! How fast the service answers, and what those who mean harm can do to that. `cargo bench --bench hook` runs everything
//! for a few minutes; a name runs one part: `constant`, `most`, `adversarial`, `slow`, `stub`, `memory`. A number behind
//! it is its length: seconds, or for `stub` the calls in each state (1,000 take ten minutes, since most wait 100 ms).
//!
//! Requests of `constant` leave by a fixed timetable, whether or not earlier ones were answered, and their time counts
//! from the timetable: a stall of the service is in the figures of every request that had to wait for it. The load
//! comes from this process on the same cores, so the figures are of both together.

#![allow(clippy::print_stdout, clippy::print_stderr)] // figures are what it is for

mod client;
mod server;

use client::{Client, Times, request};
use serde_json::json;
use server::{Server, echo};
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if args.first().is_some_and(|a| a == "echo") {
        return echo();
    }
    let only = args.first().map(String::as_str);
    let length = args.get(1).and_then(|s| s.parse().ok());
    for (name, part) in [
        ("constant", constant as fn(u64)),
        ("most", most),
        ("adversarial", adversarial),
        ("slow", slow),
        ("stub", stub),
        ("memory", memory),
    ] {
        if only.is_none_or(|o| o == name) {
            println!("{name}");
            part(length.unwrap_or(if name == "stub" { 100 } else { 120 }));
        }
    }
}

/// Some 4 KiB of what people write, with little and much in it to find.
fn text() -> String {
    let lines = [
        "Tuva har arbetat bra i veckan och lämnat in alla uppgifter i tid.",
        "Samtal med vårdnadshavare om planeringen inför utflykten till museet på torsdag.",
        "Elvira Lindqvist var frånvarande i går, giltig.",
        "Gruppen fick tid att läsa i lugn och ro och skrev sedan om boken.",
        "Hugo behöver sitta längst fram. Har adhd, se överenskommelsen från i våras.",
        "Klassen har friluftsdag på fredag, ta med matsäck och kläder efter väder.",
        "Mentor ringer hem i morgon före lunch och bokar ett möte.",
    ];
    let mut text = String::new();
    for line in lines.iter().cycle() {
        if text.len() + line.len() > 4095 {
            return text;
        }
        text.push_str(line);
        text.push(' ');
    }
    text
}

fn record() -> Vec<u8> {
    request("/v1/check", &json!({"id": 1, "system": "vklass", "field": "kommentar", "lang": "sv", "text": text()}))
}

/// Requests at a constant rate for some seconds; their times, and how many were not answered with 200.
fn timetable(server: &Server, rate: u64, seconds: u64, bytes: &[u8]) -> (Times, u64) {
    let (next, lost) = (AtomicU64::new(0), AtomicU64::new(0));
    let from = Instant::now() + Duration::from_millis(50);
    let times = std::thread::scope(|scope| {
        let talking: Vec<_> = (0..48)
            .map(|_| {
                scope.spawn(|| {
                    let (mut client, mut times) = (Client::new(server.address), Times::default());
                    loop {
                        let turn = next.fetch_add(1, Relaxed);
                        if turn >= rate * seconds {
                            return times;
                        }
                        let due = from + Duration::from_nanos(turn * 1_000_000_000 / rate);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        if client.ask(bytes) != Some(200) {
                            lost.fetch_add(1, Relaxed);
                        }
                        times.add(due.elapsed());
                    }
                })
            })
            .collect();
        talking.into_iter().map(|t| t.join().expect("no panic")).fold(Times::default(), Times::with)
    });
    (times, lost.into_inner())
}

fn constant(seconds: u64) {
    let server = Server::fritext("");
    timetable(&server, 500, 2, &record());
    let (times, lost) = timetable(&server, 500, seconds, &record());
    println!("  500 requests/s of 4 KiB for {seconds} s: {times}, lost {lost}");
}

/// As many requests as are answered, by turns from the service and from one that only reads and writes the JSON.
fn most(seconds: u64) {
    let (server, echo) = (Server::fritext("deadline: 1s"), Server::echo());
    let bytes = record();
    let each = (seconds / 20).clamp(1, 6);
    let mut totals = [0u64; 2];
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let counts = [&server, &echo].map(|s| together(s, 16, Duration::from_secs(each), &bytes));
        totals.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
        ratios.push(counts[0] as f64 / counts[1] as f64);
    }
    let rate = |n: u64| n / (5 * each);
    ratios.sort_by(f64::total_cmp);
    println!("  fritext {}/s, echo {}/s, ratio {:.2} (median of 5)", rate(totals[0]), rate(totals[1]), ratios[2]);
}

fn together(server: &Server, connections: usize, time: Duration, bytes: &[u8]) -> u64 {
    let until = Instant::now() + time;
    std::thread::scope(|scope| {
        let talking: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(move || {
                    let (mut client, mut answered) = (Client::new(server.address), 0);
                    while Instant::now() < until {
                        answered += u64::from(client.ask(bytes) == Some(200));
                    }
                    answered
                })
            })
            .collect();
        talking.into_iter().map(|t| t.join().expect("no panic")).sum()
    })
}

/// 256 KiB made to be slow to judge.
fn adversarial(_: u64) {
    let server = Server::fritext("deadline: 10s");
    let full = |unit: &str| unit.repeat((256 << 10) / unit.len());
    for (name, text) in [
        ("initials", full("A.B. ")),
        ("numbers", full("20120914-9812 ")),
        ("digits", full("0")),
        ("names", full("Elvira Lindqvist ")),
        ("capitals", full("Ö")),
        ("terms", full("adhd ")),
        ("one word", full("depressions")),
        ("labels", full("[namn] ")),
        ("addresses", full("a@b.se ")),
        ("marks", full("e\u{301}\u{302}\u{303}")),
        ("lines", full("sjuk\n")),
        ("prose", full(&text())),
    ] {
        let bytes = request("/v1/check", &json!({"system": "vklass", "field": "kommentar", "text": text}));
        let mut client = Client::new(server.address);
        let mut times = Times::default();
        for _ in 0..5 {
            let from = Instant::now();
            assert_eq!(client.ask(&bytes), Some(200), "{name}");
            times.add(from.elapsed());
        }
        println!("  {name:10} median {:?}", times.at(0.5));
    }
}

/// 2,000 callers that send a byte a second, heads and bodies, while others ask at a constant rate.
fn slow(seconds: u64) {
    let server = Server::fritext("");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let head = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"text\":\"";
            let mut callers: Vec<(TcpStream, usize)> = Vec::new();
            while !stop.load(Relaxed) {
                let round = Instant::now();
                while callers.len() < 2000 && round.elapsed() < Duration::from_millis(600) {
                    let Ok(mut stream) = TcpStream::connect(server.address) else { break };
                    // Every other one has sent its head already.
                    let sent = if callers.len().is_multiple_of(2) { 20 } else { head.len() };
                    if stream.write_all(&head[..sent]).is_ok() && stream.set_nonblocking(true).is_ok() {
                        callers.push((stream, sent));
                    }
                }
                callers.retain_mut(|(stream, sent)| {
                    let byte = head.get(*sent).copied().unwrap_or(b'x');
                    *sent += 1;
                    stream.write_all(&[byte]).is_ok()
                });
                std::thread::sleep(Duration::from_secs(1).saturating_sub(round.elapsed()));
            }
        });
        std::thread::sleep(Duration::from_secs(3));
        let (times, lost) = timetable(&server, 100, (seconds / 4).max(10), &record());
        stop.store(true, Relaxed);
        println!("  100 requests/s beside 2,000 slow connections: {times}, lost {lost}");
    });
    let (times, lost) = timetable(&server, 100, 10, &record());
    println!("  the same without them: {times}, lost {lost}");
}

/// The stub against a service that is frozen, gone, or has more to do than it can.
fn stub(calls: u64) {
    let calls = calls as usize;
    let frozen = std::env::temp_dir().join(format!("fritext-bench-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&frozen);
    let held = UnixListener::bind(&frozen).expect("a socket");
    let server = Server::fritext("");
    let busy = Server::fritext("deadline: 1ms\nmax_body: 4MiB");
    let cold = Times::of(200, || call(&server.socket, "closed", "2000", "Bra jobbat", "allow", None));
    println!("  answered by the service, whole process: {cold}");
    for (state, socket) in [("frozen", &frozen), ("killed", &std::path::PathBuf::from("/nonexistent/s"))] {
        for (how, verdict) in [("open", "allow"), ("closed", "block"), ("local", "redact")] {
            let times = Times::of(calls, || call(socket, how, "100", "Har adhd", verdict, Some(how)));
            println!("  {state}, {how}: {times}, {calls} of {calls} as configured");
        }
    }
    let large = request("/v1/check", &json!({"text": "Elvira Lindqvist har adhd. ".repeat(30_000)}));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = Client::new(busy.address);
                while !stop.load(Relaxed) {
                    client.ask(&large);
                }
            });
        }
        for (how, verdict) in [("open", "allow"), ("closed", "block")] {
            let answered = AtomicU64::new(0);
            let times = Times::of(calls, || {
                // The service may answer in time all the same; then the answer is the policy's.
                if call_any(&busy.socket, how, "100", "Har adhd", &[(verdict, Some(how)), ("redact", None)]) {
                    answered.fetch_add(1, Relaxed);
                }
            });
            println!(
                "  overloaded, {how}: {times}, {} of {calls} by the service, the rest as configured",
                answered.into_inner()
            );
        }
        stop.store(true, Relaxed);
    });
    drop(held);
    let _ = std::fs::remove_file(frozen);
}

fn call(socket: &std::path::Path, how: &str, deadline: &str, text: &str, verdict: &str, applied: Option<&str>) {
    call_any(socket, how, deadline, text, &[(verdict, applied)]);
}

/// Runs the stub; its answer must be one of these. Whether it came from the service.
fn call_any(
    socket: &std::path::Path,
    how: &str,
    deadline: &str,
    text: &str,
    expected: &[(&str, Option<&str>)],
) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fritext"))
        .env_remove("FRITEXT_CONFIG")
        .current_dir(std::env::temp_dir())
        .args(["hook", "-q", "--format", "json", "--system", "vklass", "--field", "kommentar"])
        .args(["--on-failure", how, "--deadline", deadline, "--socket"])
        .arg(socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("fritext starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer");
    let got = (answer["verdict"].as_str().unwrap_or_default(), answer.get("policy_applied").and_then(|p| p.as_str()));
    assert!(expected.contains(&got), "{got:?} is none of {expected:?}");
    let saved = matches!(got.0, "allow" | "flag");
    assert_eq!(output.status.code(), Some(i32::from(!saved)));
    got.1.is_none()
}

/// Memory over many requests.
fn memory(seconds: u64) {
    let server = Server::fritext("deadline: 1s");
    let bytes = record();
    let mut sum = 0;
    let mut kept = Vec::new();
    let from = Instant::now();
    while from.elapsed() < Duration::from_secs(seconds) && sum < 1_000_000 {
        sum += together(&server, 16, Duration::from_secs(seconds.div_ceil(12).max(1)), &bytes);
        kept.push(format!("{sum}: {} MiB", server.memory() >> 20));
    }
    println!("  resident after requests: {}", kept.join(", "));
}
