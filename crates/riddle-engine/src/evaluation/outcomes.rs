use std::collections::HashMap;

use riddle_core::{
    ChunkId, ChunkRecord, EvaluationRun, EvaluationRunId, KnowledgeBaseId, QuestionOutcome,
    ScoredChunk,
};
use riddle_evaluation::with_fusion_as_arm;

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::judged::{is_meant, meant_documents};
use crate::paging::check_limit;

/// How much of a passage is shown.
const BEGINNING_CHARS: usize = 600;
/// Outcomes that are read from the store at once.
const OUTCOMES: u32 = 200;
/// Most outcomes of a page. Each has all candidates of its question.
const MAX_PAGE: u32 = 50;

/// Outcomes of a run with their places.
#[derive(Clone, PartialEq, Debug)]
pub struct OutcomePage {
    /// In order.
    pub outcomes: Vec<(u32, QuestionOutcome)>,
    /// Where the next page begins, if there is one.
    pub next: Option<u32>,
}

/// A passage of an outcome, as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LivePassage {
    /// The beginning of its text.
    pub beginning: String,
    /// Whether its document is the one that judgments of its name are of, and not one behind it in another knowledge
    /// base.
    pub is_meant: bool,
}

impl Evaluation {
    pub(crate) async fn outcomes(
        &self,
        id: EvaluationRunId,
        from: u32,
        limit: u32,
    ) -> Result<OutcomePage, EngineError> {
        check_limit(limit)?;
        let limit = limit.min(MAX_PAGE);
        let run = self.run(id).await?.run;
        let mut outcomes = self.shared.store.list_outcomes(id, from, limit + 1).await?;
        let next = outcomes.get(limit as usize).map(|(place, _)| *place);
        outcomes.truncate(limit as usize);
        let outcomes = outcomes.into_iter();
        let outcomes = outcomes.map(|(place, outcome)| (place, as_reported(&run, outcome)));
        Ok(OutcomePage {
            outcomes: outcomes.collect(),
            next,
        })
    }

    /// The question of this id in the set as a page of its own; an empty one if the run has not asked it.
    pub(crate) async fn outcome_of(
        &self,
        id: EvaluationRunId,
        question: &str,
    ) -> Result<OutcomePage, EngineError> {
        let run = self.run(id).await?.run;
        let found = self.shared.store.outcome_of_question(id, question).await?;
        let found = found.map(|(place, outcome)| (place, as_reported(&run, outcome)));
        Ok(OutcomePage {
            outcomes: found.into_iter().collect(),
            next: None,
        })
    }

    /// One question of a run, with those of its passages that are still there.
    pub(crate) async fn outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
    ) -> Result<(QuestionOutcome, HashMap<ChunkId, LivePassage>), EngineError> {
        let run = self.run(id).await?.run;
        let found = self.shared.store.list_outcomes(id, place, 1).await?;
        let found = found.into_iter().find(|(known, _)| *known == place);
        let Some((_, outcome)) = found else {
            return Err(EngineError::EvaluationPlaceNotFound(place));
        };
        let searched = run.manifest.knowledge_bases();
        let candidates = outcome.candidates.iter().map(|candidate| candidate.chunk);
        let live = self.live_chunks(&searched, candidates).await?;
        let passages = self.live_passages(&searched, live).await?;
        Ok((as_reported(&run, outcome), passages))
    }

    async fn live_passages(
        &self,
        searched: &[KnowledgeBaseId],
        live: HashMap<ChunkId, ChunkRecord>,
    ) -> Result<HashMap<ChunkId, LivePassage>, EngineError> {
        let names = live.values().map(|chunk| chunk.document_name.clone());
        let names: Vec<String> = names.collect();
        let meant = meant_documents(&self.shared, searched, &names).await?;
        let passage = |chunk: ChunkRecord| LivePassage {
            beginning: chunk.chunk.text.chars().take(BEGINNING_CHARS).collect(),
            is_meant: is_meant(&meant, &chunk),
        };
        let passages = live.into_iter();
        Ok(passages.map(|(id, chunk)| (id, passage(chunk))).collect())
    }

    /// Those of these chunks that searches can find now.
    pub(super) async fn live_chunks(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        chunks: impl Iterator<Item = ChunkId>,
    ) -> Result<HashMap<ChunkId, ChunkRecord>, EngineError> {
        let hits = chunks.map(|chunk| ScoredChunk { chunk, score: 0.0 });
        let hits: Vec<ScoredChunk> = hits.collect();
        let position = self.shared.index_progress.position();
        let live = self
            .shared
            .store
            .live_chunks(knowledge_bases, &hits, position)
            .await?;
        Ok(live.into_iter().map(|chunk| (chunk.id, chunk)).collect())
    }

    /// Hands over the outcomes of a run one after the other, with their places, to what is made of them. That goes on
    /// away from the threads that serve requests.
    pub(super) async fn each_outcome<T: Send + 'static>(
        &self,
        id: EvaluationRunId,
        mut made: T,
        take: fn(&mut T, u32, &QuestionOutcome),
    ) -> Result<T, EngineError> {
        let mut from = 0;
        while let Some((page, next)) = self.outcomes_from(id, from).await? {
            let work = move || {
                for (place, outcome) in &page {
                    take(&mut made, *place, outcome);
                }
                made
            };
            made = run_blocking("going through the outcomes of a run", work).await?;
            from = next;
        }
        Ok(made)
    }

    /// Some outcomes of a run from a place on, with their places, and where the next begin; `None` behind the last.
    pub(super) async fn outcomes_from(
        &self,
        id: EvaluationRunId,
        from: u32,
    ) -> Result<Option<(Vec<(u32, QuestionOutcome)>, u32)>, EngineError> {
        let page = self.shared.store.list_outcomes(id, from, OUTCOMES).await?;
        let next = page.last().map(|(last, _)| last.saturating_add(1));
        Ok(next.map(|next| (page, next)))
    }
}

/// A question with an outcome for every arm of the report: the fusion that was found best is in no manifest.
fn as_reported(run: &EvaluationRun, outcome: QuestionOutcome) -> QuestionOutcome {
    let tuned = run.summary.as_ref().and_then(|summary| summary.tuned);
    match tuned {
        Some(fusion) => with_fusion_as_arm(&outcome, fusion),
        None => outcome,
    }
}
