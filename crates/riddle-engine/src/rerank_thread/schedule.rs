use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{PairScore, ScoreOptions};
use tokio::sync::oneshot;
use tracing::Span;

use super::batch::{Batch, BatchPart, Texts, estimate};
use super::{CallFailure, PairScores};
use crate::throughput::Room;

/// Tokens that a request gets before others go first: those of an ordinary search, some twenty long passages.
const FAIR_SHARE: u64 = 16_384;

/// The requests that are not answered yet, and which of them is next.
#[derive(Default)]
pub(super) struct Schedule {
    requests: Vec<ScoreRequest>,
    arrived: u64,
    /// The requests whose pairs the model scores now.
    in_work: Vec<u64>,
}

/// A request, with what is scored so far.
pub(super) struct ScoreRequest {
    id: u64,
    texts: Arc<Texts>,
    /// Estimated tokens of each pair.
    tokens: Vec<u64>,
    options: ScoreOptions,
    scores: Vec<Option<PairScore>>,
    /// Pairs that have been scored or left out.
    done: usize,
    /// Estimated tokens of the `done` pairs.
    served: u64,
    queued_at: Instant,
    worked: Duration,
    /// Whether it must not share a batch again. A shared batch failed, and either request may be the cause.
    alone: bool,
    span: Span,
    answer: oneshot::Sender<Result<PairScores, CallFailure>>,
}

impl ScoreRequest {
    pub(super) fn new(
        texts: Texts,
        options: ScoreOptions,
        max_tokens: usize,
        answer: oneshot::Sender<Result<PairScores, CallFailure>>,
    ) -> Self {
        let tokens =
            |passage: &String| estimate(&texts.query, passage, options.long_passages, max_tokens);
        Self {
            id: 0,
            tokens: texts.passages.iter().map(tokens).collect(),
            scores: Vec::with_capacity(texts.passages.len()),
            texts: Arc::new(texts),
            options,
            done: 0,
            served: 0,
            queued_at: Instant::now(),
            worked: Duration::ZERO,
            alone: false,
            span: Span::current(),
            answer,
        }
    }

    /// The sort key: the request with the smallest key is next. Requests are grouped by the fair shares that they have
    /// had: less than one, one, two, four, eight and so on. Within a group the earliest deadline goes first, then the
    /// request that has had least. Without the groups, one endless request would take all the time until its deadline.
    fn urgency(&self) -> (Option<u32>, Instant, u64, u64) {
        (self.shares(), self.options.deadline, self.served, self.id)
    }

    /// The group in [`Self::urgency`].
    fn shares(&self) -> Option<u32> {
        (self.served / FAIR_SHARE).checked_ilog2()
    }

    /// Estimated tokens of the pairs that are still to be scored.
    fn rest(&self) -> impl Iterator<Item = u64> {
        self.tokens.iter().skip(self.done).copied()
    }

    /// How many of the next pairs fit into `room` tokens, and the tokens of these pairs.
    fn fitting(&self, room: u64) -> (usize, u64) {
        let sums = self.rest().scan(0, |sum, tokens| {
            *sum += tokens;
            Some(*sum)
        });
        let fitting = sums.take_while(|sum| *sum <= room);
        fitting.fold((0, 0), |(count, _), sum| (count + 1, sum))
    }

    fn can_join(&self, first: &Self) -> bool {
        let own = ScoreOptions {
            deadline: first.options.deadline,
            ..self.options
        };
        let peers = self.shares() == first.shares() && !self.alone && !first.alone;
        peers && own == first.options
    }

    fn is_over(&self, now: Instant) -> bool {
        self.answer.is_closed() || self.done == self.tokens.len() || now >= self.options.deadline
    }

    fn conclude(self) {
        let (scored, answer) = self.scored();
        // A caller that has gone wants no answer.
        let _ = answer.send(Ok(scored));
    }

    /// The scores so far, and where to send them.
    fn scored(mut self) -> (PairScores, oneshot::Sender<Result<PairScores, CallFailure>>) {
        self.scores.resize(self.tokens.len(), None);
        let scored = PairScores {
            scores: self.scores,
            waited: self.queued_at.elapsed().saturating_sub(self.worked),
        };
        (scored, self.answer)
    }
}

impl Schedule {
    /// Adds a request and returns its number.
    pub(super) fn push(&mut self, request: ScoreRequest) -> u64 {
        self.arrived += 1;
        self.requests.push(ScoreRequest {
            id: self.arrived,
            ..request
        });
        self.arrived
    }

    /// Whether pairs of this request are in the running batch.
    pub(super) fn works_for(&self, id: u64) -> bool {
        self.in_work.contains(&id)
    }

    /// Removes a request and returns its scores so far; `None` if it is answered. What the running batch scores of it
    /// is lost.
    pub(super) fn take(&mut self, id: u64) -> Option<PairScores> {
        let place = self.requests.iter().position(|request| request.id == id)?;
        let (scored, _answer) = self.requests.swap_remove(place).scored();
        Some(scored)
    }

    /// Requests without pairs in the running batch.
    pub(super) fn waiting(&self) -> usize {
        let waits = |request: &&ScoreRequest| !self.works_for(request.id);
        self.requests.iter().filter(waits).count()
    }

    /// Forgets the requests whose caller has gone.
    pub(super) fn forget_gone(&mut self) {
        self.requests.retain(|request| !request.answer.is_closed());
    }

    /// Answers the requests that are scored or out of time, and forgets those whose caller has gone. Must not be called
    /// while a batch runs, because its scores would be lost.
    fn settle(&mut self, now: Instant) {
        let (over, open) = std::mem::take(&mut self.requests)
            .into_iter()
            .partition(|request| request.is_over(now));
        self.requests = open;
        let over: Vec<ScoreRequest> = over;
        over.into_iter().for_each(ScoreRequest::conclude);
    }

    /// The deadline of the request, if there is exactly one.
    pub(super) fn only_deadline(&self) -> Option<Instant> {
        match self.requests.as_slice() {
            [only] => Some(only.options.deadline),
            _ => None,
        }
    }

    /// The pairs to score now, as many as fit into `room`. The most urgent request goes first. The rest of the room
    /// goes to requests of the same group and options. Requests of other groups get none, because the urgent one would
    /// only wait longer for a fuller batch.
    pub(super) fn next(&mut self, room: Room, now: Instant) -> Option<Batch> {
        self.settle(now);
        self.requests.sort_by_key(ScoreRequest::urgency);
        let (first, others) = self.requests.split_first()?;
        let mut batch = Batch::new(first.options, now, first.span.clone());
        batch.add(first, room.first(first.rest()));
        let sharing = others.iter().filter(|other| other.can_join(first));
        for other in sharing {
            let fitting = other.fitting(room.tokens.saturating_sub(batch.tokens));
            if fitting.0 == 0 {
                break;
            }
            batch.add(other, fitting);
        }
        self.in_work = batch.parts.iter().map(|part| part.request).collect();
        Some(batch)
    }

    /// Gives the scores of a batch to its requests.
    pub(super) fn finish(
        &mut self,
        batch: &Batch,
        outcome: Result<Vec<Option<PairScore>>, CallFailure>,
        elapsed: Duration,
    ) {
        self.in_work.clear();
        let shared = batch.parts.len() > 1;
        let mut scores = outcome.map(|scores| scores.into_iter().map(usable));
        for part in &batch.parts {
            let Some(place) = self.requests.iter().position(|r| r.id == part.request) else {
                if let Ok(scores) = &mut scores {
                    scores.by_ref().take(part.pairs.len()).for_each(drop);
                }
                continue;
            };
            let request = &mut self.requests[place];
            request.worked += elapsed;
            match &mut scores {
                Ok(scores) => {
                    request
                        .scores
                        .extend(scores.by_ref().take(part.pairs.len()));
                    request.done = part.pairs.end;
                    request.served += part.tokens;
                }
                Err(_) if shared => request.alone = true,
                Err(error) => {
                    let request = self.requests.swap_remove(place);
                    // A caller that has gone wants no error either.
                    let _ = request.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

impl Batch {
    /// Adds the next `count` pairs of a request, which have `tokens` tokens.
    fn add(&mut self, request: &ScoreRequest, (count, tokens): (usize, u64)) {
        self.parts.push(BatchPart {
            request: request.id,
            texts: Arc::clone(&request.texts),
            pairs: request.done..request.done + count,
            tokens,
        });
        self.tokens += tokens;
        self.options.deadline = self.options.deadline.max(request.options.deadline);
    }
}

/// Drops NaN and infinite scores, which cannot be ordered.
fn usable(score: Option<PairScore>) -> Option<PairScore> {
    score.filter(|score| score.raw.is_finite())
}
