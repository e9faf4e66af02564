use std::sync::{Arc, PoisonError, RwLock};

use riddle_core::{
    AddRequest, ChatModel, Compute, FetchControl, FoundChat, FoundModel, LanguageCoverage,
    LibraryError, LibraryRole, LoadedEmbedder, ModelError, ModelHub, ModelProvider, RerankKind,
    RerankerOwner,
};
use riddle_models::{CatalogueEntry, ProgressSink, WishedRole};
use tokio_util::sync::CancellationToken;

use super::LocalModels;
use super::adding::{AddError, Folders, Wanted};
use super::files::{followed, told};
use crate::config::Hub;

/// The models of a server, to which some are added while it runs.
pub(crate) struct ServedModels {
    now: RwLock<Arc<LocalModels>>,
}

impl ServedModels {
    pub(crate) fn new(models: Arc<LocalModels>) -> Self {
        Self {
            now: RwLock::new(models),
        }
    }

    /// The models as they are at this moment.
    pub(super) fn now(&self) -> Arc<LocalModels> {
        // What is under the lock is replaced as a whole.
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&now)
    }

    fn take_up(&self, entry: CatalogueEntry) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(now.knowing(entry));
    }

    pub(super) async fn look_for(&self, request: &AddRequest) -> Result<FoundModel, LibraryError> {
        let models = self.now();
        if models.models.offline {
            return Err(LibraryError::AddOffline {
                what: request.what.clone(),
            });
        }
        let wanted = wanted(request)?;
        let what = &request.what;
        let looked = models.look(&wanted, CancellationToken::new()).await;
        let looked = looked.map_err(|error| refused(error, what, what))?;
        let found = &looked.found;
        let taken = models.taken(&looked);
        let taken = taken.map_err(|error| refused(error, &found.entry.name, what))?;
        let obstacle = match models.in_catalogue(&wanted).or(taken) {
            Some(obstacle) => Some(obstacle),
            None => added_before(&models, &found.entry.name, what)?,
        };
        Ok(FoundModel {
            entry: models.not_here(&found.entry),
            format: found.entry.format.as_str().to_owned(),
            architecture: found.entry.architecture.clone(),
            bytes: found.bytes,
            files: found
                .entry
                .files
                .iter()
                .map(|file| file.path.clone())
                .collect(),
            recognised: found.recognised.clone(),
            assumed: found.assumed.clone(),
            obstacle: obstacle.map(|sentence| sentence.replace("with `--name`", "by `name`")),
        })
    }

    pub(super) async fn add_to(
        &self,
        request: &AddRequest,
        control: FetchControl,
    ) -> Result<(), LibraryError> {
        let models = self.now();
        let (wanted, what) = (wanted(request)?, &request.what);
        let adding = |progress: ProgressSink, cancel: CancellationToken| async move {
            let looked = models.look(&wanted, cancel.clone()).await;
            let looked = looked.map_err(|error| refused(error, what, what))?;
            let entry = looked.found.entry.clone();
            let added = models.add(&looked, progress, cancel).await;
            added.map_err(|error| refused(error, &entry.name, what))?;
            Ok::<_, LibraryError>(entry)
        };
        let entry = followed(control, adding).await?;
        self.take_up(entry);
        Ok(())
    }
}

fn added_before(
    models: &LocalModels,
    name: &str,
    what: &str,
) -> Result<Option<String>, LibraryError> {
    let is_added = models.was_added(name);
    let is_added = is_added.map_err(|error| refused(error, name, what))?;
    Ok(is_added.then(|| {
        format!(
            "{name} was added already; give another name with `--name`, or remove it first: `riddle models remove {name}`"
        )
    }))
}

fn wanted(request: &AddRequest) -> Result<Wanted, LibraryError> {
    let role = match request.role {
        None => None,
        Some(LibraryRole::Embedder) => Some(WishedRole::Embedder),
        Some(LibraryRole::Reranker) => Some(WishedRole::Reranker),
        Some(LibraryRole::Chat) => Some(WishedRole::Chat),
        Some(LibraryRole::Ocr) => {
            let sentence = "models that read pictures come from the catalogue alone; `riddle models list` has them";
            return Err(LibraryError::Refused(sentence.to_owned()));
        }
    };
    Ok(Wanted {
        what: request.what.clone(),
        hub: request.hub.map(|hub| match hub {
            ModelHub::HuggingFace => Hub::HuggingFace,
            ModelHub::ModelScope => Hub::ModelScope,
        }),
        revision: request.revision.clone(),
        name: request.name.clone(),
        role,
        query_prefix: request.query_prefix.clone(),
        passage_prefix: request.passage_prefix.clone(),
        folders: Folders::Refused,
    })
}

fn refused(error: AddError, name: &str, what: &str) -> LibraryError {
    let sentence = error.told(name, what);
    match error {
        AddError::Refused(_) => LibraryError::Refused(sentence),
        AddError::Unusable(error) => {
            tracing::warn!(
                model = name,
                error = format!("{error:#}"),
                "an added model does not work"
            );
            LibraryError::Refused(sentence)
        }
        AddError::Token(error) => {
            tracing::error!("{error:#}");
            LibraryError::Disk(super::files::NO_TOKEN.to_owned())
        }
        AddError::Files(error) => told(error).saying(sentence),
    }
}

impl ModelProvider for ServedModels {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        self.now().load_embedder(name)
    }

    fn own_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
        self.now().own_reranker(name, owner)
    }

    fn reranker_kind(&self, name: &str) -> Option<RerankKind> {
        self.now().reranker_kind(name)
    }

    fn reranker_languages(&self, name: &str) -> Option<LanguageCoverage> {
        self.now().reranker_languages(name)
    }

    fn may_give_token_vectors(&self, name: &str) -> bool {
        self.now().may_give_token_vectors(name)
    }

    fn compute(&self) -> Compute {
        ModelProvider::compute(&*self.now())
    }

    fn default_embedder(&self) -> Option<String> {
        self.now().default_embedder()
    }

    fn default_reranker(&self) -> Option<String> {
        self.now().default_reranker()
    }

    fn default_chat(&self) -> Option<String> {
        self.now().default_chat()
    }

    fn chat_at_hand(&self) -> Option<String> {
        self.now().chat_at_hand()
    }

    fn other_chats(&self) -> Vec<String> {
        self.now().other_chats()
    }

    fn weights_hash(&self, name: &str) -> Option<String> {
        self.now().weights_hash(name)
    }

    fn find_chat(&self, name: &str) -> Result<FoundChat, ModelError> {
        self.now().find_chat(name)
    }

    fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, ModelError> {
        self.now().load_chat(name)
    }
}
