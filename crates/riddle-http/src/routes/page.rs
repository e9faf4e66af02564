//! The web app.

use std::fmt::Write;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderValue, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::error::{ApiError, ErrorCode};
use crate::guard::PAGE_POLICY;
use crate::large_json::OfTheProgram;
use crate::web_app::{self, Encoding, WebFile};

/// Said at `/` where the binary was compiled without the web app.
const ABSENT: &str = "this server was built without its web app; build it with `make web` and then the server again, \
     or use the API, which /openapi.json describes";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    for path in web_app::addresses() {
        let name = match path.trim_start_matches('/') {
            "" => web_app::INDEX,
            name => name,
        };
        let route = move |request: HttpRequest| async move { page(&request, name) };
        config.route(path, web::get().to(route));
    }
}

fn page(request: &HttpRequest, name: &'static str) -> Result<HttpResponse, ApiError> {
    let found = Encoding::ALL
        .into_iter()
        .filter(|encoding| accepts(request, *encoding))
        .find_map(|encoding| Some((encoding, web_app::file(name, encoding)?)));
    match found {
        Some((encoding, file)) => Ok(respond(request, name, encoding, file)),
        None => Err(ApiError::new(ErrorCode::NOT_FOUND, ABSENT)),
    }
}

/// A page is asked for anew each time and sent when it has changed, so that a new server is never met by an old page;
/// the files that it loads are named by their content and kept.
fn respond(
    request: &HttpRequest,
    name: &'static str,
    encoding: Encoding,
    file: WebFile,
) -> HttpResponse {
    let tag = tag(&file.digest);
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let caching = if web_app::is_immutable(name) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CONTENT_TYPE, web_app::content_type(name)));
    if encoding != Encoding::Identity {
        response.insert_header((CONTENT_ENCODING, encoding.name()));
    }
    if known {
        response.finish()
    } else {
        let mut response = response.body(file.bytes);
        response.extensions_mut().insert(OfTheProgram);
        response
    }
}

fn tag(digest: &[u8; 32]) -> String {
    let mut tag = String::from("\"");
    for byte in &digest[..8] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether the request takes an encoding. Weights other than 0 are not looked at: the server has its own order.
fn accepts(request: &HttpRequest, encoding: Encoding) -> bool {
    if encoding == Encoding::Identity {
        return true;
    }
    let values = request.headers().get_all(ACCEPT_ENCODING);
    values
        .filter_map(|value| HeaderValue::to_str(value).ok())
        .flat_map(|value| value.split(','))
        .any(|accepted| {
            let (name, weight) = accepted.split_once(';').unwrap_or((accepted, ""));
            name.trim().eq_ignore_ascii_case(encoding.name()) && !is_zero(weight)
        })
}

fn is_zero(weight: &str) -> bool {
    weight
        .trim()
        .strip_prefix("q=")
        .and_then(|weight| weight.parse::<f32>().ok())
        .is_some_and(|weight| weight == 0.0)
}
