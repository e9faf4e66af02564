use tracing::Span;

use crate::Panicked;

/// What waits for an owner thread, and who is next. Its methods run under a lock: they must neither block nor panic.
pub trait Queue: Send + 'static {
    /// What a caller hands in.
    type Request: Send;
    /// What a caller gets for it, such as a number to take the request back with.
    type Ticket;
    /// What the thread does at a time: a request, or parts of several.
    type Work;
    /// What a piece of work gives.
    type Outcome;

    /// Takes a request.
    ///
    /// # Errors
    /// Gives it back where the queue is full.
    fn push(&mut self, request: Self::Request) -> Result<Self::Ticket, Self::Request>;

    /// What the thread does now; `None` if nothing waits. After [`Self::close`], what is still to be done.
    fn next(&mut self) -> Option<Self::Work>;

    /// Takes in what came of a piece of work, and answers whoever waited for it.
    fn finish(&mut self, work: Self::Work, outcome: Result<Self::Outcome, Panicked>);

    /// Nothing more will come. Drops what is not worth doing any more.
    fn close(&mut self);

    /// Where the work belongs in the log.
    fn span(work: &Self::Work) -> &Span;
}
