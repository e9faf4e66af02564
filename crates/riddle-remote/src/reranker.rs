use std::time::{Duration, Instant};

use riddle_core::{
    ModelError, Pair, PairScore, REMOTE, RerankKind, Reranker, RerankerInfo, ScoreOptions,
    ScoreScale, best_windows,
};

use crate::failure::Failure;
use crate::parts::{Part, fits, parts};
use crate::server::{Bounds, Endpoint, RemoteServer};
use crate::wire::{Asked, RerankApi, Results, Scored, in_order};

/// Texts of one request; servers refuse more than some dozens to some hundreds.
const MOST_TEXTS: usize = 32;
/// Longest time of a request, for callers that wait for as long as it takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer for each text, a text that it repeats not counted.
const BYTES_PER_SCORE: usize = 1 << 10;

/// A reranker of another server, as the configuration describes it.
#[derive(Clone, Debug)]
pub struct RemoteRerankerSpec {
    /// Where it is.
    pub server: RemoteServer,
    /// How it wants to be asked.
    pub api: RerankApi,
    /// Longest pair in tokens.
    pub max_tokens: usize,
    /// What its scores are: `logit` for any number, `similarity` for 0 to 1.
    pub scale: ScoreScale,
    /// Its share in the final order where nobody says.
    pub default_weight: f32,
}

/// A reranker of another server.
pub struct RemoteReranker {
    info: RerankerInfo,
    endpoint: Endpoint,
    api: RerankApi,
    model: String,
}

impl RemoteReranker {
    /// Prepares the connection; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`ModelError::Unavailable`] for an address or key that cannot be meant.
    pub fn open(spec: RemoteRerankerSpec) -> Result<Self, ModelError> {
        let endpoint = spec.server.endpoint("rerank")?;
        Ok(Self {
            info: RerankerInfo {
                name: spec.server.name,
                kind: RerankKind::CrossEncoder,
                max_tokens: spec.max_tokens,
                scale: spec.scale,
                default_weight: spec.default_weight,
                device: REMOTE.to_owned(),
                layers: None,
                fingerprint: None,
            },
            endpoint,
            api: spec.api,
            model: spec.server.model,
        })
    }

    /// The scores of texts of one query; `None` where the deadline passed first.
    fn ask(
        &mut self,
        query: &str,
        texts: &[&str],
        deadline: Instant,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        let repeated: usize = texts.iter().map(|text| text.len()).sum();
        let bounds = Bounds {
            time: left.min(PATIENCE),
            bytes: 2 * repeated + texts.len() * BYTES_PER_SCORE,
        };
        match self.request(query, texts, bounds) {
            Ok(scores) => Ok(Some(scores)),
            Err(Failure::Silent(_)) if Instant::now() >= deadline => Ok(None),
            Err(failure) => Err(self.endpoint.error(&failure)),
        }
    }

    fn request(
        &mut self,
        query: &str,
        texts: &[&str],
        bounds: Bounds,
    ) -> Result<Vec<f32>, Failure> {
        let body = self.api.body(Asked {
            model: &self.model,
            query,
            texts,
        });
        let count = texts.len();
        match self.api {
            RerankApi::Tei => in_order(self.endpoint.post::<Vec<Scored>>(&body, bounds)?, count),
            RerankApi::Jina | RerankApi::Cohere => self
                .endpoint
                .post::<Results>(&body, bounds)?
                .in_order(count),
        }
    }
}

impl Reranker for RemoteReranker {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        MOST_TEXTS
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let parts = parts(pairs, options, self.info.max_tokens);
        let mut scores: Vec<Option<f32>> = Vec::with_capacity(parts.len());
        for batch in batches(&parts) {
            let texts: Vec<&str> = batch.iter().map(|part| part.text).collect();
            let query = batch.first().map_or("", |part| part.query);
            match self.ask(query, &texts, options.deadline)? {
                Some(scored) => scores.extend(scored.into_iter().map(Some)),
                None => break,
            }
        }
        scores.resize(parts.len(), None);
        let scored = parts.iter().zip(scores).map(|(part, raw)| {
            let score = raw.map(|raw| pair_score(part, raw));
            ((part.pair, part.window), score)
        });
        Ok(best_windows(pairs.len(), scored))
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let fits = |pair| fits(pair, options, self.info.max_tokens);
        Ok(pairs.iter().map(fits).collect())
    }
}

/// Runs of parts with the same query, none too long for a request.
fn batches<'a, 'p>(parts: &'a [Part<'p>]) -> impl Iterator<Item = &'a [Part<'p>]> {
    let of_a_query = parts.chunk_by(|one, next| one.query == next.query);
    of_a_query.flat_map(|parts| parts.chunks(MOST_TEXTS))
}

fn pair_score(part: &Part<'_>, raw: f32) -> PairScore {
    PairScore {
        raw,
        tokens: u32::try_from(part.tokens).unwrap_or(u32::MAX),
        truncated: part.truncated,
        window: None,
    }
}
