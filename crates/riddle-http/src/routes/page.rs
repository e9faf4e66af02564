//! The start page: embedded files.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use crate::guard::PAGE_POLICY;

const HTML: &str = include_str!("../../assets/index.html");
const CSS: &str = include_str!("../../assets/style.css");
const SCRIPTS: [(&str, &str); 7] = [
    ("/assets/app.js", include_str!("../../assets/app.js")),
    ("/assets/answer.js", include_str!("../../assets/answer.js")),
    (
        "/assets/library.js",
        include_str!("../../assets/library.js"),
    ),
    ("/assets/page.js", include_str!("../../assets/page.js")),
    (
        "/assets/questions.js",
        include_str!("../../assets/questions.js"),
    ),
    ("/assets/server.js", include_str!("../../assets/server.js")),
    ("/assets/words.js", include_str!("../../assets/words.js")),
];

/// Addresses of the page, which the OpenAPI document does not list and which need no key.
pub(crate) fn page_routes() -> impl Iterator<Item = &'static str> {
    let scripts = SCRIPTS.iter().map(|(path, _)| *path);
    ["/", "/assets/style.css"].into_iter().chain(scripts)
}

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(html))
        .route("/assets/style.css", web::get().to(css));
    for (path, body) in SCRIPTS {
        let script = move |request: HttpRequest| async move {
            asset(&request, "text/javascript; charset=utf-8", body)
        };
        config.route(path, web::get().to(script));
    }
}

async fn html(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/html; charset=utf-8", HTML)
}

async fn css(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/css; charset=utf-8", CSS)
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
