//! Sets of questions and runs over them.

mod applied;
mod figures;
pub(crate) mod looks;
pub(crate) mod outcomes;
pub(crate) mod runs;
pub(crate) mod sets;

use async_trait::async_trait;
use riddle_core::{
    AppliedArm, EvaluationQuestion, EvaluationQuestionPage, EvaluationRun, EvaluationRunId,
    EvaluationRunPage, EvaluationRunStatus, EvaluationSet, EvaluationSetId, EvaluationStore,
    HalvedQuestion, KnowledgeBase, LookReason, QuestionOutcome, RunQuestion, StoreError,
    TestLookId, TestLookPage, Timestamp,
};

use crate::store::SqlStore;

#[async_trait]
impl EvaluationStore for SqlStore {
    async fn insert_evaluation_set(
        &self,
        set: &EvaluationSet,
        questions: &[EvaluationQuestion],
    ) -> Result<(), StoreError> {
        sets::insert(self, set, questions).await
    }

    async fn list_evaluation_sets(&self) -> Result<Vec<EvaluationSet>, StoreError> {
        sets::list(self).await
    }

    async fn lookup_evaluation_set(
        &self,
        id_or_name: &str,
    ) -> Result<Option<EvaluationSet>, StoreError> {
        sets::lookup(self, id_or_name).await
    }

    async fn delete_evaluation_set(&self, id: EvaluationSetId) -> Result<bool, StoreError> {
        sets::delete(self, id).await
    }

    async fn list_evaluation_questions(
        &self,
        set: EvaluationSetId,
        from: u32,
        limit: u32,
    ) -> Result<EvaluationQuestionPage, StoreError> {
        sets::questions(self, set, from, limit).await
    }

    async fn halved_questions(
        &self,
        set: EvaluationSetId,
    ) -> Result<Vec<HalvedQuestion>, StoreError> {
        sets::halves(self, set).await
    }

    async fn lookup_evaluation_question(
        &self,
        set: EvaluationSetId,
        id: &str,
    ) -> Result<Option<EvaluationQuestion>, StoreError> {
        sets::question(self, set, id).await
    }

    async fn put_evaluation_questions(
        &self,
        set: EvaluationSetId,
        questions: &[EvaluationQuestion],
    ) -> Result<(), StoreError> {
        sets::put(self, set, questions).await
    }

    async fn list_test_looks(
        &self,
        set: EvaluationSetId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TestLookPage, StoreError> {
        looks::list(self, set, cursor, limit).await
    }

    async fn insert_evaluation_run(
        &self,
        run: &EvaluationRun,
        questions: &[RunQuestion],
    ) -> Result<(), StoreError> {
        runs::insert(self, run, questions).await
    }

    async fn list_evaluation_runs(
        &self,
        set: Option<EvaluationSetId>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<EvaluationRunPage, StoreError> {
        runs::list(self, set, cursor, limit).await
    }

    async fn lookup_evaluation_run(
        &self,
        id: EvaluationRunId,
    ) -> Result<Option<EvaluationRun>, StoreError> {
        runs::lookup(self, id).await
    }

    async fn open_evaluation_runs(&self) -> Result<u64, StoreError> {
        runs::count_open(self).await
    }

    async fn next_evaluation_run(&self) -> Result<Option<EvaluationRunId>, StoreError> {
        runs::next(self).await
    }

    async fn set_evaluation_run_status(
        &self,
        id: EvaluationRunId,
        status: EvaluationRunStatus,
        problem: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        runs::set_status(self, id, status, problem, at).await
    }

    async fn describe_evaluation_run(
        &self,
        id: EvaluationRunId,
        name: Option<&str>,
        note: Option<&str>,
    ) -> Result<bool, StoreError> {
        runs::describe(self, id, name, note).await
    }

    async fn pending_evaluation_questions(
        &self,
        id: EvaluationRunId,
        limit: u32,
    ) -> Result<Vec<(u32, RunQuestion)>, StoreError> {
        outcomes::pending(self, id, limit).await
    }

    async fn insert_outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
        outcome: &QuestionOutcome,
    ) -> Result<(), StoreError> {
        outcomes::insert(self, id, place, outcome).await
    }

    async fn replace_outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
        outcome: &QuestionOutcome,
    ) -> Result<(), StoreError> {
        outcomes::replace(self, id, place, outcome).await
    }

    async fn list_outcomes(
        &self,
        id: EvaluationRunId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<(u32, QuestionOutcome)>, StoreError> {
        outcomes::list(self, id, from, limit).await
    }

    async fn outcome_of_question(
        &self,
        id: EvaluationRunId,
        question: &str,
    ) -> Result<Option<(u32, QuestionOutcome)>, StoreError> {
        outcomes::of_question(self, id, question).await
    }

    async fn finish_evaluation_run(
        &self,
        id: EvaluationRunId,
        report: &str,
        problem: Option<&str>,
        look: Option<(TestLookId, LookReason)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        runs::finish(self, id, report, problem, look, at).await
    }

    async fn evaluation_report(&self, id: EvaluationRunId) -> Result<Option<String>, StoreError> {
        runs::report(self, id).await
    }

    async fn apply_evaluation_arm(
        &self,
        knowledge_base: &KnowledgeBase,
        applied: &AppliedArm,
    ) -> Result<(), StoreError> {
        applied::apply(self, knowledge_base, applied).await
    }

    async fn applied_evaluation_arm(
        &self,
        id: EvaluationRunId,
    ) -> Result<Option<AppliedArm>, StoreError> {
        applied::last(self, id).await
    }

    async fn take_back_evaluation_arm(
        &self,
        knowledge_base: &KnowledgeBase,
        id: EvaluationRunId,
    ) -> Result<(), StoreError> {
        applied::take_back(self, knowledge_base, id).await
    }

    async fn delete_evaluation_run(&self, id: EvaluationRunId) -> Result<bool, StoreError> {
        runs::delete(self, id).await
    }
}
