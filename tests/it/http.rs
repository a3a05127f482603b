//! A server of one's own and the plainest of clients.

use crate::run::{command, scratch};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A running `fritext serve`; ends with the test.
pub struct Server {
    pub folder: PathBuf,
    pub port: u16,
    pub child: Child,
    log: Arc<Mutex<String>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{}: ", name.to_lowercase());
        self.head.lines().find_map(|l| l.strip_prefix(&start))
    }
}

/// A folder with this configuration; `{root}` in it is the folder.
pub fn site(config: &str) -> PathBuf {
    let folder = scratch();
    let text = config.replace("{root}", &folder.display().to_string());
    std::fs::write(folder.join("fritext.yaml"), text).expect("written");
    folder
}

impl Server {
    /// With these lines below `serve:`.
    pub fn new(serve: &str) -> Self {
        let lines: String = serve.lines().map(|l| format!("  {l}\n")).collect();
        Self::start(site(&format!("extends: builtin\nserve:\n  listen: 127.0.0.1:0\n  socket: {{root}}/s\n{lines}")))
    }

    /// In a folder with a configuration.
    pub fn start(folder: PathBuf) -> Self {
        Self::start_on(folder, None)
    }

    /// The same on a port that is known before.
    pub fn start_on(folder: PathBuf, known: Option<u16>) -> Self {
        let config = folder.join("fritext.yaml").display().to_string();
        let mut child = command(&["--config", &config, "serve", "-vvv"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("fritext starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let log = Arc::new(Mutex::new(String::new()));
        let mut port = known;
        for line in lines.by_ref() {
            let ready = line.contains("ready places");
            let after = line.split("http://127.0.0.1:").nth(1).unwrap_or_default();
            port = known.or(after[..after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())].parse().ok());
            note(&log, &line);
            if ready {
                break;
            }
        }
        let rest = log.clone();
        std::thread::spawn(move || lines.for_each(|l| note(&rest, &l)));
        let log_now = || log.lock().expect("no panic").clone();
        let port = port.unwrap_or_else(|| panic!("it did not get ready: {}", log_now()));
        Self { folder, port, child, log }
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        stream
    }

    /// A request with these header lines besides Host and Content-Length.
    pub fn ask(&self, what: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Answer {
        let host = format!("Host: 127.0.0.1:{}", self.port);
        let own = headers.iter().any(|h| h.starts_with("Host:"));
        let headers: Vec<&str> = headers.iter().copied().chain((!own).then_some(host.as_str())).collect();
        talk(self.connect(), what, &headers, body.as_ref())
    }

    /// A JSON body to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(&format!("POST {path}"), &["Content-Type: application/json"], body.to_string())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], "")
    }

    /// The same through the Unix socket.
    pub fn post_locally(&self, path: &str, body: &Value) -> Answer {
        let stream = UnixStream::connect(self.folder.join("s")).expect("it listens");
        let headers = ["Host: any", "Content-Type: application/json"];
        talk(stream, &format!("POST {path}"), &headers, body.to_string().as_bytes())
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..400 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{what} did not come true; {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn note(log: &Mutex<String>, line: &str) {
    let mut log = log.lock().expect("no panic");
    log.push_str(line);
    log.push('\n');
}

fn talk(mut stream: impl Read + Write, what: &str, headers: &[&str], body: &[u8]) -> Answer {
    let lines: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let head = format!("{what} HTTP/1.1\r\n{lines}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

/// One answer that is all there is.
#[track_caller]
pub fn parse(answer: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}
