use std::time::{Duration, Instant};

use riddle_core::{
    LongPassages, ModelError, PairScore, RerankKind, RerankReasonCode, RerankReport, RerankStatus,
    ScoreOptions, ScoreScale, TruncationSide,
};

use super::{Inference, check_texts, fallback, is_too_long};
use crate::bounds::MAX_INFERENCE_CHARS;
use crate::error::EngineError;
use crate::models::{EmbedderHandle, PairScores, RerankerHandle};
use crate::reranking::{check_layer, late_scores};
use crate::slow_work::SlowWork;
use crate::timing::millis;

/// Longer than any client waits, so in effect there is no deadline. A tool needs all of its scores, and only its client
/// knows how long they are worth waiting for. A deadline of the server would throw the work away, and the next try
/// would end in the same way. A long request keeps nobody else waiting: the model works in batches, in which requests
/// that have had less of it go first. The number of requests is bounded, and a client that closes its connection takes
/// its request with it.
const NO_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// What to do without a reranker.
const NO_RERANKER: &str =
    "no reranker is installed; run `riddle models pull ms-marco-minilm-l6-v2`";

/// Passages to score against one query.
#[derive(Clone, PartialEq, Debug)]
pub struct RerankPairs {
    pub query: String,
    pub passages: Vec<String>,
    /// Catalogue name of the reranker; the server's default where `None`.
    pub model: Option<String>,
    pub long_passages: LongPassages,
    /// Where passages are cut.
    pub truncation_side: TruncationSide,
    /// Most tokens of a truncated passage, at most what fits the model. `None` is what fits.
    pub passage_tokens: Option<usize>,
    /// The layer that a layerwise reranker stops at; its last one where `None`.
    pub cutoff_layer: Option<u32>,
    /// Whether texts that do not fit the model may be cut. If not, they are an error before anything is scored.
    pub truncate: bool,
}

impl RerankPairs {
    /// For the server's default reranker, with long passages cut at their end.
    pub fn new(query: String, passages: Vec<String>) -> Self {
        Self {
            query,
            passages,
            model: None,
            long_passages: LongPassages::Truncate,
            truncation_side: TruncationSide::Right,
            passage_tokens: None,
            cutoff_layer: None,
            truncate: true,
        }
    }
}

/// The scores of all passages, in the order given.
#[derive(Clone, PartialEq, Debug)]
pub struct RerankedPairs {
    /// Catalogue name of the model that scored.
    pub model: String,
    pub kind: RerankKind,
    /// Whether it is the fallback: late interaction, as no cross-encoder is here.
    pub fallback: bool,
    /// What was done with long passages.
    pub long_passages: LongPassages,
    /// The layer that a layerwise model stopped at.
    pub cutoff_layer: Option<u32>,
    /// What its raw scores mean.
    pub scale: ScoreScale,
    /// Where it ran.
    pub device: String,
    /// One for each passage.
    pub scores: Vec<PairScore>,
    /// Time spent waiting for the model.
    pub waited: Duration,
    /// Time of the whole request, waiting included.
    pub elapsed: Duration,
}

enum Scorer {
    Reranker(RerankerHandle),
    Fallback(EmbedderHandle),
}

impl Inference {
    pub(crate) async fn rerank(&self, request: RerankPairs) -> Result<RerankedPairs, EngineError> {
        let slow = SlowWork::tool(&self.shared.options, "rerank", request.passages.len());
        slow.ended(self.rerank_now(request).await, |made| &made.model)
    }

    async fn rerank_now(&self, request: RerankPairs) -> Result<RerankedPairs, EngineError> {
        let started = Instant::now();
        if is_too_long(&request.query) {
            let problem = format!("may have at most {MAX_INFERENCE_CHARS} characters; shorten it");
            return Err(EngineError::invalid("query", problem));
        }
        check_texts(&request.passages)?;
        let _permit = self.shared.tool_permit()?;
        let scorer = self.scorer(request.model.as_deref()).await?;
        let options = ScoreOptions {
            long_passages: request.long_passages,
            truncation_side: request.truncation_side,
            passage_tokens: request.passage_tokens,
            cutoff_layer: scorer.layer(request.cutoff_layer)?,
            ..ScoreOptions::until(started + NO_DEADLINE)
        };
        if !request.truncate {
            scorer.check_length(&request, options).await?;
        }
        let (scores, waited) = score(&scorer, request.query, request.passages, options).await?;
        Ok(scorer.result(scores, &options, (waited, started.elapsed())))
    }

    /// The model of this name, or the default one; late interaction over the embedder where no reranker is here.
    async fn scorer(&self, name: Option<&str>) -> Result<Scorer, EngineError> {
        let models = &self.shared.models;
        let default = models.default_reranker();
        let fallback = models.default_embedder();
        let wanted = name.map(str::to_owned).or(default);
        match (wanted, fallback) {
            (Some(wanted), Some(fallback)) if wanted == fallback => self.fallback(&fallback).await,
            (Some(wanted), _) => Ok(Scorer::Reranker(models.reranker(&wanted).await?)),
            (None, Some(fallback)) => self.fallback(&fallback).await,
            (None, None) => Err(EngineError::Model(ModelError::Unavailable {
                model: "reranker".to_owned(),
                remedy: NO_RERANKER.to_owned(),
            })),
        }
    }

    async fn fallback(&self, name: &str) -> Result<Scorer, EngineError> {
        let embedder = self.shared.models.embedder(name).await?;
        if embedder.gives_token_vectors {
            return Ok(Scorer::Fallback(embedder));
        }
        Err(EngineError::Model(ModelError::Unavailable {
            model: name.to_owned(),
            remedy: format!(
                "it is on another server and cannot stand in for a reranker; {NO_RERANKER}"
            ),
        }))
    }
}

impl RerankedPairs {
    /// The report that a search would give.
    pub fn report(&self) -> RerankReport {
        let fallback = self.fallback.then(|| {
            RerankReasonCode::StandIn.because(format!(
                "no cross-encoder scored; late interaction (MaxSim) over the embedder {} stands in for it",
                self.model
            ))
        });
        let scores: Vec<Option<PairScore>> = self.scores.iter().copied().map(Some).collect();
        RerankReport {
            model: Some(self.model.clone()),
            kind: Some(self.kind),
            stand_in: self.fallback,
            device: Some(self.device.clone()),
            // There is no fused score to blend it with.
            weight: Some(1.0),
            scale: Some(self.scale),
            long_passages: Some(self.long_passages),
            cutoff_layer: self.cutoff_layer,
            ms: millis(self.elapsed.saturating_sub(self.waited)),
            queue_ms: millis(self.waited),
            ..RerankReport::new(RerankStatus::Applied, fallback)
        }
        .counted(&scores)
    }
}

impl Scorer {
    fn model(&self) -> &str {
        match self {
            Self::Reranker(handle) => &handle.info.name,
            Self::Fallback(handle) => &handle.info.name,
        }
    }

    /// The layer to stop at: the one asked for, or the last. `None` for a model without heads on its layers.
    fn layer(&self, asked: Option<u32>) -> Result<Option<u32>, EngineError> {
        match self {
            Self::Reranker(handle) => {
                check_layer("cutoff_layer", asked, &handle.info)?;
                Ok(asked.or(handle.info.layers.map(|(_, highest)| highest)))
            }
            Self::Fallback(_) if asked.is_some() => Err(EngineError::invalid(
                "cutoff_layer",
                "needs a layerwise reranker, and an embedder stands in for one; leave it out",
            )),
            Self::Fallback(_) => Ok(None),
        }
    }

    /// Refuses the first passage that does not fit.
    async fn check_length(
        &self,
        request: &RerankPairs,
        options: ScoreOptions,
    ) -> Result<(), EngineError> {
        let (query, passages) = (request.query.clone(), request.passages.clone());
        let (whole, limit) = match self {
            Self::Reranker(handle) => {
                let whole = handle.read_whole(query, passages, options).await?;
                (whole, handle.info.max_tokens)
            }
            Self::Fallback(handle) => {
                let whole = fallback::read_whole(handle, query, passages).await?;
                (whole, handle.info.max_tokens)
            }
        };
        match whole.iter().position(|whole| !whole) {
            Some(index) => Err(EngineError::PairTooLong { index, limit }),
            None => Ok(()),
        }
    }

    fn result(
        self,
        scores: Vec<PairScore>,
        options: &ScoreOptions,
        (waited, elapsed): (Duration, Duration),
    ) -> RerankedPairs {
        let fallback = matches!(self, Self::Fallback(_));
        let (model, kind, scale, device) = match self {
            Self::Reranker(handle) => {
                let info = handle.info.as_ref().clone();
                (info.name, info.kind, info.scale, info.device)
            }
            Self::Fallback(handle) => {
                let info = handle.info.as_ref().clone();
                (
                    info.name,
                    RerankKind::LateInteraction,
                    ScoreScale::Similarity,
                    info.device,
                )
            }
        };
        RerankedPairs {
            model,
            kind,
            fallback,
            long_passages: options.long_passages,
            cutoff_layer: options.cutoff_layer,
            scale,
            device,
            scores,
            waited,
            elapsed,
        }
    }
}

async fn score(
    scorer: &Scorer,
    query: String,
    passages: Vec<String>,
    options: ScoreOptions,
) -> Result<(Vec<PairScore>, Duration), EngineError> {
    let PairScores { scores, waited } = match scorer {
        Scorer::Reranker(handle) => handle.score(query, passages, options).await?,
        Scorer::Fallback(handle) => late_scores(handle, query, passages, &options).await?,
    };
    let scores: Option<Vec<PairScore>> = scores.into_iter().collect();
    let scores = scores.ok_or_else(|| ModelError::Failed {
        model: scorer.model().to_owned(),
        message: "it gave no score that is a number; its files may be damaged, so verify them"
            .to_owned(),
    })?;
    Ok((scores, waited))
}
