use actix_web::{HttpResponse, get, post, web};
use riddle_engine::RerankPairs;
use riddle_engine::bounds::{MAX_INFERENCE_CHARS, MAX_INFERENCE_TEXTS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::headers::add_rerank_headers;
use crate::error::{ApiError, ErrorCode};
use crate::extract::TextsJson;
use crate::state::ServerState;

/// Pairs to score.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"text_pairs": [["What is a riddle?", "A coarse sieve."]]}))]
pub(super) struct InvocationsBody {
    /// Query and passage of each pair.
    #[schema(value_type = Vec<(String, String)>, max_items = 1024)]
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
    body: TextsJson<InvocationsBody>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, body.0).await
}

/// Score pairs, as SageMaker's runtime does for an endpoint
///
/// For clients of AWS that are given this server's address. The endpoint may have any name; the default reranker
/// serves.
#[utoipa::path(
    tag = "reranking",
    params(("name" = String, Path, description = "Name of an endpoint, which is not looked at")),
    request_body = InvocationsBody,
    responses(
        (status = 200, description = "One raw score for each pair", body = InvocationsDto),
        (status = "default", description = "Any error, as at /rerank", body = Object),
    ),
)]
#[post("/endpoints/{name}/invocations")]
pub(super) async fn endpoint_invocations(
    state: web::Data<ServerState>,
    body: TextsJson<InvocationsBody>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, body.0).await
}

async fn answer(state: &ServerState, body: InvocationsBody) -> Result<HttpResponse, ApiError> {
    let pairs = body.text_pairs;
    check(&pairs)?;
    let characters =
        |(query, passage): &(String, String)| query.chars().count() + passage.chars().count();
    let mut results = Vec::new();
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let passages = group.iter().map(|(_, passage)| passage.clone()).collect();
        let request = RerankPairs::new(group[0].0.clone(), passages);
        results.push(state.engine.rerank(request).await?);
    }
    let mut response = HttpResponse::Ok();
    add_rerank_headers(&mut response, &results, pairs.iter().map(characters).sum());
    let scores = results.iter().flat_map(|result| &result.scores);
    Ok(response.json(InvocationsDto {
        scores: scores.map(|pair| pair.raw).collect(),
    }))
}

/// Before the first pair is scored, since they are scored in groups.
fn check(pairs: &[(String, String)]) -> Result<(), ApiError> {
    let is_long = |text: &str| text.chars().count() > MAX_INFERENCE_CHARS;
    let problem = if pairs.len() > MAX_INFERENCE_TEXTS {
        format!("there are more than {MAX_INFERENCE_TEXTS} pairs; send them in several requests")
    } else if pairs
        .iter()
        .any(|(query, passage)| is_long(query) || is_long(passage))
    {
        format!("a text of a pair has more than {MAX_INFERENCE_CHARS} characters; cut it")
    } else {
        return Ok(());
    };
    Err(ApiError::new(ErrorCode::TOO_LARGE, problem))
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
