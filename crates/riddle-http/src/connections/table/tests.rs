use super::*;
use crate::connections::Holds;

const RATE: BodyRateBounds = BodyRateBounds {
    least_bytes_per_s: 100,
    grace: Duration::from_secs(10),
    whole: Duration::from_secs(60),
};
const PATIENCE: Patience = Patience {
    idle: Duration::from_secs(75),
    head: Duration::from_secs(30),
};

fn table(total: usize, per_address: usize, reserve: usize) -> Arc<Table> {
    let bounds = ConnectionBounds {
        total,
        per_address,
        per_loopback: per_address,
        reserve,
    };
    Arc::new(Table::new(bounds, RATE))
}

fn from(host: u8) -> Option<SocketAddr> {
    Some(SocketAddr::from(([10, 0, 0, host], 1)))
}

fn is_closed(seat: &Seat) -> bool {
    seat.connection
        .is_closed(&Context::from_waker(std::task::Waker::noop()))
}

use std::task::Context;

#[test]
fn the_oldest_idle_connection_of_an_address_makes_way_for_its_next() {
    let (table, start) = (table(8, 2, 1), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let other = table.seat(from(2), at(0)).expect("a seat");
    let first = table.seat(from(1), at(1)).expect("a seat");
    let second = table.seat(from(1), at(2)).expect("a seat");
    let third = table.seat(from(1), at(3)).expect("a seat");
    assert!(!third.connection.reserved);
    assert!(is_closed(&first));
    assert!(!is_closed(&second) && !is_closed(&other));
}

#[test]
fn connections_at_work_stay_and_the_next_has_the_reserve() {
    let (table, now) = (table(8, 2, 1), Instant::now());
    let busy: Vec<Seat> = (0..2)
        .map(|_| table.seat(from(1), now).expect("a seat"))
        .collect();
    for seat in &busy {
        seat.connection.begin(false);
    }
    let health = table.seat(from(1), now).expect("a seat of the reserve");
    assert!(health.connection.reserved);
    assert!(busy.iter().all(|seat| !is_closed(seat)));
    // A reserved one that says nothing makes way for the next that may.
    let next = table.seat(from(1), now).expect("a seat of the reserve");
    assert!(is_closed(&health) && next.connection.reserved);
    next.connection.begin(false);
    assert!(table.seat(from(1), now).is_none());
    // Whose request is answered has time again.
    busy[0].connection.end(now);
    let seat = table.seat(from(1), now).expect("a seat");
    assert!(!seat.connection.reserved && is_closed(&busy[0]));
}

#[test]
fn the_address_with_most_connections_gives_first() {
    let (table, start) = (table(3, 2, 1), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let alone = table.seat(from(1), at(0)).expect("a seat");
    let pair = [1, 2].map(|second| table.seat(from(2), at(second)).expect("a seat"));
    let new = table.seat(from(3), at(3)).expect("a seat");
    assert!(!new.connection.reserved && !is_closed(&alone));
    assert!(is_closed(&pair[0]) && !is_closed(&pair[1]));
}

#[test]
fn dripping_bodies_make_way_under_pressure() {
    let (table, start) = (table(8, 1, 1), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let dripping = table.seat(from(1), at(0)).expect("a seat");
    dripping.connection.begin(true);
    dripping.connection.body_waits(at(0));
    assert!(dripping.connection.body_came(at(2), 1));
    let new = table.seat(from(1), at(3)).expect("a seat");
    assert!(!new.connection.reserved && is_closed(&dripping));
    // One that comes fast enough does not.
    new.connection.begin(true);
    new.connection.body_waits(at(3));
    assert!(new.connection.body_came(at(6), 1_000));
    assert!(
        table
            .seat(from(1), at(7))
            .expect("a seat")
            .connection
            .reserved
    );
}

#[test]
fn a_seat_that_is_given_up_is_free() {
    let (table, now) = (table(1, 1, 1), Instant::now());
    let seat = table.seat(from(1), now).expect("a seat");
    seat.connection.begin(false);
    drop(seat);
    assert!(
        !table
            .seat(from(1), now)
            .expect("a seat")
            .connection
            .reserved
    );
    assert!(table.lock().open.is_empty() && table.lock().per_peer.is_empty());
}

#[test]
fn half_a_head_and_an_idle_connection_end_in_time() {
    let (table, start) = (table(8, 8, 1), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let half = table.seat(from(1), at(0)).expect("a seat");
    let idle = table.seat(from(1), at(0)).expect("a seat");
    let stalled = table.seat(from(1), at(0)).expect("a seat");
    stalled.connection.begin(false);
    half.connection.heard(at(1));
    half.connection.heard(at(29));
    stalled
        .connection
        .stalls(at(1), &Context::from_waker(std::task::Waker::noop()));
    table.sweep(at(31), PATIENCE);
    assert!(!is_closed(&half));
    table.sweep(at(32), PATIENCE);
    assert!(is_closed(&half) && !is_closed(&idle));
    table.sweep(at(106), PATIENCE);
    assert!(is_closed(&idle) && !is_closed(&stalled));
    table.sweep(at(302), PATIENCE);
    assert!(is_closed(&stalled));
}

#[test]
fn an_answer_with_a_permit_must_be_taken_sooner_and_faster() {
    let (table, start) = (table(8, 8, 1), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let context = Context::from_waker(std::task::Waker::noop());
    let seats = [Holds::Permit, Holds::Permit, Holds::Memory].map(|holds| {
        let seat = table.seat(from(1), at(0)).expect("a seat");
        seat.connection.begin(false);
        seat.connection.sends(holds);
        seat.connection.stalls(at(0), &context);
        seat
    });
    let [dripping, fast, memory] = &seats;
    for second in 1..60 {
        dripping.connection.flows(at(second), 1);
        fast.connection.flows(at(second), 128 << 10);
        dripping.connection.stalls(at(second), &context);
        fast.connection.stalls(at(second), &context);
        table.sweep(at(second), PATIENCE);
        assert_eq!(is_closed(dripping), second > 30, "{second}");
    }
    table.sweep(at(89), PATIENCE);
    assert!(!is_closed(fast));
    table.sweep(at(90), PATIENCE);
    assert!(is_closed(fast) && !is_closed(memory));
}

#[test]
fn an_answer_left_unread_for_longest_makes_way_first() {
    let (table, start) = (table(8, 8, 1), Instant::now());
    let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
    let context = Context::from_waker(std::task::Waker::noop());
    let seats = [(1, 0), (2, 1), (2, 2)].map(|(host, tenths)| {
        let seat = table.seat(from(host), at(tenths)).expect("a seat");
        seat.connection.begin(false);
        seat.connection.sends(Holds::Memory);
        seat.connection.stalls(at(tenths), &context);
        seat
    });
    let small = table.seat(from(1), at(0)).expect("a seat");
    small.connection.stalls(at(0), &context);
    let closed = || [&seats[0], &seats[1], &seats[2], &small].map(is_closed);
    table.end_unread(None, at(10));
    assert_eq!(closed(), [false; 4], "they may still begin to read");
    table.end_unread(Some(Peer::of(from(2))), at(20));
    assert_eq!(closed(), [false, true, false, false]);
    seats[2].connection.flows(at(20), 1);
    table.end_unread(None, at(21));
    assert_eq!(closed(), [true, true, false, false]);
    table.end_unread(None, at(22));
    assert_eq!(
        closed(),
        [true, true, true, false],
        "one byte is no reading"
    );
    table.end_unread(None, at(300));
    assert!(!is_closed(&small), "it holds nothing of note");
}
