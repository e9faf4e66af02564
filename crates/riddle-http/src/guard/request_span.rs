use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::web;
use tracing::Span;
use tracing::field::Empty;

use super::RequestId;
use crate::gate::Gate;

/// Name of a method that HTTP does not know: the words in a request are the client's to choose.
const OTHER_METHOD: &str = "_OTHER";
const METHODS: [Method; 8] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::TRACE,
];

/// The span of a whole request, under the names that OpenTelemetry has for its fields. Nothing that a client wrote
/// freely is in it but the id, whose alphabet is checked.
pub(super) fn open(request: &ServiceRequest, id: &RequestId) -> Span {
    // Of the highest level, so that no filter takes the id from the lines that pass it.
    let span = tracing::error_span!(
        parent: None,
        "request",
        request_id = %id,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method(request.method()),
        http.route = Empty,
        http.response.status_code = Empty,
        latency_ms = Empty,
    );
    let gate = request.app_data::<web::Data<Gate>>();
    if let Some(continue_trace) = gate.and_then(|gate| gate.options.continue_trace)
        && let Some(parent) = text(request.headers(), "traceparent")
    {
        continue_trace(&span, parent, text(request.headers(), "tracestate"));
    }
    span
}

/// Notes what became of the request. `latency_ms` is the time to the head of the response; a stream goes on after it.
pub(super) fn answered(span: &Span, route: &str, status: StatusCode, latency_ms: f64) {
    span.record("http.route", route);
    // Signed, as OpenTelemetry knows no other whole numbers.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    span.record("latency_ms", latency_ms);
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

fn method(method: &Method) -> &str {
    let known = METHODS.iter().any(|known| known == method);
    if known { method.as_str() } else { OTHER_METHOD }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
