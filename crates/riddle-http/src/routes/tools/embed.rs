use actix_web::{HttpResponse, post, web};
use riddle_core::{Purpose, Similarity, make_unit};
use riddle_engine::{EmbedTexts, EngineError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::check_hint;
use super::direction::Direction;
use super::headers::ComputeHeaders;
use super::inputs::Inputs;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{TextsJson, null_is_default};
use crate::large_json::json_aside;
use crate::state::ServerState;

/// Texts to embed.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"inputs": ["A coarse sieve.", "A colour."]}))]
pub(super) struct TeiEmbedBody {
    /// One text or several.
    inputs: Inputs,
    /// False refuses texts that are too long for the model; else they are cut.
    truncate: Option<bool>,
    /// Texts are cut at their end; one that would have to be cut at its beginning is refused.
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = Direction)]
    truncation_direction: Direction,
    /// True makes vectors of length 1. Left out, they have the length by which their model compares them, which is 1
    /// unless that is by dot product. False is the same, and refused where that is 1.
    normalize: Option<bool>,
    /// `query` for a question; anything else embeds passages.
    prompt_name: Option<String>,
    /// Refused unless it is the model's own.
    dimensions: Option<u32>,
    /// Only `float`; for base64 there is `/v1/embeddings`.
    encoding_format: Option<String>,
}

impl TeiEmbedBody {
    /// Refuses what is not done here.
    fn check(&self) -> Result<(), ApiError> {
        check_hint("prompt_name", self.prompt_name.as_deref())?;
        if self
            .encoding_format
            .as_deref()
            .is_some_and(|format| format != "float")
        {
            return Err(ApiError::invalid(
                "encoding_format",
                "must be `float` here; `/v1/embeddings` gives base64 too",
            ));
        }
        Ok(())
    }
}

/// Embed texts, as text-embeddings-inference does
#[utoipa::path(
    tag = "reranking",
    request_body = TeiEmbedBody,
    responses(
        (status = 200, description = "One vector for each text", body = Vec<Vec<f32>>),
        (status = 413, description = "Too many texts, or one that is too long and must not be cut", body = Object),
        (status = 422, description = "The request is not valid", body = Object),
        (status = 424, description = "The model is missing or failed", body = Object),
        (status = 429, description = "Busy; see Retry-After", body = Object),
        (status = "default", description = "Any other error", body = Object),
    ),
)]
#[post("/embed")]
pub(super) async fn embed(
    state: web::Data<ServerState>,
    body: TextsJson<TeiEmbedBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    body.check()?;
    let texts = body.inputs.into_texts()?;
    let from_the_left = body.truncation_direction == Direction::Left;
    let truncate = body.truncate.unwrap_or(true);
    let characters = texts.iter().map(|text| text.chars().count()).sum();
    let request = EmbedTexts {
        texts,
        model: None,
        purpose: match body.prompt_name.as_deref() {
            Some("query") => Purpose::Query,
            _ => Purpose::Passage,
        },
        truncate: truncate && !from_the_left,
        dimensions: body.dimensions,
        keeps_lengths: body.normalize == Some(false),
    };
    let result = state.engine.embed(request).await;
    let result = result.map_err(|error| match error {
        EngineError::TextTooLong { index, limit } if truncate && from_the_left => {
            only_at_the_end(index, limit)
        }
        error => error.into(),
    })?;
    let mut response = HttpResponse::Ok();
    let headers = ComputeHeaders {
        device: &result.device,
        characters,
        tokens: result.tokens,
        waited: result.waited,
        elapsed: result.elapsed,
    };
    headers.add_to(&mut response);
    // Dividing again by a length that is next to 1 would only move the last digits.
    let unit = body.normalize == Some(true) && result.similarity == Similarity::Dot;
    let made = move || {
        let mut vectors = result.vectors;
        if unit {
            vectors.iter_mut().for_each(|vector| make_unit(vector));
        }
        vectors
    };
    json_aside(response, made).await
}

fn only_at_the_end(index: usize, limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::TOO_LARGE,
        format!(
            "text {index} is longer than the {limit} tokens of the model, and texts are cut at their end alone; cut it yourself or leave out `truncation_direction`"
        ),
    )
}
