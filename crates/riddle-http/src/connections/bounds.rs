use std::time::Duration;

/// Seats that a connection beyond the bounds may take, to ask for the server's health.
const RESERVE: usize = 32;

/// How many connections may be open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnectionBounds {
    /// All addresses together, without the reserve.
    pub total: usize,
    /// One address.
    pub per_address: usize,
    /// The addresses of this machine, behind which a proxy may stand for many clients.
    pub per_loopback: usize,
    /// Beyond these, for health checks alone.
    pub reserve: usize,
}

impl ConnectionBounds {
    /// Bounds of a server with so many connections. Unless `per_address` says otherwise, one address has a quarter of
    /// them, enough for an office behind one router, and this machine three quarters.
    pub fn of(total: usize, per_address: Option<usize>) -> Self {
        let total = total.max(1);
        let per_address = per_address.unwrap_or(total / 4).clamp(1, total);
        Self {
            total,
            per_address,
            per_loopback: (total - total / 4).max(per_address),
            reserve: RESERVE,
        }
    }
}

/// The rate at which the body of a request must come. Only the time in which the server waits for its client counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyRateBounds {
    /// Bytes a second on average.
    pub least_bytes_per_s: u64,
    /// How long a body may be slower than that.
    pub grace: Duration,
    /// How long a whole body may take.
    pub whole: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_a_part_and_this_machine_more_but_not_all() {
        let bounds = ConnectionBounds::of(1_024, None);
        assert_eq!((bounds.per_address, bounds.per_loopback), (256, 768));
        let bounds = ConnectionBounds::of(1_024, Some(1_000));
        assert_eq!((bounds.per_address, bounds.per_loopback), (1_000, 1_000));
        let bounds = ConnectionBounds::of(1, Some(0));
        assert_eq!((bounds.per_address, bounds.per_loopback), (1, 1));
    }
}
