use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riddle_core::{AddRequest, FoundModel, LibraryEntry, LibraryError};
use tokio::sync::Semaphore;

use super::{Download, Library};
use crate::disk::WriteKind;
use crate::error::EngineError;

/// Characters of an id or an address.
const LONGEST_WHAT: usize = 500;
/// Characters of a name or a revision.
const LONGEST_NAME: usize = 200;
/// Characters of what is put before a text.
const LONGEST_PREFIX: usize = 1_000;
/// Most repositories that are looked into at the same time.
const MOST_LOOKS: usize = 4;
/// When to try again if so many are, in seconds.
const LOOKING_FOR_S: u32 = 5;

/// What was asked for, and what it is.
type Wanted = (AddRequest, LibraryEntry);

/// Models on their way that the catalogue does not have yet, by the names that they will have.
#[derive(Clone)]
pub(super) struct Adding {
    wanted: Arc<Mutex<BTreeMap<String, Wanted>>>,
    looking: Arc<Semaphore>,
}

impl Default for Adding {
    fn default() -> Self {
        Self {
            wanted: Arc::default(),
            looking: Arc::new(Semaphore::new(MOST_LOOKS)),
        }
    }
}

impl Adding {
    /// What was asked for under this name, if it is not here.
    pub(super) fn request(&self, name: &str) -> Option<AddRequest> {
        self.lock().get(name).map(|(request, _)| request.clone())
    }

    /// All of them, as they would stand in the list of models.
    pub(super) fn entries(&self) -> Vec<LibraryEntry> {
        self.lock()
            .values()
            .map(|(_, entry)| entry.clone())
            .collect()
    }

    /// Takes one back that did not begin. What was noted under its name before can still be resumed.
    fn take_back(&self, name: String, former: Option<Wanted>) {
        let mut wanted = self.lock();
        match former {
            Some(former) => wanted.insert(name, former),
            None => wanted.remove(&name),
        };
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Wanted>> {
        // No code that can panic runs under the lock.
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses what is empty or longer than it can be.
fn check(request: &AddRequest) -> Result<(), EngineError> {
    let bounds = [
        ("model", Some(&*request.what), 1, LONGEST_WHAT),
        ("name", request.name.as_deref(), 1, LONGEST_NAME),
        ("revision", request.revision.as_deref(), 1, LONGEST_NAME),
        (
            "query_prefix",
            request.query_prefix.as_deref(),
            0,
            LONGEST_PREFIX,
        ),
        (
            "passage_prefix",
            request.passage_prefix.as_deref(),
            0,
            LONGEST_PREFIX,
        ),
    ];
    for (field, value, least, most) in bounds {
        let Some(value) = value else { continue };
        if !(least..=most).contains(&value.chars().count()) {
            let message = format!("`{field}` must have {least} to {most} characters");
            return Err(EngineError::invalid_as(field, message));
        }
    }
    Ok(())
}

impl Library {
    /// What a model is that the catalogue does not have. Nothing large is fetched.
    pub(crate) async fn look_at_model(
        &self,
        request: &AddRequest,
    ) -> Result<FoundModel, EngineError> {
        check(request)?;
        let looking = self.adding.looking.try_acquire();
        let _permit = looking.map_err(|_busy| EngineError::Overloaded {
            retry_after_s: LOOKING_FOR_S,
        })?;
        Ok(self.shared.library.look(request).await?)
    }

    /// Begins to bring such a model here. Until it is, it stands in the list with its download.
    pub(crate) async fn add_model(
        &self,
        request: AddRequest,
    ) -> Result<(FoundModel, Download), EngineError> {
        let found = self.look_at_model(&request).await?;
        if let Some(obstacle) = &found.obstacle {
            return Err(LibraryError::Refused(obstacle.clone()).into());
        }
        let name = found.entry.name.clone();
        self.refuse_taken(&name, &request)?;
        let disk = self.disk();
        disk.check(WriteKind::New, found.bytes)?;
        let (library, adding) = (Arc::clone(&self.shared.library), self.adding.clone());
        let (asked, ended) = (request.clone(), name.clone());
        let fetch = |control| async move { library.add(&asked, control).await };
        let here = move |here| {
            if here {
                adding.lock().remove(&ended);
            }
        };
        // Before it begins, so that its end finds it.
        let entry = found.entry.clone();
        let former = self.adding.lock().insert(name.clone(), (request, entry));
        let begun = self.begin(name.clone(), disk, fetch, here);
        if begun.is_err() {
            self.adding.take_back(name, former);
        }
        Ok((found, begun?))
    }

    /// Refuses a name that another model has which is coming. One that has failed or was cancelled gives way.
    fn refuse_taken(&self, name: &str, request: &AddRequest) -> Result<(), EngineError> {
        let is_coming = self.running_download(name).is_some();
        let other = self.adding.request(name);
        let Some(other) = other.filter(|other| is_coming && other != request) else {
            return Ok(());
        };
        let other = other.what;
        let obstacle = format!(
            "the name {name} is taken by {other}, which is on its way; give another by `name`, or cancel that one"
        );
        Err(LibraryError::Refused(obstacle).into())
    }
}
