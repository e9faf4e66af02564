//! The description of the API, collected from the handlers.

mod bounds;
mod codes;
mod statuses;

use actix_web::App;
use utoipa::OpenApi as _;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa_actix_web::AppExt;

use crate::error::ErrorCode;
use crate::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Riddle",
        description = "Retrieval-augmented answers with citations, and what reranking is worth to them.\n\nEvery error \
                       has the body `{code, message, param, request_id}`; every response has the header \
                       `X-Request-Id`. Addresses that another product has too have its errors: under `/v1` OpenAI's, \
                       `/v1/rerank` and `/v2/rerank` `{message}`, at the root `{error, error_type}`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    security(("api_key" = [])),
    tags(
        (name = "knowledge bases", description = "Sets of documents that are searched together"),
        (name = "documents", description = "What is searched"),
        (name = "questions", description = "Search, answer, compare"),
        (name = "comparisons", description = "Answers with rerank and without that are kept"),
        (name = "evaluations", description = "Sets of questions, and runs that measure ways to search with them"),
        (name = "chats", description = "Questions and answers that are kept"),
        (name = "models", description = "What can be used, what is here, fetching and verifying"),
        (name = "openai", description = "As OpenAI has them"),
        (name = "reranking", description = "As text-embeddings-inference, Cohere, Jina and SageMaker have it"),
        (name = "system", description = "Health, sizes, repair, metrics"),
    ),
)]
struct Frame;

/// The OpenAPI 3.1 document of all routes.
pub fn openapi() -> OpenApi {
    let (_app, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame())
        .configure(routes::configure)
        .split_for_parts();
    complete(&mut document);
    document
}

/// Adds what the attributes of types and handlers cannot say.
pub(crate) fn complete(document: &mut OpenApi) {
    open_halves(document);
    codes::list(document);
    bounds::list(document);
    statuses::list(document);
}

/// Lets each half of a body that is made of two hold the other's fields too: a half that allows no fields but its own
/// would allow no body at all. The whole allows those of both alone.
fn open_halves(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    for schema in components.schemas.values_mut() {
        let RefOr::T(Schema::AllOf(whole)) = schema else {
            continue;
        };
        let mut is_closed = false;
        for half in &mut whole.items {
            if let RefOr::T(Schema::Object(object)) = half {
                is_closed |= object.additional_properties.take().is_some();
            }
        }
        if is_closed {
            let extensions = whole.extensions.get_or_insert_with(Extensions::default);
            extensions.insert("unevaluatedProperties".to_owned(), false.into());
        }
    }
}

/// What no handler can say: title, tags and security.
pub(crate) fn frame() -> OpenApi {
    let mut frame = Frame::openapi();
    let description = frame.info.description.get_or_insert_default();
    description.push_str("\n\n| code | status | same request may succeed later |\n|---|---|---|\n");
    for code in ErrorCode::ALL {
        let retryable = if code.retryable { "yes" } else { "no" };
        description.push_str(&format!(
            "| `{}` | {} | {retryable} |\n",
            code.name, code.status
        ));
    }
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    frame
        .components
        .get_or_insert_default()
        .add_security_scheme("api_key", scheme);
    frame
}
