use actix_web::{HttpResponse, get, web};
use bytes::Bytes;

/// The OpenAPI document as JSON text.
pub(crate) struct OpenApiJson(pub(crate) Bytes);

/// This description of the API
#[utoipa::path(
    tag = "system",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
#[get("/openapi.json")]
pub(super) async fn openapi_json(document: web::Data<OpenApiJson>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(document.0.clone())
}
