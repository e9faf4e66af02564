//! Answers that wait for their readers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::connections::{Peer, Table};
use crate::memory_budget::{MemoryBudget, Portion, Short};

/// How often it looks whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Answers that wait at the same time. They are made already, and no budget counts them.
const WAITING_AT_ONCE: usize = 4;

/// The memory that large answers may take until their readers have them. Those that are left unread make way for
/// others.
pub(crate) struct Answers {
    budget: MemoryBudget,
    wait: Duration,
    table: Arc<Table>,
    turns: Semaphore,
}

/// Others leave no memory for an answer, nor make way for it.
struct NoneSoon {
    /// Bytes that it lacks.
    missing: usize,
}

impl Answers {
    /// Of so many bytes. An answer that finds none waits for so long until others make way.
    pub(crate) fn new(bytes: usize, wait: Duration, table: Arc<Table>) -> Self {
        Self {
            budget: MemoryBudget::of(bytes),
            wait,
            table,
            turns: Semaphore::new(WAITING_AT_ONCE),
        }
    }

    /// Memory for an answer to this client, to be kept until it is taken; `None` if there is none soon.
    pub(crate) async fn room(&self, peer: Peer, bytes: usize) -> Option<Portion> {
        let mut room = self.budget.portion(peer);
        self.enlarge(&mut room, bytes).await.ok()?;
        Some(room)
    }

    /// Memory for an answer that was promised a part of it, and that goes out whatever others hold: what it tells of is
    /// done.
    pub(crate) async fn keep_promise(&self, room: &mut Portion, bytes: usize) {
        if let Err(NoneSoon { missing }) = self.enlarge(room, bytes).await {
            room.take_beyond(missing);
        }
    }

    /// Takes what is missing of so many bytes.
    async fn enlarge(&self, room: &mut Portion, bytes: usize) -> Result<(), NoneSoon> {
        // One that is larger than all its address may hold goes alone.
        let missing = bytes.min(room.share()).saturating_sub(room.bytes());
        if room.take(missing).is_ok() {
            return Ok(());
        }
        let none_soon = NoneSoon { missing };
        let Ok(_turn) = self.turns.try_acquire() else {
            return Err(none_soon);
        };
        let made = tokio::time::timeout(self.wait, self.make_room(room, missing)).await;
        made.map_err(|_elapsed| none_soon)
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
        Answers::new(bytes, Duration::from_secs(2), Arc::new(table))
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
    async fn a_promised_answer_goes_out_whatever_others_hold() {
        let answers = answers(10);
        let mut promised = answers.room(Peer::Loopback, 4).await.expect("room");
        let other = answers.room(Peer::Loopback, 6).await.expect("room");
        answers.keep_promise(&mut promised, 9).await;
        assert_eq!(promised.bytes(), 9);
        drop(other);
        let mut next = pin!(answers.room(Peer::Loopback, 2));
        assert!(next.as_mut().now_or_never().is_none(), "one byte is left");
        drop(promised);
        assert!(next.await.is_some());
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
