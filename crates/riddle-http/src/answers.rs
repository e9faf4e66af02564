//! Answers that wait for their readers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::connections::{Peer, Table};
use crate::memory_budget::{MemoryBudget, Portion, Short};

/// How long an answer waits for others to make way.
const WAIT: Duration = Duration::from_secs(2);
/// How often it looks whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Answers that wait at the same time. They are made already, and no budget counts them.
const WAITING_AT_ONCE: usize = 4;

/// The memory that large answers may take until their readers have them. Those that are left unread make way for
/// others.
pub(crate) struct Answers {
    budget: MemoryBudget,
    table: Arc<Table>,
    turns: Semaphore,
}

impl Answers {
    pub(crate) fn new(bytes: usize, table: Arc<Table>) -> Self {
        Self {
            budget: MemoryBudget::of(bytes),
            table,
            turns: Semaphore::new(WAITING_AT_ONCE),
        }
    }

    /// Memory for an answer to this client, to be kept until it is taken; `None` if there is none soon.
    pub(crate) async fn room(&self, peer: Peer, bytes: usize) -> Option<Portion> {
        // One that is larger than all its address may hold goes alone.
        let bytes = bytes.min(self.budget.share(peer));
        let mut room = self.budget.portion(peer);
        if room.take(bytes).is_err() {
            let _turn = self.turns.try_acquire().ok()?;
            let made = tokio::time::timeout(WAIT, self.make_room(&mut room, bytes)).await;
            made.ok()?;
        }
        Some(room)
    }

    async fn make_room(&self, room: &mut Portion, bytes: usize) {
        while let Err(short) = room.take(bytes) {
            let of = match short {
                Short::All => None,
                Short::Peer(peer) => Some(peer),
            };
            self.table.end_unread(of, Instant::now());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;
    use crate::connections::{BodyRateBounds, ConnectionBounds};

    fn answers(bytes: usize) -> Answers {
        let rate = BodyRateBounds {
            least_bytes_per_s: 0,
            grace: Duration::ZERO,
            whole: Duration::ZERO,
        };
        let table = Table::new(ConnectionBounds::of(16, None), rate);
        Answers::new(bytes, Arc::new(table))
    }

    #[tokio::test]
    async fn an_answer_waits_until_another_is_taken() {
        let answers = answers(10);
        let first = answers.room(Peer::Loopback, 25).await;
        let first = first.expect("one that is larger than all there is goes alone");
        let mut second = pin!(answers.room(Peer::Loopback, 1));
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        drop(first);
        assert!(second.await.is_some());
    }

    #[tokio::test]
    async fn few_answers_wait() {
        let answers = answers(10);
        let _first = answers.room(Peer::Loopback, 10).await.expect("room");
        let mut waiting = Vec::new();
        for _ in 0..WAITING_AT_ONCE {
            let mut next = Box::pin(answers.room(Peer::Loopback, 1));
            assert!(next.as_mut().now_or_never().is_none(), "it waits");
            waiting.push(next);
        }
        let beyond = answers.room(Peer::Loopback, 1).now_or_never();
        let beyond = beyond.expect("it does not wait");
        assert!(beyond.is_none());
    }
}
