use std::any::Any;
use std::convert::identity;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use riddle_engine::EngineError;
use tracing::{Instrument, Span};

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
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let account = Account::open(&request, id.clone());
    let shape = ErrorShape::of_path(request.path());
    // The request goes with a handler that panics.
    let asked = request.match_pattern();
    let answering = next.call(request).instrument(account.span.clone());
    let answering = AssertUnwindSafe(riddle_engine::on_behalf_of(id.as_str(), answering));
    let response = match answering.catch_unwind().await {
        Ok(response) => response?,
        Err(panic) => {
            let _in_span = account.span.enter();
            let response = after_panic(panic.as_ref(), &id, shape);
            account.close(asked.as_deref(), response.status());
            return Err(InternalError::from_response("a handler panicked", response).into());
        }
    };

    let _in_span = account.span.enter();
    let (request, response) = response.into_parts();
    let response = complete(&request, response, &id, shape);
    // By the route that was taken, which the address alone does not always tell.
    account.close(request.match_pattern().as_deref(), response.status());
    Ok(ServiceResponse::new(request, response))
}

/// What is counted and logged of a request, whatever becomes of it.
struct Account {
    started: Instant,
    id: RequestId,
    method: Method,
    metrics: Option<web::Data<Metrics>>,
    span: Span,
}

impl Account {
    fn open(request: &ServiceRequest, id: RequestId) -> Self {
        Self {
            started: Instant::now(),
            method: request.method().clone(),
            metrics: request.app_data::<web::Data<Metrics>>().cloned(),
            span: request_span::open(request, &id),
            id,
        }
    }

    fn close(&self, route: Option<&str>, status: StatusCode) {
        let elapsed = self.started.elapsed();
        let route = route.unwrap_or(NO_ROUTE);
        let latency_ms = elapsed.as_secs_f64() * 1000.0;
        request_span::answered(&self.span, route, status, latency_ms);
        let status = status.as_u16();
        if let Some(metrics) = &self.metrics {
            metrics.record_request(&self.method, route, status, elapsed);
        }
        let (id, method, ms) = (&self.id, &self.method, elapsed.as_millis());
        tracing::info!(request_id = %id, method = %method, route, status, ms, "answered");
    }
}

/// The response with its headers, and with its body if it is an error.
fn complete(
    request: &HttpRequest,
    response: HttpResponse<impl MessageBody + 'static>,
    id: &RequestId,
    shape: ErrorShape,
) -> HttpResponse<BoxBody> {
    let status = response.status();
    let mut response = if status.is_client_error() || status.is_server_error() {
        let names = request.extensions().get().cloned();
        let names: FlatNames = names.unwrap_or_default();
        error::render(response, id.as_str(), shape, |error| names.name(error))
    } else {
        response.map_into_boxed_body()
    };
    add_headers(response.headers_mut(), id);
    response
}

fn add_headers(headers: &mut HeaderMap, id: &RequestId) {
    security_headers::add(headers);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }
}

/// What is answered where the handler panicked.
fn after_panic(
    panic: &(dyn Any + Send),
    id: &RequestId,
    shape: ErrorShape,
) -> HttpResponse<BoxBody> {
    let error = ApiError::from(EngineError::panicked("answering a request", panic));
    let response = HttpResponse::from_error(error);
    let mut response = error::render(response, id.as_str(), shape, identity);
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
    #[actix_web::test]
    async fn a_handler_that_panics_is_counted_under_its_route() {
        let metrics = web::Data::new(Metrics::new());
        let app = App::new()
            .app_data(metrics.clone())
            .service(web::scope("/api/v1").route("/breaks/{id}", web::get().to(breaks)))
            .wrap(from_fn(observe));
        let app = init_service(app).await;
        let request = TestRequest::get().uri("/api/v1/breaks/7").to_request();
        let answered = try_call_service(&app, request).await;
        answered.expect_err("it panics");
        let counted = |status| metrics.requests(&Method::GET, "/api/v1/breaks/{id}", status);
        assert_eq!((counted(500), counted(200)), (1, 0));
        assert_eq!(metrics.requests(&Method::GET, NO_ROUTE, 500), 0);
    }
}
