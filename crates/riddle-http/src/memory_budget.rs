//! Memory that requests share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connections::Peer;

/// Bytes that many requests may hold together. One address has at most half of them; this machine, behind which a proxy
/// may stand for many clients, all. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    pot: Arc<Pot>,
}

#[derive(Debug)]
struct Pot {
    bytes: usize,
    held: Mutex<Holdings>,
}

#[derive(Default, Debug)]
struct Holdings {
    all: usize,
    per_peer: HashMap<Peer, usize>,
}

/// Bytes that one request holds; they are free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Portion {
    pot: Arc<Pot>,
    peer: Peer,
    bytes: usize,
}

/// Whose bytes there are too few of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Short {
    /// Of all that there are.
    All,
    /// Of those that this address may hold.
    Peer(Peer),
}

impl MemoryBudget {
    pub(crate) fn of(bytes: usize) -> Self {
        let held = Mutex::default();
        Self {
            pot: Arc::new(Pot { bytes, held }),
        }
    }

    /// A portion that holds nothing yet.
    pub(crate) fn portion(&self, peer: Peer) -> Portion {
        Portion {
            pot: Arc::clone(&self.pot),
            peer,
            bytes: 0,
        }
    }
}

impl Portion {
    /// Takes as many bytes more. It does not wait: requests that wait for one another's bytes could do so for ever.
    ///
    /// # Errors
    /// There are not so many left.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Short> {
        let mut held = self.pot.lock();
        if bytes > self.pot.bytes.saturating_sub(held.all) {
            return Err(Short::All);
        }
        let of_peer = held.per_peer.get(&self.peer).copied().unwrap_or(0);
        if bytes > self.pot.share(self.peer).saturating_sub(of_peer) {
            return Err(Short::Peer(self.peer));
        }
        held.add(self.peer, bytes);
        self.bytes += bytes;
        Ok(())
    }

    /// Takes as many bytes more, though there may not be so many: others get none until as many are free again.
    pub(crate) fn take_beyond(&mut self, bytes: usize) {
        self.pot.lock().add(self.peer, bytes);
        self.bytes += bytes;
    }

    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// As much as its address may hold.
    pub(crate) fn share(&self) -> usize {
        self.pot.share(self.peer)
    }
}

impl Holdings {
    fn add(&mut self, peer: Peer, bytes: usize) {
        self.all += bytes;
        *self.per_peer.entry(peer).or_default() += bytes;
    }
}

impl Drop for Portion {
    fn drop(&mut self) {
        let mut held = self.pot.lock();
        held.all = held.all.saturating_sub(self.bytes);
        if let Some(of_peer) = held.per_peer.get_mut(&self.peer) {
            *of_peer = of_peer.saturating_sub(self.bytes);
            if *of_peer == 0 {
                held.per_peer.remove(&self.peer);
            }
        }
    }
}

impl Pot {
    fn share(&self, peer: Peer) -> usize {
        match peer {
            Peer::Loopback => self.bytes,
            Peer::Address(_) | Peer::Unknown => self.bytes / 2,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Holdings> {
        // Nothing is left half-done under this lock, so a panic of another holder does no harm.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: u8) -> Peer {
        Peer::Address([10, 0, 0, host].into())
    }

    #[test]
    fn what_is_held_is_free_again_when_the_portion_is_dropped() {
        let budget = MemoryBudget::of(10);
        let mut first = budget.portion(Peer::Loopback);
        let mut second = budget.portion(Peer::Loopback);
        assert_eq!(first.take(4), Ok(()));
        assert_eq!(first.take(4), Ok(()));
        assert_eq!(second.take(3), Err(Short::All));
        assert_eq!(second.take(2), Ok(()));
        drop(first);
        assert_eq!(second.take(8), Ok(()));
        drop(second);
        let held = budget.pot.lock();
        assert!(held.all == 0 && held.per_peer.is_empty(), "{held:?}");
    }

    #[test]
    fn what_is_taken_beyond_the_budget_is_missing_until_it_is_free_again() {
        let budget = MemoryBudget::of(10);
        let mut promised = budget.portion(Peer::Loopback);
        promised.take_beyond(14);
        assert_eq!(promised.bytes(), 14);
        let mut other = budget.portion(Peer::Loopback);
        assert_eq!(other.take(1), Err(Short::All));
        drop(promised);
        assert_eq!(other.take(10), Ok(()));
    }

    #[test]
    fn an_address_leaves_half_to_others() {
        let budget = MemoryBudget::of(10);
        assert_eq!(budget.portion(Peer::Loopback).share(), 10);
        assert_eq!(budget.portion(address(1)).share(), 5);
        let mut first = budget.portion(address(1));
        assert_eq!(first.take(5), Ok(()));
        let mut again = budget.portion(address(1));
        assert_eq!(again.take(1), Err(Short::Peer(address(1))));
        let mut other = budget.portion(address(2));
        assert_eq!(other.take(5), Ok(()));
        assert_eq!(again.take(1), Err(Short::All));
    }
}
