//! Who may hold a connection, and for how long.
//!
//! The framework's own bound stops accepting when it is reached, so that a thousand idle connections silence a server.
//! Here everybody is accepted and then seated: by address, with the oldest connection that only waits for its client
//! making way for a new one. Where none can, the new one gets a seat of the reserve, which is for health checks.

mod bounds;
mod connection;
mod peer;
mod rate;
mod seating;
mod stream;
mod table;

pub use bounds::{BodyRateBounds, ConnectionBounds};
pub(crate) use connection::{Connection, Holds, peer_of};
pub(crate) use peer::Peer;
pub(crate) use seating::{KEEP_ALIVE, sweep, take_seat};
pub(crate) use stream::SeatedStream;
pub(crate) use table::Table;
