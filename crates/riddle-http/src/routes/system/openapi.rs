use actix_web::{HttpResponse, get, web};

use crate::openapi::Document;

/// This description of the API
#[utoipa::path(
    tag = "system",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
#[get("/openapi.json")]
pub(super) async fn openapi_json(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(document.0.clone())
}
