use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use tracing::Instrument;

use super::request_id::X_REQUEST_ID;
use super::{RequestId, request_span, security_headers};
use crate::error::{self, ErrorShape};
use crate::extract::FlatNames;
use crate::metrics::Metrics;

/// Route label of a request that no route took: the path itself is the client's to choose.
const NO_ROUTE: &str = "none";

/// Gives the request its id, the response its headers and error body, and counts and logs both.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = request_span::open(&request, &id);
    let answering = next.call(request).instrument(span.clone());
    let response = riddle_engine::on_behalf_of(id.as_str(), answering).await?;

    let _in_span = span.enter();
    let (request, response) = response.into_parts();
    let mut response = if response.status().is_client_error() || response.status().is_server_error()
    {
        let names = request.extensions().get().cloned();
        let names: FlatNames = names.unwrap_or_default();
        error::render(
            response,
            id.as_str(),
            ErrorShape::of_path(request.path()),
            &names,
        )
    } else {
        response.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    security_headers::add(headers);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }

    let elapsed = started.elapsed();
    let route = request.match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let latency_ms = elapsed.as_secs_f64() * 1000.0;
    request_span::answered(&span, route, response.status(), latency_ms);
    let status = response.status().as_u16();
    if let Some(metrics) = request.app_data::<web::Data<Metrics>>() {
        metrics.record_request(request.method(), route, status, elapsed);
    }
    tracing::info!(request_id = %id, method = %request.method(), route, status, ms = elapsed.as_millis(), "answered");
    Ok(ServiceResponse::new(request, response))
}
