use std::collections::VecDeque;
use std::time::Instant;

use riddle_core::Reranker;
use riddle_owner_thread::{Panicked, Queue};
use tracing::Span;

use super::batch::Batch;
use super::check::Check;
use super::schedule::{Schedule, ScoreRequest};
use crate::throughput::{Room, Throughput};

/// Requests and checks that wait for one reranker.
pub(super) struct RerankQueue {
    pub(super) schedule: Schedule,
    checks: VecDeque<Check>,
    /// How many requests may wait, and how many checks.
    capacity: usize,
    throughput: Throughput,
    /// Pairs that the model computes at once.
    pub(super) parallel: usize,
}

/// What a caller may ask of the thread.
pub(super) enum RerankCall {
    Scores(ScoreRequest),
    Check(Check),
}

/// What the thread does next.
pub(super) enum Work {
    Check(Check),
    Score(Batch),
}

impl Work {
    pub(super) fn run(&mut self, reranker: &mut dyn Reranker) {
        match self {
            Self::Check(check) => check.run(reranker),
            Self::Score(batch) => batch.run(reranker),
        }
    }
}

impl RerankQueue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            schedule: Schedule::default(),
            checks: VecDeque::new(),
            capacity,
            throughput: Throughput::default(),
            parallel: 1,
        }
    }

    fn has_room(&mut self, call: &RerankCall) -> bool {
        match call {
            RerankCall::Scores(_) => {
                self.schedule.forget_gone();
                self.schedule.waiting() < self.capacity
            }
            RerankCall::Check(_) => {
                self.checks.retain(Check::is_wanted);
                self.checks.len() < self.capacity
            }
        }
    }
}

impl Queue for RerankQueue {
    type Request = RerankCall;
    /// Number of the request in the schedule; 0 for a check, which needs none.
    type Ticket = u64;
    type Work = Work;
    type Outcome = ();

    fn push(&mut self, call: RerankCall) -> Result<u64, RerankCall> {
        if !self.has_room(&call) {
            return Err(call);
        }
        match call {
            RerankCall::Scores(request) => Ok(self.schedule.push(request)),
            RerankCall::Check(check) => {
                self.checks.push_back(check);
                Ok(0)
            }
        }
    }

    /// Checks go first, because they only need the tokenizer.
    fn next(&mut self) -> Option<Work> {
        while let Some(check) = self.checks.pop_front() {
            if check.is_wanted() {
                return Some(Work::Check(check));
            }
        }
        let now = Instant::now();
        let budget = self.throughput.budget();
        let only = self.schedule.only_deadline();
        let tokens = only.map_or(budget, |deadline| self.throughput.alone(now, deadline));
        let texts = self.parallel;
        let batch = self.schedule.next(Room { tokens, texts }, now);
        batch.map(Work::Score)
    }

    fn finish(&mut self, work: Work, outcome: Result<(), Panicked>) {
        match work {
            Work::Check(check) => check.answer(outcome),
            Work::Score(mut batch) => {
                let elapsed = batch.begun.elapsed();
                self.parallel = batch.parallel.unwrap_or(self.parallel);
                let outcome = batch.outcome(outcome);
                if outcome.is_ok() {
                    self.throughput.learn(batch.tokens, elapsed);
                }
                self.schedule.finish(&batch, outcome, elapsed);
            }
        }
    }

    fn close(&mut self) {
        self.schedule = Schedule::default();
        self.checks.clear();
    }

    fn span(work: &Work) -> &Span {
        match work {
            Work::Check(check) => &check.span,
            Work::Score(batch) => &batch.span,
        }
    }
}
