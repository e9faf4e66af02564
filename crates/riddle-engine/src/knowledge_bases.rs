use riddle_core::{ChunkingSettings, KnowledgeBase, KnowledgeBaseSummary, RetrievalSettings};

use crate::engine::Engine;
use crate::error::EngineError;

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
}

impl Engine {
    /// Creates a knowledge base.
    ///
    /// # Errors
    /// The name is taken or not acceptable, a setting is out of bounds, or the embedder is not there.
    pub async fn create_knowledge_base(
        &self,
        new: NewKnowledgeBase,
    ) -> Result<KnowledgeBase, EngineError> {
        todo!("{new:?}")
    }

    /// All knowledge bases by name, with counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseSummary>, EngineError> {
        todo!()
    }

    /// One knowledge base by id or name, with counts.
    ///
    /// # Errors
    /// There is none.
    pub async fn knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBaseSummary, EngineError> {
        todo!("{id_or_name}")
    }

    /// Changes name, description or settings.
    ///
    /// # Errors
    /// As [`Self::create_knowledge_base`].
    pub async fn update_knowledge_base(
        &self,
        id_or_name: &str,
        patch: KnowledgeBasePatch,
    ) -> Result<KnowledgeBase, EngineError> {
        todo!("{id_or_name}{patch:?}")
    }

    /// Deletes a knowledge base with all its documents; returns when no search can find any of them.
    ///
    /// # Errors
    /// There is none, or a store failed.
    pub async fn delete_knowledge_base(&self, id_or_name: &str) -> Result<(), EngineError> {
        todo!("{id_or_name}")
    }
}
