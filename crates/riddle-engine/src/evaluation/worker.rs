use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{
    EvaluationRun, EvaluationRunId, EvaluationRunStatus, LookReason, QuestionOutcome,
    QuestionScope, RunQuestion, StoreError, StoreFailure, TestLookId, error_chain,
};
use riddle_evaluation::ReportBuilder;
use tracing::Instrument;

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::disk::WriteKind;
use crate::error::{EngineError, InternalCause};
use crate::evaluation::Evaluation;
use crate::scope::Scope;
use crate::supervised::caught;

/// Questions that are read from the store at once.
const BATCH: u32 = 16;
/// How often it is looked whether people ask something.
const LOOK: Duration = Duration::from_millis(20);
/// How long it is waited for a moment in which nobody asks anything.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often a question is begun anew because a person asks something. After that it is asked beside people, so that a
/// run comes to its end on a server that is never idle.
const INTERRUPTIONS: u32 = 3;
/// How often a question is tried that fails for a reason which may pass.
const ATTEMPTS: u32 = 3;
/// How often it is looked whether something is too old to be kept.
pub(super) const LOOK_FOR_OLD: Duration = Duration::from_mins(60);
/// How soon it is looked again whether people leave the time for questions that wait, and the disk the room.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How long the worker waits after an error.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the questions of a run have taken since this process began with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunTime {
    started: Instant,
    asked: u32,
}

impl RunTime {
    fn begin() -> Self {
        Self {
            started: Instant::now(),
            asked: 0,
        }
    }

    /// Seconds that so many questions will take.
    pub(super) fn seconds_for(&self, questions: u32) -> Option<f64> {
        let asked = f64::from(self.asked);
        (self.asked > 0)
            .then(|| self.started.elapsed().as_secs_f64() / asked * f64::from(questions))
    }
}

/// What is to be done after a question.
enum Next {
    GoOn,
    /// The run was paused, cancelled or deleted, or it has failed.
    Leave,
}

/// Works on one run after the other until the engine stops.
pub(super) async fn work(room: Arc<Evaluation>) {
    let stopping = room.shared.stopping.clone();
    tokio::select! {
        () = room.check_live_reranker() => {}
        () = stopping.cancelled() => return,
    }
    while !stopping.is_cancelled() {
        room.forget_old().await;
        // A run goes first: its times are not to be disturbed.
        let worked = match room.work_on_next().await {
            Ok(false) => room.search_next_live().await,
            worked => worked,
        };
        let idle = match worked {
            Ok(true) => continue,
            Ok(false) => None,
            Err(EngineError::Stopping) => return,
            Err(error) => {
                tracing::error!(
                    error = error_chain(&error),
                    "work on evaluations cannot go on; it is tried again"
                );
                Some(PAUSE)
            }
        };
        let wait = async {
            match idle {
                Some(pause) => tokio::time::sleep(pause).await,
                None => room.wanted().await,
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = wait => {}
        }
    }
}

impl Evaluation {
    /// Waits for work, or until something may have become too old to be kept, or a question that waits may be searched.
    async fn wanted(&self) {
        let longest = if self.has_live_questions().await {
            LOOK_AGAIN
        } else {
            LOOK_FOR_OLD
        };
        tokio::select! {
            () = self.work.notified() => {}
            () = self.shared.live_wanted.notified() => {}
            () = tokio::time::sleep(longest) => {}
        }
    }

    /// Waits until the disk has room. What is too old is forgotten meanwhile.
    async fn wait_for_room(&self) {
        let has_room = self.shared.disk.wait(WriteKind::New, &self.shared.stopping);
        tokio::pin!(has_room);
        loop {
            tokio::select! {
                () = &mut has_room => return,
                () = tokio::time::sleep(LOOK_FOR_OLD) => self.forget_old().await,
            }
        }
    }

    /// Works on the oldest open run. Returns whether there was one.
    async fn work_on_next(&self) -> Result<bool, EngineError> {
        let Some(id) = self.shared.store.next_evaluation_run().await? else {
            return Ok(false);
        };
        // Of the highest level, as that of an ingest.
        let span = tracing::error_span!(parent: None, "evaluation_run", run = %id);
        let worked = caught("working on an evaluation run", self.work_on(id));
        let worked = worked.instrument(span).await;
        *self.run_time.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Err(error) = &worked
            && ends_run(error)
        {
            tracing::error!(run = %id, error = error_chain(error), "an evaluation run failed");
            self.end(
                id,
                EvaluationRunStatus::Failed,
                Some(&error.public_message()),
            )
            .await?;
            return Ok(true);
        }
        worked.map(|()| true)
    }

    async fn work_on(&self, id: EvaluationRunId) -> Result<(), EngineError> {
        let store = &self.shared.store;
        let Some(run) = store.lookup_evaluation_run(id).await? else {
            return Ok(());
        };
        // Meanwhile somebody may have paused or cancelled it.
        if run.status == EvaluationRunStatus::Queued
            && !self.end(id, EvaluationRunStatus::Running, None).await?
        {
            return Ok(());
        }
        let searched = run.manifest.knowledge_bases();
        let searched: Vec<String> = searched.iter().map(ToString::to_string).collect();
        let scope = self.shared.find_scope(&searched).await?;
        let mut run_time: Option<RunTime> = None;
        loop {
            let pending = store.pending_evaluation_questions(id, BATCH).await?;
            let Some((_, last)) = pending.last() else {
                return self.finish(&run).await;
            };
            if run_time.is_none() {
                self.warm_up(&run, &scope, last).await?;
            }
            let going = run_time.get_or_insert_with(RunTime::begin);
            for (place, question) in pending {
                match self.ask(&run, &scope, place, &question).await? {
                    Next::GoOn => going.asked += 1,
                    Next::Leave => return Ok(()),
                }
                *self.run_time.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, *going));
            }
        }
    }

    /// Asks a question that does not count: the first one after a start would pay for loading models and filling
    /// caches. It is not the one that is asked next, which would find its own texts in them.
    async fn warm_up(
        &self,
        run: &EvaluationRun,
        scope: &Scope,
        question: &RunQuestion,
    ) -> Result<(), EngineError> {
        let asking = asking(run, scope, 0, question);
        match self.in_idle_time(|| self.asker.warm_up(asking)).await {
            Err(EngineError::Stopping) => Err(EngineError::Stopping),
            Err(error) => {
                tracing::warn!(run = %run.id, error = error_chain(&error), "a run begins without a question to warm up");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Asks a question and keeps its outcome, if the run is still wanted.
    async fn ask(
        &self,
        run: &EvaluationRun,
        scope: &Scope,
        place: u32,
        question: &RunQuestion,
    ) -> Result<Next, EngineError> {
        let now = self.shared.store.lookup_evaluation_run(run.id).await?;
        if now.is_none_or(|now| now.status != EvaluationRunStatus::Running) {
            return Ok(Next::Leave);
        }
        self.forget_old().await;
        self.wait_for_room().await;
        let asking = asking(run, scope, place, question);
        let mut attempt = 1;
        let outcome = loop {
            let asking = Asking {
                is_last_try: attempt == ATTEMPTS,
                ..asking
            };
            match self.in_idle_time(|| self.asker.ask_in_arms(asking)).await {
                Ok(outcome) => break outcome,
                Err(EngineError::Stopping) => return Err(EngineError::Stopping),
                Err(error) if attempt < ATTEMPTS => {
                    tracing::warn!(run = %run.id, error = error_chain(&error), "a question of a run is tried again");
                    attempt += 1;
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.shared.stopping.cancelled() => return Err(EngineError::Stopping),
                    }
                }
                Err(error) => {
                    tracing::error!(run = %run.id, error = error_chain(&error), "an evaluation run failed");
                    let problem = format!(
                        "question `{}`: {}",
                        question.question.id,
                        error.public_message()
                    );
                    self.end(run.id, EvaluationRunStatus::Failed, Some(&problem))
                        .await?;
                    return Ok(Next::Leave);
                }
            }
        };
        self.shared
            .store
            .insert_outcome(run.id, place, &outcome)
            .await?;
        Ok(Next::GoOn)
    }

    /// Asks while nobody else does. Where a person comes, the question is given up and asked anew afterwards, and in
    /// the end beside people.
    async fn in_idle_time<T, F>(&self, ask: impl Fn() -> F) -> Result<T, EngineError>
    where
        F: Future<Output = Result<T, EngineError>>,
    {
        let stopping = &self.shared.stopping;
        for interruption in 0..=INTERRUPTIONS {
            tokio::select! {
                _ = self.until(false) => {}
                () = stopping.cancelled() => return Err(EngineError::Stopping),
            }
            let may_interrupt = interruption < INTERRUPTIONS;
            tokio::select! {
                asked = ask() => return asked,
                _ = self.until(true), if may_interrupt => {}
                () = stopping.cancelled() => return Err(EngineError::Stopping),
            }
        }
        ask().await
    }

    /// Asks while nobody else does; `None` where people leave no time, or one of them comes meanwhile.
    pub(super) async fn ask_if_idle(
        &self,
        asking: Asking<'_>,
    ) -> Result<Option<QuestionOutcome>, EngineError> {
        let stopping = &self.shared.stopping;
        let is_idle = tokio::select! {
            is_idle = self.until(false) => is_idle,
            () = stopping.cancelled() => return Err(EngineError::Stopping),
        };
        if !is_idle {
            return Ok(None);
        }
        tokio::select! {
            outcome = self.asker.ask_in_arms(asking) => outcome.map(Some),
            _ = self.until(true) => Ok(None),
            () = stopping.cancelled() => Err(EngineError::Stopping),
        }
    }

    /// Waits until people ask something, or until they do not. The latter has an end, since a server can be busy for
    /// hours. Returns whether it is so.
    async fn until(&self, busy: bool) -> bool {
        let longest = Instant::now() + LONGEST_WAIT;
        while (self.shared.active_queries() > 0) != busy {
            if !busy && Instant::now() >= longest {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// Ends a run whose questions are all done.
    async fn finish(&self, run: &EvaluationRun) -> Result<(), EngineError> {
        let moved = self.shared.index_progress.position() != run.manifest.index_position;
        self.keep_report(run, moved.then_some(CORPUS_CHANGED), LookReason::Finished)
            .await
    }

    /// Makes the report of a run of its outcomes and keeps it, with what else is to be known.
    pub(super) async fn keep_report(
        &self,
        run: &EvaluationRun,
        problem: Option<&str>,
        reason: LookReason,
    ) -> Result<(), EngineError> {
        let builder = ReportBuilder::new(&run.manifest);
        let add = |builder: &mut ReportBuilder, _place: u32, outcome: &QuestionOutcome| {
            builder.add(outcome);
        };
        let mut builder = self.each_outcome(run.id, builder, add).await?;
        for judge in builder.judges() {
            let agreement = self.agreement(&run.manifest, judge).await?;
            builder.add_agreement(agreement);
        }
        let text = run_blocking("making the report of a run", move || {
            serde_json::to_string(&builder.finish())
        })
        .await?;
        let text = text.map_err(|error| {
            let cause = InternalCause::Unforeseen(error.to_string());
            EngineError::internal("writing the report of a run", cause)
        })?;
        let clock = &self.shared.clock;
        let shows_test = run.manifest.questions == QuestionScope::All;
        let look = shows_test.then(|| (TestLookId(clock.new_id()), reason));
        self.shared
            .store
            .finish_evaluation_run(run.id, &text, problem, look, clock.now())
            .await?;
        Ok(())
    }

    pub(super) async fn end(
        &self,
        id: EvaluationRunId,
        status: EvaluationRunStatus,
        problem: Option<&str>,
    ) -> Result<bool, EngineError> {
        let now = self.shared.clock.now();
        Ok(self
            .shared
            .store
            .set_evaluation_run_status(id, status, problem, now)
            .await?)
    }
}

/// Whether an error stays however often the run is tried, so that others must not wait for it.
fn ends_run(error: &EngineError) -> bool {
    match error {
        EngineError::KnowledgeBaseNotFound(_) | EngineError::Internal { .. } => true,
        EngineError::Store(StoreError::Failed { failure, .. }) => {
            *failure == StoreFailure::Unreadable
        }
        _ => false,
    }
}

/// A question of a run, to be asked in all its arms.
fn asking<'a>(
    run: &'a EvaluationRun,
    scope: &'a Scope,
    place: u32,
    question: &'a RunQuestion,
) -> Asking<'a> {
    let arms = &run.manifest.arms;
    Asking {
        scope,
        question: &question.question,
        arms,
        imported: &question.imported,
        first: place as usize % arms.len().max(1),
        answers: run.manifest.answers,
        tries_fusions: true,
        is_last_try: false,
    }
}

/// What is said of a run during which documents came, went or changed.
pub(super) const CORPUS_CHANGED: &str = "documents of this server changed while the run went on, so its questions were not all asked of the same passages";
