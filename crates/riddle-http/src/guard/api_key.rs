use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use super::Trusted;
use crate::error::{ApiError, ErrorCode};
use crate::options::HttpOptions;
use crate::web_app;

/// Refuses a request without the key, where one is configured.
pub(super) fn check(request: &ServiceRequest, options: &HttpOptions) -> Result<Trusted, ApiError> {
    let Some(expected) = &options.api_key_hash else {
        return Ok(Trusted(true));
    };
    match bearer(request) {
        Some(key) if equal(&Sha256::digest(key).into(), expected) => Ok(Trusted(true)),
        None if is_public(request.path()) => Ok(Trusted(false)),
        _ => Err(ApiError::new(
            ErrorCode::UNAUTHORIZED,
            "this server needs its API key in the header `Authorization: Bearer …`",
        )),
    }
}

/// Whether a path needs no key; everything else does, whether a route is there or not.
fn is_public(path: &str) -> bool {
    path == "/api/v1/health" || web_app::addresses().any(|open| open == path)
}

fn bearer(request: &ServiceRequest) -> Option<&[u8]> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim().as_bytes())
}

/// Looks at every byte whatever it finds, so that the time says nothing.
fn equal(left: &[u8; 32], right: &[u8; 32]) -> bool {
    let difference = left
        .iter()
        .zip(right)
        .fold(0, |difference, (left, right)| difference | (left ^ right));
    std::hint::black_box(difference) == 0
}
