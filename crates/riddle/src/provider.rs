//! Models of this machine, by their catalogue names.

mod adding;
mod api_key;
mod chat;
mod compute;
mod conversion;
mod device;
mod engine;
mod files;
mod golden;
mod library;
mod ocr;
mod remote;
mod rerankers;
mod served;
mod trial;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use riddle_core::{
    ChatModel, ChatPlace, FoundChat, LanguageCoverage, LoadedEmbedder, ModelError, ModelProvider,
    RerankKind, RerankerOwner,
};
use riddle_models::{
    AddedModels, Catalogue, CatalogueEntry, EmbedderSpec, FileKind, LocatedModel, Location,
    ModelRole, ModelStore, TextEmbedder,
};

pub(crate) use adding::{AddError, Folders, Wanted};
pub(crate) use conversion::parse_precision;
pub(crate) use files::PullError;
pub(crate) use golden::GoldenScore;
pub(crate) use served::ServedModels;
pub(crate) use trial::{ModelCheck, ModelTrial};

use device::{ChosenCompute, ComputeSettings};
use engine::{AskedEngine, Measurements};
use rerankers::Chosen;

use crate::config::{ChatConfig, Config, ModelsConfig};
use crate::open_model_file;

/// Folder for converted graphs, beside a model's own files.
const CONVERTED: &str = "converted";
/// The embedder that is taken first where several are here and none is configured.
const FIRST_EMBEDDER: &str = "all-minilm-l6-v2";
/// The name that asks for quoted answers.
const EXTRACTIVE: &str = "extractive";

/// The models of the configured folder. Clones share what they compute with.
#[derive(Clone)]
pub(crate) struct LocalModels {
    /// What is known without the models that were added.
    catalogue: Arc<Catalogue>,
    store: ModelStore,
    models: ModelsConfig,
    chat: ChatConfig,
    compute_settings: ComputeSettings,
    engine: AskedEngine,
    data_dir: PathBuf,
    loaded: Arc<Mutex<Option<ChosenCompute>>>,
    measured: Arc<Measurements>,
    /// Held while a model is tried, because that loads it a second time.
    trying: Arc<Mutex<()>>,
}

impl LocalModels {
    /// The models that the configuration names. Nothing is loaded.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let catalogue = Catalogue::load(config.models.catalogue.as_deref())
            .context("cannot read the catalogue")?;
        let added = AddedModels::in_folder(&config.models.dir);
        let catalogue = Arc::new(catalogue);
        let with_added = Catalogue::clone(&catalogue)
            .with_added(&added)
            .context("cannot read the catalogue")?;
        let precision = config
            .models
            .precision
            .as_deref()
            .map(parse_precision)
            .transpose()?;
        let program = open_model_file::program(&Self::onnxruntime_file(config))?;
        let store = ModelStore::new(config.models.dir.clone(), Arc::new(with_added));
        let store = store.opened_by(program);
        Ok(Self {
            catalogue,
            store,
            models: config.models.clone(),
            chat: config.chat.clone(),
            compute_settings: ComputeSettings::new(
                config.models.device.as_deref(),
                precision,
                config.models.gpu_memory_mib,
            )?,
            engine: AskedEngine::parse(config.models.engine.as_deref())?,
            data_dir: config.data_dir.clone(),
            loaded: Arc::default(),
            measured: Arc::default(),
            trying: Arc::default(),
        })
    }

    /// Where the ONNX Runtime library is, or should be put.
    pub(crate) fn onnxruntime_file(config: &Config) -> PathBuf {
        library::find(config.models.onnxruntime.as_deref(), &config.data_dir)
    }

    /// The same with one more model in the catalogue.
    fn knowing(&self, entry: CatalogueEntry) -> Self {
        Self {
            store: self.store.knowing(entry),
            ..self.clone()
        }
    }

    /// The files behind the names.
    pub(crate) fn store(&self) -> &ModelStore {
        &self.store
    }

    fn located(&self, name: &str) -> Result<(&CatalogueEntry, LocatedModel), ModelError> {
        let unavailable = |remedy: String| ModelError::Unavailable {
            model: name.to_owned(),
            remedy,
        };
        let listed = self
            .store
            .listed(name)
            .map_err(|error| unavailable(error.to_string()))?;
        let entry = listed.entry;
        match listed.location {
            Location::Located(located) => {
                self.store.open_elsewhere(entry)?;
                if let Some(not_pinned) = entry.not_pinned() {
                    tracing::warn!(model = entry.name, "{not_pinned}");
                }
                Ok((entry, located))
            }
            Location::Missing { remedy } => Err(ModelError::Unavailable {
                model: entry.name.clone(),
                remedy,
            }),
        }
    }

    /// The first model on this machine for which `pick` says yes.
    fn first(&self, pick: impl Fn(&CatalogueEntry) -> bool) -> Option<&CatalogueEntry> {
        let here = |entry: &&CatalogueEntry| {
            pick(entry) && matches!(self.store.locate(&entry.name), Ok(Location::Located(_)))
        };
        self.store.catalogue().entries().iter().find(here)
    }

    /// The first language model on this machine that `pick` takes, by whether it writes answers.
    fn first_chat(&self, pick: impl Fn(bool) -> bool) -> Option<String> {
        let picked = |entry: &CatalogueEntry| match entry.role {
            ModelRole::Chat { writes_answers, .. } => pick(writes_answers),
            ModelRole::Embedder(_) | ModelRole::Reranker(_) | ModelRole::Ocr { .. } => false,
        };
        self.first(picked).map(|entry| entry.name.clone())
    }

    /// The GGUF file that is configured by its path, with the name that it goes by.
    fn chat_file(&self) -> Option<(String, PathBuf)> {
        let file = self.chat.model.as_deref()?;
        let path = PathBuf::from(file);
        let stem = path.file_stem()?.to_string_lossy().into_owned();
        (self.chat.base_url.is_none() && file.ends_with(".gguf")).then_some((stem, path))
    }

    /// An embedder of this machine, whatever another server has under its name.
    fn local_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        let (entry, located) = self.located(name)?;
        let ModelRole::Embedder(facts) = &entry.role else {
            return Err(wrong_role(entry, "embedder"));
        };
        let compute = self.encoder_compute()?;
        let spec = EmbedderSpec {
            name: entry.name.clone(),
            cache: located.folder.join(CONVERTED),
            folder: located.folder,
            weights: entry.weights.clone(),
            precision: self.compute_settings.precision_on(&compute),
            pooling: facts.pooling.clone(),
            similarity: facts.similarity,
            dimensions: facts.dimensions,
            query_prefix: facts.query_prefix.clone(),
            passage_prefix: facts.passage_prefix.clone(),
            max_tokens: entry.max_tokens,
            languages: entry.languages.clone(),
        };
        TextEmbedder::open(&compute, &spec)
    }

    /// A reranker of this machine, whatever another server has under its name. A chat model reranks too, asked without
    /// any training for it.
    fn own_local_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
        let (entry, located) = self.located(name)?;
        match &entry.role {
            ModelRole::Reranker(facts) => {
                let chosen = Chosen {
                    models: self,
                    entry,
                    facts,
                    located,
                };
                rerankers::own(&chosen, owner)
            }
            ModelRole::Chat { .. } => rerankers::own_chat(self, entry, &located, owner),
            ModelRole::Embedder(_) | ModelRole::Ocr { .. } => Err(wrong_role(entry, "reranker")),
        }
    }
}

impl ModelProvider for LocalModels {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        match self.models.remote.embedder(name) {
            Some(remote) => remote::embedder(remote),
            None => self.local_embedder(name),
        }
    }

    fn own_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
        match self.models.remote.reranker(name) {
            Some(remote) => remote::own_reranker(remote, owner),
            None => self.own_local_reranker(name, owner),
        }
    }

    fn reranker_kind(&self, name: &str) -> Option<RerankKind> {
        if self.models.remote.reranker(name).is_some() {
            return Some(RerankKind::CrossEncoder);
        }
        let entry = self.store.catalogue().find(name).ok()?;
        match &entry.role {
            ModelRole::Reranker(facts) => Some(facts.kind),
            ModelRole::Chat { .. } => Some(RerankKind::YesNo),
            ModelRole::Embedder(_) | ModelRole::Ocr { .. } => None,
        }
    }

    fn reranker_languages(&self, name: &str) -> Option<LanguageCoverage> {
        if let Some(remote) = self.models.remote.reranker(name) {
            return Some(remote.languages());
        }
        let entry = self.store.catalogue().find(name).ok()?;
        Some(entry.languages.clone())
    }

    fn may_give_token_vectors(&self, name: &str) -> bool {
        self.models.remote.embedder(name).is_none()
    }

    fn compute(&self) -> riddle_core::Compute {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        riddle_core::Compute {
            engine: self.measured.report(),
            ..loaded
                .as_ref()
                .map(ChosenCompute::report)
                .unwrap_or_default()
        }
    }

    fn default_embedder(&self) -> Option<String> {
        let is_embedder = |entry: &CatalogueEntry| matches!(entry.role, ModelRole::Embedder(_));
        let small = || self.first(|entry| entry.name == FIRST_EMBEDDER);
        let any = || {
            small()
                .or_else(|| self.first(is_embedder))
                .map(|entry| entry.name.clone())
        };
        let remote = self.models.remote.embedders.first();
        let remote = || remote.map(|remote| remote.name.clone());
        self.models.embedder.clone().or_else(remote).or_else(any)
    }

    fn default_reranker(&self) -> Option<String> {
        let is_reranker = |entry: &CatalogueEntry| matches!(entry.role, ModelRole::Reranker(_));
        let remote = self.models.remote.rerankers.first();
        let remote = || remote.map(|remote| remote.name.clone());
        let here = || self.first(is_reranker).map(|entry| entry.name.clone());
        self.models.reranker.clone().or_else(remote).or_else(here)
    }

    fn default_chat(&self) -> Option<String> {
        if self.chat.base_url.is_some() {
            let named = self.chat.model.as_deref();
            return Some(named.unwrap_or(riddle_llm::UNNAMED).to_owned());
        }
        match self.chat.model.as_deref() {
            Some(EXTRACTIVE) => None,
            Some(name) => Some(match self.chat_file() {
                Some((file, _)) => file,
                None => name.to_owned(),
            }),
            None => self.first_chat(|writes_answers| writes_answers),
        }
    }

    fn chat_at_hand(&self) -> Option<String> {
        // Who has named a model, or none, gets what was named.
        match &self.chat.model {
            Some(_) => None,
            None => self.first_chat(|_| true),
        }
    }

    fn other_chats(&self) -> Vec<String> {
        let remotes = self.chat.remotes().map(|remote| remote.model.to_owned());
        let own = self.chat_file().map(|(name, _)| name);
        remotes.chain(own).collect()
    }

    fn weights_hash(&self, name: &str) -> Option<String> {
        let is_file = self.chat_file().is_some_and(|(file, _)| file == name);
        let is_remote = self.chat.remote(name).is_some() || self.models.remote.has(name);
        if is_file || is_remote {
            return None;
        }
        match self.store.listed(name).ok()?.location {
            Location::Located(located) => located.weights_sha256,
            Location::Missing { .. } => None,
        }
    }

    fn find_chat(&self, name: &str) -> Result<FoundChat, ModelError> {
        let found = |name: &str, place| FoundChat {
            name: name.to_owned(),
            place,
            writes_well: true,
        };
        if self.chat.remote(name).is_some() {
            return Ok(found(name, ChatPlace::Elsewhere));
        }
        if self.chat_file().is_some_and(|(file, _)| file == name) {
            return Ok(found(name, ChatPlace::Here));
        }
        let unavailable = |remedy: String| ModelError::Unavailable {
            model: name.to_owned(),
            remedy,
        };
        let listed = self.store.listed(name);
        let listed = listed.map_err(|error| unavailable(error.to_string()))?;
        match (&listed.entry.role, listed.location) {
            (ModelRole::Embedder(_) | ModelRole::Reranker(_) | ModelRole::Ocr { .. }, _) => {
                Err(wrong_role(listed.entry, "chat"))
            }
            (ModelRole::Chat { .. }, Location::Missing { remedy }) => Err(unavailable(remedy)),
            (ModelRole::Chat { writes_answers, .. }, Location::Located(_)) => Ok(FoundChat {
                writes_well: *writes_answers,
                ..found(&listed.entry.name, ChatPlace::Here)
            }),
        }
    }

    fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, ModelError> {
        if let Some(remote) = self.chat.remote(name) {
            return chat::remote(&remote);
        }
        if let Some((file_name, path)) = self.chat_file()
            && file_name == name
        {
            let opened = self.store.open_file_elsewhere(FileKind::Gguf, &path);
            opened.map_err(|trouble| ModelError::BadFile {
                model: file_name.clone(),
                file: file_name.clone(),
                problem: trouble.problem,
                remedy: trouble.remedy,
            })?;
            return chat::local(&self.chat, &file_name, &path);
        }
        let (entry, located) = self.located(name)?;
        chat::local(&self.chat, &entry.name, &located.weights)
    }
}

fn wrong_role(entry: &CatalogueEntry, wanted: &str) -> ModelError {
    ModelError::Unavailable {
        model: entry.name.clone(),
        remedy: format!(
            "it is a model of the role {}; another role is needed: {wanted}",
            entry.role.as_str()
        ),
    }
}
