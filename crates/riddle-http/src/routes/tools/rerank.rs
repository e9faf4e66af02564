use actix_web::{HttpResponse, post, web};
use riddle_engine::RerankPairs;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::direction::Direction;
use super::headers::add_rerank_headers;
use super::ranking::ranked;
use crate::error::ApiError;
use crate::extract::{TextsJson, null_is_default};
use crate::state::ServerState;

/// Texts to order by a query.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"query": "What is a riddle?", "texts": ["A coarse sieve.", "A colour."]}))]
pub(super) struct TeiRerankBody {
    query: String,
    #[schema(required, value_type = Vec<String>)]
    texts: Option<Vec<String>>,
    /// What Cohere's API calls texts; only told apart to say where it belongs.
    #[schema(ignore)]
    documents: Option<IgnoredAny>,
    /// False refuses texts that are too long for the model; else they are cut.
    truncate: Option<bool>,
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = Direction)]
    truncation_direction: Direction,
    /// Whether scores are as the model gives them, not from 0 to 1.
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = bool)]
    raw_scores: bool,
    /// Whether results repeat their texts.
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = bool)]
    return_text: bool,
}

/// A text and its score.
#[derive(Serialize, ToSchema)]
pub(super) struct TeiRank {
    /// Its place in the request, from 0.
    index: usize,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Order texts by a query, as text-embeddings-inference does
#[utoipa::path(
    tag = "reranking",
    request_body = TeiRerankBody,
    responses(
        (status = 200, description = "The texts, best first", body = Vec<TeiRank>),
        (status = 413, description = "Too many texts, or one that is too long and must not be cut", body = Object),
        (status = 422, description = "The request is not valid", body = Object),
        (status = 424, description = "The model is missing or failed", body = Object),
        (status = 429, description = "Busy; see Retry-After", body = Object),
        (status = "default", description = "Any other error", body = Object),
    ),
)]
#[post("/rerank")]
pub(super) async fn rerank(
    state: web::Data<ServerState>,
    body: TextsJson<TeiRerankBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    let texts = texts(body.texts, body.documents.is_some())?;
    let characters =
        body.query.chars().count() + texts.iter().map(|text| text.chars().count()).sum::<usize>();
    let kept = if body.return_text {
        texts.clone()
    } else {
        Vec::new()
    };
    let request = RerankPairs {
        truncation_side: body.truncation_direction.into(),
        truncate: body.truncate.unwrap_or(true),
        ..RerankPairs::new(body.query, texts)
    };
    let result = state.engine.rerank(request).await?;
    let ranks: Vec<TeiRank> = ranked(&result, body.raw_scores)
        .into_iter()
        .map(|rank| TeiRank {
            index: rank.index,
            score: rank.score,
            text: kept.get(rank.index).cloned(),
        })
        .collect();
    let mut response = HttpResponse::Ok();
    add_rerank_headers(&mut response, &[result], characters);
    Ok(response.json(ranks))
}

fn texts(texts: Option<Vec<String>>, documents: bool) -> Result<Vec<String>, ApiError> {
    match texts {
        Some(texts) if texts.is_empty() => Err(ApiError::invalid("texts", "cannot be empty")),
        Some(texts) => Ok(texts),
        None if documents => Err(ApiError::invalid(
            "texts",
            "is missing; a request with `documents` goes to /v1/rerank or /v2/rerank",
        )),
        None => Err(ApiError::invalid("texts", "is missing")),
    }
}
