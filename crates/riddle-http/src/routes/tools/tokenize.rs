use actix_web::{HttpResponse, post, web};
use riddle_core::Token;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::inputs::Inputs;
use crate::error::ApiError;
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Texts to cut into tokens.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"inputs": ["A coarse sieve."], "add_special_tokens": false}))]
pub(super) struct TeiTokenizeBody {
    /// One text or several, at most 64000 characters together.
    inputs: Inputs,
    /// Whether the tokens that the model puts around a text are there too; left out, they are.
    add_special_tokens: Option<bool>,
    /// Refused: put the prompt before the text.
    prompt_name: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub(super) struct TeiToken {
    /// Its number in the vocabulary.
    id: u32,
    /// A part of the text, or the name of a special token.
    text: String,
    /// Whether the model put it there.
    special: bool,
    /// Its first byte in the text; null for a special token.
    start: Option<usize>,
    /// The byte behind it; null for a special token.
    stop: Option<usize>,
}

/// Cut texts into the embedder's tokens, as text-embeddings-inference does
#[utoipa::path(
    tag = "reranking",
    request_body = TeiTokenizeBody,
    responses(
        (status = 200, description = "The tokens of each text", body = Vec<Vec<TeiToken>>),
        (status = 413, description = "Too many texts", body = Object),
        (status = "default", description = "Any other error", body = Object),
        (status = 422, description = "The request is not valid", body = Object),
        (status = 424, description = "There is no embedder", body = Object),
        (status = 429, description = "Busy; see Retry-After", body = Object),
    ),
)]
#[post("/tokenize")]
pub(super) async fn tokenize(
    state: web::Data<ServerState>,
    body: ApiJson<TeiTokenizeBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    if body.prompt_name.is_some() {
        return Err(ApiError::invalid(
            "prompt_name",
            "is not taken here; put the prompt before the text",
        ));
    }
    let special = body.add_special_tokens.unwrap_or(true);
    let tokens = state.engine.tokenize(body.inputs.into_texts()?, special);
    let shown: Vec<Vec<TeiToken>> = tokens
        .await?
        .into_iter()
        .map(|tokens| tokens.into_iter().map(TeiToken::from).collect())
        .collect();
    Ok(HttpResponse::Ok().json(shown))
}

impl From<Token> for TeiToken {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            text: token.text,
            special: token.place.is_none(),
            start: token.place.as_ref().map(|place| place.start),
            stop: token.place.map(|place| place.end),
        }
    }
}
