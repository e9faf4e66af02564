//! Evaluations: sets of questions with what is relevant to them, and runs that measure ways to search with them.
//!
//! `sets` keeps sets, `questions` what people do to their questions, and `making` makes some of passages, `collecting`
//! takes some from chats and comparisons, and `quality` says how good a set is; `runs` keeps runs, `planned` says what
//! a new one will do, `judging` gives out what nobody has judged, and `worker` asks the questions one after the other
//! in the time that people leave.

mod collecting;
mod judging;
mod making;
mod planned;
mod quality;
mod questions;
mod runs;
mod sets;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::sync::Mutex;

use riddle_core::EvaluationRunId;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::asking::AskInArms;
use crate::shared::Shared;
use crate::supervised::supervised;
pub use collecting::CollectedQuestions;
pub use judging::{PassageToJudge, PassagesToJudge};
pub use making::{MakingEvent, MakingEvents, QuestionMaker};
pub use questions::{NewQuestion, QuestionPatch};
pub use runs::{EvaluationRunView, OutcomePage, RunControl};
pub use sets::{NewEvaluationSet, SetFile, SetFormat, SetSource};
use worker::Pace;

/// Sets of questions and runs.
pub(crate) struct Evaluation {
    shared: Arc<Shared>,
    asker: Arc<dyn AskInArms>,
    /// A run was made or resumed.
    work: Notify,
    /// How fast the run that is being worked on goes.
    pace: Mutex<Option<(EvaluationRunId, Pace)>>,
    tasks: TaskTracker,
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
            pace: Mutex::default(),
            tasks: TaskTracker::new(),
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

    /// Waits until the question in work is given up; the engine's token tells it to end.
    pub(crate) async fn stop(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
