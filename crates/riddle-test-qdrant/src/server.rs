use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use qdrant_client::qdrant::CreateCollection;
use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::QdrantServer;
use tokio::runtime::{Builder, Runtime};
use tonic::Code;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::state::State;

/// Threads that answer calls.
const THREADS: usize = 2;
/// How often it is tried to listen where the last server has just stopped, and the pause between.
const LISTENING_TRIES: u32 = 500;
const LISTENING_PAUSE: Duration = Duration::from_millis(10);

/// A server in this process. Its collections outlive a stop.
pub struct TestQdrant {
    address: SocketAddr,
    state: Arc<State>,
    running: Mutex<Option<Runtime>>,
}

/// What becomes of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// This many calls are refused with the code.
    Refuse(Code, usize),
    /// Calls are never answered.
    Silent,
}

impl TestQdrant {
    /// Listens at a port of its own.
    pub fn start() -> Self {
        let server = Self::stopped();
        server.resume();
        server
    }

    /// Has an address, and does not listen there yet.
    pub fn stopped() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        Self {
            address: listener.local_addr().expect("an address"),
            state: Arc::default(),
            running: Mutex::default(),
        }
    }

    /// Where it is called.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends all connections and listens no more.
    pub fn stop(&self) {
        let running = self.running().take();
        if let Some(runtime) = running {
            runtime.shutdown_background();
        }
    }

    /// Listens again, with the collections that it had.
    pub fn resume(&self) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = self.listen();
        let state = Arc::clone(&self.state);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            Server::builder()
                .add_service(QdrantServer::from_arc(Arc::clone(&state)))
                .add_service(CollectionsServer::from_arc(Arc::clone(&state)))
                .add_service(PointsServer::from_arc(state))
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
        });
        *self.running() = Some(runtime);
    }

    /// What becomes of calls from now on; `None` answers them.
    pub fn plan(&self, fault: Option<Fault>) {
        self.state.plan(fault);
    }

    /// The version that it says of itself.
    pub fn set_version(&self, version: &str) {
        self.state.set_version(version);
    }

    /// Refuses calls without this key.
    pub fn require_key(&self, key: &str) {
        self.state.require_key(key);
    }

    /// The names of all collections.
    pub fn collections(&self) -> Vec<String> {
        self.state.names()
    }

    /// How a collection was asked for.
    pub fn created(&self, name: &str) -> Option<CreateCollection> {
        self.state.created(name)
    }

    /// The fields of a collection that have an index.
    pub fn indexed_fields(&self, name: &str) -> Vec<String> {
        self.state.indexed_fields(name)
    }

    /// Removes a collection behind everybody's back.
    pub fn lose(&self, name: &str) {
        assert!(self.state.remove(name), "no collection {name}");
    }

    /// Calls answered or refused since the start.
    pub fn calls(&self) -> usize {
        self.state.calls()
    }

    fn listen(&self) -> TcpListener {
        let mut tried = 0;
        loop {
            tried += 1;
            match TcpListener::bind(self.address) {
                Ok(listener) => {
                    listener.set_nonblocking(true).expect("a listener");
                    return listener;
                }
                Err(error) => assert!(tried < LISTENING_TRIES, "{error}"),
            }
            std::thread::sleep(LISTENING_PAUSE);
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Runtime>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TestQdrant {
    fn drop(&mut self) {
        self.stop();
    }
}
