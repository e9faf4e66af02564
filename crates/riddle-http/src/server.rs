use std::future::Future;
use std::io;
use std::net::TcpListener;

use actix_web::HttpServer;

use crate::app::app;
use crate::options::HttpOptions;
use crate::state::ServerState;

/// Keep-alive of an idle connection in seconds.
const KEEP_ALIVE_S: u64 = 75;

/// Serves until `shutdown` resolves, then lets requests in work end, and returns.
///
/// # Errors
/// The listener cannot be used.
pub async fn run(
    listener: TcpListener,
    mut state: ServerState,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    state.listen = Some(listener.local_addr()?.ip());
    let stopping = state.stopping.clone();
    let workers = options.workers.max(1);
    let per_worker = (options.max_connections / workers).max(1);
    let client_timeout = options.client_timeout;
    let shutdown_timeout = options.shutdown_timeout.as_secs().max(1);
    let server = HttpServer::new(move || app(state.clone(), options.clone()))
        .workers(workers)
        .max_connections(per_worker)
        .keep_alive(std::time::Duration::from_secs(KEEP_ALIVE_S))
        .client_request_timeout(client_timeout)
        // A client that has closed its side has gone: its work stops at once rather than at the next write.
        .h1_allow_half_closed(false)
        .tcp_nodelay(true)
        .shutdown_timeout(shutdown_timeout)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    tokio::pin!(server, shutdown);
    tokio::select! {
        served = &mut server => return served,
        () = &mut shutdown => {}
    }
    stopping.cancel();
    let ((), served) = tokio::join!(handle.stop(true), server);
    served
}
