use crate::domain::id::{EvaluationRunId, TestLookId};
use crate::ports::time::Timestamp;

/// A look at the test half of a set: a report that shows figures of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestLook {
    /// Identity.
    pub id: TestLookId,
    /// The run whose report it was; `None` if that was deleted since.
    pub run: Option<EvaluationRunId>,
    /// Name of the run; of one that was deleted, as it was called then.
    pub run_name: String,
    /// What the report was made for.
    pub reason: LookReason,
    /// When.
    pub at: Timestamp,
}

/// What a report was made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookReason {
    /// The run had asked all its questions.
    Finished,
    /// The run was counted anew with the judgments of then.
    Recounted,
}

impl LookReason {
    const ALL: [Self; 2] = [Self::Finished, Self::Recounted];

    /// The name used in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Recounted => "recounted",
        }
    }

    /// The reason of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}
