//! What every request passes before it reaches a route.

mod api_key;
mod hold;
mod host;
mod observe;
mod origin;
mod promise;
mod request_id;
mod request_span;
mod security_headers;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

pub(crate) use hold::hold;
pub(crate) use observe::observe;
pub(crate) use promise::promise;
pub(crate) use request_id::RequestId;
pub(crate) use security_headers::PAGE_POLICY;

use crate::error::ApiError;
use crate::gate::Gate;

/// Whether the request may see more than the public part of a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Trusted(pub(crate) bool);

/// Refuses requests from other sites, for other hosts, and without the key.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(&request) {
        Ok(trusted) => {
            request.extensions_mut().insert(trusted);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(error) => {
            let (request, _payload) = request.into_parts();
            Ok(ServiceResponse::new(
                request,
                HttpResponse::from_error(error),
            ))
        }
    }
}

fn check(request: &ServiceRequest) -> Result<Trusted, ApiError> {
    let gate = request
        .app_data::<web::Data<Gate>>()
        .ok_or_else(|| ApiError::internal("the gate is not configured"))?;
    let host = host::check(request, gate)?;
    origin::check(request, &host)?;
    api_key::check(request, &gate.options)
}
