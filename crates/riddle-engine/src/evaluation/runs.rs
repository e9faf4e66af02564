use std::sync::PoisonError;

use riddle_core::{
    EvaluationArm, EvaluationRun, EvaluationRunId, EvaluationRunPage, EvaluationRunStatus,
    EvaluationSetId, KnowledgeBaseId, NewEvaluationRun,
};
use riddle_evaluation::Report;

use crate::blocking::run_blocking;
use crate::bounds::MAX_NAME_CHARS;
use crate::error::{EngineError, InternalCause};
use crate::evaluation::planned::Planned;
use crate::evaluation::{Evaluation, SendingPermit, Work};
use crate::paging::check_limit;

/// Longest note about a run in characters.
const MAX_NOTE_CHARS: usize = 2_000;
/// Most runs that have not ended. Each has a copy of its questions.
const MAX_OPEN: u64 = 50;
/// Why no arm of a run over several knowledge bases becomes a setting.
const OVER_SEVERAL: &str = "the run searched several knowledge bases together, and what it found is of none of them alone; start a run over one, and apply an arm of that";
/// A run with what is known while it goes on.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationRunView {
    pub run: EvaluationRun,
    /// Seconds until all its questions are asked, as fast as they went so far; `None` if it is not being worked on.
    pub seconds_left: Option<f64>,
}

/// What a person does with a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunControl {
    /// Nothing more is asked until it is resumed.
    Pause,
    /// It goes on, also after a failure.
    Resume,
    /// It ends without a report.
    Cancel,
}

impl Evaluation {
    pub(crate) async fn create_run(
        &self,
        set: &str,
        new: NewEvaluationRun,
    ) -> Result<EvaluationRunView, EngineError> {
        self.check_disk()?;
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(set).await?;
        if self.shared.store.open_evaluation_runs().await? >= MAX_OPEN {
            return Err(EngineError::EvaluationRunState(format!(
                "{MAX_OPEN} runs wait or are paused already; wait until some have ended, or cancel some"
            )));
        }
        let id = EvaluationRunId(self.shared.clock.new_id());
        // Every reader of JSON keeps whole numbers of 53 bits.
        let seed = id.0.as_u64_pair().1 & ((1 << 53) - 1);
        let Planned {
            manifest,
            questions,
        } = self.plan(&set, &new, seed).await?;
        let name = match new.name {
            Some(name) => name.trim().to_owned(),
            None => set.name.chars().take(MAX_NAME_CHARS).collect(),
        };
        check_name(&name)?;
        let run = EvaluationRun {
            id,
            name,
            manifest,
            status: EvaluationRunStatus::Queued,
            done: 0,
            total: u32::try_from(questions.len()).unwrap_or(u32::MAX),
            problem: None,
            note: String::new(),
            headline: None,
            summary: None,
            created_at: self.shared.clock.now(),
            finished_at: None,
        };
        self.shared
            .store
            .insert_evaluation_run(&run, &questions)
            .await?;
        self.work.notify_one();
        Ok(self.view(run))
    }

    pub(crate) async fn list_runs(
        &self,
        set: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<EvaluationRunView>, Option<String>), EngineError> {
        check_limit(limit)?;
        let set = match set {
            Some(set) => Some(self.set_of_runs(set).await?),
            None => None,
        };
        let store = &self.shared.store;
        let page = store.list_evaluation_runs(set, cursor, limit).await?;
        let EvaluationRunPage { runs, next_cursor } = page;
        let runs = runs.into_iter().map(|run| self.view(run)).collect();
        Ok((runs, next_cursor))
    }

    /// A set by its name, or by its id also where it was deleted and its runs stay.
    async fn set_of_runs(&self, id_or_name: &str) -> Result<EvaluationSetId, EngineError> {
        match id_or_name.parse() {
            Ok(id) => Ok(id),
            Err(_a_name) => Ok(self.set(id_or_name).await?.id),
        }
    }

    pub(crate) async fn run(&self, id: EvaluationRunId) -> Result<EvaluationRunView, EngineError> {
        let found = self.shared.store.lookup_evaluation_run(id).await?;
        Ok(self.view(found.ok_or(EngineError::EvaluationRunNotFound(id))?))
    }

    pub(crate) async fn describe_run(
        &self,
        id: EvaluationRunId,
        name: Option<String>,
        note: Option<String>,
    ) -> Result<EvaluationRunView, EngineError> {
        let name = name.as_deref().map(str::trim);
        let note = note.as_deref().map(str::trim);
        if let Some(name) = name {
            check_name(name)?;
        }
        if note.is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
            let problem = format!("is too long; write at most {MAX_NOTE_CHARS} characters");
            return Err(EngineError::invalid("note", problem));
        }
        self.check_disk()?;
        let described = self
            .shared
            .store
            .describe_evaluation_run(id, name, note)
            .await?;
        if !described {
            return Err(EngineError::EvaluationRunNotFound(id));
        }
        self.run(id).await
    }

    pub(crate) async fn control_run(
        &self,
        id: EvaluationRunId,
        control: RunControl,
    ) -> Result<EvaluationRunView, EngineError> {
        use EvaluationRunStatus::{Cancelled, Failed, Paused, Queued, Running};
        let status = self.run(id).await?.run.status;
        let (wanted, verb) = match (control, status) {
            (RunControl::Pause, Queued | Running) => (Paused, "paused"),
            (RunControl::Resume, Paused | Failed) => (Queued, "resumed"),
            (RunControl::Cancel, Queued | Running | Paused) => (Cancelled, "cancelled"),
            (RunControl::Pause, Paused) | (RunControl::Resume, Queued | Running) => {
                return self.run(id).await;
            }
            (control, status) => return Err(wrong_state(control, status)),
        };
        if self.end(id, wanted, None).await? {
            tracing::info!(run = %id, "an evaluation run was {verb}");
        }
        self.work.notify_one();
        self.run(id).await
    }

    pub(crate) async fn delete_run(&self, id: EvaluationRunId) -> Result<(), EngineError> {
        if self.shared.store.delete_evaluation_run(id).await? {
            return Ok(());
        }
        Err(EngineError::EvaluationRunNotFound(id))
    }

    /// The report of a run, with the permit to send it.
    pub(crate) async fn report_to_send(
        &self,
        id: EvaluationRunId,
    ) -> Result<(Report, SendingPermit), EngineError> {
        let sending = self.admission.sending().await?;
        let _permit = self.permit(Work::Reading).await?;
        Ok((self.report(id).await?, sending))
    }

    /// The report of a run. It may be large, so whoever asks has a permit.
    pub(super) async fn report(&self, id: EvaluationRunId) -> Result<Report, EngineError> {
        let status = self.run(id).await?.run.status;
        let Some(text) = self.shared.store.evaluation_report(id).await? else {
            return Err(EngineError::EvaluationRunState(match status {
                EvaluationRunStatus::Cancelled | EvaluationRunStatus::Failed => {
                    "the run ended without a report; resume it if it has failed, or start another one".to_owned()
                }
                _ => "the run is not finished, so it has no report yet".to_owned(),
            }));
        };
        let read = run_blocking("reading the report of a run", move || {
            serde_json::from_str(&text)
        });
        read.await?.map_err(|error| {
            let cause = InternalCause::Unforeseen(error.to_string());
            EngineError::internal("reading the report of a run", cause)
        })
    }

    /// An arm of a finished run, or what the run found best, whose settings it is for, and, if the run has answers, the
    /// language model of these settings when it was made, with which arms without their own have answered.
    pub(crate) async fn arm_to_apply(
        &self,
        id: EvaluationRunId,
        arm: &str,
    ) -> Result<(KnowledgeBaseId, EvaluationArm, Option<Option<String>>), EngineError> {
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        if !run.manifest.others.is_empty() {
            return Err(EngineError::EvaluationRunState(OVER_SEVERAL.to_owned()));
        }
        if run.manifest.is_imported(arm) {
            let problem = "another system made it, and no setting is known of it; choose an arm that searches here";
            return Err(EngineError::invalid("arm", problem));
        }
        let report = self.report(id).await?;
        let arm = report
            .arms
            .iter()
            .find(|known| known.name == arm)
            .ok_or_else(|| {
                let names: Vec<&str> = report.arms.iter().map(|arm| arm.name.as_str()).collect();
                let problem = format!("is none of the run's: {}", names.join("; "));
                EngineError::invalid("arm", problem)
            })?;
        let manifest = run.manifest;
        let answered = manifest.answers.then_some(manifest.settings.chat_model);
        Ok((manifest.knowledge_base.id, arm.settings.clone(), answered))
    }

    fn view(&self, run: EvaluationRun) -> EvaluationRunView {
        let run_time = *self.run_time.lock().unwrap_or_else(PoisonError::into_inner);
        let own = run_time.filter(|(id, _)| *id == run.id);
        let left = run.total.saturating_sub(run.done);
        EvaluationRunView {
            seconds_left: own.and_then(|(_, run_time)| run_time.seconds_for(left)),
            run,
        }
    }
}

fn check_name(name: &str) -> Result<(), EngineError> {
    let length = name.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&length) || name.chars().any(char::is_control) {
        let problem =
            format!("must have 1 to {MAX_NAME_CHARS} characters, none of them control characters");
        return Err(EngineError::invalid("name", problem));
    }
    Ok(())
}

fn wrong_state(control: RunControl, status: EvaluationRunStatus) -> EngineError {
    let verb = match control {
        RunControl::Pause => "paused",
        RunControl::Resume => "resumed",
        RunControl::Cancel => "cancelled",
    };
    let status = status.as_str();
    EngineError::EvaluationRunState(format!("the run is {status}, so it cannot be {verb}"))
}
