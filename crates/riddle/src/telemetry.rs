//! Traces for other tools: the spans of this process, sent to an OpenTelemetry collector.

mod route_names;
mod sender;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, bail};
use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::{Layer, Registry};

use crate::config::TelemetryConfig;
use route_names::RouteNames;
use sender::Sender;

/// Where a collector takes traces, below its address.
const TRACES: &str = "v1/traces";
/// How long one batch may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the last batches may take when the process ends.
const LAST_EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
/// Our crates, whose spans hold no texts.
const OURS: &str = "riddle";

/// The export of spans. It works on a thread of its own: what a slow collector does not take in time is dropped.
pub(crate) struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Starts to gather what [`Self::layer`] sees. Must be called within the async runtime, which sends the batches.
    ///
    /// # Errors
    /// The endpoint is no HTTP address, or there is no HTTP client.
    pub(crate) fn start(endpoint: &str, config: &TelemetryConfig) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new(EXPORT_TIMEOUT)?)
            .with_endpoint(traces_url(endpoint)?)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .context("cannot export traces")?;
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let sampler = Sampler::TraceIdRatioBased(config.sampling_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(RouteNames(exporter))
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource)
            .build();
        Ok(Self { provider })
    }

    /// What hands spans to the export. Events are left to the log: their words are for people who may read it.
    pub(crate) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let ours = FilterFn::new(|metadata| {
            let level = metadata.level();
            metadata.is_span() && *level <= LevelFilter::INFO && metadata.target().starts_with(OURS)
        });
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(OURS))
            .with_location(false)
            .with_threads(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
            .boxed()
    }

    /// Sends what is left, within a few seconds. The async runtime must still be there.
    pub(crate) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_EXPORT_TIMEOUT) {
            tracing::warn!(%error, "the last traces were not exported");
        }
    }
}

/// Makes a span part of the trace of a request's headers; headers that are not well formed begin a new one.
pub(crate) fn continue_trace(span: &Span, traceparent: &str, tracestate: Option<&str>) {
    let mut headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    headers.extend(tracestate.map(|state| ("tracestate".to_owned(), state.to_owned())));
    let parent = TraceContextPropagator::new().extract(&headers);
    // Fails where this process exports nothing, and then there is nothing to continue.
    let _ = span.set_parent(parent);
}

/// The address for traces of a collector at `endpoint`, which may name it already.
fn traces_url(endpoint: &str) -> anyhow::Result<String> {
    let url = reqwest::Url::parse(endpoint)
        .with_context(|| format!("the telemetry endpoint `{endpoint}` is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") {
        bail!("the telemetry endpoint `{endpoint}` must begin with http:// or https://");
    }
    let base = url.as_str().trim_end_matches('/');
    match base.ends_with(TRACES) {
        true => Ok(base.to_owned()),
        false => Ok(format!("{base}/{TRACES}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_below_the_address_of_the_collector() {
        let url = |endpoint| traces_url(endpoint).expect("an address");
        let wanted = "http://127.0.0.1:4318/v1/traces";
        for endpoint in [
            "http://127.0.0.1:4318",
            "http://127.0.0.1:4318/",
            "http://127.0.0.1:4318/v1/traces",
        ] {
            assert_eq!(url(endpoint), wanted);
        }
        assert_eq!(url("https://a.example/b"), "https://a.example/b/v1/traces");
        for endpoint in ["collector", "grpc://a:4317", "a:4318"] {
            assert!(traces_url(endpoint).is_err(), "{endpoint}");
        }
    }
}
