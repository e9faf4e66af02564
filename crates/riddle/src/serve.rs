//! Starts and stops a server in this process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use riddle_engine::Engine;
use riddle_http::{
    BodyRateBounds, ConnectionBounds, HttpOptions, JsonBodyTime, MAX_JSON_BYTES, MAX_UPLOAD_PARTS,
    ServerState,
};
use riddle_store::SqlStore;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::backup::{DataFolder, Following, refuse_unfinished};
use crate::clock::SystemClock;
use crate::config::{Config, Secret};
use crate::data_folder::Ownership;
use crate::wiring::{self, KillAt};
use crate::{api_key, open_files, telemetry};

/// Connections that the system holds until they are taken. With the default of the standard library, 128, a crowd makes
/// newcomers wait for a second, until their system asks again.
const BACKLOG: i32 = 1_024;

/// How fast bodies must come: slower than the slowest modem is no client, and an hour is enough for the largest file.
const BODY_RATE: BodyRateBounds = BodyRateBounds {
    least_bytes_per_s: 1_024,
    grace: Duration::from_secs(10),
    whole: Duration::from_secs(3_600),
};

/// How long a whole JSON body may take. It takes from others the memory that it holds, so it has far less than an hour:
/// 38 seconds for a question, and 158 for texts.
const JSON_TIME: JsonBodyTime = JsonBodyTime {
    least: Duration::from_secs(30),
    bytes_per_s: 256 << 10,
};

/// How long the end waits for what still uses the database.
const CLOSING: Duration = Duration::from_secs(5);
/// What large answers may hold together until their clients have taken them.
const MAX_ANSWERS_BYTES: usize = 256 << 20;
/// How long a large answer waits until others make way for it.
const ANSWERS_WAIT: Duration = Duration::from_secs(2);

/// A server in this process.
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    engine: Engine,
    store: SqlStore,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    ownership: Ownership,
    backups: Option<Following>,
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
    rustix::net::listen(&listener, BACKLOG).context("cannot listen")?;
    let options = http_options(config, config.api_key.as_ref());
    let mut server = start(config, ownership, listener, options, kill_at).await?;
    server.ownership.announce(server.address, None)?;
    let schedule = config.backup.clone();
    server.backups = schedule.map(|schedule| {
        let data = DataFolder {
            dir: config.data_dir.clone(),
            reserve: config.disk_reserve,
            clock: Arc::new(SystemClock),
        };
        schedule.follow(data, server.engine.clone())
    });
    Ok(server)
}

/// Starts a server for one command, on a free port of the loopback address, with a key that only processes of this user
/// can read.
pub(crate) async fn start_private(
    config: &Config,
    ownership: Ownership,
) -> anyhow::Result<(RunningServer, Secret)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("cannot listen on the loopback address")?;
    let key = api_key::random()?;
    let options = http_options(config, Some(&key));
    let server = start(config, ownership, listener, options, None).await?;
    server.ownership.announce(server.address, Some(&key))?;
    Ok((server, key))
}

async fn start(
    config: &Config,
    ownership: Ownership,
    listener: TcpListener,
    options: HttpOptions,
    kill_at: Option<KillAt>,
) -> anyhow::Result<RunningServer> {
    refuse_unfinished(&config.data_dir)?;
    let (engine, store) = wiring::engine(config, kill_at).await?;
    let address = listener.local_addr()?;
    let (shutdown, stopped) = oneshot::channel::<()>();
    let state = ServerState::new(engine.clone());
    let task = tokio::spawn(riddle_http::run(listener, state, options, async {
        // A dropped sender means the same as a message: stop.
        let _ = stopped.await;
    }));
    Ok(RunningServer {
        address,
        engine,
        store,
        shutdown,
        task,
        ownership,
        backups: None,
    })
}

fn http_options(config: &Config, key: Option<&Secret>) -> HttpOptions {
    let open_files = open_files::raise_limit();
    let connections = open_files::connections(open_files, config.limits.max_connections);
    let connections = ConnectionBounds::of(connections, config.limits.max_connections_per_address);
    tracing::info!(
        open_files,
        connections = connections.total,
        per_address = connections.per_address,
        per_loopback = connections.per_loopback,
        "connections fit the limit on open files"
    );
    HttpOptions {
        api_key_hash: key.map(|key| Sha256::digest(key.0.as_bytes()).into()),
        allowed_hosts: config.allowed_hosts.clone(),
        max_upload_bytes: config.limits.max_upload_mib << 20,
        max_json_bytes: MAX_JSON_BYTES,
        max_upload_parts: MAX_UPLOAD_PARTS,
        max_answers_bytes: MAX_ANSWERS_BYTES,
        answers_wait: ANSWERS_WAIT,
        connections,
        body_rate: BODY_RATE,
        json_time: JSON_TIME,
        workers: 2,
        client_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(5),
        continue_trace: Some(telemetry::continue_trace),
        model_aliases: config.models.aliases.clone(),
    }
}

impl RunningServer {
    /// Stops taking requests, lets those in work end, stops the background work, then closes the database, whose file
    /// is whole by itself afterwards.
    pub(crate) async fn stop(self) {
        if let Some(backups) = self.backups {
            backups.stop().await;
        }
        // The receiver is gone only if the server has ended by itself.
        let _ = self.shutdown.send(());
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server ended with an error"),
            Err(error) => tracing::error!(%error, "the server panicked"),
        }
        self.engine.stop().await;
        // What has not come back by then loses nothing: everything is durable in the log beside the file.
        if tokio::time::timeout(CLOSING, self.store.close())
            .await
            .is_err()
        {
            tracing::warn!("the database is in use still, and is left as it is");
        }
    }
}
