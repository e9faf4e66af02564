//! What `/metrics` shows.

mod labels;
mod scrape;

use std::time::Duration;

use actix_web::http::Method;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use riddle_core::{RerankReport, Timings};

pub(crate) use scrape::Gauges;

use labels::{RequestLabels, RerankLabels, RouteLabels, StageLabels};

/// Upper bounds in seconds: from a cached lookup to an answer of a small language model on two cores.
const BUCKETS: [f64; 16] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    120.0,
];

type HistogramFamily<L> = Family<L, Histogram, fn() -> Histogram>;

/// Counters and histograms of this process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: HistogramFamily<RouteLabels>,
    stages: HistogramFamily<StageLabels>,
    reranks: Family<RerankLabels, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let requests = Family::default();
        let latency = HistogramFamily::new_with_constructor(histogram as fn() -> Histogram);
        let stages = HistogramFamily::new_with_constructor(histogram as fn() -> Histogram);
        let reranks = Family::default();
        let mut registry = Registry::with_prefix("riddle");
        registry.register(
            "http_requests",
            "Requests by route and status",
            Family::clone(&requests),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time until the response begins, by route",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register_with_unit(
            "stage_duration",
            "Time of one stage of a search or an answer",
            Unit::Seconds,
            stages.clone(),
        );
        registry.register(
            "reranks",
            "Searches and answers by what became of reranking",
            Family::clone(&reranks),
        );
        Self {
            registry,
            requests,
            latency,
            stages,
            reranks,
        }
    }

    /// Counts one response; for a stream the time until it begins.
    pub(crate) fn record_request(
        &self,
        method: &Method,
        route: &str,
        status: u16,
        elapsed: Duration,
    ) {
        let route = route.to_owned();
        let labels = RequestLabels {
            method: labels::method(method),
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route };
        self.latency
            .get_or_create(&labels)
            .observe(elapsed.as_secs_f64());
    }

    /// How many responses were counted under these labels.
    #[cfg(test)]
    pub(crate) fn requests(&self, method: &Method, route: &str, status: u16) -> u64 {
        let labels = RequestLabels {
            method: labels::method(method),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).get()
    }

    /// Counts the stages of one search or answer that ran.
    pub(crate) fn record_stages(&self, timings: &Timings, rerank: &RerankReport) {
        for (stage, ms) in crate::server_timing::stages(timings) {
            self.stages
                .get_or_create(&StageLabels { stage })
                .observe(ms / 1_000.0);
        }
        let status = rerank.status.as_str();
        self.reranks.get_or_create(&RerankLabels { status }).inc();
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}
