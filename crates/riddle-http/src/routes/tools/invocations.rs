use actix_web::{HttpResponse, get, post, web};
use riddle_core::{LongPassages, TruncationSide};
use riddle_engine::{MAX_INFERENCE_TEXTS, RerankPairs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorCode};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Pairs to score.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"text_pairs": [["What is a riddle?", "A coarse sieve."]]}))]
pub(super) struct InvocationsBody {
    /// Query and passage of each pair.
    #[schema(value_type = Vec<Vec<String>>)]
    text_pairs: Vec<(String, String)>,
}

/// Scores in the order of the pairs.
#[derive(Serialize, ToSchema)]
pub(super) struct InvocationsDto {
    /// As the model gives them.
    scores: Vec<f32>,
}

/// Score pairs, as a cross-encoder behind a SageMaker endpoint does
#[utoipa::path(
    tag = "reranking",
    request_body = InvocationsBody,
    responses(
        (status = 200, description = "One raw score for each pair", body = InvocationsDto),
        (status = "default", description = "Any error, as at /rerank", body = Object),
    ),
)]
#[post("/invocations")]
pub(super) async fn invocations(
    state: web::Data<ServerState>,
    body: ApiJson<InvocationsBody>,
) -> Result<HttpResponse, ApiError> {
    let pairs = body.0.text_pairs;
    if pairs.len() > MAX_INFERENCE_TEXTS {
        return Err(ApiError::new(
            ErrorCode::TOO_LARGE,
            format!(
                "there are more than {MAX_INFERENCE_TEXTS} pairs; send them in several requests"
            ),
        ));
    }
    let mut scores = Vec::with_capacity(pairs.len());
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let request = RerankPairs {
            query: group[0].0.clone(),
            passages: group.iter().map(|(_, passage)| passage.clone()).collect(),
            model: None,
            long_passages: LongPassages::Truncate,
            truncation_side: TruncationSide::Right,
        };
        let result = state.engine.rerank(request).await?;
        scores.extend(result.scores.iter().map(|pair| pair.raw));
    }
    Ok(HttpResponse::Ok().json(InvocationsDto { scores }))
}

/// Whether the server takes requests, as SageMaker asks
#[utoipa::path(
    tag = "reranking",
    responses((status = 200, description = "It does")),
)]
#[get("/ping")]
pub(super) async fn ping() -> HttpResponse {
    HttpResponse::Ok().finish()
}
