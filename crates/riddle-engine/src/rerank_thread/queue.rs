use std::collections::VecDeque;
use std::time::Instant;

use riddle_core::Reranker;
use riddle_owner_thread::{Panicked, Queue};
use tracing::Span;

use super::check::Check;
use super::schedule::{Request, Schedule};
use super::slice::Slice;
use crate::pace::{Pace, Room};

/// Requests and checks that wait for one reranker.
pub(super) struct RerankQueue {
    pub(super) schedule: Schedule,
    checks: VecDeque<Check>,
    /// Requests that may wait, and checks.
    capacity: usize,
    pace: Pace,
    /// Pairs that the model computes at once.
    parallel: usize,
}

/// What a caller wants.
pub(super) enum Wanted {
    Scores(Request),
    Check(Check),
}

/// What the thread does next.
pub(super) enum Work {
    Check(Check),
    Score(Slice),
}

impl Work {
    pub(super) fn run(&mut self, reranker: &mut dyn Reranker) {
        match self {
            Self::Check(check) => check.run(reranker),
            Self::Score(slice) => slice.run(reranker),
        }
    }
}

impl RerankQueue {
    pub(super) fn new(capacity: usize, parallel: usize) -> Self {
        Self {
            schedule: Schedule::default(),
            checks: VecDeque::new(),
            capacity,
            pace: Pace::default(),
            parallel,
        }
    }

    fn has_room(&mut self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Scores(_) => {
                self.schedule.forget_gone();
                self.schedule.waiting() < self.capacity
            }
            Wanted::Check(_) => {
                self.checks.retain(Check::is_wanted);
                self.checks.len() < self.capacity
            }
        }
    }
}

impl Queue for RerankQueue {
    type Request = Wanted;
    /// The number by which the schedule knows a request; of a check nobody asks for it.
    type Ticket = u64;
    type Work = Work;
    type Outcome = ();

    fn push(&mut self, wanted: Wanted) -> Result<u64, Wanted> {
        if !self.has_room(&wanted) {
            return Err(wanted);
        }
        match wanted {
            Wanted::Scores(request) => Ok(self.schedule.push(request)),
            Wanted::Check(check) => {
                self.checks.push_back(check);
                Ok(0)
            }
        }
    }

    /// A check takes a tokenizer's time, so it goes before all that is scored.
    fn next(&mut self) -> Option<Work> {
        while let Some(check) = self.checks.pop_front() {
            if check.is_wanted() {
                return Some(Work::Check(check));
            }
        }
        let now = Instant::now();
        let budget = self.pace.budget();
        let only = self.schedule.only_deadline();
        let tokens = only.map_or(budget, |deadline| self.pace.alone(now, deadline));
        let texts = self.parallel;
        let slice = self.schedule.next(Room { tokens, texts }, now);
        slice.map(Work::Score)
    }

    fn finish(&mut self, work: Work, outcome: Result<(), Panicked>) {
        match work {
            Work::Check(check) => check.answer(outcome),
            Work::Score(mut slice) => {
                let elapsed = slice.begun.elapsed();
                self.pace.learn(slice.tokens, elapsed);
                self.parallel = slice.parallel.unwrap_or(self.parallel);
                let outcome = slice.outcome(outcome);
                self.schedule.finish(&slice, outcome, elapsed);
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
            Work::Score(slice) => &slice.span,
        }
    }
}
