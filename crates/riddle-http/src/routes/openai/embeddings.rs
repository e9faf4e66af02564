use actix_web::{HttpResponse, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use riddle_core::Purpose;
use riddle_engine::{EmbedTexts, EmbeddedTexts};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{TextsJson, null_is_default};
use crate::large_json::json_aside;
use crate::routes::tools::{Inputs, NamedModel, check_hint};
use crate::state::ServerState;

/// Texts to embed. Fields that are not named here are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"model": "all-minilm-l6-v2", "input": ["A coarse sieve."]}))]
pub(super) struct EmbeddingsBody {
    /// Catalogue name or alias of an embedder; `default` or nothing is the server's default.
    model: Option<String>,
    /// A text or a list of texts. Token ids are refused: they are those of OpenAI's models.
    #[schema(value_type = Inputs)]
    input: Value,
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = Encoding)]
    encoding_format: Encoding,
    /// Refused unless it is the model's own.
    dimensions: Option<u32>,
    /// `query` for a question; anything else embeds passages.
    input_type: Option<String>,
}

/// How a vector is written.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Float,
    Base64,
}

/// Vectors in the order of the texts.
#[derive(Serialize, ToSchema)]
pub(super) struct EmbeddingList {
    /// Always `list`.
    object: &'static str,
    data: Vec<Embedding>,
    /// Catalogue name of the model.
    model: String,
    usage: EmbeddingUsage,
}

/// One vector.
#[derive(Serialize, ToSchema)]
struct Embedding {
    /// Always `embedding`.
    object: &'static str,
    index: usize,
    /// Numbers, or their little-endian 32-bit floats in base64.
    embedding: Numbers,
}

/// A vector.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Numbers {
    Float(Vec<f32>),
    Base64(String),
}

/// Tokens embedded.
#[derive(Serialize, ToSchema)]
struct EmbeddingUsage {
    prompt_tokens: u64,
    total_tokens: u64,
}

/// Embed texts
///
/// As OpenAI has it. A text that is too long for the model is cut.
#[utoipa::path(
    tag = "openai",
    request_body = EmbeddingsBody,
    responses(
        (status = 200, description = "One vector for each text", body = EmbeddingList),
        (status = "default", description = "Any error, in OpenAI's shape", body = Object),
    ),
)]
#[post("/embeddings")]
pub(super) async fn create_embedding(
    state: web::Data<ServerState>,
    body: TextsJson<EmbeddingsBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    check_hint("input_type", body.input_type.as_deref())?;
    let model = NamedModel::new(&state, body.model);
    let request = EmbedTexts {
        texts: texts(body.input)?,
        model: model.name.clone(),
        purpose: match body.input_type.as_deref() {
            Some("query") => Purpose::Query,
            _ => Purpose::Passage,
        },
        truncate: true,
        dimensions: body.dimensions,
        keeps_lengths: false,
    };
    let result = match state.engine.embed(request).await {
        Ok(result) => result,
        Err(error) => return Err(model.error(&state, error).await),
    };
    json_aside(HttpResponse::Ok(), move || {
        listed(result, body.encoding_format)
    })
    .await
}

fn listed(result: EmbeddedTexts, encoding: Encoding) -> EmbeddingList {
    let data = result.vectors.into_iter().enumerate();
    let data = data.map(|(index, vector)| Embedding {
        object: "embedding",
        index,
        embedding: match encoding {
            Encoding::Float => Numbers::Float(vector),
            Encoding::Base64 => Numbers::Base64(base64(&vector)),
        },
    });
    EmbeddingList {
        object: "list",
        data: data.collect(),
        model: result.model,
        usage: EmbeddingUsage {
            prompt_tokens: result.tokens,
            total_tokens: result.tokens,
        },
    }
}

fn texts(input: Value) -> Result<Vec<String>, ApiError> {
    let wrong = |problem| ApiError::invalid("input", problem);
    let items = match input {
        Value::String(text) => return Ok(vec![text]),
        Value::Array(items) if items.is_empty() => {
            return Err(wrong("must hold at least one text"));
        }
        Value::Array(items) => items,
        _ => return Err(wrong("must be a text or a list of texts")),
    };
    items
        .into_iter()
        .map(|item| match item {
            Value::String(text) => Ok(text),
            Value::Number(_) | Value::Array(_) => Err(wrong(
                "holds token ids, which belong to another model's tokenizer; send texts",
            )),
            _ => Err(wrong("must be a text or a list of texts")),
        })
        .collect()
}

fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}
