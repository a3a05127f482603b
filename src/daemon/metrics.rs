//! `/metrics` and `/healthz` on an address of this computer's own: counts, never names of files.

use super::status::Status;
use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

/// The status that is shown.
pub(super) type Shown = Arc<Mutex<Status>>;

/// A status older than this many seconds is that of a program that hangs.
const STALE: i64 = 60;

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Of(String);

impl EncodeLabelSet for Of {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        [("state", self.0.as_str())].encode(encoder)
    }
}

/// Answers until the program ends.
pub(super) fn serve(address: SocketAddr, shown: Shown) -> Result<()> {
    let listener = TcpListener::bind(address).with_context(|| format!("watch: listen: {address}"))?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let routes = axum::Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(shown);
    std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            if axum::serve(listener, routes).await.is_err() {
                tracing::warn!("metrics can no longer be asked for");
            }
        });
    })?;
    Ok(())
}

fn now(shown: &Shown) -> Status {
    shown.lock().map(|s| s.clone()).unwrap_or_default()
}

async fn health(State(shown): State<Shown>) -> (StatusCode, &'static str) {
    let status = now(&shown);
    let age = status.time.parse::<jiff::Timestamp>().map(|t| jiff::Timestamp::now().as_second() - t.as_second());
    match (age, status.ledger.is_empty()) {
        (Ok(age), true) if age < STALE => (StatusCode::OK, "ok\n"),
        (Ok(age), false) if age < STALE => (StatusCode::SERVICE_UNAVAILABLE, "the ledger cannot be written\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the daemon hangs or is starting\n"),
    }
}

async fn metrics(State(shown): State<Shown>) -> Result<String, StatusCode> {
    let status = now(&shown);
    let mut registry = Registry::with_prefix("fritext_watch");
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    gauge("waiting", "Files that wait to be at rest or for a worker", status.waiting);
    gauge("working", "Files that are being read", status.working);
    gauge("trouble", "Files and folders in trouble, at most a hundred", status.trouble.len());
    gauge("walks", "Walks since the start", usize::try_from(status.walks).unwrap_or(usize::MAX));
    gauge("ledger_held", "1 while the ledger cannot be written", usize::from(!status.ledger.is_empty()));
    let done = Family::<Of, Gauge<i64>>::default();
    for (state, count) in status.done {
        done.get_or_create(&Of(state)).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("done", "Files done since the start, by state", done);
    let mut out = String::new();
    encode(&mut out, &registry).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(out)
}
