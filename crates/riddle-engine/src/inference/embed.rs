use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{EmbedderInfo, Purpose, Similarity};

use super::counting::tokens_up_to;
use super::{Inference, check_texts};
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::EmbedderHandle;
use crate::slow_work::SlowWork;

#[derive(Clone, PartialEq, Debug)]
pub struct EmbedTexts {
    pub texts: Vec<String>,
    /// Catalogue name of the embedder; the server's default where `None`.
    pub model: Option<String>,
    /// What the vectors are for. It decides the prefix that some models need.
    pub purpose: Purpose,
    /// Whether a text that is too long is cut. If not, it is an error.
    pub truncate: bool,
    /// How long the vectors are to be. Another length than the model's is an error.
    pub dimensions: Option<u32>,
    /// Whether they must not be made of length 1. An error for models whose vectors always are.
    pub keeps_lengths: bool,
}

/// The vectors of all texts, in the order given.
#[derive(Clone, PartialEq, Debug)]
pub struct EmbeddedTexts {
    /// Catalogue name of the model.
    pub model: String,
    /// Where it ran.
    pub device: String,
    /// One vector for each text, of Euclidean length 1 unless the model's are compared by dot product.
    pub vectors: Vec<Vec<f32>>,
    /// How they are compared.
    pub similarity: Similarity,
    /// Tokens embedded, special ones included and without prefixes.
    pub tokens: u64,
    /// Time spent waiting for the model.
    pub waited: Duration,
    /// Time of the whole request, waiting included.
    pub elapsed: Duration,
}

impl Inference {
    pub(crate) async fn embed(&self, request: EmbedTexts) -> Result<EmbeddedTexts, EngineError> {
        let slow = SlowWork::tool(&self.shared.options, "embed", request.texts.len());
        slow.ended(self.embed_now(request).await, |made| &made.model)
    }

    async fn embed_now(&self, request: EmbedTexts) -> Result<EmbeddedTexts, EngineError> {
        let started = Instant::now();
        check_texts(&request.texts)?;
        let _permit = self.shared.tool_permit()?;
        let embedder = self.named_embedder(request.model).await?;
        check_dimensions(request.dimensions, embedder.info.dimensions)?;
        check_lengths(request.keeps_lengths, &embedder.info)?;
        let (texts, lengths) = count_tokens(&embedder, request.texts).await?;
        let limit = embedder.info.max_tokens;
        if let Some(index) = lengths.iter().position(|&length| length > limit)
            && !request.truncate
        {
            return Err(EngineError::TextTooLong { index, limit });
        }
        let tokens = lengths.iter().map(|&length| length.min(limit) as u64).sum();
        let (vectors, waited) = embedder
            .embed(texts, request.purpose, Priority::Interactive)
            .await?;
        Ok(EmbeddedTexts {
            model: embedder.info.name.clone(),
            device: embedder.info.device.clone(),
            vectors,
            similarity: embedder.info.similarity(),
            tokens,
            waited,
            elapsed: started.elapsed(),
        })
    }
}

fn check_dimensions(wanted: Option<u32>, own: usize) -> Result<(), EngineError> {
    if wanted.is_none_or(|wanted| wanted as usize == own) {
        return Ok(());
    }
    let problem = format!("must be {own}, the length of this model's vectors");
    Err(EngineError::invalid("dimensions", problem))
}

fn check_lengths(are_kept: bool, model: &EmbedderInfo) -> Result<(), EngineError> {
    if !are_kept || model.similarity() == Similarity::Dot {
        return Ok(());
    }
    let problem = "cannot be false for this model, whose vectors always have length 1";
    Err(EngineError::invalid("normalize", problem))
}

/// Returns the texts with the tokens of each, special ones included; more than the model reads may be any number.
async fn count_tokens(
    embedder: &EmbedderHandle,
    texts: Vec<String>,
) -> Result<(Vec<String>, Vec<usize>), EngineError> {
    let tokenizer = Arc::clone(&embedder.tokenizer);
    let limit = embedder.info.max_tokens;
    run_blocking("counting tokens", move || {
        let lengths = texts
            .iter()
            .map(|text| tokens_up_to(&*tokenizer, text, limit))
            .collect();
        (texts, lengths)
    })
    .await
}
