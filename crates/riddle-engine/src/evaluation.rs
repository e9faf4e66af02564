//! Evaluations: sets of questions with what is relevant to them, and runs that measure ways to search with them.
//!
//! `sets` keeps sets, `questions` what people do to their questions, and `making` makes some of passages, `collecting`
//! takes some from chats and comparisons, and `quality` says how good a set is; `runs` keeps runs, `planned` says what
//! a new one will do, `searched` where, `corpus_hash` over which texts and `run_models` with which models, `imported`
//! what other systems rank, `arms` what is asked of single arms, `judging` gives out what nobody has judged,
//! `model_judging` has language models grade it, and `worker` asks the questions one after the other in the time that
//! people leave, as `live` does those of chats that are searched in another way too. `admission` lets few requests do
//! what takes long at a time.

mod admission;
mod arms;
mod collecting;
mod corpus_hash;
mod drawn_passages;
mod imported;
mod judging;
mod live;
mod making;
mod model_judging;
mod outcomes;
mod planned;
mod quality;
mod questions;
mod ready_documents;
mod run_models;
mod runs;
mod searched;
mod sets;
#[cfg(test)]
mod tests;
mod worker;
mod writing;

use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

use riddle_core::EvaluationRunId;
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::asking::AskInArms;
use crate::disk::WriteKind;
use crate::error::{EngineError, InternalCause};
use crate::origin;
use crate::shared::Shared;
use crate::supervised::supervised;
use admission::Admission;
pub use admission::SendingPermit;
pub(crate) use admission::Work;
pub use collecting::CollectedQuestions;
pub use judging::{PassageToJudge, PassagesToJudge};
pub use live::{LiveTrialView, LiveView};
pub use making::{MakingEvent, MakingEvents, QuestionMaker};
pub use model_judging::{JudgingEvent, JudgingEvents};
pub use outcomes::{LivePassage, OutcomePage};
pub use questions::{NewQuestion, QuestionPatch};
pub use runs::{EvaluationRunView, RunControl};
pub use sets::{NewEvaluationSet, SetFile, SetFormat, SetSource};
use worker::RunTime;

/// Sets of questions and runs.
pub(crate) struct Evaluation {
    shared: Arc<Shared>,
    asker: Arc<dyn AskInArms>,
    /// A run was made or resumed.
    work: Notify,
    /// How fast the run that is being worked on goes.
    run_time: Mutex<Option<(EvaluationRunId, RunTime)>>,
    /// When it was last looked for what is too old to be kept of live comparisons.
    looked_for_old: Mutex<Option<Instant>>,
    tasks: TaskTracker,
    admission: Admission,
    /// Held from reading questions of a set to writing what is made of them, so that nobody's change is lost between.
    changing: tokio::sync::Mutex<()>,
    /// The runtime that outlives the server's own threads.
    runtime: Handle,
}

impl Evaluation {
    /// To be called on the runtime that runs shall go on.
    pub(crate) fn new(shared: Arc<Shared>, asker: Arc<dyn AskInArms>) -> Self {
        Self {
            shared,
            asker,
            work: Notify::new(),
            run_time: Mutex::default(),
            looked_for_old: Mutex::default(),
            tasks: TaskTracker::new(),
            admission: Admission::default(),
            changing: tokio::sync::Mutex::default(),
            runtime: Handle::current(),
        }
    }

    /// Goes on with what an earlier run of the server left undone.
    pub(crate) fn start(self: &Arc<Self>) {
        let own = Arc::clone(self);
        let stopping = self.shared.stopping.clone();
        let worker = supervised("working on evaluation runs", stopping, move || {
            worker::work(Arc::clone(&own))
        });
        self.tasks.spawn_on(worker, &self.runtime);
    }

    /// A permit for what takes long.
    pub(crate) async fn permit(&self, work: Work) -> Result<OwnedSemaphorePermit, EngineError> {
        self.admission.permit(work).await
    }

    /// Refuses to keep anything new where the disk has no room beside its reserve.
    pub(super) fn check_disk(&self) -> Result<(), EngineError> {
        self.shared.disk.check(WriteKind::New, 0)
    }

    /// Does work in a task of its own, so that a client that goes does not leave it half done.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        let work = origin::of_request(origin::request_id(), work);
        let done = self.runtime.spawn(work.in_current_span()).await;
        done.map_err(|error| EngineError::internal(doing, InternalCause::of_task(error)))?
    }

    /// Waits until the question in work is given up; the engine's token tells it to end.
    pub(crate) async fn stop(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
