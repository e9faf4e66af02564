use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;

use super::bounds::BodyRateBounds;
use super::peer::Peer;
use super::rate::BodyRate;

/// How long a body may drip, or a client not take its answer, before the connection makes way for another one.
const PATIENCE_UNDER_PRESSURE: Duration = Duration::from_secs(1);
/// How long a client may take nothing of its answer. It may be a download that a person has paused.
const STALLED_ANSWER: Duration = Duration::from_secs(300);

/// How long it may take nothing of one for which others wait.
const STALLED_SHARED_ANSWER: Duration = Duration::from_secs(30);
/// How fast a client must take a large answer where others wait for what it holds. Only the time in which the server
/// waits for it counts.
const LEAST_TAKEN: BodyRateBounds = BodyRateBounds {
    least_bytes_per_s: 64 << 10,
    grace: Duration::from_secs(30),
    whole: Duration::MAX,
};

/// One connection, seen by its socket, by its requests and by the table.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    /// Whether it is beyond the bounds and may only ask for the server's health.
    pub(crate) reserved: bool,
    rate_bounds: BodyRateBounds,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when the client takes nothing of its answer.
    stalled: Option<Instant>,
    /// The large answer that is being sent.
    answer: Option<LargeAnswer>,
    /// Whether it must end.
    closed: bool,
    waker: Option<Waker>,
}

#[derive(Debug)]
enum Phase {
    /// For a request, since then; `begun` is when the first byte of its head came.
    Waiting {
        since: Instant,
        begun: Option<Instant>,
    },
    /// For the body of a request.
    Receiving(BodyRate),
    /// A request is in work or being answered.
    Answering,
}

#[derive(Debug)]
struct LargeAnswer {
    holds: Holds,
    taken: BodyRate,
}

/// What a large answer keeps from others until it is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holds {
    /// Memory, of which there is enough for most of the time.
    Memory,
    /// One of few permits.
    Permit,
}

/// How long the parts of a request may be waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The first byte of a request on a connection that is kept.
    pub(super) idle: Duration,
    /// A head, from its first byte on.
    pub(super) head: Duration,
}

impl Connection {
    pub(super) fn new(
        peer: Peer,
        reserved: bool,
        rate_bounds: BodyRateBounds,
        now: Instant,
    ) -> Self {
        Self {
            peer,
            reserved,
            rate_bounds,
            state: Mutex::new(State {
                phase: Phase::Waiting {
                    since: now,
                    begun: None,
                },
                stalled: None,
                answer: None,
                closed: false,
                waker: None,
            }),
        }
    }

    /// A head has come whole.
    pub(crate) fn begin(&self, has_body: bool) {
        self.lock().phase = if has_body {
            Phase::Receiving(BodyRate::default())
        } else {
            Phase::Answering
        };
    }

    /// A large answer is about to be sent.
    pub(crate) fn sends(&self, holds: Holds) {
        let taken = BodyRate::default();
        self.lock().answer = Some(LargeAnswer { holds, taken });
    }

    /// The request is answered.
    pub(crate) fn end(&self, now: Instant) {
        let mut state = self.lock();
        state.answer = None;
        state.phase = Phase::Waiting {
            since: now,
            begun: None,
        };
    }

    /// The server waits for more of the body.
    pub(crate) fn body_waits(&self, now: Instant) {
        if let Phase::Receiving(rate) = &mut self.lock().phase {
            rate.wait(now);
        }
    }

    /// More of the body came. Returns whether the body comes fast enough.
    pub(crate) fn body_came(&self, now: Instant, bytes: usize) -> bool {
        let mut state = self.lock();
        let Phase::Receiving(rate) = &mut state.phase else {
            return true;
        };
        rate.came(now, bytes as u64);
        !rate.is_slow(now, &self.rate_bounds, self.rate_bounds.grace)
            && !rate.is_late(now, &self.rate_bounds)
    }

    /// The body is whole, or nobody wants the rest of it.
    pub(crate) fn body_ended(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Receiving(_)) {
            state.phase = Phase::Answering;
        }
    }

    /// Bytes came.
    pub(super) fn heard(&self, now: Instant) {
        if let Phase::Waiting { begun, .. } = &mut self.lock().phase {
            begun.get_or_insert(now);
        }
    }

    /// The client takes nothing more of its answer for now.
    pub(super) fn stalls(&self, now: Instant, context: &Context<'_>) {
        let mut state = self.lock();
        state.stalled.get_or_insert(now);
        if let Some(answer) = &mut state.answer {
            answer.taken.wait(now);
        }
        keep(&mut state.waker, context);
    }

    /// The client takes so many bytes of its answer.
    pub(super) fn flows(&self, now: Instant, bytes: usize) {
        let mut state = self.lock();
        state.stalled = None;
        if let Some(answer) = &mut state.answer {
            answer.taken.came(now, bytes as u64);
        }
    }

    /// Whether the connection must end. If not, the task is woken when it must.
    pub(super) fn is_closed(&self, context: &Context<'_>) -> bool {
        let mut state = self.lock();
        keep(&mut state.waker, context);
        state.closed
    }

    /// Ends the connection.
    pub(super) fn close(&self) {
        let waker = {
            let mut state = self.lock();
            state.closed = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Since when nothing but the client keeps the connection busy, if it may make way for another one.
    pub(super) fn may_make_way(&self, now: Instant) -> Option<Instant> {
        let state = self.lock();
        if let Some(since) = state.stalled {
            return (now.saturating_duration_since(since) > PATIENCE_UNDER_PRESSURE)
                .then_some(since);
        }
        match &state.phase {
            Phase::Waiting { since, .. } => Some(*since),
            Phase::Receiving(rate) => rate
                .is_slow(now, &self.rate_bounds, PATIENCE_UNDER_PRESSURE)
                .then_some(now),
            Phase::Answering => None,
        }
    }

    /// Since when the client leaves the memory of a large answer untaken, if it may make way for the answer of another.
    pub(super) fn leaves_unread(&self, now: Instant) -> Option<Instant> {
        let state = self.lock();
        let answer = state.answer.as_ref();
        let answer = answer.filter(|answer| answer.holds == Holds::Memory)?;
        let since = state.stalled.unwrap_or(now);
        let is_left = now.saturating_duration_since(since) > PATIENCE_UNDER_PRESSURE
            || answer.is_slow(now, PATIENCE_UNDER_PRESSURE);
        is_left.then_some(since)
    }

    /// Whether the client keeps the server waiting for too long.
    pub(super) fn is_overdue(&self, now: Instant, patience: Patience) -> bool {
        let state = self.lock();
        let longer = |since: Instant, than| now.saturating_duration_since(since) > than;
        let answer = state.answer.as_ref();
        let shared = answer.filter(|answer| answer.holds == Holds::Permit);
        if shared.is_some_and(|answer| answer.is_slow(now, LEAST_TAKEN.grace)) {
            return true;
        }
        if let Some(since) = state.stalled {
            let most = shared.map_or(STALLED_ANSWER, |_shared| STALLED_SHARED_ANSWER);
            return longer(since, most);
        }
        match &state.phase {
            Phase::Waiting { since, begun } => {
                begun.is_some_and(|begun| longer(begun, patience.head))
                    || longer(*since, patience.idle.saturating_add(patience.head))
            }
            Phase::Receiving(_) | Phase::Answering => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is left half-done under this lock, so a panic of another holder does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LargeAnswer {
    fn is_slow(&self, now: Instant, grace: Duration) -> bool {
        self.taken.is_slow(now, &LEAST_TAKEN, grace)
    }
}

/// Who sends a request. Those of tests that bind no socket come from this machine.
pub(crate) fn peer_of(request: &HttpRequest) -> Peer {
    let connection = request.conn_data::<Arc<Connection>>();
    connection.map_or(Peer::Loopback, |connection| connection.peer)
}

fn keep(waker: &mut Option<Waker>, context: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(context.waker()),
        None => *waker = Some(context.waker().clone()),
    }
}
