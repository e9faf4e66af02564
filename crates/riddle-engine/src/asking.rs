//! How a run of an evaluation asks a question. The room `evaluation` knows when and what; searching and answering are
//! those of the room `query`.

use async_trait::async_trait;
use riddle_core::{
    ChunkId, EvaluationArm, EvaluationQuestion, ImportedRanking, KnowledgeBase, QuestionOutcome,
};

use crate::error::EngineError;
use crate::scope::Scope;

/// One question of a run.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// What is searched; the settings of the first are those that arms leave out.
    pub(crate) scope: &'a Scope,
    pub(crate) question: &'a EvaluationQuestion,
    pub(crate) arms: &'a [EvaluationArm],
    /// What other systems rank for it, which are the arms of these names.
    pub(crate) imported: &'a [ImportedRanking],
    /// The arm that begins; the others follow in turn. It changes from question to question, so that no arm is always
    /// the one after a warm cache or a slow moment.
    pub(crate) first: usize,
    /// Whether answers are written.
    pub(crate) answers: bool,
    /// Whether the fusions are tried of which the best one without rerank is chosen.
    pub(crate) tries_fusions: bool,
    /// Whether it is asked for the last time: an arm whose model is too busy has failed then.
    pub(crate) is_last_try: bool,
}

/// Asks a question in every arm.
#[async_trait]
pub(crate) trait AskInArms: Send + Sync {
    /// Candidates are found once and frozen; each arm orders them. An arm that fails says so in its outcome.
    ///
    /// # Errors
    /// What fails for all arms alike: the store, an index, or the server is stopping.
    async fn ask_in_arms(&self, asking: Asking<'_>) -> Result<QuestionOutcome, EngineError>;

    /// Asks a question for nothing, so that models are loaded and caches filled before times count.
    ///
    /// # Errors
    /// As of asking. The question that is asked in earnest says what is wrong.
    async fn warm_up(&self, asking: Asking<'_>) -> Result<(), EngineError> {
        self.ask_in_arms(asking).await.map(drop)
    }

    /// The rank of a chunk among the passages that a search without rerank finds, from 1; `None` if it is not among the
    /// first ten.
    ///
    /// # Errors
    /// As of a search.
    async fn rank_of(
        &self,
        knowledge_base: &KnowledgeBase,
        question: &str,
        chunk: ChunkId,
    ) -> Result<Option<u32>, EngineError>;
}
