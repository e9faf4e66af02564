use actix_web::{HttpResponse, post, web};
use riddle_core::{LongPassages, TruncationSide};
use riddle_engine::RerankPairs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ranking::{ranked, tokens};
use super::timing::ComputeHeaders;
use crate::error::{ApiError, ErrorCode};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Texts to order by a query.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"query": "What is a riddle?", "texts": ["A coarse sieve.", "A colour."]}))]
pub(super) struct TeiRerankBody {
    query: String,
    texts: Vec<String>,
    /// False refuses texts that are too long for the model; else they are cut.
    truncate: Option<bool>,
    #[serde(default)]
    truncation_direction: Direction,
    /// Whether scores are as the model gives them, not from 0 to 1.
    #[serde(default)]
    raw_scores: bool,
    /// Whether results repeat their texts.
    #[serde(default)]
    return_text: bool,
}

/// Where a text is cut.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
enum Direction {
    Left,
    #[default]
    Right,
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
    ),
)]
#[post("/rerank")]
pub(super) async fn rerank(
    state: web::Data<ServerState>,
    body: ApiJson<TeiRerankBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    if body.texts.is_empty() {
        return Err(ApiError::invalid("texts", "cannot be empty"));
    }
    let characters = body.query.chars().count()
        + body
            .texts
            .iter()
            .map(|text| text.chars().count())
            .sum::<usize>();
    let kept = if body.return_text {
        body.texts.clone()
    } else {
        Vec::new()
    };
    let request = RerankPairs {
        query: body.query,
        passages: body.texts,
        model: None,
        long_passages: LongPassages::Truncate,
        truncation_side: match body.truncation_direction {
            Direction::Left => TruncationSide::Left,
            Direction::Right => TruncationSide::Right,
        },
    };
    let result = state.engine.rerank(request).await?;
    if body.truncate == Some(false)
        && let Some(index) = result.scores.iter().position(|pair| pair.truncated)
    {
        return Err(ApiError::new(
            ErrorCode::TOO_LARGE,
            format!(
                "text {index} does not fit the model beside the query; shorten it or set `truncate`"
            ),
        ));
    }
    let ranks: Vec<TeiRank> = ranked(&result, body.raw_scores)
        .into_iter()
        .map(|(index, score)| TeiRank {
            index,
            score,
            text: kept.get(index).cloned(),
        })
        .collect();
    let mut response = HttpResponse::Ok();
    let headers = ComputeHeaders {
        device: &result.device,
        characters,
        tokens: tokens(&result),
        waited: result.waited,
        elapsed: result.elapsed,
    };
    headers.add_to(&mut response);
    Ok(response.json(ranks))
}
