use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::error::ApiError;

/// Answers with JSON that may be large. It is made and written where that keeps no other request waiting.
pub(crate) async fn large_json<T: Serialize>(
    make: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let write = move || {
        let written = serde_json::to_vec(&make()?);
        written.map_err(|error| ApiError::internal(format!("an answer is no JSON: {error}")))
    };
    let written = web::block(write).await;
    let body = written
        .map_err(|error| ApiError::internal(format!("writing an answer broke off: {error}")))??;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(body))
}
