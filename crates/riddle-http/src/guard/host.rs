use actix_web::dev::ServiceRequest;
use actix_web::http::header::HOST;
use actix_web::http::uri::Authority;

use crate::error::{ApiError, ErrorCode};
use crate::gate::Gate;

/// Refuses a Host header that names another host: a page whose name was rebound to this address would send it.
/// Returns the authority the client meant.
pub(super) fn check(request: &ServiceRequest, gate: &Gate) -> Result<Authority, ApiError> {
    let mut hosts = request.headers().get_all(HOST);
    let header = hosts.next().and_then(|host| host.to_str().ok());
    let authority = header.and_then(|host| host.parse::<Authority>().ok());
    let (Some(authority), None) = (authority, hosts.next()) else {
        return Err(refused());
    };
    if authority.as_str().contains('@') {
        return Err(refused());
    }
    let in_target = request.uri().authority();
    if in_target.is_some_and(|target| target.as_str() != authority.as_str()) {
        return Err(refused());
    }
    let name = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    if gate.options.allows_host(name, gate.listen) {
        Ok(authority)
    } else {
        Err(refused())
    }
}

fn refused() -> ApiError {
    ApiError::new(
        ErrorCode::HOST_NOT_ALLOWED,
        "this server does not answer for the host in the Host header; add the name to the allowed hosts of its \
         configuration",
    )
}
