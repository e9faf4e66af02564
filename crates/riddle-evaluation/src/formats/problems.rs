use super::error::{ImportError, ImportProblem};
use super::limits::MAX_PROBLEMS;

/// Gathers the first faults of a set.
#[derive(Default, Debug)]
pub(super) struct Problems(Vec<ImportProblem>);

impl Problems {
    /// The value, or `None` after noting the fault.
    pub(super) fn keep<T>(&mut self, result: Result<T, ImportProblem>) -> Option<T> {
        result
            .map_err(|problem| self.0.push(problem.bounded()))
            .ok()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether reading should stop.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    /// An error if there is a fault.
    pub(super) fn finish(mut self) -> Result<(), ImportError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.is_full();
        self.0.truncate(MAX_PROBLEMS);
        Err(ImportError {
            problems: self.0,
            more,
        })
    }
}
