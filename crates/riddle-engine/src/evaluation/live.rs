//! Questions of chats that are searched in another way too, off the path of their answers.

#[cfg(test)]
mod tests;

use std::sync::PoisonError;
use std::time::Duration;

use riddle_core::{
    ArmOutcome, ArmRerank, EvaluationArm, EvaluationQuestion, FrozenCandidate, KnowledgeBase,
    LIVE_SOURCES, LiveArms, LiveOutcome, LiveQuestion, LiveRecord, LiveScore, LiveSource,
    LiveSources, LiveTrial, MessageId, QuestionHalf, QuestionOrigin, QuestionOutcome,
    QuestionReview, RerankReasonCode, Timestamp, error_chain,
};
use riddle_evaluation::{LiveFigures, LiveFiguresBuilder, OfFirst, of_first};

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::planned::{PRESENT, WITH_RERANK, WITHOUT_RERANK};
use crate::evaluation::worker::LOOK_FOR_OLD;
use crate::evaluation::{Evaluation, Work};
use crate::options::{LiveArm, LiveOptions};
use crate::paging::check_limit;
use crate::reranking::check_reranker;
use crate::scope::Scope;
use crate::supervised::caught;

/// Comparisons that are shown at most: the latest.
const SHOWN: usize = 20;
/// Questions whose numbers are read from the store at once.
const OBSERVATIONS: u32 = 1_000;
/// Where an arm's reranker is named, as messages say it.
const RERANKER_KEY: &str = "evaluation.live.reranker";
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

/// What became of a question.
#[derive(Debug)]
enum Searched {
    Compared(Box<LiveOutcome>),
    /// There is nothing to compare.
    Nothing,
    /// People leave no time; it stays in line.
    Later,
}

impl Evaluation {
    /// Searches the question that has been in line longest in both arms, if people leave the time and the disk has room
    /// for what comes of it. Returns whether the next one may follow.
    pub(super) async fn search_next_live(&self) -> Result<bool, EngineError> {
        let options = &self.shared.options.live;
        if options.share <= 0.0 || self.check_disk().is_err() {
            return Ok(false);
        }
        let Some(question) = self.shared.store.next_live_question().await? else {
            return Ok(false);
        };
        let searching = self.search_in_both(&question, options);
        match caught("searching for a live comparison", searching).await {
            Ok(Searched::Compared(outcome)) => {
                let now = self.shared.clock.now();
                self.shared
                    .store
                    .keep_live_outcome(question.message, &outcome, now)
                    .await?;
            }
            Ok(Searched::Nothing) => self.drop_live(question.message).await?,
            Ok(Searched::Later) => return Ok(false),
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

    /// Whether questions wait that are to be searched; so it is taken to be where the store does not say.
    pub(super) async fn has_live_questions(&self) -> bool {
        self.shared.options.live.share > 0.0
            && !matches!(self.shared.store.count_live_questions().await, Ok(0))
    }

    /// Says in the log if the reranker that the configuration names is not here.
    pub(super) async fn check_live_reranker(&self) {
        let LiveOptions {
            share, reranker, ..
        } = &self.shared.options.live;
        if *share <= 0.0 || reranker.is_none() {
            return;
        }
        let models = &self.shared.models;
        if let Err(error) = check_reranker(models, RERANKER_KEY, reranker.as_deref(), None).await {
            let error = error_chain(&error);
            tracing::warn!(error, "live comparisons leave out all that they rerank");
        }
    }

    /// Forgets what is too old to be kept, every now and then. It is tried again later if it fails.
    pub(super) async fn forget_old(&self) {
        if !self.is_time_to_forget() {
            return;
        }
        let keep = self.shared.options.live.keep;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp(self.shared.clock.now().0.saturating_sub(keep));
        match self.shared.store.forget_live_sources(before).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(
                forgotten,
                "sources of live comparisons are forgotten by their age"
            ),
            Err(error) => {
                let error = error_chain(&error);
                tracing::error!(error, "old sources of live comparisons cannot be forgotten");
            }
        }
    }

    fn is_time_to_forget(&self) -> bool {
        let now = self.shared.clock.instant();
        let looked = self.looked_for_old.lock();
        let mut looked = looked.unwrap_or_else(PoisonError::into_inner);
        let is_time = looked.is_none_or(|looked| now.duration_since(looked) >= LOOK_FOR_OLD);
        if is_time {
            *looked = Some(now);
        }
        is_time
    }

    /// Refuses arms whose reranker is not here: the fallback would be counted under its name.
    async fn check_rerankers(&self, arms: &LiveArms) -> Result<(), EngineError> {
        let models = &self.shared.models;
        for arm in [&arms.present, &arms.other] {
            if let Some(rerank) = &arm.rerank {
                let (name, layer) = (rerank.reranker.as_deref(), rerank.cutoff_layer);
                check_reranker(models, RERANKER_KEY, name, layer).await?;
            }
        }
        Ok(())
    }

    async fn search_in_both(
        &self,
        question: &LiveQuestion,
        options: &LiveOptions,
    ) -> Result<Searched, EngineError> {
        let name = question.knowledge_base.to_string();
        let knowledge_base = self.shared.find_knowledge_base(&name).await?;
        let default = self.shared.models.default_reranker();
        let Some(arms) = live_arms(&knowledge_base, options, default) else {
            return Ok(Searched::Nothing);
        };
        tokio::select! {
            checked = self.check_rerankers(&arms) => checked?,
            () = self.shared.stopping.cancelled() => return Err(EngineError::Stopping),
        }
        let scope = Scope::from(knowledge_base);
        let asked = as_asked(question);
        let both = [arms.present.clone(), arms.other.clone()];
        let asking = Asking {
            scope: &scope,
            question: &asked,
            arms: &both,
            imported: &[],
            first: usize::from(question.message.0.as_bytes()[15] & 1),
            answers: false,
            tries_fusions: false,
            is_last_try: false,
        };
        let Some(outcome) = self.ask_if_idle(asking).await? else {
            return Ok(Searched::Later);
        };
        Ok(match compared(arms, &outcome) {
            Some(outcome) => Searched::Compared(Box::new(outcome)),
            None => Searched::Nothing,
        })
    }

    async fn live_figures(&self, trial: i64) -> Result<LiveFigures, EngineError> {
        let store = &self.shared.store;
        let mut builder = LiveFiguresBuilder::new();
        let mut after = None;
        loop {
            let page = store.live_observations(trial, after, OBSERVATIONS).await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(*last);
            let add = move || {
                for (_, observation) in &page {
                    builder.add(observation);
                }
                builder
            };
            builder = run_blocking("figures of a live comparison", add).await?;
        }
        run_blocking("figures of a live comparison", move || builder.finish()).await
    }

    pub(crate) async fn live(&self) -> Result<LiveView, EngineError> {
        let _permit = self.permit(Work::Reading).await?;
        let store = &self.shared.store;
        let mut trials = Vec::new();
        for trial in store.list_live_trials().await?.into_iter().take(SHOWN) {
            let figures = self.live_figures(trial.id).await?;
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

/// The settings of a knowledge base and the arm beside them; `None` where both are the same. Both name their reranker,
/// the default one too: another one is another comparison.
fn live_arms(
    knowledge_base: &KnowledgeBase,
    options: &LiveOptions,
    default: Option<String>,
) -> Option<LiveArms> {
    let settings = &knowledge_base.settings.retrieval;
    let mut rerank = ArmRerank::of_settings(settings);
    rerank.reranker = rerank.reranker.or(default);
    let mut present = EvaluationArm::of_settings(PRESENT, settings);
    present.rerank = present.rerank.map(|_| rerank.clone());
    let reranks = match options.arm {
        LiveArm::Opposite => present.rerank.is_none(),
        LiveArm::WithRerank => true,
        LiveArm::WithoutRerank => false,
    };
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
        model_grades: Vec::new(),
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
