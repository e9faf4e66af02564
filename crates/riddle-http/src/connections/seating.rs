use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::connection::Patience;
use super::stream::SeatedStream;
use super::table::Table;

/// How long a connection may wait for its next request.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How often connections that keep the server waiting are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

pub(crate) type Seated = (SeatedStream, Option<SocketAddr>);

/// Gives a connection its place in the table.
///
/// # Errors
/// There is no place.
pub(crate) fn take_seat(socket: TcpStream, table: &Arc<Table>) -> io::Result<Seated> {
    let address = socket.peer_addr().ok();
    let seat = table
        .seat(address, Instant::now())
        .ok_or(io::ErrorKind::ConnectionRefused)?;
    // Small answers go out at once. A socket that refuses is slower, not wrong.
    let _ = socket.set_nodelay(true);
    Ok((SeatedStream::new(socket, seat), address))
}

/// Ends connections that keep the server waiting for too long, for as long as it is polled.
pub(crate) async fn sweep(table: &Table, head: Duration) -> Infallible {
    let patience = Patience {
        idle: KEEP_ALIVE,
        head,
    };
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        table.sweep(Instant::now(), patience);
    }
}
