pub(in crate::query) mod candidates;
mod choice;
mod retrievers;

use std::time::Instant;

use riddle_core::{Notice, RetrievalMode, Timings, detect_language};

use crate::error::EngineError;
use crate::query::ports::QueryParts;
use crate::query::retrieval::candidates::{Candidate, live_candidates};
use crate::query::retrieval::choice::choose_arms;
use crate::query::retrieval::retrievers::Arms;
use crate::query::search_plan::SearchPlan;
use crate::timing::millis;

/// Hits asked of each arm at least: min-max scaling needs to see how far scores fall.
const MIN_DEPTH: usize = 100;
/// Factor by which the depth grows when too many hits turn out to be deleted.
const DEEPER: usize = 4;
/// How often it grows.
const MAX_ROUNDS: u32 = 3;

/// Candidates of a search, the same for whatever orders them.
#[derive(Debug)]
pub(super) struct Retrieval {
    /// Best first in fused order, at most `top_k`.
    pub(super) candidates: Vec<Candidate>,
    /// The arms that searched.
    pub(super) mode: RetrievalMode,
    /// Language of the question, where it is plain.
    pub(super) language: Option<&'static str>,
    pub(super) notices: Vec<Notice>,
    pub(super) timings: Timings,
    /// The embedded question, where the dense arm searched.
    pub(super) query_vector: Option<Vec<f32>>,
}

/// Searches with every arm that can help and fuses what is live.
#[tracing::instrument(skip_all)]
pub(super) async fn retrieve(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
) -> Result<Retrieval, EngineError> {
    let language = detect_language(&plan.query);
    let loading = Instant::now();
    let choice = choose_arms(parts, plan, language).await?;
    let mut arms = Arms::new(parts, plan, choice);
    arms.timings.queue_ms += millis(loading.elapsed());
    let mut depth = MIN_DEPTH.max(2 * plan.top_k);
    let mut rounds = 0;
    let candidates = loop {
        let position = parts.index.position();
        let hits = arms.search(depth).await?;
        let fusing = Instant::now();
        let exhausted = hits.exhausted;
        let candidates = live_candidates(parts, plan, hits, position).await?;
        arms.timings.fuse_ms += millis(fusing.elapsed());
        rounds += 1;
        if candidates.len() >= plan.top_k || exhausted || rounds == MAX_ROUNDS {
            break candidates;
        }
        depth *= DEEPER;
    };
    let query_vector = arms.choice.first_vector(plan);
    Ok(Retrieval {
        candidates,
        mode: arms.choice.mode,
        language,
        notices: arms.choice.notices,
        timings: arms.timings,
        query_vector,
    })
}
