use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use tokio::net::TcpStream;

use crate::app::app;
use crate::connections::{KEEP_ALIVE, SeatedStream, Table, take_seat};
use crate::options::HttpOptions;
use crate::state::ServerState;

/// How long a client may take to close its side.
const DISCONNECT: Duration = Duration::from_secs(1);

/// A server whose connections have their places in the table.
pub(super) fn serve(
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
