use std::collections::VecDeque;

use tracing::Span;

use crate::{Panicked, Queue};

/// A request that is one piece of work.
pub trait Job: Send + 'static {
    /// What it gives.
    type Outcome;

    /// Whether somebody still waits for it.
    fn is_wanted(&self) -> bool;

    /// Answers whoever waits.
    fn answer(self, outcome: Result<Self::Outcome, Panicked>);

    /// Where it belongs in the log.
    fn span(&self) -> &Span;
}

/// First come, first served. What nobody waits for any more is skipped.
#[derive(Debug)]
pub struct Fifo<J> {
    waiting: VecDeque<J>,
    capacity: usize,
}

impl<J: Job> Fifo<J> {
    /// A queue for so many jobs, one at least.
    pub fn new(capacity: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            capacity: capacity.max(1),
        }
    }

    /// Jobs that somebody waits for.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().filter(|job| job.is_wanted()).count()
    }
}

impl<J: Job> Queue for Fifo<J> {
    type Request = J;
    type Ticket = ();
    type Work = J;
    type Outcome = J::Outcome;

    fn push(&mut self, job: J) -> Result<(), J> {
        if self.waiting.len() >= self.capacity {
            self.waiting.retain(J::is_wanted);
        }
        if self.waiting.len() >= self.capacity {
            return Err(job);
        }
        self.waiting.push_back(job);
        Ok(())
    }

    fn next(&mut self) -> Option<J> {
        while let Some(job) = self.waiting.pop_front() {
            if job.is_wanted() {
                return Some(job);
            }
        }
        None
    }

    fn finish(&mut self, job: J, outcome: Result<J::Outcome, Panicked>) {
        job.answer(outcome);
    }

    fn close(&mut self) {
        self.waiting.clear();
    }

    fn span(job: &J) -> &Span {
        job.span()
    }
}
