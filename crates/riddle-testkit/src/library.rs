use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use riddle_core::{
    AddRequest, FetchControl, FetchProgress, FoundModel, LanguageCoverage, LibraryEntry,
    LibraryError, LibraryRole, ModelLibrary, Verification,
};
use tokio::sync::watch;

/// Length of the one file that each model has.
const FILE_BYTES: u64 = 1_000;

/// Models that are fetched as a test wants it.
#[derive(Debug, Default)]
pub struct FakeLibrary {
    names: Mutex<Vec<String>>,
    embedders: Vec<LibraryEntry>,
    /// What is found where somebody looks.
    found: Mutex<HashMap<String, FoundModel>>,
    /// How the next fetches of a model end; any further one succeeds.
    planned: Mutex<HashMap<String, VecDeque<Result<(), LibraryError>>>>,
    fetches: Mutex<HashMap<String, usize>>,
    /// Whether fetches wait after their first half.
    held: watch::Sender<bool>,
}

impl FakeLibrary {
    /// A catalogue without a model, on a machine without a network.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A catalogue of models, none of which is here.
    pub fn of(names: &[&str]) -> Self {
        Self {
            names: Mutex::new(names.iter().copied().map(str::to_owned).collect()),
            ..Self::default()
        }
    }

    /// And an embedder of this name, for these languages.
    #[must_use]
    pub fn with_embedder(mut self, name: &str, languages: LanguageCoverage, here: bool) -> Self {
        self.embedders.push(LibraryEntry {
            languages: Some(languages),
            here,
            ..LibraryEntry::absent(name, LibraryRole::Embedder)
        });
        self
    }

    /// What somebody finds who looks for `what`: a model of this name and length.
    pub fn holds(&self, what: &str, name: &str, bytes: u64) {
        let found = FoundModel {
            entry: LibraryEntry::absent(name, LibraryRole::Reranker),
            format: "safetensors".to_owned(),
            architecture: "bert".to_owned(),
            bytes,
            files: vec!["model.safetensors".to_owned()],
            recognised: vec!["a cross-encoder".to_owned()],
            assumed: Vec::new(),
            obstacle: None,
        };
        lock(&self.found).insert(what.to_owned(), found);
    }

    /// How the next fetches of a model end, one after the other.
    pub fn plan(&self, name: &str, ends: impl IntoIterator<Item = Result<(), LibraryError>>) {
        let mut planned = lock(&self.planned);
        planned.entry(name.to_owned()).or_default().extend(ends);
    }

    /// Whether fetches wait after half of the file.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// How often a model was fetched, or tried to.
    pub fn fetches(&self, name: &str) -> usize {
        lock(&self.fetches).get(name).copied().unwrap_or(0)
    }
}

#[async_trait]
impl ModelLibrary for FakeLibrary {
    fn folder(&self) -> PathBuf {
        PathBuf::from("/models")
    }

    fn is_offline(&self) -> bool {
        lock(&self.names).is_empty()
    }

    fn entries(&self) -> Vec<LibraryEntry> {
        let names = lock(&self.names);
        let absent = names
            .iter()
            .map(|name| LibraryEntry::absent(name, LibraryRole::Reranker));
        absent.chain(self.embedders.iter().cloned()).collect()
    }

    fn resolve(&self, name: &str) -> Result<String, LibraryError> {
        let is_known = |entry: &LibraryEntry| entry.name == name;
        let known = self.entries().iter().any(is_known);
        let unknown = || LibraryError::Unknown(format!("there is no model `{name}`"));
        known.then(|| name.to_owned()).ok_or_else(unknown)
    }

    fn can_fetch(&self, name: &str) -> Result<(), LibraryError> {
        self.resolve(name).map(drop)
    }

    async fn fetch(&self, name: &str, control: FetchControl) -> Result<(), LibraryError> {
        *lock(&self.fetches).entry(name.to_owned()).or_default() += 1;
        let end = lock(&self.planned)
            .get_mut(name)
            .and_then(VecDeque::pop_front);
        let came = |received| {
            (control.progress)(FetchProgress {
                file: "model.onnx".to_owned(),
                received,
                total: Some(FILE_BYTES),
            });
        };
        came(FILE_BYTES / 2);
        let mut held = self.held.subscribe();
        tokio::select! {
            _let_go = held.wait_for(|held| !held) => {}
            () = control.cancelled => {
                return Err(LibraryError::Cancelled { model: name.to_owned() });
            }
        }
        end.unwrap_or(Ok(()))?;
        came(FILE_BYTES);
        Ok(())
    }

    async fn look(&self, request: &AddRequest) -> Result<FoundModel, LibraryError> {
        let found = lock(&self.found).get(&request.what).cloned();
        found.ok_or_else(|| LibraryError::Source(format!("there is no `{}`", request.what)))
    }

    async fn add(&self, request: &AddRequest, control: FetchControl) -> Result<(), LibraryError> {
        let name = self.look(request).await?.entry.name;
        self.fetch(&name, control).await?;
        lock(&self.names).push(name);
        Ok(())
    }

    fn verify(&self, name: &str) -> Result<Verification, LibraryError> {
        Err(LibraryError::Absent {
            model: name.to_owned(),
            problem: "pull it first".to_owned(),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whatever panicked beside it, what is in it is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
