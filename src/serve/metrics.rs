//! Counters for operators, in Prometheus' form. Labels are names that the policy knows, never what a caller wrote.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Request {
    route: &'static str,
    status: u16,
}

/// A judged record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Judged {
    tenant: String,
    system: String,
    verdict: &'static str,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Found {
    category: &'static str,
    action: &'static str,
}

/// A word that says which.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Which {
    which: String,
}

/// The counters.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Histogram,
    records: Family<Judged, Counter>,
    findings: Family<Found, Counter>,
    overrides: Family<Which, Counter>,
    reloads: Family<Which, Counter>,
    closed: Family<Which, Counter>,
    ledger_failures: Counter,
    connections: Gauge,
}

impl Metrics {
    /// All at nothing.
    pub fn new() -> Self {
        // From a quarter of a millisecond to half a second.
        let seconds = Histogram::new([0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
        let mut new = Self {
            registry: Registry::with_prefix("fritext"),
            requests: Family::default(),
            seconds,
            records: Family::default(),
            findings: Family::default(),
            overrides: Family::default(),
            reloads: Family::default(),
            closed: Family::default(),
            ledger_failures: Counter::default(),
            connections: Gauge::default(),
        };
        let r = &mut new.registry;
        r.register("requests", "Requests by path and status", new.requests.clone());
        r.register("request_seconds", "Time from the head of a request to its answer", new.seconds.clone());
        r.register("records", "Records judged, by tenant, system and verdict", new.records.clone());
        r.register("findings", "Findings by category and action", new.findings.clone());
        r.register("overrides", "Records saved with a reason, by reason", new.overrides.clone());
        r.register("reloads", "Readings of the configuration while running", new.reloads.clone());
        r.register("closed_connections", "Connections closed by the service, by cause", new.closed.clone());
        r.register("ledger_failures", "Times the ledger could not be written", new.ledger_failures.clone());
        r.register("connections", "Open connections", new.connections.clone());
        new
    }

    /// A request was answered.
    pub fn request(&self, route: &'static str, status: u16, seconds: f64) {
        self.requests.get_or_create(&Request { route, status }).inc();
        self.seconds.observe(seconds);
    }

    /// A record was judged.
    pub fn record(&self, tenant: &str, system: Option<&str>, verdict: &'static str) {
        let system = system.unwrap_or("default").to_owned();
        self.records.get_or_create(&Judged { tenant: tenant.to_owned(), system, verdict }).inc();
    }

    /// Something was found.
    pub fn finding(&self, category: &'static str, action: &'static str) {
        self.findings.get_or_create(&Found { category, action }).inc();
    }

    /// A record was saved for a reason.
    pub fn overridden(&self, reason: &str) {
        self.overrides.get_or_create(&Which { which: reason.to_owned() }).inc();
    }

    /// The configuration was read again.
    pub fn reloaded(&self, which: &'static str) {
        self.reloads.get_or_create(&Which { which: which.to_owned() }).inc();
    }

    /// The ledger could not be written.
    pub fn ledger_failed(&self) {
        self.ledger_failures.inc();
    }

    /// Connections were closed.
    pub fn closed(&self, which: &'static str, number: u64) {
        self.closed.get_or_create(&Which { which: which.to_owned() }).inc_by(number);
    }

    /// All of them as text, with the connections there are.
    pub fn text(&self, connections: usize) -> String {
        self.connections.set(i64::try_from(connections).unwrap_or(i64::MAX));
        let mut text = String::new();
        // A string takes whatever is written to it.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
