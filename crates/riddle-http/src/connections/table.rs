use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bounds::{BodyRateBounds, ConnectionBounds};
use super::connection::{Connection, Patience};
use super::peer::Peer;

/// How often a bound that is reached is told to the log at most.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// All open connections.
#[derive(Debug)]
pub(crate) struct Table {
    bounds: ConnectionBounds,
    rate_bounds: BodyRateBounds,
    seats: Mutex<Seats>,
}

#[derive(Default, Debug)]
struct Seats {
    next: u64,
    open: HashMap<u64, Arc<Connection>>,
    per_peer: HashMap<Peer, usize>,
    reserved: usize,
    told: Option<Instant>,
}

/// A place in the table, given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    table: Arc<Table>,
    id: u64,
    pub(super) connection: Arc<Connection>,
}

impl Table {
    pub(crate) fn new(bounds: ConnectionBounds, rate_bounds: BodyRateBounds) -> Self {
        Self {
            bounds,
            rate_bounds,
            seats: Mutex::default(),
        }
    }

    /// A place for a new connection. There is none if even the reserve is at work.
    pub(super) fn seat(
        self: &Arc<Self>,
        address: Option<SocketAddr>,
        now: Instant,
    ) -> Option<Seat> {
        let peer = Peer::of(address);
        let mut seats = self.lock();
        let reserved = !self.make_room(&mut seats, peer, now);
        if reserved {
            seats.tell(peer, now);
            if seats.reserved >= self.bounds.reserve && !seats.make_way(now, |other| other.reserved)
            {
                return None;
            }
        }
        let connection = Arc::new(Connection::new(peer, reserved, self.rate_bounds, now));
        let id = seats.insert(Arc::clone(&connection));
        Some(Seat {
            table: Arc::clone(self),
            id,
            connection,
        })
    }

    /// Ends connections whose clients keep the server waiting for too long.
    pub(super) fn sweep(&self, now: Instant, patience: Patience) {
        let mut seats = self.lock();
        let overdue = seats.open.iter();
        let overdue: Vec<u64> = overdue
            .filter(|(_, connection)| connection.is_overdue(now, patience))
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            seats.end(id);
        }
    }

    /// Ends the connection whose client has left a large answer unread for longest, of this client if one is named.
    pub(crate) fn end_unread(&self, of: Option<Peer>, now: Instant) {
        self.lock().end_first(|connection| {
            let counts = of.is_none_or(|peer| connection.peer == peer);
            counts.then(|| connection.leaves_unread(now)).flatten()
        });
    }

    /// Whether there is an ordinary seat for this peer, after others have made way for it where they can.
    fn make_room(&self, seats: &mut Seats, peer: Peer, now: Instant) -> bool {
        let bound = match peer {
            Peer::Loopback => self.bounds.per_loopback,
            Peer::Address(_) | Peer::Unknown => self.bounds.per_address,
        };
        if seats.of(peer) >= bound {
            return seats.make_way(now, |other| !other.reserved && other.peer == peer);
        }
        if seats.ordinary() < self.bounds.total {
            return true;
        }
        // Who holds most gives first.
        let most = seats.per_peer.iter().max_by_key(|(_, count)| **count);
        let most = most.map(|(peer, _)| *peer);
        seats.make_way(now, |other| !other.reserved && Some(other.peer) == most)
            || seats.make_way(now, |other| !other.reserved)
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        // Nothing is left half-done under this lock, so a panic of another holder does no harm.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn of(&self, peer: Peer) -> usize {
        self.per_peer.get(&peer).copied().unwrap_or(0)
    }

    fn ordinary(&self) -> usize {
        self.open.len().saturating_sub(self.reserved)
    }

    fn insert(&mut self, connection: Arc<Connection>) -> u64 {
        if connection.reserved {
            self.reserved += 1;
        } else {
            *self.per_peer.entry(connection.peer).or_default() += 1;
        }
        let id = self.next;
        self.next += 1;
        self.open.insert(id, connection);
        id
    }

    /// Ends the one of these connections that has waited longest for its client. Returns whether there was one.
    fn make_way(&mut self, now: Instant, of: impl Fn(&Connection) -> bool) -> bool {
        self.end_first(|connection| {
            let may = of(connection).then(|| connection.may_make_way(now));
            may.flatten()
        })
    }

    /// Ends the connection whose time is the earliest. Returns whether one had any.
    fn end_first(&mut self, since: impl Fn(&Connection) -> Option<Instant>) -> bool {
        let open = self.open.iter();
        let first = open
            .filter_map(|(id, connection)| Some((since(connection)?, *id)))
            .min();
        match first {
            Some((_, id)) => {
                self.end(id);
                true
            }
            None => false,
        }
    }

    fn end(&mut self, id: u64) {
        if let Some(connection) = self.remove(id) {
            connection.close();
        }
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Connection>> {
        let connection = self.open.remove(&id)?;
        if connection.reserved {
            self.reserved = self.reserved.saturating_sub(1);
        } else if let Some(count) = self.per_peer.get_mut(&connection.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_peer.remove(&connection.peer);
            }
        }
        Some(connection)
    }

    fn tell(&mut self, peer: Peer, now: Instant) {
        if self
            .told
            .is_none_or(|told| now.saturating_duration_since(told) >= TELL_EVERY)
        {
            self.told = Some(now);
            let (open, of_peer) = (self.ordinary(), self.of(peer));
            tracing::warn!(%peer, open, of_peer, "all connections are at work; new ones may only ask for health");
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.table.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests;
