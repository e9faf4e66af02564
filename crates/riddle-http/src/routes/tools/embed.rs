use actix_web::{HttpResponse, post, web};
use riddle_core::Purpose;
use riddle_engine::EmbedTexts;
use serde::Deserialize;
use utoipa::ToSchema;

use super::timing::ComputeHeaders;
use crate::error::ApiError;
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Texts to embed.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"inputs": ["A coarse sieve.", "A colour."]}))]
pub(super) struct TeiEmbedBody {
    /// One text or several.
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// False refuses texts that are too long for the model; else they are cut.
    truncate: Option<bool>,
    /// Vectors always have length 1; false is refused.
    normalize: Option<bool>,
    /// `query` for a question; anything else embeds passages.
    prompt_name: Option<String>,
    /// Refused unless it is the model's own.
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum Inputs {
    One(String),
    Many(Vec<String>),
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
    ),
)]
#[post("/embed")]
pub(super) async fn embed(
    state: web::Data<ServerState>,
    body: ApiJson<TeiEmbedBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    let texts = match body.inputs {
        Inputs::One(text) => vec![text],
        Inputs::Many(texts) => texts,
    };
    if texts.is_empty() {
        return Err(ApiError::invalid("inputs", "cannot be empty"));
    }
    if body.normalize == Some(false) {
        return Err(ApiError::invalid(
            "normalize",
            "cannot be false: vectors always have length 1",
        ));
    }
    let characters = texts.iter().map(|text| text.chars().count()).sum();
    let request = EmbedTexts {
        texts,
        model: None,
        purpose: match body.prompt_name.as_deref() {
            Some("query") => Purpose::Query,
            _ => Purpose::Passage,
        },
        truncate: body.truncate.unwrap_or(true),
    };
    let result = state.engine.embed(request).await?;
    let length = result.vectors.first().map_or(0, Vec::len);
    if body.dimensions.is_some_and(|wanted| wanted != length) {
        return Err(ApiError::invalid(
            "dimensions",
            format!("must be {length}, the length of this model's vectors"),
        ));
    }
    let mut response = HttpResponse::Ok();
    let headers = ComputeHeaders {
        device: &result.device,
        characters,
        tokens: result.tokens,
        waited: result.waited,
        elapsed: result.elapsed,
    };
    headers.add_to(&mut response);
    Ok(response.json(result.vectors))
}
