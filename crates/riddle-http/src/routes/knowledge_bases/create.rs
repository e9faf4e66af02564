use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, post, web};
use riddle_api::{CreateKnowledgeBase, KnowledgeBaseDto};

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::RerankJson;
use crate::state::ServerState;

/// Create a knowledge base
///
/// A server has at most 1000 of them.
#[utoipa::path(
    tag = "knowledge bases",
    request_body = CreateKnowledgeBase,
    responses(
        (status = 201, description = "Created", body = KnowledgeBaseDto),
        (status = 409, description = "The name is taken, or there are as many as may be", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases")]
pub(super) async fn create_knowledge_base(
    state: web::Data<ServerState>,
    body: RerankJson<CreateKnowledgeBase>,
) -> Result<HttpResponse, ApiError> {
    let created = state.engine.create_knowledge_base(body.0.convert()).await?;
    let location = format!("/api/v1/knowledge-bases/{}", created.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(KnowledgeBaseDto::convert_from(created)))
}
