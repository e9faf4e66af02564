use actix_web::HttpRequest;

use crate::connections::peer_of;
use crate::error::{ApiError, ErrorCode};
use crate::memory_budget::{MemoryBudget, Portion};

/// Bytes that the JSON bodies of all requests in work may hold together.
const ALL_BODIES_BYTES: usize = 128 << 20;

/// The memory that JSON bodies may take, all requests together. A part of it is taken before more of a body is kept, so
/// that many clients with large bodies are refused one by one instead of using up the machine. Questions have a part of
/// their own, which no texts take from them. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget {
    requests: MemoryBudget,
    texts: MemoryBudget,
}

/// What one body holds of the budget.
pub(crate) struct Held(Portion);

impl Default for BodyBudget {
    fn default() -> Self {
        Self::of(ALL_BODIES_BYTES)
    }
}

impl BodyBudget {
    /// So many bytes, a quarter of them for questions and other small requests.
    pub(crate) fn of(bytes: usize) -> Self {
        let requests = bytes / 4;
        Self {
            requests: MemoryBudget::of(requests),
            texts: MemoryBudget::of(bytes - requests),
        }
    }

    /// Where the body of a question or another small request is to be held. Nothing of it is yet.
    pub(crate) fn of_requests(&self, request: &HttpRequest) -> Held {
        Held(self.requests.portion(peer_of(request)))
    }

    /// Where the body of this request is to be held, if it may be large.
    pub(crate) fn of_texts(&self, request: &HttpRequest) -> Held {
        Held(self.texts.portion(peer_of(request)))
    }
}

impl Held {
    /// Takes as many bytes more.
    ///
    /// # Errors
    /// There are not so many left.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.0.take(bytes).map_err(|_short| {
            ApiError::new(
                ErrorCode::OVERLOADED,
                "the bodies of other requests take all the memory there is for them; send it again a little later",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn texts_leave_the_memory_of_questions_alone() {
        let budget = BodyBudget::of(100);
        let request = TestRequest::default().to_http_request();
        let mut texts = budget.of_texts(&request);
        texts.take(75).expect("there is room");
        let refused = texts.take(1).expect_err("all of it is held");
        assert_eq!(refused.code, ErrorCode::OVERLOADED);
        let mut question = budget.of_requests(&request);
        question.take(25).expect("there is room");
        question.take(1).expect_err("all of it is held");
        drop(question);
        let mut next = budget.of_requests(&request);
        next.take(25).expect("it is free again");
    }
}
