use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use riddle_core::{ModelError, error_chain};

use crate::blocking::run_blocking;

/// Models by name. Each is loaded once, in a task of its own, so that loading goes on for later requests when the first
/// one has gone. A model that could not be loaded is tried again when it is wanted again.
pub(super) struct Slots<T>(Mutex<HashMap<String, Loading<T>>>);

type Loading<T> = Shared<BoxFuture<'static, Result<T, ModelError>>>;

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + Send + Sync + 'static> Slots<T> {
    /// The model of this name. Calls `load` if loading has not begun. `load` may block.
    pub(super) async fn get(
        &self,
        name: &str,
        load: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        let loading = self.begun(name, load);
        loading.await
    }

    /// The models that are loaded now.
    pub(super) fn loaded(&self) -> Vec<T> {
        let slots = self.lock();
        let loaded = slots.values().filter_map(Shared::peek);
        loaded.flatten().cloned().collect()
    }

    fn begun(
        &self,
        name: &str,
        load: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
    ) -> Loading<T> {
        let mut slots = self.lock();
        match slots.get(name) {
            Some(begun) if !matches!(begun.peek(), Some(Err(_))) => begun.clone(),
            _ => {
                // Names of models that could not be loaded must not stay, because clients can send any number of them.
                slots.retain(|_, loading| !matches!(loading.peek(), Some(Err(_))));
                let begun = begin(name, load);
                slots.insert(name.to_owned(), begun.clone());
                begun
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Loading<T>>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begin<T: Clone + Send + Sync + 'static>(
    name: &str,
    load: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
) -> Loading<T> {
    let loading = run_blocking("loading a model", load);
    let model = name.to_owned();
    let loaded = async move {
        loading.await.unwrap_or_else(|error| {
            tracing::error!(
                model,
                error = error_chain(&error),
                "loading a model broke off"
            );
            Err(ModelError::Failed {
                model,
                message: "loading it broke off; the server's log says why".to_owned(),
            })
        })
    };
    let loading = loaded.boxed().shared();
    // A task drives the loading to its end, even if everybody who waited has gone.
    tokio::spawn(loading.clone());
    loading
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_model_whose_first_caller_has_gone_is_loaded_once_and_there_for_the_next() {
        let slots = Slots::<usize>::default();
        let loads = Arc::new(AtomicUsize::new(0));
        let (go, may_go) = mpsc::channel::<()>();
        let load = {
            let loads = Arc::clone(&loads);
            move || {
                // A test that has failed lets it pass.
                let _ = may_go.recv();
                Ok(loads.fetch_add(1, Ordering::SeqCst))
            }
        };
        let first = tokio::time::timeout(Duration::from_millis(20), slots.get("a", load)).await;
        assert!(first.is_err(), "it is still being loaded");
        assert!(slots.loaded().is_empty());
        let again = {
            let loads = Arc::clone(&loads);
            move || Ok(loads.fetch_add(1, Ordering::SeqCst))
        };
        go.send(()).expect("it waits");
        assert_eq!(slots.get("a", again).await, Ok(0));
        assert_eq!(slots.loaded(), [0]);
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn names_of_models_that_could_not_be_loaded_are_not_kept() {
        let slots = Slots::<u32>::default();
        assert_eq!(slots.get("there", || Ok(1)).await, Ok(1));
        for name in 0..100 {
            let failure = ModelError::Failed {
                model: "none".to_owned(),
                message: "there is none".to_owned(),
            };
            let failed = slots.get(&name.to_string(), move || Err(failure)).await;
            assert!(failed.is_err());
        }
        assert_eq!(slots.loaded(), [1]);
        assert!(slots.lock().len() <= 2, "{} names", slots.lock().len());
    }

    #[tokio::test]
    async fn what_could_not_be_loaded_is_tried_again() {
        let slots = Slots::<u32>::default();
        let failure = |message: &str| ModelError::Failed {
            model: "a".to_owned(),
            message: message.to_owned(),
        };
        let broken = failure("it is broken");
        let given = broken.clone();
        assert_eq!(slots.get("a", move || Err(given)).await, Err(broken));
        let panicked = slots.get("a", || panic!("as told")).await;
        let broke_off = failure("loading it broke off; the server's log says why");
        assert_eq!(panicked, Err(broke_off));
        assert_eq!(slots.get("a", || Ok(7)).await, Ok(7));
        assert_eq!(slots.get("a", || Ok(8)).await, Ok(7));
    }
}
