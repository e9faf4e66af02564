mod listen;

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use crate::answers::Answers;
use crate::connections::{Table, sweep};
use crate::options::HttpOptions;
use crate::state::ServerState;

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
    let client_timeout = options.client_timeout;
    let table = Arc::new(Table::new(options.connections, options.body_rate));
    let answers = Answers::new(
        options.max_answers_bytes,
        options.answers_wait,
        Arc::clone(&table),
    );
    state.answers = Some(Arc::new(answers));
    let server = listen::serve(listener, state, options, &table)?;
    let handle = server.handle();
    tokio::pin!(server, shutdown);
    tokio::select! {
        served = &mut server => return served,
        () = &mut shutdown => {}
        never = sweep(&table, client_timeout) => match never {},
    }
    stopping.cancel();
    let ((), served) = tokio::join!(handle.stop(true), server);
    served
}
