//! Connections, each with what it is doing, so that those that are only half there can be closed when others wait.
//!
//! hyper reads the requests; what is counted here are bytes. A connection is unfinished from its first byte until its
//! request was read whole, then at work, then idle. At the limit the oldest unfinished one goes, else the oldest idle
//! one; one at work never does. A sweep closes what stays unfinished or idle for too long.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::AbortHandle;

/// For a request, from its first byte to the end of its head; its body has as long again.
pub const UNFINISHED: Duration = Duration::from_secs(5);
/// For a connection without a request.
const IDLE: Duration = Duration::from_secs(30);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Unfinished,
    Idle,
    Working,
}

/// A connection as its own tasks see it.
#[derive(Debug)]
pub struct Connection {
    begun: Instant,
    /// Milliseconds since `begun`, times four, and the phase.
    state: AtomicU64,
    task: OnceLock<AbortHandle>,
    /// It came through the Unix socket.
    pub local: bool,
}

impl Connection {
    fn set(&self, phase: Phase) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
        self.state.store(now << 2 | phase as u64, Relaxed);
    }

    fn get(&self) -> (Phase, Duration) {
        let state = self.state.load(Relaxed);
        let phase = [Phase::Unfinished, Phase::Idle, Phase::Working][(state & 3).min(2) as usize];
        (phase, self.begun.elapsed().saturating_sub(Duration::from_millis(state >> 2)))
    }

    /// The head of a request was read; its body may be on its way.
    pub fn reading(&self) {
        self.set(Phase::Unfinished);
    }

    /// The request was read whole.
    pub fn working(&self) {
        self.set(Phase::Working);
    }

    /// The request was answered.
    pub fn answered(&self) {
        self.set(Phase::Idle);
    }

    fn heard(&self) {
        if self.state.load(Relaxed) & 3 == Phase::Idle as u64 {
            self.set(Phase::Unfinished);
        }
    }

    fn close(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Says which task is to be ended with the connection.
    pub fn belongs_to(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }
}

/// All connections.
#[derive(Debug)]
pub struct Connections {
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    most: usize,
}

impl Connections {
    /// None yet, and never more than so many.
    pub fn new(most: usize) -> Self {
        Self { open: Mutex::default(), next: AtomicU64::new(0), most }
    }

    /// A place for a new connection, with its number, and whether another was closed for it; none if all are at work.
    pub fn take(&self, local: bool) -> Option<(u64, Arc<Connection>, bool)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = open.len() >= self.most;
        if full {
            let waiting = open.iter().map(|(n, c)| (*n, c.get())).filter(|(_, (phase, _))| *phase != Phase::Working);
            let (number, _) = waiting.max_by_key(|(_, (phase, age))| (*phase == Phase::Unfinished, *age))?;
            if let Some(oldest) = open.remove(&number) {
                oldest.close();
            }
        }
        let begun = Instant::now();
        let connection = Connection { begun, state: AtomicU64::new(0), task: OnceLock::new(), local };
        let (number, connection) = (self.next.fetch_add(1, Relaxed), Arc::new(connection));
        open.insert(number, connection.clone());
        Some((number, connection, full))
    }

    /// A connection has ended.
    pub fn give_back(&self, number: u64) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Closes what has been unfinished or idle for too long; how many.
    pub fn sweep(&self) -> u64 {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let before = open.len();
        open.retain(|_, connection| {
            let stays = match connection.get() {
                (Phase::Unfinished, age) => age < UNFINISHED + Duration::from_millis(500),
                (Phase::Idle, age) => age < IDLE,
                (Phase::Working, _) => true,
            };
            if !stays {
                connection.close();
            }
            stays
        });
        (before - open.len()) as u64
    }
}

/// A stream that tells its connection when bytes arrive.
pub struct Heard<S> {
    stream: S,
    connection: Arc<Connection>,
}

impl<S> Heard<S> {
    /// A stream and its connection.
    pub const fn new(stream: S, connection: Arc<Connection>) -> Self {
        Self { stream, connection }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.connection.heard();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Connections;
    use std::time::Duration;

    #[test]
    fn unfinished_connections_make_room_first_and_working_ones_never() {
        let connections = Connections::new(3);
        let (first, a, _) = connections.take(false).expect("room");
        let (second, b, _) = connections.take(false).expect("room");
        let (_, c, _) = connections.take(false).expect("room");
        a.working();
        b.answered();
        std::thread::sleep(Duration::from_millis(3));
        c.reading();
        let (fourth, d, full) = connections.take(false).expect("the unfinished one goes");
        assert!(full && connections.len() == 3);
        d.working();
        connections.take(false).expect("the idle one goes").1.working();
        let open = connections.open.lock().expect("no panic");
        assert!(open.contains_key(&first) && open.contains_key(&fourth) && !open.contains_key(&second));
        drop(open);
        assert!(connections.take(false).is_none(), "all are at work");
    }
}
