mod own_examples;
mod suggestion;
mod taken_over;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseId, KnowledgeBaseSettings, KnowledgeBaseSummary,
    LibraryRole, ModelError, RetrievalMode, RetrievalSettings,
};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_BASES, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS};
use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::fusion::check_fusion;
use crate::names::beginning_if_longer;
use crate::reranking::{check_deadline, check_reranker, check_skip_lead, check_weight};
use crate::shared::Shared;
use own_examples::checked_examples;
pub use suggestion::EmbedderSuggestion;
use suggestion::{may_get_one, suggestion};

/// How long deleting a knowledge base waits for the indexes.
const DELETE_WAIT: Duration = Duration::from_secs(120);
/// The name that asks for no embedder.
const NO_EMBEDDER: &str = "none";

/// A knowledge base to create.
#[derive(Clone, PartialEq, Debug)]
pub struct NewKnowledgeBase {
    /// 1 to 100 characters, unique.
    pub name: String,
    /// For people.
    pub description: String,
    /// Catalogue name; `None` takes the default, `Some("none")` goes without dense search.
    pub embedder: Option<String>,
    /// `None` takes the default.
    pub chunking: Option<ChunkingSettings>,
    /// `None` takes the default.
    pub retrieval: Option<RetrievalSettings>,
    /// The language model that answers; `None` takes the server's.
    pub chat_model: Option<String>,
    /// Example questions of its own.
    pub examples: Vec<String>,
}

/// What to change; `None` leaves as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct KnowledgeBasePatch {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// For documents ingested from now on.
    pub chunking: Option<ChunkingSettings>,
    /// For searches from now on.
    pub retrieval: Option<RetrievalSettings>,
    /// The language model that answers from now on; `Some(None)` takes the server's.
    pub chat_model: Option<Option<String>>,
    /// Example questions of its own, in place of those before.
    pub examples: Option<Vec<String>>,
    /// Catalogue name of another embedder, which takes the place of the present one once its vectors are made.
    pub embedder: Option<String>,
    /// Whether nobody wants another embedder to be suggested.
    pub dismiss_suggestion: Option<bool>,
}

/// Knowledge bases and their settings.
pub(crate) struct KnowledgeBases {
    shared: Arc<Shared>,
}

impl KnowledgeBases {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) async fn create_knowledge_base(
        &self,
        new: NewKnowledgeBase,
    ) -> Result<KnowledgeBase, EngineError> {
        let shared = &self.shared;
        shared.disk.check(WriteKind::New, 0)?;
        let name = new.name.trim().to_owned();
        check_name(&name)?;
        check_description(&new.description)?;
        let examples = checked_examples(new.examples)?;
        let models = &shared.models;
        let chat_model = models.check_chat("chat_model", new.chat_model.as_deref())?;
        let embedder = self.first_embedder(new.embedder).await?;
        let (embedder, fingerprint) = embedder.unzip();
        let mut settings = KnowledgeBaseSettings::with_embedder(embedder);
        settings.chunking = new.chunking.unwrap_or(settings.chunking);
        settings.retrieval = new.retrieval.unwrap_or(settings.retrieval);
        settings.chat_model = chat_model;
        settings.examples = examples;
        check_settings(&settings)?;
        self.check_choice(&settings.retrieval, None).await?;
        let knowledge_base = KnowledgeBase {
            id: KnowledgeBaseId(shared.clock.new_id()),
            name,
            description: new.description,
            settings,
            embedder_fingerprint: fingerprint,
            created_at: shared.clock.now(),
        };
        self.add(&knowledge_base).await?;
        Ok(knowledge_base)
    }

    /// Name and fingerprint of the embedder that a new knowledge base begins with, if it has one.
    async fn first_embedder(
        &self,
        asked: Option<String>,
    ) -> Result<Option<(String, String)>, EngineError> {
        let models = &self.shared.models;
        let chosen = asked.is_some();
        let name = match asked {
            Some(none) if none == NO_EMBEDDER => None,
            Some(name) => Some(name),
            None => models.default_embedder(),
        };
        let Some(name) = name else { return Ok(None) };
        let loaded = models.embedder(&name).await;
        let loaded = loaded.map_err(|error| match error {
            EngineError::Model(error @ ModelError::Unavailable { .. }) if chosen => {
                EngineError::invalid_as("embedder", format!("`embedder`: {error}"))
            }
            error => error,
        })?;
        let info = &loaded.info;
        Ok(Some((info.name.clone(), info.fingerprint.clone())))
    }

    /// Adds one while there is room. They come one after the other, so that several find no more room than there is.
    async fn add(&self, new: &KnowledgeBase) -> Result<(), EngineError> {
        let _changing = self.shared.changing_settings.lock().await;
        let store = &self.shared.store;
        if store.count_knowledge_bases().await? >= MAX_BASES as u64 {
            return Err(EngineError::TooManyKnowledgeBases { limit: MAX_BASES });
        }
        Ok(store.insert_knowledge_base(new).await?)
    }

    pub(crate) async fn list_knowledge_bases(
        &self,
    ) -> Result<Vec<KnowledgeBaseSummary>, EngineError> {
        Ok(self.shared.store.list_knowledge_bases().await?)
    }

    pub(crate) async fn knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBaseSummary, EngineError> {
        let id = self.shared.find_knowledge_base(id_or_name).await?.id;
        let all = self.shared.store.list_knowledge_bases().await?;
        let found = all
            .into_iter()
            .find(|summary| summary.knowledge_base.id == id);
        found.ok_or_else(|| EngineError::KnowledgeBaseNotFound(id_or_name.to_owned()))
    }

    pub(crate) async fn update_knowledge_base(
        &self,
        id_or_name: &str,
        patch: KnowledgeBasePatch,
    ) -> Result<KnowledgeBase, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let next_embedder = match patch.embedder {
            Some(name) => Some(self.known_embedder(name).await?),
            None => None,
        };
        let _changing = self.shared.changing_settings.lock().await;
        let mut knowledge_base = self.shared.find_knowledge_base(id_or_name).await?;
        if let Some(name) = patch.name {
            knowledge_base.name = name.trim().to_owned();
            check_name(&knowledge_base.name)?;
        }
        if let Some(description) = patch.description {
            check_description(&description)?;
            knowledge_base.description = description;
        }
        let settings = &mut knowledge_base.settings;
        if let Some(examples) = patch.examples {
            settings.examples = checked_examples(examples)?;
        }
        self.choose_chat(settings, patch.chat_model)?;
        if let Some(name) = next_embedder {
            settings.next_embedder =
                Some(name).filter(|name| settings.embedder.as_ref() != Some(name));
        }
        settings.suggestion_dismissed = patch
            .dismiss_suggestion
            .unwrap_or(settings.suggestion_dismissed);
        settings.chunking = patch.chunking.unwrap_or(settings.chunking);
        let before = settings.retrieval.clone();
        settings.retrieval = patch.retrieval.unwrap_or(settings.retrieval.clone());
        check_settings(settings)?;
        self.check_choice(&settings.retrieval, Some(&before))
            .await?;
        self.shared
            .store
            .update_knowledge_base(&knowledge_base)
            .await?;
        self.shared.embedders_due.notify_one();
        Ok(knowledge_base)
    }

    /// Changes the language model that answers; one that stays need not be there.
    fn choose_chat(
        &self,
        settings: &mut KnowledgeBaseSettings,
        chat_model: Option<Option<String>>,
    ) -> Result<(), EngineError> {
        if let Some(chat_model) = chat_model
            && chat_model != settings.chat_model
        {
            let models = &self.shared.models;
            settings.chat_model = models.check_chat("chat_model", chat_model.as_deref())?;
        }
        Ok(())
    }

    /// The catalogue name of an embedder, whose files need not be here yet.
    async fn known_embedder(&self, name: String) -> Result<String, EngineError> {
        let library = Arc::clone(&self.shared.library);
        let asked = name.clone();
        let find = move || {
            let name = library.resolve(&asked).ok()?;
            let mut entries = library.entries().into_iter();
            entries.find(|entry| entry.name == name && entry.role == LibraryRole::Embedder)
        };
        let found = run_blocking("looking for an embedder", find).await?;
        found.map(|entry| entry.name).ok_or_else(|| {
            let name = beginning_if_longer(&name, MAX_NAME_CHARS).unwrap_or(name);
            let problem = format!(
                "`embedder`: there is no embedder `{name}`; `riddle models list` names them, `riddle models add` brings more"
            );
            EngineError::invalid_as("embedder", problem)
        })
    }

    /// Better embedders for these knowledge bases, in their order, where one is to be suggested.
    pub(crate) async fn suggestions(
        &self,
        knowledge_bases: &[KnowledgeBaseSummary],
    ) -> Result<Vec<Option<EmbedderSuggestion>>, EngineError> {
        let settings = knowledge_bases
            .iter()
            .map(|base| &base.knowledge_base.settings);
        if settings.clone().all(|settings| !may_get_one(settings)) {
            return Ok(vec![None; knowledge_bases.len()]);
        }
        let library = Arc::clone(&self.shared.library);
        let entries = run_blocking("listing models", move || library.entries()).await?;
        Ok(settings
            .map(|settings| suggestion(settings, &entries))
            .collect())
    }

    /// Deletes a knowledge base with all its documents. Afterwards no search finds any of them. Their originals remain;
    /// the returned sequence is that of the last operation.
    pub(crate) async fn delete_knowledge_base(&self, id_or_name: &str) -> Result<u64, EngineError> {
        let shared = &self.shared;
        let id = shared.find_knowledge_base(id_or_name).await?.id;
        shared
            .store
            .delete_knowledge_base(id, shared.clock.now())
            .await?;
        let (last, _trimmed) = shared.store.outbox_bounds().await?;
        let applied = shared.index_progress.wait_for(last, DELETE_WAIT).await;
        if !applied || !self.index_is_empty(id).await? {
            return Err(EngineError::DeletionPending { retry_after_s: 10 });
        }
        Ok(last)
    }

    /// Refuses a reranker or a layer that is newly set and cannot be used.
    async fn check_choice(
        &self,
        chosen: &RetrievalSettings,
        before: Option<&RetrievalSettings>,
    ) -> Result<(), EngineError> {
        let (reranker, layer) = (chosen.reranker.as_deref(), chosen.cutoff_layer);
        let same = |before: &RetrievalSettings| {
            (before.reranker.as_deref(), before.cutoff_layer) == (reranker, layer)
        };
        if before.is_some_and(same) || (reranker, layer) == (None, None) {
            return Ok(());
        }
        check_reranker(&self.shared.models, "retrieval.rerank", reranker, layer).await
    }

    async fn index_is_empty(&self, id: KnowledgeBaseId) -> Result<bool, EngineError> {
        let index = self.shared.index.clone();
        let digests = run_blocking("reading the indexes", move || index.digests(id)).await??;
        Ok(digests.iter().all(|(_, digest)| digest.count == 0))
    }
}

fn check_name(name: &str) -> Result<(), EngineError> {
    let problem = if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        "a knowledge base's name must have 1 to 100 characters"
    } else if name.chars().any(char::is_control) || name.contains('/') {
        "a knowledge base's name may not hold slashes or control characters"
    } else if uuid::Uuid::parse_str(name).is_ok() {
        "a knowledge base's name may not look like an id; choose a word"
    } else {
        return Ok(());
    };
    Err(EngineError::invalid_as("name", problem))
}

fn check_description(description: &str) -> Result<(), EngineError> {
    if description.chars().count() <= MAX_DESCRIPTION_CHARS {
        return Ok(());
    }
    let problem = format!("a description may have at most {MAX_DESCRIPTION_CHARS} characters");
    Err(EngineError::invalid_as("description", problem))
}

fn check_settings(settings: &KnowledgeBaseSettings) -> Result<(), EngineError> {
    let ChunkingSettings {
        max_tokens,
        overlap_tokens,
    } = settings.chunking;
    let retrieval = &settings.retrieval;
    check_fusion("retrieval.fusion", retrieval.fusion)?;
    check_deadline("retrieval.rerank.deadline_ms", retrieval.rerank_deadline_ms)?;
    check_skip_lead("retrieval.rerank.skip_lead", retrieval.rerank_skip_lead)?;
    check_weight("retrieval.rerank.weight", retrieval.rerank_weight)?;
    let (field, problem) = if !(32..=8_192).contains(&max_tokens) {
        ("chunking.max_tokens", "must be from 32 to 8192")
    } else if overlap_tokens >= max_tokens.div_ceil(2) {
        (
            "chunking.overlap_tokens",
            "must be below half of max_tokens",
        )
    } else if !(1..=1_000).contains(&retrieval.top_k) {
        ("retrieval.top_k", "must be from 1 to 1000")
    } else if !(1..=retrieval.top_k).contains(&retrieval.top_n) {
        ("retrieval.top_n", "must be from 1 to top_k")
    } else if retrieval.mode == RetrievalMode::Dense && settings.embedder.is_none() {
        (
            "retrieval.mode",
            "cannot be dense without an embedder; use bm25",
        )
    } else {
        return Ok(());
    };
    Err(EngineError::invalid(field, problem))
}
