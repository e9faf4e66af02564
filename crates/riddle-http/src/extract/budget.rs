use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{ApiError, ErrorCode};

/// Bytes that the bodies of all requests in work may hold together.
const ALL_BODIES_BYTES: usize = 128 << 20;

/// The memory that bodies may take, all requests together. A part of it is taken before more of a body is kept, so that
/// many clients with large bodies are refused one by one instead of using up the machine. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget {
    bytes: Arc<Semaphore>,
}

/// Bytes that one body holds of the budget; they are free again when it is dropped.
#[derive(Default)]
pub(super) struct Held {
    permit: Option<OwnedSemaphorePermit>,
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self::of(ALL_BODIES_BYTES)
    }
}

impl BodyBudget {
    pub(crate) fn of(bytes: usize) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(bytes)),
        }
    }
}

impl Held {
    /// Takes as many bytes more. It does not wait: bodies that wait for one another's bytes could do so for ever.
    ///
    /// # Errors
    /// There are not so many left.
    pub(super) fn take(&mut self, budget: &BodyBudget, bytes: usize) -> Result<(), ApiError> {
        let taken = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| Arc::clone(&budget.bytes).try_acquire_many_owned(bytes).ok());
        let taken = taken.ok_or_else(|| {
            ApiError::new(
                ErrorCode::OVERLOADED,
                "the bodies of other requests take all the memory there is for them; send it again a little later",
            )
        })?;
        match &mut self.permit {
            Some(permit) => permit.merge(taken),
            None => self.permit = Some(taken),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_free_again_when_the_body_is_dropped() {
        let budget = BodyBudget::of(10);
        let (mut first, mut second) = (Held::default(), Held::default());
        first.take(&budget, 4).expect("there is room");
        first.take(&budget, 4).expect("there is room");
        let refused = second.take(&budget, 3).expect_err("2 bytes are left");
        assert_eq!(refused.code, ErrorCode::OVERLOADED);
        second.take(&budget, 2).expect("2 bytes are left");
        drop(first);
        second.take(&budget, 8).expect("the first ones are free");
    }
}
