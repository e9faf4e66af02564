//! The start page: three embedded files.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use crate::guard::PAGE_POLICY;

const HTML: &str = include_str!("../../assets/index.html");
const CSS: &str = include_str!("../../assets/style.css");
const JS: &str = include_str!("../../assets/app.js");

/// Addresses of the page, which the OpenAPI document does not list.
pub(crate) const PAGE_ROUTES: [&str; 3] = ["/", "/assets/style.css", "/assets/app.js"];

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(html))
        .route("/assets/style.css", web::get().to(css))
        .route("/assets/app.js", web::get().to(js));
}

async fn html(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/html; charset=utf-8", HTML)
}

async fn css(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/css; charset=utf-8", CSS)
}

async fn js(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/javascript; charset=utf-8", JS)
}

/// The browser asks each time and gets the bytes only when they have changed: a new server is never met by an old page.
fn asset(request: &HttpRequest, content_type: &'static str, body: &'static str) -> HttpResponse {
    let digest = Sha256::digest(body);
    let tag = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let tag = format!("\"{tag}\"");
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CONTENT_TYPE, content_type));
    if known {
        response.finish()
    } else {
        response.body(body)
    }
}
