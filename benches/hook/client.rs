//! A caller that keeps its connection, and the times it measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The bytes of a request.
pub fn request(path: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// A kept connection.
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::new() }
    }

    /// The status of the answer, if there is one. A connection that was closed is opened again once.
    pub fn ask(&mut self, bytes: &[u8]) -> Option<u16> {
        for _ in 0..2 {
            if self.stream.is_none() {
                let stream = TcpStream::connect(self.address).ok()?;
                stream.set_nodelay(true).ok()?;
                self.stream = Some(stream);
            }
            if let Some(status) = self.talk(bytes) {
                return Some(status);
            }
            self.stream = None;
        }
        None
    }

    fn talk(&mut self, bytes: &[u8]) -> Option<u16> {
        let stream = self.stream.as_mut()?;
        stream.write_all(bytes).ok()?;
        self.buffer.clear();
        let mut chunk = [0; 1 << 14];
        loop {
            let read = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
            self.buffer.extend_from_slice(&chunk[..read]);
            let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.buffer[..end]).ok()?;
            let length: usize = head.lines().find_map(|l| l.strip_prefix("content-length: "))?.parse().ok()?;
            if self.buffer.len() >= end + 4 + length {
                return head.get(9..12)?.parse().ok();
            }
        }
    }
}

/// Measured times.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Times of something done so often.
    pub fn of(number: usize, mut work: impl FnMut()) -> Self {
        let one = |_| {
            let from = Instant::now();
            work();
            from.elapsed()
        };
        Self((0..number).map(one).collect())
    }

    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The time that this part of them did not exceed.
    pub fn at(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let index = (part * sorted.len() as f64).ceil() as usize;
        sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p99, p999, most] = [0.5, 0.99, 0.999, 1.0].map(|p| self.at(p).as_secs_f64() * 1000.0);
        write!(f, "p50 {p50:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms, most {most:.2} ms")
    }
}
