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

    /// The request is answered.
    pub(crate) fn end(&self, now: Instant) {
        self.lock().phase = Phase::Waiting {
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
        keep(&mut state.waker, context);
    }

    /// The client takes its answer again.
    pub(super) fn flows(&self) {
        self.lock().stalled = None;
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

    /// Whether the client keeps the server waiting for too long.
    pub(super) fn is_overdue(&self, now: Instant, patience: Patience) -> bool {
        let state = self.lock();
        let longer = |since: Instant, than| now.saturating_duration_since(since) > than;
        if let Some(since) = state.stalled {
            return longer(since, STALLED_ANSWER);
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
