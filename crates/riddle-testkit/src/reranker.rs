use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions,
    ScoreScale, Span, Window,
};

use crate::gate::Gate;
use crate::models::obey;

/// Name of the reranker.
pub const RERANKER: &str = "by-words";
/// Words of a passage that the reranker reads.
pub const MAX_WORDS: usize = 50;

/// A reranker that counts words in common and its calls, and that can be held up.
#[derive(Debug, Default)]
pub struct WordReranker {
    /// Where calls wait.
    pub gate: Gate,
    /// Where it waits while it is being loaded.
    pub loading: Gate,
    calls: AtomicUsize,
    broken: bool,
}

impl WordReranker {
    /// A reranker that fails.
    pub fn broken() -> Self {
        Self {
            broken: true,
            ..Self::default()
        }
    }

    /// A reranker that is being loaded until it is let on.
    pub fn loading() -> Self {
        Self {
            loading: Gate::closed(),
            ..Self::default()
        }
    }

    /// How often it was asked for scores.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn load(self: Arc<Self>) -> Box<dyn Reranker> {
        self.loading.pass();
        Box::new(Loaded {
            reranker: self,
            info: RerankerInfo {
                name: RERANKER.to_owned(),
                kind: RerankKind::CrossEncoder,
                max_tokens: MAX_WORDS,
                scale: ScoreScale::Logit,
                default_weight: 1.0,
                device: "cpu".to_owned(),
                layers: None,
                fingerprint: Some(format!("{RERANKER}:1")),
            },
        })
    }
}

struct Loaded {
    reranker: Arc<WordReranker>,
    info: RerankerInfo,
}

impl Reranker for Loaded {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        self.reranker.calls.fetch_add(1, Ordering::SeqCst);
        self.reranker.gate.pass();
        let texts = pairs.iter().flat_map(|pair| [pair.query, pair.passage]);
        obey(&self.info.name, texts)?;
        if self.reranker.broken {
            return Err(ModelError::Failed {
                model: self.info.name.clone(),
                message: "it is broken".to_owned(),
            });
        }
        Ok(pairs
            .iter()
            .map(|pair| Some(score(pair, options)))
            .collect())
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let fits = |pair: &Pair<'_>| pair.passage.split_whitespace().count() <= MAX_WORDS;
        Ok(pairs.iter().map(fits).collect())
    }
}

fn score(pair: &Pair<'_>, options: &ScoreOptions) -> PairScore {
    let mut words: Vec<&str> = pair.passage.split_whitespace().collect();
    let most = options.passage_tokens.unwrap_or(MAX_WORDS).min(MAX_WORDS);
    let long = words.len() > most;
    let windows = long && options.long_passages == LongPassages::MaxSlice;
    if long && !windows {
        words.truncate(most);
    }
    let asked = pair.query.split_whitespace();
    let common = asked.filter(|word| words.contains(word)).count();
    PairScore {
        raw: common as f32,
        tokens: u32::try_from(words.len()).unwrap_or(u32::MAX),
        truncated: long && !windows,
        window: windows.then_some(Window {
            index: 1,
            count: 2,
            span: Span { start: 5, end: 9 },
        }),
    }
}
