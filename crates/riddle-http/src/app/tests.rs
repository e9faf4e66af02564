//! The checks in front of the routes, and what answers when no route does. No engine is needed for these.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use riddle_api::AuditBody;
use riddle_test_support::{Resource, need};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::body_budget::BodyBudget;
use crate::connections::{BodyRateBounds, ConnectionBounds};
use crate::extract::ApiJson;
use crate::options::JsonBodyTime;
use crate::web_app;

const NOT_BUILT: &str = "the web app is not built; `make web` builds it";
const KEY: &str = "correct horse battery staple";

/// Name and value.
type Header = (&'static str, &'static str);

struct Answer {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }
}

fn options(key: Option<&str>) -> HttpOptions {
    HttpOptions {
        api_key_hash: key.map(|key| Sha256::digest(key).into()),
        allowed_hosts: vec!["riddle.example".to_owned()],
        max_upload_bytes: 1_000,
        max_json_bytes: 1_000,
        max_upload_parts: 4,
        max_answers_bytes: 1 << 20,
        answers_wait: Duration::from_secs(2),
        connections: ConnectionBounds::of(16, None),
        body_rate: BodyRateBounds {
            least_bytes_per_s: 0,
            grace: Duration::from_secs(60),
            whole: Duration::from_secs(60),
        },
        json_time: JsonBodyTime {
            least: Duration::from_secs(60),
            bytes_per_s: 1,
        },
        workers: 1,
        client_timeout: Duration::from_secs(5),
        continue_trace: None,
        model_aliases: Default::default(),
        shutdown_timeout: Duration::from_secs(5),
    }
}

async fn send_to(options: HttpOptions, request: TestRequest) -> Answer {
    let gate = Gate {
        options,
        bodies: BodyBudget::default(),
        answers: None,
        listen: Some([192, 0, 2, 7].into()),
    };
    let echo = |_body: ApiJson<AuditBody>| async { HttpResponse::Ok().finish() };
    let app = shell(gate, Arc::new(Metrics::new()))
        .route("/test/body", web::post().to(echo))
        .route(
            "/test/{id}",
            web::get().to(|_id: web::Path<uuid::Uuid>| async { HttpResponse::Ok().finish() }),
        );
    let app = init_service(app).await;
    let response = call_service(&app, request.to_request()).await;
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: read_body(response).await.to_vec(),
    }
}

async fn send(request: TestRequest) -> Answer {
    send_to(options(None), request).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get()
        .uri(path)
        .insert_header(("host", "localhost:7180"))
}

#[actix_web::test]
async fn unknown_addresses_and_wrong_methods_have_the_error_body() {
    let answer = send(get("/api/v1/nothing")).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (404, &"not_found".into())
    );
    assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));

    let answer = send(get("/api/v1/knowledge-bases/a").method(Method::PUT)).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.json()["code"], "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET, PATCH, DELETE");

    let answer = send(get("/test/not-a-uuid")).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (404, &"not_found".into())
    );
}

#[actix_web::test]
async fn bodies_that_do_not_fit_are_explained() {
    let post = |body: &'static str| {
        get("/test/body")
            .method(Method::POST)
            .insert_header(("content-type", "application/json"))
            .set_payload(body)
    };
    let answer = send(post(r#"{"repair": "yes"}"#)).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (400, &"invalid_json".into())
    );
    assert!(
        answer.json()["message"]
            .as_str()
            .expect("text")
            .contains("`repair`")
    );

    let answer = send(post(r#"{"fix": true}"#)).await;
    assert!(
        answer.json()["message"]
            .as_str()
            .expect("text")
            .contains("`repair`")
    );

    let long: &'static str = Box::leak(format!("\"{}\"", "x".repeat(2_000)).into_boxed_str());
    let answer = send(post(long)).await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (413, &"too_large".into())
    );

    let answer = send(
        get("/test/body")
            .method(Method::POST)
            .set_payload("repair=1"),
    )
    .await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (415, &"unsupported_media_type".into())
    );
}

#[actix_web::test]
async fn openai_addresses_have_errors_that_its_clients_read() {
    let answer = send(get("/v1/engines")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    assert_eq!(answer.json()["error"]["code"], "not_found");
}

#[actix_web::test]
async fn a_harmless_request_id_is_kept_and_others_are_replaced() {
    let answer = send(get("/nothing").insert_header(("x-request-id", "job-7.a_B"))).await;
    assert_eq!(answer.header("x-request-id"), "job-7.a_B");
    assert_eq!(answer.json()["request_id"], "job-7.a_B");
    for id in ["", "a b", "<script>", &"x".repeat(65)] {
        let answer = send(get("/nothing").insert_header(("x-request-id", id))).await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{id}");
    }
}

#[actix_web::test]
async fn only_known_hosts_are_answered() {
    let known = [
        "localhost",
        "localhost:1",
        "127.0.0.1:7180",
        "[::1]:7180",
        "192.0.2.7",
        "riddle.example:443",
        "RIDDLE.example",
    ];
    for host in known {
        let answer = send(TestRequest::get().uri("/").insert_header(("host", host))).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let others = [
        "evil.example",
        "riddle.example.evil",
        "192.0.2.8",
        "localhost@evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
    ];
    for host in others {
        let answer = send(TestRequest::get().uri("/").insert_header(("host", host))).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (421, &"host_not_allowed".into()),
            "{host}"
        );
    }
    assert_eq!(send(TestRequest::get().uri("/")).await.status, 421);
}

#[actix_web::test]
async fn pages_of_other_sites_are_refused() {
    let cases: [(&str, &[Header], u16); 9] = [
        ("GET", &[], 200),
        ("GET", &[("origin", "http://localhost:7180")], 200),
        (
            "GET",
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            200,
        ),
        ("GET", &[("origin", "http://localhost:3000")], 403),
        ("GET", &[("origin", "null")], 403),
        ("GET", &[("origin", "https://evil.example")], 403),
        (
            "GET",
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "no-cors"),
            ],
            403,
        ),
        ("POST", &[("sec-fetch-site", "same-site")], 403),
        (
            "POST",
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            403,
        ),
    ];
    for (method, headers, expected) in cases {
        let mut request = get("/").method(method.parse().expect("a method"));
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        let answer = send(request).await;
        assert_eq!(answer.status, expected, "{method} {headers:?}");
        let told = String::from_utf8_lossy(&answer.body);
        let names_proxies = told.contains("a proxy before it must pass on the host");
        assert_eq!(names_proxies, expected == 403, "{told}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[actix_web::test]
async fn without_the_key_only_the_page_and_health_are_open() {
    let with =
        |request: TestRequest, value: &'static str| request.insert_header(("authorization", value));
    for path in web_app::addresses() {
        let status = send_to(options(Some(KEY)), get(path)).await.status;
        // 404 where the web app is not built.
        assert!(status == 200 || status == 404, "{path}: {status}");
    }
    // The engine is not there, so health itself fails, but it is reached.
    assert_eq!(
        send_to(options(Some(KEY)), get("/api/v1/health"))
            .await
            .status,
        500
    );
    for path in [
        "/openapi.json",
        "/metrics",
        "/api/v1/knowledge-bases",
        "/v1/models",
        "/nothing",
        "/api/v1/health/",
        "//",
    ] {
        let answer = send_to(options(Some(KEY)), get(path)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for wrong in [
        "Bearer wrong",
        "Basic correct horse battery staple",
        "Bearer ",
        "correct horse battery staple",
    ] {
        assert_eq!(
            send_to(options(Some(KEY)), with(get("/openapi.json"), wrong))
                .await
                .status,
            401,
            "{wrong}"
        );
    }
    let right = with(get("/openapi.json"), "bearer correct horse battery staple");
    assert_eq!(send_to(options(Some(KEY)), right).await.status, 200);
    let elsewhere = get("/openapi.json?api_key=correct%20horse%20battery%20staple")
        .insert_header(("x-api-key", KEY));
    assert_eq!(send_to(options(Some(KEY)), elsewhere).await.status, 401);
}

#[actix_web::test]
async fn the_page_is_strict() {
    let answer = send(get("/")).await;
    let built = answer.status != 404;
    if !built {
        let said = String::from_utf8_lossy(&answer.body);
        assert!(said.contains("make web"), "{said}");
    }
    let Some(()) = need(Resource::WebApp, built.then_some(()), NOT_BUILT) else {
        return;
    };
    assert_eq!(answer.status, 200);
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let html = String::from_utf8(answer.body.clone()).expect("UTF-8");
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "an external resource"
    );
    let tag = answer.header("etag").to_owned();
    let again = send(get("/").insert_header(("if-none-match", tag))).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[actix_web::test]
async fn files_of_the_page_are_kept_and_sent_compressed() {
    let script = web_app::addresses().find(|path| path.ends_with(".js"));
    let Some(script) = need(Resource::WebApp, script, NOT_BUILT) else {
        return;
    };
    let plain = send(get(script)).await;
    assert_eq!(
        plain.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    for (accepted, encoding) in [
        ("gzip, deflate, br", Some("br")),
        ("gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.5", Some("gzip")),
        ("identity", None),
    ] {
        let answer = send(get(script).insert_header(("accept-encoding", accepted))).await;
        let said = answer.headers.get("content-encoding");
        let said = said.map(|said| said.to_str().expect("ASCII"));
        assert_eq!(said, encoding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(
            answer.body.len() < plain.body.len(),
            encoding.is_some(),
            "{accepted}"
        );
    }
}

#[actix_web::test]
async fn the_api_describes_itself() {
    let answer = send(get("/openapi.json")).await;
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let codes = document["info"]["description"].as_str().expect("text");
    assert!(codes.contains("| `overloaded` | 429 | yes |"), "{codes}");
}
