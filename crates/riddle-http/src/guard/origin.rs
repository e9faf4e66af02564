use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::http::uri::{Authority, Uri};
use actix_web::http::{Method, header::HeaderMap};

use crate::error::{ApiError, ErrorCode};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Refuses what a browser sends on behalf of another site. Programs send neither header and pass.
pub(super) fn check(request: &ServiceRequest, host: &Authority) -> Result<(), ApiError> {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) && !is_own_origin(headers, host) {
        return Err(refused());
    }
    let site = text(headers, &SEC_FETCH_SITE);
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        // Following a link to this server is what links are for; embedding it or calling it is not.
        Some(_) if safe && text(headers, &SEC_FETCH_MODE) == Some("navigate") => Ok(()),
        Some(_) => Err(refused()),
    }
}

fn is_own_origin(headers: &HeaderMap, host: &Authority) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    let origin = origins.next().and_then(|origin| origin.to_str().ok());
    let origin = origin.and_then(|origin| origin.parse::<Uri>().ok());
    let (Some(origin), None) = (origin, origins.next()) else {
        return false;
    };
    let scheme = origin.scheme_str();
    let default_port = match scheme {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    origin.authority().is_some_and(|origin| {
        let same_port =
            origin.port_u16().unwrap_or(default_port) == host.port_u16().unwrap_or(default_port);
        same_port && origin.host().eq_ignore_ascii_case(host.host())
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or(""))
}

fn refused() -> ApiError {
    ApiError::new(
        ErrorCode::CROSS_SITE,
        "requests from pages of other sites are refused; call the API from a program, or open this server's own page; \
         a proxy before it must pass on the host that the browser names",
    )
}
