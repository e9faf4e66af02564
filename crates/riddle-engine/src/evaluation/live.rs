//! Questions of chats that are searched in another way too, off the path of their answers.

#[cfg(test)]
mod tests;

use std::time::Duration;

use riddle_core::{
    ArmOutcome, ArmRerank, EvaluationArm, EvaluationQuestion, FrozenCandidate, KnowledgeBase,
    LIVE_SOURCES, LiveArms, LiveOutcome, LiveQuestion, LiveRecord, LiveScore, LiveSource,
    LiveSources, LiveTrial, MessageId, QuestionHalf, QuestionOrigin, QuestionOutcome,
    QuestionReview, RerankReasonCode, Timestamp, error_chain,
};
use riddle_evaluation::{LiveFigures, OfFirst, live_figures, of_first};

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::evaluation::planned::{PRESENT, WITH_RERANK, WITHOUT_RERANK};
use crate::options::{LiveArm, LiveOptions};
use crate::paging::check_limit;

/// Comparisons that are shown at most: the latest.
const SHOWN: usize = 20;
/// Why an arm that should rerank did not, where that is the machine's doing and says nothing about the arm.
const NOT_THE_ARM: [RerankReasonCode; 5] = [
    RerankReasonCode::NoReranker,
    RerankReasonCode::Loading,
    RerankReasonCode::LoadFailed,
    RerankReasonCode::DeadlinePassed,
    RerankReasonCode::Busy,
];

/// What live comparisons have seen so far.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveView {
    /// Share of the chat questions that are searched in another way too; 0 for none.
    pub share: f64,
    /// How long it is kept which sources were found.
    pub keep: Duration,
    /// Questions that wait for a moment in which nobody asks anything.
    pub waiting: u64,
    /// The comparison with the latest question first.
    pub trials: Vec<LiveTrialView>,
}

/// A live comparison with its figures.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveTrialView {
    /// What is compared.
    pub trial: LiveTrial,
    /// What was seen.
    pub figures: LiveFigures,
}

impl Evaluation {
    /// Forgets what is too old, and searches the question that has been in line longest in both arms. Returns whether
    /// there was one.
    pub(super) async fn search_next_live(&self) -> Result<bool, EngineError> {
        let options = &self.shared.options.live;
        self.forget_old(options.keep).await?;
        if options.share <= 0.0 {
            return Ok(false);
        }
        let Some(question) = self.shared.store.next_live_question().await? else {
            return Ok(false);
        };
        match self.search_in_both(&question, options).await {
            Ok(Some(outcome)) => {
                let now = self.shared.clock.now();
                self.shared
                    .store
                    .keep_live_outcome(question.message, &outcome, now)
                    .await?;
            }
            Ok(None) => self.drop_live(question.message).await?,
            Err(EngineError::Stopping) => return Err(EngineError::Stopping),
            Err(error) => {
                let error = error_chain(&error);
                tracing::warn!(answer = %question.message, error, "a live comparison leaves a question out");
                self.drop_live(question.message).await?;
            }
        }
        Ok(true)
    }

    async fn drop_live(&self, message: MessageId) -> Result<(), EngineError> {
        Ok(self.shared.store.drop_live_question(message).await?)
    }

    async fn forget_old(&self, keep: Duration) -> Result<(), EngineError> {
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp(self.shared.clock.now().0.saturating_sub(keep));
        let forgotten = self.shared.store.forget_live_sources(before).await?;
        if forgotten > 0 {
            tracing::info!(
                forgotten,
                "sources of live comparisons are forgotten by their age"
            );
        }
        Ok(())
    }

    /// What came of a question, or `None` where there is nothing to compare.
    async fn search_in_both(
        &self,
        question: &LiveQuestion,
        options: &LiveOptions,
    ) -> Result<Option<LiveOutcome>, EngineError> {
        let name = question.knowledge_base.to_string();
        let knowledge_base = self.shared.find_knowledge_base(&name).await?;
        let Some(arms) = live_arms(&knowledge_base, options) else {
            return Ok(None);
        };
        let asked = as_asked(question);
        let both = [arms.present.clone(), arms.other.clone()];
        let asking = Asking {
            knowledge_base: &knowledge_base,
            question: &asked,
            arms: &both,
            first: usize::from(question.message.0.as_bytes()[15] & 1),
            answers: false,
            tries_fusions: false,
        };
        let outcome = self.ask_in_idle_time(asking).await?;
        let arms = self.with_names(arms);
        Ok(compared(arms, &outcome))
    }

    /// With the name of the reranker that was taken where none is named: another one is another comparison.
    fn with_names(&self, mut arms: LiveArms) -> LiveArms {
        for arm in [&mut arms.present, &mut arms.other] {
            if let Some(rerank) = &mut arm.rerank {
                let default = || self.shared.models.default_reranker();
                rerank.reranker = rerank.reranker.take().or_else(default);
            }
        }
        arms
    }

    pub(crate) async fn live(&self) -> Result<LiveView, EngineError> {
        let store = &self.shared.store;
        let mut trials = Vec::new();
        for trial in store.list_live_trials().await?.into_iter().take(SHOWN) {
            let seen = store.live_observations(trial.id).await?;
            let figures = run_blocking("figures of a live comparison", move || live_figures(&seen));
            let figures = figures.await?;
            // Its questions may have gone with their chats.
            if figures.questions > 0 {
                trials.push(LiveTrialView { trial, figures });
            }
        }
        Ok(LiveView {
            share: self.shared.options.live.share,
            keep: self.shared.options.live.keep,
            waiting: store.count_live_questions().await?,
            trials,
        })
    }

    pub(crate) async fn live_records(
        &self,
        of: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<LiveRecord>, EngineError> {
        check_limit(limit)?;
        let store = &self.shared.store;
        Ok(match of {
            Some(message) => store
                .lookup_live_record(message)
                .await?
                .into_iter()
                .collect(),
            None => store.list_live_records(limit).await?,
        })
    }

    pub(crate) async fn delete_live(&self) -> Result<(), EngineError> {
        Ok(self.shared.store.delete_live().await?)
    }
}

/// The settings of a knowledge base and the arm beside them; `None` where both are the same.
fn live_arms(knowledge_base: &KnowledgeBase, options: &LiveOptions) -> Option<LiveArms> {
    let settings = &knowledge_base.settings.retrieval;
    let present = EvaluationArm::of_settings(PRESENT, settings);
    let reranks = match options.arm {
        LiveArm::Opposite => present.rerank.is_none(),
        LiveArm::WithRerank => true,
        LiveArm::WithoutRerank => false,
    };
    let mut rerank = ArmRerank::of_settings(settings);
    if options.reranker.is_some() && options.reranker != rerank.reranker {
        // Those of the knowledge base were chosen for its own reranker.
        rerank = ArmRerank {
            reranker: options.reranker.clone(),
            weight: None,
            skip_lead: None,
            cutoff_layer: None,
            ..rerank
        };
    }
    let rerank = reranks.then_some(rerank);
    if rerank == present.rerank {
        return None;
    }
    let name = match rerank {
        Some(_) => WITH_RERANK,
        None => WITHOUT_RERANK,
    };
    let other = EvaluationArm {
        name: name.to_owned(),
        rerank,
        ..present.clone()
    };
    Some(LiveArms { present, other })
}

/// A question of which nobody has said what is relevant.
fn as_asked(question: &LiveQuestion) -> EvaluationQuestion {
    EvaluationQuestion {
        id: question.message.to_string(),
        text: question.question.clone(),
        answers: Vec::new(),
        golds: Vec::new(),
        unanswerable: false,
        origin: QuestionOrigin::Chat,
        review: QuestionReview::Unreviewed,
        half: QuestionHalf::Dev,
    }
}

/// What both arms put first; `None` where one of them could not do what it should.
fn compared(arms: LiveArms, outcome: &QuestionOutcome) -> Option<LiveOutcome> {
    let [present, other] = outcome.arms.as_slice() else {
        return None;
    };
    if !says_something(present) || !says_something(other) {
        return None;
    }
    let sources = LiveSources {
        present: first_sources(present, &outcome.candidates),
        other: first_sources(other, &outcome.candidates),
    };
    let OfFirst {
        replaced,
        first_changed,
    } = of_first(&sources.present, &sources.other);
    let score = LiveScore {
        replaced,
        first_changed,
        present_ms: present.timings.total_ms,
        other_ms: other.timings.total_ms,
    };
    Some(LiveOutcome {
        arms,
        score,
        sources,
    })
}

fn says_something(arm: &ArmOutcome) -> bool {
    let reason = arm.not_reranked.as_deref();
    let by_the_machine = |reason| NOT_THE_ARM.iter().any(|code| code.code() == reason);
    arm.failure.is_none() && !reason.is_some_and(by_the_machine)
}

fn first_sources(arm: &ArmOutcome, candidates: &[FrozenCandidate]) -> Vec<LiveSource> {
    let ranked = arm.ranking.iter().take(LIVE_SOURCES);
    let found = ranked.filter_map(|index| candidates.get(*index as usize));
    found
        .map(|candidate| LiveSource {
            chunk: candidate.chunk,
            document: candidate.document.clone(),
        })
        .collect()
}
