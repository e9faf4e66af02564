//! Starts and stops a server in this process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use riddle_engine::Engine;
use riddle_http::{HttpOptions, ServerState};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::data_folder::Ownership;
use crate::telemetry;
use crate::wiring::{self, KillAt};

/// Largest JSON body; a document sent as JSON must fit.
const MAX_JSON_BYTES: usize = 32 << 20;

/// A server in this process.
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    engine: Engine,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    _ownership: Ownership,
}

/// Starts the server that the configuration asks for.
pub(crate) async fn start_public(
    config: &Config,
    ownership: Ownership,
    kill_at: Option<KillAt>,
) -> anyhow::Result<RunningServer> {
    let listener = TcpListener::bind(config.listen).with_context(|| {
        format!(
            "cannot listen on {}; choose another address with --listen",
            config.listen
        )
    })?;
    let key_hash = config
        .api_key
        .as_ref()
        .map(|key| Sha256::digest(key.0.as_bytes()).into());
    start(config, ownership, listener, key_hash, kill_at).await
}

/// Starts a server for one command, on a free port of the loopback address.
pub(crate) async fn start_private(
    config: &Config,
    ownership: Ownership,
) -> anyhow::Result<RunningServer> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("cannot listen on the loopback address")?;
    start(config, ownership, listener, None, None).await
}

async fn start(
    config: &Config,
    ownership: Ownership,
    listener: TcpListener,
    api_key_hash: Option<[u8; 32]>,
    kill_at: Option<KillAt>,
) -> anyhow::Result<RunningServer> {
    let engine = wiring::engine(config, kill_at).await?;
    let address = listener.local_addr()?;
    let options = HttpOptions {
        api_key_hash,
        allowed_hosts: config.allowed_hosts.clone(),
        max_upload_bytes: config.limits.max_upload_mib << 20,
        max_json_bytes: MAX_JSON_BYTES,
        max_upload_parts: 1_000,
        max_connections: 1_024,
        workers: 2,
        client_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(5),
        continue_trace: Some(telemetry::continue_trace),
    };
    let (shutdown, stopped) = oneshot::channel::<()>();
    let state = ServerState::new(engine.clone());
    let task = tokio::spawn(riddle_http::run(listener, state, options, async {
        // A dropped sender means the same as a message: stop.
        let _ = stopped.await;
    }));
    ownership.announce(address)?;
    Ok(RunningServer {
        address,
        engine,
        shutdown,
        task,
        _ownership: ownership,
    })
}

impl RunningServer {
    /// Stops taking requests, lets those in work end, then stops the background work.
    pub(crate) async fn stop(self) {
        // The receiver is gone only if the server has ended by itself.
        let _ = self.shutdown.send(());
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server ended with an error"),
            Err(error) => tracing::error!(%error, "the server panicked"),
        }
        self.engine.stop().await;
    }
}
