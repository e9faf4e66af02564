use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use tokio::net::TcpStream;

use super::connection::Patience;
use super::stream::SeatedStream;
use super::table::Table;
use crate::app::app;
use crate::options::HttpOptions;
use crate::state::ServerState;

/// How long a connection may wait for its next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to close its side.
const DISCONNECT: Duration = Duration::from_secs(1);
/// How often connections that keep the server waiting are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// A server whose connections have their places in the table.
pub(crate) fn serve(
    listener: TcpListener,
    state: ServerState,
    options: HttpOptions,
    table: &Arc<Table>,
) -> io::Result<Server> {
    let (table, bounds) = (Arc::clone(table), options.connections);
    let builder = Server::build()
        .workers(options.workers.max(1))
        // The table bounds the connections; this bound would stop accepting.
        .max_concurrent_connections(
            bounds
                .total
                .saturating_add(bounds.reserve)
                .saturating_mul(2),
        )
        .shutdown_timeout(options.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder.listen("riddle", listener, move || {
        let (stopping, table) = (stopping.clone(), Arc::clone(&table));
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(options.client_timeout)
            .client_disconnect_timeout(DISCONNECT)
            // A client that has closed its side has gone: its work stops at once rather than at the next write.
            .h1_allow_half_closed(false)
            .on_connect_ext(|stream: &SeatedStream, data| {
                data.insert(stream.connection());
            })
            .h1(map_config(app(state.clone(), options.clone()), |_| {
                AppConfig::default()
            }));
        fn_service(move |socket: TcpStream| ready(take_seat(socket, &table)))
            .map_err(actix_http::error::DispatchError::Io)
            .and_then(http)
    })?;
    Ok(server.run())
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

type Seated = (SeatedStream, Option<std::net::SocketAddr>);

fn take_seat(socket: TcpStream, table: &Arc<Table>) -> io::Result<Seated> {
    let address = socket.peer_addr().ok();
    let seat = table
        .seat(address, Instant::now())
        .ok_or(io::ErrorKind::ConnectionRefused)?;
    // Small answers go out at once. A socket that refuses is slower, not wrong.
    let _ = socket.set_nodelay(true);
    Ok((SeatedStream::new(socket, seat), address))
}
