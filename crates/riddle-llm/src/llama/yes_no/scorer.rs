//! Scores of pairs, by the logits of a model's answer.

use std::time::Instant;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use riddle_core::{LongPassages, ModelError, Pair, PairScore, ScoreOptions};

use super::YesNoOptions;
use super::context::{DecodeFailed, PromptReader};
use super::frame::Frame;
use super::passage::{self, PassageTokens};

/// A model with its context. Stays on its thread.
pub(super) struct Scorer<'m> {
    name: String,
    max_tokens: usize,
    model: &'m LlamaModel,
    frame: Frame,
    reader: PromptReader<'m>,
    yes: usize,
    no: Option<usize>,
}

impl<'m> Scorer<'m> {
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'m LlamaModel,
        architecture: &str,
        options: &YesNoOptions,
    ) -> Result<Self, ModelError> {
        let unavailable = |remedy: String| ModelError::Unavailable {
            model: options.name.clone(),
            remedy,
        };
        let frame = |max_tokens| {
            let asked = (options.prompt, options.instruction.as_deref());
            Frame::new(model, architecture, asked, max_tokens).map_err(unavailable)
        };
        let trained = model.n_ctx_train() as usize;
        let wanted = frame(options.max_tokens)?;
        let surplus = wanted.longest().saturating_sub(trained);
        let max_tokens = options.max_tokens.saturating_sub(surplus);
        let frame = frame(max_tokens)?;
        let (yes, no) = answers(model, &frame).map_err(unavailable)?;
        let reader = PromptReader::new(backend, model, frame.longest(), options.threads);
        Ok(Self {
            name: options.name.clone(),
            max_tokens,
            model,
            reader: reader.ok_or_else(|| {
                unavailable(format!(
                    "llama.cpp cannot hold a context of {} tokens for it; give it a lower max_tokens or choose a smaller model",
                    frame.longest()
                ))
            })?,
            frame,
            yes,
            no,
        })
    }

    /// Longest pair in tokens, within the model's own limit.
    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// A score for each pair; `None` for what the deadline left unscored.
    pub(super) fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let mut scores = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let in_time = Instant::now() < options.deadline;
            scores.push(match in_time {
                true => self.score_pair(pair, options)?,
                false => None,
            });
        }
        Ok(scores)
    }

    /// Whether nothing of each pair would be cut.
    pub(super) fn read_whole(&self, pairs: &[Pair<'_>], options: &ScoreOptions) -> Vec<bool> {
        let vocab = self.model.vocab();
        let label = self.frame.passage_label();
        let whole = |pair: &Pair<'_>| {
            let (query, query_is_cut) = self.frame.query(&vocab, pair.query);
            let room = self.frame.passage_room(&query);
            let passage = passage::cut(&vocab, label, pair.passage, (room, options));
            !query_is_cut && !passage.truncated
        };
        pairs.iter().map(whole).collect()
    }

    /// Drops what the context holds, after a failure that leaves it in doubt.
    pub(super) fn forget(&mut self) {
        self.reader.forget();
    }

    /// The score of the best window, with the tokens of all. A pair stays unscored if one of its windows is, because
    /// that window may have the answer.
    fn score_pair(
        &mut self,
        Pair { query, passage }: &Pair<'_>,
        options: &ScoreOptions,
    ) -> Result<Option<PairScore>, ModelError> {
        let vocab = self.model.vocab();
        let label = self.frame.passage_label();
        let (query, _) = self.frame.query(&vocab, query);
        let room = self.frame.passage_room(&query);
        let windows = match options.long_passages {
            LongPassages::MaxSlice => passage::all_windows(&vocab, label, passage, room),
            LongPassages::Truncate => vec![passage::cut(&vocab, label, passage, (room, options))],
        };
        let mut best: Option<PairScore> = None;
        let mut tokens = 0;
        for window in windows {
            let Some(score) = self.score_window(&query, window, options.deadline)? else {
                return Ok(None);
            };
            tokens += score.tokens;
            let better = |known: &PairScore| score.raw > known.raw || known.raw.is_nan();
            if best.as_ref().is_none_or(better) {
                best = Some(score);
            }
        }
        Ok(best.map(|best| PairScore { tokens, ..best }))
    }

    fn score_window(
        &mut self,
        query: &[LlamaToken],
        mut passage: PassageTokens,
        deadline: Instant,
    ) -> Result<Option<PairScore>, ModelError> {
        passage.tokens.extend(&self.frame.tail);
        let segments = [&*self.frame.head, query, &*passage.tokens];
        let length: usize = segments.iter().map(|segment| segment.len()).sum();
        let logits = self
            .reader
            .logits(segments, || Instant::now() < deadline)
            .map_err(|DecodeFailed(error)| {
                tracing::error!(%error, model.name = %self.name, "llama.cpp cannot read a pair");
                ModelError::Failed {
                    model: self.name.clone(),
                    message: format!("llama.cpp cannot read a pair: {error}"),
                }
            })?;
        let logit = |logits: &[f32], token: usize| logits.get(token).copied().unwrap_or(f32::NAN);
        Ok(logits.map(|logits| PairScore {
            raw: logit(logits, self.yes) - self.no.map_or(0.0, |no| logit(logits, no)),
            tokens: u32::try_from(length).unwrap_or(u32::MAX),
            truncated: passage.truncated,
            window: passage.window,
        }))
    }
}

/// The tokens that the answers begin with, as places among the logits.
fn answers(model: &LlamaModel, frame: &Frame) -> Result<(usize, Option<usize>), String> {
    let vocab = model.vocab();
    let first = |word: &str| {
        let tokens = vocab.tokenize(word.as_bytes(), false, false);
        let place = tokens
            .first()
            .and_then(|token| usize::try_from(token.0).ok());
        place.ok_or_else(|| format!("its vocabulary does not know `{word}`; choose another model"))
    };
    let (yes, no) = frame.answers();
    let (yes, no) = (first(yes)?, no.map(first).transpose()?);
    if no == Some(yes) {
        return Err(
            "its vocabulary begins `yes` and `no` with the same token; choose another model"
                .to_owned(),
        );
    }
    Ok((yes, no))
}
