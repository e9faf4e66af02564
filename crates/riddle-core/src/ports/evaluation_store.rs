use async_trait::async_trait;

use crate::domain::evaluation::{
    AppliedArm, EvaluationQuestion, EvaluationRun, EvaluationRunStatus, EvaluationSet, LookReason,
    QuestionHalf, QuestionOutcome, RunQuestion, TestLook,
};
use crate::domain::id::{EvaluationRunId, EvaluationSetId, TestLookId};
use crate::domain::knowledge_base::KnowledgeBase;
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// A page of the questions of a set.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationQuestionPage {
    /// In the order of the set.
    pub questions: Vec<EvaluationQuestion>,
    /// Where the next page begins, if there is one.
    pub next: Option<u32>,
}

/// What decides into which half new questions of a set come.
#[derive(Clone, PartialEq, Debug)]
pub struct HalvedQuestion {
    /// Its id.
    pub id: String,
    /// The half that it is in.
    pub half: QuestionHalf,
    /// Documents that are relevant to it, each once.
    pub documents: Vec<String>,
}

/// A page of runs.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationRunPage {
    /// Newest first.
    pub runs: Vec<EvaluationRun>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// A page of looks at the test half of a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestLookPage {
    /// Newest first.
    pub looks: Vec<TestLook>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// Sets of questions and runs over them. Both go with their knowledge base.
#[async_trait]
pub trait EvaluationStore: Send + Sync {
    /// Keeps a set with its questions, whole or not at all. Fails with [`StoreError::KnowledgeBaseGone`] and
    /// [`StoreError::EvaluationSetNameTaken`].
    async fn insert_evaluation_set(
        &self,
        set: &EvaluationSet,
        questions: &[EvaluationQuestion],
    ) -> Result<(), StoreError>;

    /// All sets by name, with counts.
    async fn list_evaluation_sets(&self) -> Result<Vec<EvaluationSet>, StoreError>;

    /// One set by id or name.
    async fn lookup_evaluation_set(
        &self,
        id_or_name: &str,
    ) -> Result<Option<EvaluationSet>, StoreError>;

    /// Removes a set. Returns whether it was there. Its runs stay.
    async fn delete_evaluation_set(&self, id: EvaluationSetId) -> Result<bool, StoreError>;

    /// Questions from a place on, in the order in which they were added.
    async fn list_evaluation_questions(
        &self,
        set: EvaluationSetId,
        from: u32,
        limit: u32,
    ) -> Result<EvaluationQuestionPage, StoreError>;

    /// All questions in order, with no more than their halves depend on.
    async fn halved_questions(
        &self,
        set: EvaluationSetId,
    ) -> Result<Vec<HalvedQuestion>, StoreError>;

    /// One question of a set.
    async fn lookup_evaluation_question(
        &self,
        set: EvaluationSetId,
        id: &str,
    ) -> Result<Option<EvaluationQuestion>, StoreError>;

    /// Adds questions whose ids are new, and replaces those whose ids are there, in one transaction. Fails with
    /// [`StoreError::EvaluationSetGone`].
    async fn put_evaluation_questions(
        &self,
        set: EvaluationSetId,
        questions: &[EvaluationQuestion],
    ) -> Result<(), StoreError>;

    /// A page of the looks at the test half of a set, newest first. Fails with [`StoreError::BadCursor`].
    async fn list_test_looks(
        &self,
        set: EvaluationSetId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TestLookPage, StoreError>;

    /// Keeps a new run. Fails with [`StoreError::KnowledgeBaseGone`].
    async fn insert_evaluation_run(
        &self,
        run: &EvaluationRun,
        questions: &[RunQuestion],
    ) -> Result<(), StoreError>;

    /// A page of runs, newest first; with a set those over it alone. Fails with [`StoreError::BadCursor`].
    async fn list_evaluation_runs(
        &self,
        set: Option<EvaluationSetId>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<EvaluationRunPage, StoreError>;

    /// One run.
    async fn lookup_evaluation_run(
        &self,
        id: EvaluationRunId,
    ) -> Result<Option<EvaluationRun>, StoreError>;

    /// How many runs have not ended: those that are queued, running or paused.
    async fn open_evaluation_runs(&self) -> Result<u64, StoreError>;

    /// The oldest run that is queued or running, if there is one. Its id alone: the rest of its row may be unreadable,
    /// and it must not keep others waiting.
    async fn next_evaluation_run(&self) -> Result<Option<EvaluationRunId>, StoreError>;

    /// Changes where a run stands, unless it has ended or is gone; one that has failed can be queued again, and
    /// one that is paused does not run before it is. Returns
    /// whether it was changed.
    async fn set_evaluation_run_status(
        &self,
        id: EvaluationRunId,
        status: EvaluationRunStatus,
        problem: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Changes the name of a run and what is said about it; `None` leaves as it is. Returns whether it was there.
    async fn describe_evaluation_run(
        &self,
        id: EvaluationRunId,
        name: Option<&str>,
        note: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// Questions of a run that have no outcome yet, with their places, in order.
    async fn pending_evaluation_questions(
        &self,
        id: EvaluationRunId,
        limit: u32,
    ) -> Result<Vec<(u32, RunQuestion)>, StoreError>;

    /// Keeps the outcome of a question. Keeping it again changes nothing.
    async fn insert_outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
        outcome: &QuestionOutcome,
    ) -> Result<(), StoreError>;

    /// Replaces the outcome of a question that has one.
    async fn replace_outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
        outcome: &QuestionOutcome,
    ) -> Result<(), StoreError>;

    /// Outcomes from a place on, in order, with their places.
    async fn list_outcomes(
        &self,
        id: EvaluationRunId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<(u32, QuestionOutcome)>, StoreError>;

    /// The outcome of the question of this id in the set, with its place.
    async fn outcome_of_question(
        &self,
        id: EvaluationRunId,
        question: &str,
    ) -> Result<Option<(u32, QuestionOutcome)>, StoreError>;

    /// Keeps the report of a run, as JSON with a `headline`, and what its summary is made of, and ends it, unless it
    /// has ended. Of a finished one it replaces the report. In the same transaction the report is counted as a look at
    /// the test half of its set, if it is one.
    async fn finish_evaluation_run(
        &self,
        id: EvaluationRunId,
        report: &str,
        problem: Option<&str>,
        look: Option<(TestLookId, LookReason)>,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// The report of a run, if it has one.
    async fn evaluation_report(&self, id: EvaluationRunId) -> Result<Option<String>, StoreError>;

    /// In one transaction replaces the settings of a knowledge base and keeps the way back. Fails with
    /// [`StoreError::KnowledgeBaseGone`].
    async fn apply_evaluation_arm(
        &self,
        knowledge_base: &KnowledgeBase,
        applied: &AppliedArm,
    ) -> Result<(), StoreError>;

    /// What was taken over from a run last, unless that was taken back.
    async fn applied_evaluation_arm(
        &self,
        id: EvaluationRunId,
    ) -> Result<Option<AppliedArm>, StoreError>;

    /// In one transaction replaces the settings of a knowledge base by those of before it took over the last arm of a
    /// run, and forgets that it did. Fails with [`StoreError::KnowledgeBaseGone`].
    async fn take_back_evaluation_arm(
        &self,
        knowledge_base: &KnowledgeBase,
        id: EvaluationRunId,
    ) -> Result<(), StoreError>;

    /// Removes a run with its outcomes. Returns whether it was there.
    async fn delete_evaluation_run(&self, id: EvaluationRunId) -> Result<bool, StoreError>;
}
