use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::FutureExt;
use riddle_engine::EngineError;
use tracing::Instrument;

use super::request_id::X_REQUEST_ID;
use super::{RequestId, request_span, security_headers};
use crate::error::{self, ApiError, ErrorShape};
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
    let shape = ErrorShape::of_path(request.path());
    let answering = next.call(request).instrument(span.clone());
    let answering = AssertUnwindSafe(riddle_engine::on_behalf_of(id.as_str(), answering));
    let response = match answering.catch_unwind().await {
        Ok(response) => response?,
        Err(panic) => {
            let _in_span = span.enter();
            let response = after_panic(panic.as_ref(), &id, shape);
            return Err(InternalError::from_response("a handler panicked", response).into());
        }
    };

    let _in_span = span.enter();
    let (request, response) = response.into_parts();
    let mut response = if response.status().is_client_error() || response.status().is_server_error()
    {
        let names = request.extensions().get().cloned();
        let names: FlatNames = names.unwrap_or_default();
        error::render(response, id.as_str(), shape, &names)
    } else {
        response.map_into_boxed_body()
    };
    add_headers(response.headers_mut(), &id);

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

fn add_headers(headers: &mut HeaderMap, id: &RequestId) {
    security_headers::add(headers);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }
}

/// What is answered where the handler panicked. The request went with it, so that no route is known any more.
fn after_panic(
    panic: &(dyn Any + Send),
    id: &RequestId,
    shape: ErrorShape,
) -> HttpResponse<BoxBody> {
    let error = ApiError::from(EngineError::panicked("answering a request", panic));
    let response = HttpResponse::from_error(error);
    let mut response = error::render(response, id.as_str(), shape, &FlatNames::default());
    add_headers(response.headers_mut(), id);
    response
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::body::to_bytes;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service, try_call_service};
    use serde_json::Value;

    use super::*;

    async fn breaks() -> HttpResponse {
        panic!("as told");
    }

    #[actix_web::test]
    async fn a_handler_that_panics_is_answered_with_the_id_that_the_log_has() {
        let app = App::new()
            .wrap(from_fn(observe))
            .route("/api/v1/breaks", web::get().to(breaks));
        let app = init_service(app).await;
        let request = TestRequest::get().uri("/api/v1/breaks").to_request();
        let error = try_call_service(&app, request).await;
        let response = error.expect_err("it panics").error_response();
        assert_eq!(response.status(), 500);
        let id = response.headers().get(X_REQUEST_ID).cloned();
        let id = id.expect("an id");
        let body = to_bytes(response.into_body()).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body["code"], "internal");
        assert_eq!(body["request_id"], id.to_str().expect("text"));
        assert!(!body.to_string().contains("as told"), "{body}");
    }
}
