use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qdrant_client::qdrant::CreateCollection;
use tonic::{Code, Request, Response, Status};

use crate::collection::Collection;
use crate::server::Fault;

/// The version that it says of itself unless a test wants another.
const VERSION: &str = "1.18.3";

/// What a server holds, and what a test has planned for it.
#[derive(Default)]
pub(crate) struct State {
    collections: Mutex<BTreeMap<String, Arc<Collection>>>,
    plan: Mutex<Plan>,
    calls: AtomicUsize,
}

#[derive(Default)]
struct Plan {
    fault: Option<Fault>,
    version: Option<String>,
    key: Option<String>,
}

impl State {
    /// Answers a call, unless a fault is planned.
    pub(crate) async fn answer<Q, A>(
        &self,
        request: Request<Q>,
        handler: fn(&Self, Q) -> Result<A, Status>,
    ) -> Result<Response<A>, Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.is_silent() {
            pending::<()>().await;
        }
        self.refuse()?;
        if let Some(key) = &self.lock_plan().key {
            let given = request.metadata().get("api-key");
            if given.is_none_or(|given| given.as_bytes() != key.as_bytes()) {
                return Err(Status::unauthenticated("Must provide an API key"));
            }
        }
        // The engine computes and reads files.
        tokio::task::block_in_place(|| handler(self, request.into_inner())).map(Response::new)
    }

    pub(crate) fn plan(&self, fault: Option<Fault>) {
        self.lock_plan().fault = fault;
    }

    pub(crate) fn set_version(&self, version: &str) {
        self.lock_plan().version = Some(version.to_owned());
    }

    pub(crate) fn version(&self) -> String {
        let version = self.lock_plan().version.clone();
        version.unwrap_or_else(|| VERSION.to_owned())
    }

    pub(crate) fn require_key(&self, key: &str) {
        self.lock_plan().key = Some(key.to_owned());
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    pub(crate) fn created(&self, name: &str) -> Option<CreateCollection> {
        Some(self.collection(name).ok()?.created.clone())
    }

    pub(crate) fn indexed_fields(&self, name: &str) -> Vec<String> {
        let collection = self.collection(name);
        collection.map_or_else(|_missing| Vec::new(), |one| one.fields())
    }

    pub(crate) fn add(&self, created: CreateCollection) -> Result<(), Status> {
        let name = created.collection_name.clone();
        if self.lock().contains_key(&name) {
            let said = format!("Wrong input: Collection `{name}` already exists!");
            return Err(Status::already_exists(said));
        }
        let collection = Arc::new(Collection::new(created)?);
        self.lock().insert(name, collection);
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    pub(crate) fn collection(&self, name: &str) -> Result<Arc<Collection>, Status> {
        let found = self.lock().get(name).cloned();
        found.ok_or_else(|| {
            Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
        })
    }

    fn is_silent(&self) -> bool {
        self.lock_plan().fault == Some(Fault::Silent)
    }

    fn refuse(&self) -> Result<(), Status> {
        let mut plan = self.lock_plan();
        let Some(Fault::Refuse(code, left)) = plan.fault else {
            return Ok(());
        };
        plan.fault = left.checked_sub(1).map(|left| Fault::Refuse(code, left));
        match left {
            0 => Ok(()),
            _ => Err(Status::new(code, planned(code))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Collection>>> {
        let collections = self.collections.lock();
        collections.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn planned(code: Code) -> String {
    format!("a planned fault: {}", code.description())
}
