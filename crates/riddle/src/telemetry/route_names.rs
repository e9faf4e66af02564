use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// Names spans of requests by method and route. The route is known only after such a span has begun, and a span that
/// has begun keeps its name, so this is done on the way out.
#[derive(Debug)]
pub(super) struct RouteNames<E>(pub(super) E);

impl<E: SpanExporter> SpanExporter for RouteNames<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            if let Some(name) = name_of(&span.attributes) {
                span.name = name.into();
            }
        }
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn name_of(attributes: &[KeyValue]) -> Option<String> {
    let value = |key: &str| {
        let mut all = attributes.iter();
        all.find(|one| one.key.as_str() == key)
            .map(|one| one.value.as_str())
    };
    let (method, route) = value("http.request.method").zip(value("http.route"))?;
    Some(format!("{method} {route}"))
}
