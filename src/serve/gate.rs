//! How much may be begun: more than can be answered within the deadline is refused at once, so that callers decide for
//! themselves instead of waiting for an answer that comes too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Nanoseconds that any request takes, however small.
const LEAST: u64 = 20_000;
/// What a byte is taken to cost until it was measured.
const FIRST_GUESS: u64 = 100;
/// Below this a request tells nothing about what a byte costs.
const TELLING: usize = 512;

/// Counts what was begun, as time that it will take.
#[derive(Debug)]
pub struct Gate {
    begun: AtomicU64,
    /// Nanoseconds a byte, lately.
    cost: AtomicU64,
    deadline: Duration,
    cores: u64,
    /// Large texts judged at the same time: one core stays free for small ones.
    large: Arc<Semaphore>,
}

/// Leave to begin; what it was for counts until it is dropped.
#[derive(Debug)]
pub struct Leave {
    gate: Arc<Gate>,
    bytes: usize,
    cost: u64,
}

impl Gate {
    /// A gate for this many cores.
    pub fn new(deadline: Duration, cores: usize) -> Self {
        let large = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        Self { begun: AtomicU64::new(0), cost: AtomicU64::new(FIRST_GUESS), deadline, cores: cores as u64, large }
    }

    /// Leave to begin with so many bytes, unless what was begun before already takes as long as the deadline.
    pub fn ask(self: &Arc<Self>, bytes: usize) -> Option<Leave> {
        let cost = LEAST + bytes as u64 * self.cost.load(Relaxed);
        let before = self.begun.fetch_add(cost, Relaxed);
        let leave = Leave { gate: self.clone(), bytes, cost };
        (Duration::from_nanos(before / self.cores) <= self.deadline).then_some(leave)
    }

    /// A turn for a large text; none if it did not come within the deadline.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        tokio::time::timeout(self.deadline, self.large.clone().acquire_owned()).await.ok()?.ok()
    }
}

impl Leave {
    /// Does the work and learns what it cost.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        let from = Instant::now();
        let done = work();
        if self.bytes >= TELLING {
            let taken = u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX) / self.bytes as u64;
            let lately = self.gate.cost.load(Relaxed);
            self.gate.cost.store(((lately * 15 + taken) / 16).clamp(1, 10_000), Relaxed);
        }
        done
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.gate.begun.fetch_sub(self.cost, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn what_cannot_be_answered_in_time_is_refused_and_the_rest_is_not() {
        let gate = Arc::new(Gate::new(Duration::from_millis(100), 2));
        let first = gate.ask(4_000_000).expect("the first one may always begin");
        assert!(gate.ask(10).is_none(), "0.4 s of work on two cores lie before it");
        drop(first);
        let many: Vec<_> = (0..1000).map_while(|_| gate.ask(10_000)).collect();
        assert!((150..=250).contains(&many.len()), "100 ms hold about 100 ms of work, not {}", many.len());
    }

    #[test]
    fn a_refused_request_leaves_no_trace() {
        let gate = Arc::new(Gate::new(Duration::from_millis(1), 1));
        let first = gate.ask(1_000_000);
        for _ in 0..1000 {
            assert!(gate.ask(1_000_000).is_none());
        }
        drop(first);
        assert!(gate.ask(10).is_some());
    }
}
