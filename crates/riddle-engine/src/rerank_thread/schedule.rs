use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{PairScore, ScoreOptions};
use tokio::sync::oneshot;
use tracing::Span;

use super::slice::{Part, Slice, Texts, estimate};
use super::{Failed, Scored};
use crate::pace::Room;

/// Tokens that a request gets before it has to let others go first: an ordinary search, some twenty long passages.
const FAIR_SHARE: u64 = 16_384;

/// The requests that are not answered yet, and who has the model next.
#[derive(Default)]
pub(super) struct Schedule {
    requests: Vec<Request>,
    arrived: u64,
    /// The requests whose pairs the model scores now.
    in_work: Vec<u64>,
}

/// One request: what is asked, and what is scored so far.
pub(super) struct Request {
    id: u64,
    texts: Arc<Texts>,
    /// Estimated tokens of each pair.
    tokens: Vec<u64>,
    options: ScoreOptions,
    scores: Vec<Option<PairScore>>,
    /// Pairs that had their turn.
    done: usize,
    /// Estimated tokens of these.
    served: u64,
    queued_at: Instant,
    worked: Duration,
    /// Whether it must not share a call again: one that it shared failed, and not necessarily because of it.
    alone: bool,
    span: Span,
    answer: oneshot::Sender<Result<Scored, Failed>>,
}

impl Request {
    pub(super) fn new(
        texts: Texts,
        options: ScoreOptions,
        max_tokens: usize,
        answer: oneshot::Sender<Result<Scored, Failed>>,
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

    /// Who is smallest goes first. Those that had less than a fair share go before those that had one, those before
    /// the ones that had two, then four, eight and so on; within each of these groups the earliest deadline decides,
    /// then who had least. By the deadline alone, one endless request would take all of the time until its own.
    fn urgency(&self) -> (Option<u32>, Instant, u64, u64) {
        (self.shares(), self.options.deadline, self.served, self.id)
    }

    /// The group of [`Self::urgency`].
    fn shares(&self) -> Option<u32> {
        (self.served / FAIR_SHARE).checked_ilog2()
    }

    /// Estimated tokens of the pairs that had no turn yet.
    fn rest(&self) -> impl Iterator<Item = u64> {
        self.tokens.iter().skip(self.done).copied()
    }

    /// How many of the next pairs fit into `room` tokens, and their tokens.
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

    /// What there is by now, and who is to have it.
    fn scored(mut self) -> (Scored, oneshot::Sender<Result<Scored, Failed>>) {
        self.scores.resize(self.tokens.len(), None);
        let scored = Scored {
            scores: self.scores,
            waited: self.queued_at.elapsed().saturating_sub(self.worked),
        };
        (scored, self.answer)
    }
}

impl Schedule {
    /// Adds a request, and gives the number that it is known by.
    pub(super) fn push(&mut self, request: Request) -> u64 {
        self.arrived += 1;
        self.requests.push(Request {
            id: self.arrived,
            ..request
        });
        self.arrived
    }

    /// Whether the model scores pairs of this request now.
    pub(super) fn works_for(&self, id: u64) -> bool {
        self.in_work.contains(&id)
    }

    /// Takes a request out with what is scored of it; `None` if it is answered. What the model makes of it just now is
    /// lost.
    pub(super) fn take(&mut self, id: u64) -> Option<Scored> {
        let place = self.requests.iter().position(|request| request.id == id)?;
        let (scored, _answer) = self.requests.swap_remove(place).scored();
        Some(scored)
    }

    /// Requests that the model does not work for at the moment.
    pub(super) fn waiting(&self) -> usize {
        let waits = |request: &&Request| !self.works_for(request.id);
        self.requests.iter().filter(waits).count()
    }

    /// Forgets the requests whose caller has gone.
    pub(super) fn forget_gone(&mut self) {
        self.requests.retain(|request| !request.answer.is_closed());
    }

    /// Answers what is scored or out of time, and forgets those whose caller has gone. Not while a slice is in work:
    /// what it scores would be lost.
    fn settle(&mut self, now: Instant) {
        let (over, open) = std::mem::take(&mut self.requests)
            .into_iter()
            .partition(|request| request.is_over(now));
        self.requests = open;
        let over: Vec<Request> = over;
        over.into_iter().for_each(Request::conclude);
    }

    /// When the only request has to be answered; `None` if there are others, or none.
    pub(super) fn only_deadline(&self) -> Option<Instant> {
        match self.requests.as_slice() {
            [only] => Some(only.options.deadline),
            _ => None,
        }
    }

    /// The pairs to score now, which fill about the `room`. What the most urgent request leaves of its tokens goes to
    /// the next ones of its group that are scored in the same way; one that had more would only make it wait for a
    /// fuller call.
    pub(super) fn next(&mut self, room: Room, now: Instant) -> Option<Slice> {
        self.settle(now);
        self.requests.sort_by_key(Request::urgency);
        let (first, others) = self.requests.split_first()?;
        let mut slice = Slice::new(first.options, now, first.span.clone());
        slice.add(first, room.first(first.rest()));
        let sharing = others.iter().filter(|other| other.can_join(first));
        for other in sharing {
            let fitting = other.fitting(room.tokens.saturating_sub(slice.tokens));
            if fitting.0 == 0 {
                break;
            }
            slice.add(other, fitting);
        }
        self.in_work = slice.parts.iter().map(|part| part.request).collect();
        Some(slice)
    }

    /// Takes in what the model made of a slice.
    pub(super) fn finish(
        &mut self,
        slice: &Slice,
        outcome: Result<Vec<Option<PairScore>>, Failed>,
        elapsed: Duration,
    ) {
        self.in_work.clear();
        let shared = slice.parts.len() > 1;
        let mut scores = outcome.map(|scores| scores.into_iter().map(usable));
        for part in &slice.parts {
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
                    // A model that gives too few scores has left the last ones out.
                    request.scores.resize(request.done, None);
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

impl Slice {
    /// Adds the next pairs of a request, so many with so many tokens.
    fn add(&mut self, request: &Request, (count, tokens): (usize, u64)) {
        self.parts.push(Part {
            request: request.id,
            texts: Arc::clone(&request.texts),
            pairs: request.done..request.done + count,
            tokens,
        });
        self.tokens += tokens;
        self.options.deadline = self.options.deadline.max(request.options.deadline);
    }
}

/// A score that is no number orders nothing.
fn usable(score: Option<PairScore>) -> Option<PairScore> {
    score.filter(|score| score.raw.is_finite())
}
