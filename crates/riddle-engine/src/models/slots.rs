use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, Shared};
use riddle_core::{Clock, ModelError};

use super::load_failure::broke_off;
use super::loading;
use crate::blocking::run_blocking;

/// How long a load that broke off is not begun again, so that a full queue of documents does not repeat it for each. It
/// is less than a document waits for its next attempt.
const BROKE_OFF_COUNTS: Duration = Duration::from_millis(500);
/// How long a model whose server was away is not asked for again, so that each search does not wait for it anew.
const AWAY_COUNTS: Duration = Duration::from_secs(10);

/// Models by name. Each is loaded once, in a task of its own, so that loading goes on for later requests when the first
/// one has gone. A model that could not be loaded is tried again when it is wanted again.
pub(super) struct Slots<T> {
    slots: Mutex<HashMap<String, Loading<T>>>,
    clock: Arc<dyn Clock>,
}

type Loading<T> = Shared<BoxFuture<'static, Result<T, NotLoaded>>>;

#[derive(Clone)]
struct NotLoaded {
    error: ModelError,
    at: Instant,
}

impl<T: Clone + Send + Sync + 'static> Slots<T> {
    /// None is loaded yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            slots: Mutex::default(),
            clock,
        }
    }

    /// The model of this name. Calls `load` if loading has not begun. `load` may block.
    pub(super) async fn get(
        &self,
        name: &str,
        load: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        let loading = self.begun(name, load);
        loading.await.map_err(|failed| failed.error)
    }

    /// Lets go of a loaded model that is of no use any more, so that it is loaded again when it is wanted.
    pub(super) fn forget_if(&self, name: &str, is_lost: impl FnOnce(&T) -> bool) {
        let mut slots = self.lock();
        let loaded = slots.get(name).and_then(Shared::peek);
        let lost = loaded.is_some_and(|loaded| loaded.as_ref().is_ok_and(is_lost));
        let lost = lost.then(|| slots.remove(name));
        drop(slots);
        // Joins the model's thread, which must not be waited for under the lock.
        drop(lost);
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
            Some(begun) if self.holds(begun) => begun.clone(),
            _ => {
                // Names of models that could not be loaded must not stay, because clients can send any number of them.
                slots.retain(|_, loading| self.holds(loading));
                let begun = begin(name, load, Arc::clone(&self.clock));
                slots.insert(name.to_owned(), begun.clone());
                begun
            }
        }
    }

    /// Whether this is the answer to whoever asks for the model now.
    fn holds(&self, loading: &Loading<T>) -> bool {
        match loading.peek() {
            Some(Err(failed)) => {
                let age = self.clock.instant().duration_since(failed.at);
                match failed.error {
                    ModelError::Failed { .. } => age < BROKE_OFF_COUNTS,
                    ModelError::Away { .. } => age < AWAY_COUNTS,
                    ModelError::Unavailable { .. } | ModelError::BadFile { .. } => false,
                }
            }
            _ => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Loading<T>>> {
        // No code that can panic runs under the lock.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begin<T: Clone + Send + Sync + 'static>(
    name: &str,
    load: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
    clock: Arc<dyn Clock>,
) -> Loading<T> {
    let loading = run_blocking("loading a model", load);
    let model = name.to_owned();
    loading::begin(async move {
        let loaded = loading.await;
        let loaded = loaded.unwrap_or_else(|error| Err(broke_off(model, &error)));
        let at = clock.instant();
        loaded.map_err(|error| NotLoaded { error, at })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use riddle_core::Timestamp;
    use riddle_testkit::FakeClock;

    use super::*;
    use crate::origin;
    use crate::testing::log::Log;

    fn slots<T: Clone + Send + Sync + 'static>() -> (Slots<T>, Arc<FakeClock>) {
        let clock = Arc::new(FakeClock::at(Timestamp(0)));
        (Slots::new(Arc::<FakeClock>::clone(&clock)), clock)
    }

    fn failure(message: &str) -> ModelError {
        ModelError::Failed {
            model: "a".to_owned(),
            message: message.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_model_whose_first_caller_has_gone_is_loaded_once_and_there_for_the_next() {
        let (slots, _clock) = slots::<usize>();
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
    async fn a_load_that_breaks_off_names_the_request_in_the_log_even_if_its_caller_has_gone() {
        let (log, _recording) = Log::of_this_thread();
        let (slots, _clock) = slots::<usize>();
        let (go, may_go) = mpsc::channel::<()>();
        let load = move || -> Result<usize, ModelError> {
            // A test that has failed lets it pass.
            let _ = may_go.recv();
            panic!("as told")
        };
        let asking = origin::on_behalf_of("the-first", slots.get("a", load));
        let first = tokio::time::timeout(Duration::ZERO, asking).await;
        assert!(first.is_err(), "it is still being loaded");
        go.send(()).expect("it waits");
        let second = slots.get("a", || Ok(0));
        let second = origin::on_behalf_of("the-second", second).await;
        assert!(second.is_err());
        let spans = log.spans_of("loading a model broke off");
        assert_eq!(spans, ["\"the-first\" "]);
    }

    #[tokio::test]
    async fn names_of_models_that_could_not_be_loaded_are_not_kept() {
        let (slots, _clock) = slots::<u32>();
        assert_eq!(slots.get("there", || Ok(1)).await, Ok(1));
        for name in 0..100 {
            let absent = ModelError::Unavailable {
                model: "none".to_owned(),
                remedy: "there is none".to_owned(),
            };
            let failed = slots.get(&name.to_string(), move || Err(absent)).await;
            assert!(failed.is_err());
        }
        assert_eq!(slots.loaded(), [1]);
        assert!(slots.lock().len() <= 2, "{} names", slots.lock().len());
    }

    #[tokio::test]
    async fn what_could_not_be_loaded_is_tried_again() {
        let (slots, clock) = slots::<u32>();
        let absent = ModelError::Unavailable {
            model: "a".to_owned(),
            remedy: "pull it first".to_owned(),
        };
        let given = absent.clone();
        assert_eq!(slots.get("a", move || Err(given)).await, Err(absent));
        let panicked = slots.get("a", || panic!("as told")).await;
        let broke_off = failure("loading it broke off; the server's log says why");
        assert_eq!(panicked, Err(broke_off.clone()));
        assert_eq!(slots.get("a", || Ok(6)).await, Err(broke_off));
        clock.advance(500);
        assert_eq!(slots.get("a", || Ok(7)).await, Ok(7));
        assert_eq!(slots.get("a", || Ok(8)).await, Ok(7));
    }

    #[tokio::test]
    async fn a_load_that_broke_off_is_not_begun_again_for_each_who_asks() {
        let (slots, clock) = slots::<usize>();
        let loads = Arc::new(AtomicUsize::new(0));
        for (passed, begun) in [(0, 1), (0, 1), (499, 1), (1, 2), (0, 2)] {
            clock.advance(passed);
            let counted = Arc::clone(&loads);
            let load = move || {
                counted.fetch_add(1, Ordering::SeqCst);
                Err(failure("no room"))
            };
            assert_eq!(slots.get("a", load).await, Err(failure("no room")));
            assert_eq!(loads.load(Ordering::SeqCst), begun);
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_left_alone_for_a_while() {
        let (slots, clock) = slots::<u32>();
        let away = ModelError::Away {
            model: "a".to_owned(),
            message: "it cannot be reached".to_owned(),
        };
        let given = away.clone();
        assert_eq!(slots.get("a", move || Err(given)).await, Err(away.clone()));
        clock.advance(9_999);
        assert_eq!(slots.get("a", || Ok(7)).await, Err(away));
        clock.advance(1);
        assert_eq!(slots.get("a", || Ok(7)).await, Ok(7));
    }

    #[tokio::test]
    async fn what_is_lost_is_loaded_again() {
        let (slots, _clock) = slots::<u32>();
        slots.forget_if("a", |_| true);
        assert_eq!(slots.get("a", || Ok(7)).await, Ok(7));
        slots.forget_if("a", |number| *number != 7);
        assert_eq!(slots.get("a", || Ok(8)).await, Ok(7));
        slots.forget_if("a", |number| *number == 7);
        assert_eq!(slots.get("a", || Ok(8)).await, Ok(8));
    }
}
