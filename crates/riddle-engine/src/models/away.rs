//! Embedders that give nothing, as those whose servers do not answer: learned from every load and call of theirs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riddle_core::{Clock, ModelError, Timestamp};
use tokio::sync::Notify;

/// An embedder that gives nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AwayEmbedder {
    /// The name that it has here.
    pub(crate) name: String,
    /// When it was first asked in vain.
    pub(crate) since: Timestamp,
    /// What its server did last, or did not. It names no address.
    pub(crate) problem: String,
}

/// All of them; copies share what they know.
#[derive(Clone)]
pub(crate) struct AwayEmbedders(Arc<Known>);

struct Known {
    clock: Arc<dyn Clock>,
    by_name: Mutex<BTreeMap<String, AwayEmbedder>>,
    /// Something waits for one of them.
    waited_for: Notify,
}

impl AwayEmbedders {
    /// None is known to be away.
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self(Arc::new(Known {
            clock: Arc::clone(clock),
            by_name: Mutex::default(),
            waited_for: Notify::new(),
        }))
    }

    /// Learns from how a load or a call of an embedder has failed, if it has. One that is away stays so until it gives
    /// vectors, or is no longer here: of a failure the text may be the cause.
    pub(super) fn learn(&self, name: &str, failure: Option<&ModelError>) {
        let message = match failure {
            Some(ModelError::Away { message, .. }) => message,
            Some(ModelError::Failed { .. }) => return,
            None | Some(ModelError::Unavailable { .. } | ModelError::BadFile { .. }) => {
                if self.lock().remove(name).is_some() {
                    tracing::info!(model = name, "an embedder gives vectors again, or is gone");
                }
                return;
            }
        };
        let now = self.0.clock.now();
        let mut by_name = self.lock();
        match by_name.get_mut(name) {
            Some(known) => known.problem.clone_from(message),
            None => {
                let away = AwayEmbedder {
                    name: name.to_owned(),
                    since: now,
                    problem: message.clone(),
                };
                by_name.insert(name.to_owned(), away);
                drop(by_name);
                self.wait();
            }
        }
    }

    /// How a call has failed of an embedder that gives a vector for no text at all: it is away, whatever it says.
    pub(crate) fn gives_nothing(&self, name: &str, failure: ModelError) -> ModelError {
        let failure = match failure {
            ModelError::Failed { model, message } => ModelError::Away { model, message },
            other => other,
        };
        self.learn(name, Some(&failure));
        failure
    }

    /// Those that are away now.
    pub(crate) fn all(&self) -> Vec<AwayEmbedder> {
        self.lock().values().cloned().collect()
    }

    /// Whether the embedder of this name is away.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    /// What a call of the embedder of this name would say, if that is known without one.
    pub(crate) fn error_of(&self, name: &str) -> Option<ModelError> {
        let by_name = self.lock();
        by_name.get(name).map(|away| ModelError::Away {
            model: away.name.clone(),
            message: away.problem.clone(),
        })
    }

    /// For how many milliseconds the embedder of this name has been away; 0 if it is not, or the clock was set back.
    pub(crate) fn away_ms(&self, name: &str) -> i64 {
        let since = self.lock().get(name).map(|away| away.since);
        let now = self.0.clock.now();
        since.map_or(0, |since| now.0.saturating_sub(since.0).max(0))
    }

    /// Tells whoever looks after them that something waits for one.
    pub(crate) fn wait(&self) {
        self.0.waited_for.notify_one();
    }

    /// Waits until [`Self::wait`] was called since the last time. For whoever looks after them alone.
    pub(crate) async fn waited_for(&self) {
        self.0.waited_for.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, AwayEmbedder>> {
        // No code that can panic runs under the lock.
        self.0
            .by_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use riddle_testkit::FakeClock;

    use super::*;

    fn absent() -> ModelError {
        ModelError::Unavailable {
            model: "far".to_owned(),
            remedy: "fetch it".to_owned(),
        }
    }

    fn failure(is_away: bool) -> ModelError {
        let (model, message) = ("far".to_owned(), "its server is busy".to_owned());
        match is_away {
            true => ModelError::Away { model, message },
            false => ModelError::Failed { model, message },
        }
    }

    #[test]
    fn an_embedder_is_away_from_its_first_silence_until_it_gives_vectors_or_is_gone() {
        for answer in [None, Some(absent())] {
            let fake = Arc::new(FakeClock::at(Timestamp(1_000)));
            let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(&fake);
            let embedders = AwayEmbedders::new(&clock);
            embedders.learn("far", None);
            assert_eq!(embedders.all(), []);
            for _ in 0..2 {
                embedders.learn("far", Some(&failure(true)));
                fake.advance(500);
            }
            let away = AwayEmbedder {
                name: "far".to_owned(),
                since: Timestamp(1_000),
                problem: "its server is busy".to_owned(),
            };
            assert_eq!(embedders.all(), [away]);
            assert_eq!((embedders.has("far"), embedders.has("near")), (true, false));
            embedders.learn("far", Some(&failure(false)));
            assert_eq!(embedders.away_ms("far"), 1_000);
            embedders.learn("far", answer.as_ref());
            assert_eq!((embedders.has("far"), embedders.away_ms("far")), (false, 0));
        }
    }
}
