//! One question of a run of an evaluation, in every arm.
//!
//! Candidates are found once for all arms that search alike, and kept in memory until every arm has ordered them by the
//! same code that serves searches. What becomes of them is the outcome, which holds no text of passages.

mod collect;
mod frozen;
mod imported;

use std::time::Duration;

use async_trait::async_trait;
use riddle_core::{
    AnswerEvent, ArmOutcome, ChunkId, EvaluatedQuestion, EvaluationArm, EvaluationQuestion, Fusion,
    KnowledgeBase, ModelError, QuestionOutcome, RerankReasonCode, RerankReport, RerankStatus,
    RetrievalMode, SearchRequest, detect_language, fusions_to_try,
};
use tokio::sync::mpsc;

use crate::asking::{AskInArms, Asking};
use crate::error::EngineError;
use crate::events::Event;
use crate::judged::resolve;
use crate::query::Query;
use crate::query::answer;
use crate::query::answer::sink::Sink;
use crate::query::compare::as_if_first;
use crate::query::ports::QueryPorts;
use crate::query::rerank::{Ranking, rank};
use crate::query::retrieval::Retrieval;
use crate::query::search::{find, respond};
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;
use collect::Collected;
use frozen::{Frozen, freeze};
use imported::imported_outcome;

/// Milliseconds that reranking may take where an arm sets no limit: the most that a request may ask for.
const NO_DEADLINE_MS: u32 = 60_000;
/// Events of an answer that nobody reads.
const EVENTS: usize = 64;

#[async_trait]
impl AskInArms for Query {
    async fn ask_in_arms(&self, asking: Asking<'_>) -> Result<QuestionOutcome, EngineError> {
        let ports = self.ports();
        let resolved = resolve(&self.shared, &asking.scope.ids(), asking.question).await?;
        let mut collected = Collected::new(resolved, asking.scope.first.id);
        let plans = plans(asking)?;
        let mut frozen: Vec<Frozen> = Vec::new();
        let mut arms = vec![ArmOutcome::default(); asking.arms.len()];
        for turn in 0..asking.arms.len() {
            let index = (asking.first + turn) % asking.arms.len();
            let (arm, plan) = (&asking.arms[index], &plans[index]);
            if let Some(ranking) = asking.imported.iter().find(|one| one.arm == arm.name) {
                let outcome = imported_outcome(&self.shared, asking, ranking, &mut collected);
                arms[index] = outcome.await?;
                continue;
            }
            let outcome = match frozen_for(ports, plan, &mut frozen).await {
                Ok(found) => {
                    let (found, answers) = (&frozen[found], asking.answers);
                    run_arm(ports, plan, arm, found, answers, &mut collected).await
                }
                Err(error) => Err(error),
            };
            arms[index] = outcome.or_else(|error| failed(error, asking.is_last_try))?;
        }
        let fusions = match asking.tries_fusions {
            true => tried_fusions(ports, asking, &mut frozen, &mut collected).await?,
            false => Vec::new(),
        };
        Ok(QuestionOutcome {
            question: evaluated(asking.question, &collected),
            candidates: collected.candidates,
            arms,
            fusions,
        })
    }

    async fn rank_of(
        &self,
        knowledge_base: &KnowledgeBase,
        question: &str,
        chunk: ChunkId,
    ) -> Result<Option<u32>, EngineError> {
        let request = SearchRequest {
            top_n: Some(10),
            rerank: Some(false),
            ..SearchRequest::of(question)
        };
        let plan = SearchPlan::for_search(knowledge_base.clone(), request)?;
        let (_all, found) = find(self.ports(), &plan, &Stopwatch::start()).await?;
        let mut hits = found.search.hits.iter();
        Ok(hits.find(|hit| hit.chunk.id == chunk).map(|hit| hit.rank))
    }
}

/// The question as it was asked, with what is judged of it now.
fn evaluated(question: &EvaluationQuestion, collected: &Collected) -> EvaluatedQuestion {
    EvaluatedQuestion {
        id: question.id.clone(),
        text: question.text.clone(),
        answers: question.answers.clone(),
        unanswerable: question.unanswerable,
        half: question.half,
        language: detect_language(&question.text).map(str::to_owned),
        origin: Some(question.origin),
        items: collected.items().to_vec(),
    }
}

/// An error that concerns one arm becomes its outcome; one that concerns the server, or that may pass before the
/// question is tried again, ends the question.
fn failed(error: EngineError, is_last_try: bool) -> Result<ArmOutcome, EngineError> {
    let is_of_arm = match error {
        EngineError::Model(ModelError::Away { .. }) => is_last_try,
        EngineError::Index(ref error) if error.is_away => is_last_try,
        EngineError::Model(_) | EngineError::Chat(_) | EngineError::InvalidRequest(_) => true,
        EngineError::Overloaded { .. } => is_last_try,
        _ => false,
    };
    if !is_of_arm {
        return Err(error);
    }
    Ok(failure(error.public_message()))
}

fn failure(reason: String) -> ArmOutcome {
    ArmOutcome {
        failure: Some(reason),
        ..ArmOutcome::default()
    }
}

/// Why an arm could not do what it should. What is late, or what nothing on this machine can rerank, is served in the
/// fused order or that of a fallback, and is counted as such, unless the arm names its reranker.
fn fault(arm: &EvaluationArm, report: &RerankReport) -> Option<String> {
    let reason = report.reason.as_ref();
    let is_named = || {
        let rerank = arm.rerank.as_ref();
        rerank.is_some_and(|rerank| rerank.reranker.is_some())
    };
    let is_fault = match reason.map(|reason| reason.code) {
        Some(RerankReasonCode::DeadlinePassed) => false,
        Some(RerankReasonCode::Loading) => true,
        Some(RerankReasonCode::NoReranker | RerankReasonCode::StandIn) => is_named(),
        _ => report.status == RerankStatus::Failed,
    };
    is_fault.then(|| reason.map_or_else(String::new, |reason| reason.text.clone()))
}

fn plans(asking: Asking<'_>) -> Result<Vec<SearchPlan>, EngineError> {
    let arms = asking.arms.iter();
    arms.map(|arm| plan_of(asking, arm)).collect()
}

/// A search with the arm's settings in place of the knowledge base's, as it would be served with them.
fn plan_of(asking: Asking<'_>, arm: &EvaluationArm) -> Result<SearchPlan, EngineError> {
    let mut scope = asking.scope.clone();
    let settings = &mut scope.first.settings.retrieval;
    arm.put_into(settings);
    if let Some(rerank) = &arm.rerank {
        let deadline = rerank.deadline_ms.unwrap_or(NO_DEADLINE_MS);
        settings.rerank_deadline_ms = Some(deadline);
    }
    let request = SearchRequest::of(asking.question.text.clone());
    let plan = SearchPlan::for_search(scope, request)?;
    Ok(plan.asking_model(arm.chat_model.clone()))
}

async fn run_arm(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    arm: &EvaluationArm,
    frozen: &Frozen,
    answers: bool,
    collected: &mut Collected,
) -> Result<ArmOutcome, EngineError> {
    let watch = Stopwatch::after(frozen.elapsed());
    let retrieval = frozen.retrieval(plan);
    let ranking = rank(ports, plan, &retrieval).await;
    if let Some(reason) = fault(arm, &ranking.report) {
        return Ok(failure(reason));
    }
    let mut outcome = outcome_of(arm, &retrieval, &ranking, collected);
    let found = respond(plan, &retrieval, &ranking, &watch);
    outcome.timings = found.search.timings;
    if answers {
        let settings = as_if_first(ports, &plan.chat).await?;
        // The time of that is nobody's.
        let watch = Stopwatch::after(Duration::from_secs_f64(outcome.timings.total_ms / 1_000.0));
        let chat = ports.models.chat_to_compare(&plan.chat).await?;
        let input = answer::prepare(ports, plan.clone(), settings, found, chat).await?;
        let (events, reader) = mpsc::channel::<Event<AnswerEvent>>(EVENTS);
        let sink = Sink::new(events, |event| event);
        let writing = async {
            let written = answer::run(ports, &input, &sink, &watch).await;
            drop(sink);
            written
        };
        let (written, ()) = tokio::join!(writing, drain(reader));
        let written = written?;
        outcome.timings = written.timings;
        outcome.answer = Some(collected.answer(&written));
    }
    Ok(outcome)
}

/// Reads events until there are no more, since nobody else does.
async fn drain(mut events: mpsc::Receiver<Event<AnswerEvent>>) {
    while events.recv().await.is_some() {}
}

fn outcome_of(
    arm: &EvaluationArm,
    retrieval: &Retrieval,
    ranking: &Ranking,
    collected: &mut Collected,
) -> ArmOutcome {
    let candidates = &retrieval.candidates;
    let retrieved: Vec<u32> = candidates.iter().map(|c| collected.add(c)).collect();
    let report = &ranking.report;
    let applied = report.status == RerankStatus::Applied;
    let reason = report
        .reason
        .as_ref()
        .filter(|_| arm.rerank.is_some() && !applied);
    ArmOutcome {
        fused: candidates.iter().map(|c| c.fused.fused.score).collect(),
        scores: match applied {
            true => ranking
                .stages
                .iter()
                .map(|stage| stage.map(|s| s.raw))
                .collect(),
            false => Vec::new(),
        },
        ranking: ranking
            .order
            .iter()
            .map(|place| retrieved[place.index])
            .collect(),
        cut: ranking.cut.iter().map(|index| retrieved[*index]).collect(),
        not_reranked: reason.map(|reason| reason.code.code().to_owned()),
        reranked_by: report.model.clone().filter(|_| applied),
        stand_in: applied && report.stand_in,
        weight: report.weight.filter(|_| applied),
        reranked_tokens: applied.then_some(report.tokens),
        retrieved,
        ..ArmOutcome::default()
    }
}

/// The index of the hits that a search of this plan begins with. They are searched for where no arm before had them.
async fn frozen_for(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    frozen: &mut Vec<Frozen>,
) -> Result<usize, EngineError> {
    if let Some(known) = frozen.iter().position(|frozen| frozen.serves(plan)) {
        return Ok(known);
    }
    frozen.push(freeze(ports, plan).await?);
    Ok(frozen.len() - 1)
}

/// The orders of the candidates under all fusions that are tried in search of the best one without rerank.
async fn tried_fusions(
    ports: QueryPorts<'_>,
    asking: Asking<'_>,
    frozen: &mut Vec<Frozen>,
    collected: &mut Collected,
) -> Result<Vec<Vec<u32>>, EngineError> {
    let Some(present) = asking.arms.first() else {
        return Ok(Vec::new());
    };
    let mut all = asking.scope.all();
    let mode = match all.any(|knowledge_base| knowledge_base.settings.embedder.is_some()) {
        true => RetrievalMode::Hybrid,
        false => RetrievalMode::Bm25,
    };
    let tried = |fusion: Fusion| EvaluationArm {
        mode,
        fusion,
        rerank: None,
        ..present.clone()
    };
    let mut orders = Vec::new();
    for fusion in fusions_to_try() {
        let plan = plan_of(asking, &tried(fusion))?;
        let known = frozen_for(ports, &plan, frozen).await?;
        let candidates = frozen[known].retrieval(&plan).candidates;
        orders.push(candidates.iter().map(|c| collected.add(c)).collect());
    }
    Ok(orders)
}

#[cfg(test)]
mod tests {
    use riddle_core::KnowledgeBaseSettings;
    use riddle_core::RerankReasonCode as Code;
    use riddle_core::RerankStatus::{Applied, Failed, Skipped};

    use super::*;

    #[test]
    fn an_arm_that_could_not_do_what_it_should_has_failed() {
        let mut settings = KnowledgeBaseSettings::with_embedder(None).retrieval;
        let by_default = EvaluationArm::of_settings("present", &settings);
        settings.reranker = Some("named".to_owned());
        let by_name = EvaluationArm::of_settings("present", &settings);
        let said = |arm, code: RerankReasonCode, status| {
            let report = RerankReport {
                status,
                ..RerankReport::skipped(code.because("why"))
            };
            fault(arm, &report).is_some()
        };
        for (code, status, default_fails, named_fails) in [
            (Code::LoadFailed, Failed, true, true),
            (Code::Busy, Failed, true, true),
            (Code::Loading, Skipped, true, true),
            (Code::DeadlinePassed, Failed, false, false),
            (Code::ClearLead, Skipped, false, false),
            (Code::NoReranker, Skipped, false, true),
            (Code::StandIn, Applied, false, true),
        ] {
            assert_eq!(said(&by_default, code, status), default_fails, "{code:?}");
            assert_eq!(said(&by_name, code, status), named_fails, "{code:?}");
        }
    }

    #[test]
    fn a_model_that_stays_too_busy_fails_its_arm_and_not_the_run() {
        let busy = || EngineError::Overloaded { retry_after_s: 1 };
        assert!(failed(busy(), false).is_err());
        let outcome = failed(busy(), true).expect("an outcome");
        assert!(outcome.failure.is_some_and(|reason| !reason.is_empty()));
        assert!(failed(EngineError::Stopping, true).is_err());
    }
}
