use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use riddle_core::DocumentStatus;
use riddle_engine::Health;

use super::Metrics;
use super::labels::DocumentLabels;

/// What is read at the moment of a scrape.
pub(crate) struct Gauges {
    pub(crate) health: Health,
    /// Documents by status, all knowledge bases together.
    pub(crate) documents: Vec<(DocumentStatus, u64)>,
}

impl Metrics {
    /// The text that Prometheus reads.
    pub(crate) fn encode(&self, gauges: &Gauges) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        let end = text.rfind("# EOF").unwrap_or(text.len());
        text.truncate(end);
        encode(&mut text, &registry_of(gauges))?;
        Ok(text)
    }
}

fn registry_of(gauges: &Gauges) -> Registry {
    let mut registry = Registry::with_prefix("riddle");
    let queue = &gauges.health.queue;
    let values: [(&str, &str, i64); 5] = [
        (
            "healthy",
            "1 while every store answers",
            i64::from(gauges.health.ok),
        ),
        (
            "documents_pending",
            "Documents queued or in work",
            saturated(queue.pending_documents),
        ),
        (
            "outbox_lag",
            "Changes that the indexes have not applied yet",
            saturated(queue.outbox_lag),
        ),
        (
            "queries_active",
            "Searches and answers in work",
            i64::try_from(queue.active_queries).unwrap_or(i64::MAX),
        ),
        (
            "uptime_milliseconds",
            "Time since the start",
            saturated(gauges.health.uptime_ms),
        ),
    ];
    for (name, help, value) in values {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let documents = Family::<DocumentLabels, Gauge>::default();
    for (status, count) in &gauges.documents {
        let labels = DocumentLabels {
            status: status.as_str(),
        };
        documents.get_or_create(&labels).set(saturated(*count));
    }
    registry.register("documents", "Documents by status", documents);
    let internal_errors = Counter::<u64>::default();
    internal_errors.inc_by(gauges.health.internal_errors);
    registry.register(
        "internal_errors",
        "Panics and other errors that should never happen, in requests and in background work",
        internal_errors,
    );
    registry
}

fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
