//! The documents that an evaluation set brings along.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use riddle_core::Metadata;
use riddle_evaluation::formats::CorpusDocument;

use super::Engine;
use crate::error::EngineError;
use crate::ingest::Upload;
use crate::knowledge_bases::NewKnowledgeBase;

/// Documents that are added at the same time.
const UPLOADS: usize = 8;

impl Engine {
    /// A knowledge base of these documents: its id, and the names under which those are there whose text is that of
    /// another one.
    pub(super) async fn own_knowledge_base(
        &self,
        name: &str,
        corpus: Vec<CorpusDocument>,
    ) -> Result<(String, HashMap<String, String>), EngineError> {
        let new = NewKnowledgeBase {
            name: name.to_owned(),
            description: String::new(),
            embedder: None,
            chunking: None,
            retrieval: None,
            chat_model: None,
            examples: Vec::new(),
        };
        let knowledge_base = self.create_knowledge_base(new).await?;
        let id = knowledge_base.id.to_string();
        match self.add_corpus(&id, corpus).await {
            Ok(renamed) => Ok((id, renamed)),
            Err(error) => {
                self.delete_knowledge_base(&id).await?;
                Err(error)
            }
        }
    }

    /// Adds documents, some at a time. Returns the names under which those are there whose text is that of another one.
    async fn add_corpus(
        &self,
        knowledge_base: &str,
        corpus: Vec<CorpusDocument>,
    ) -> Result<HashMap<String, String>, EngineError> {
        let adding = corpus.into_iter().map(|document| async move {
            if self.rooms.shared.stopping.is_cancelled() {
                return Err(EngineError::Stopping);
            }
            let mut bytes = self.begin_upload().await?;
            let title = document.title.as_deref().map(str::trim);
            if let Some(title) = title.filter(|title| !title.is_empty()) {
                bytes.write(format!("# {title}\n\n").as_bytes()).await?;
            }
            bytes.write(document.text.as_bytes()).await?;
            let upload = Upload {
                name: document.name.clone(),
                media_type: Some("text/markdown".to_owned()),
                metadata: Metadata::default(),
            };
            let accepted = self.accept_upload(knowledge_base, upload, bytes).await?;
            Ok::<_, EngineError>((document.name, accepted.document.name))
        });
        let names = stream::iter(adding)
            .buffered(UPLOADS)
            .try_collect::<Vec<_>>()
            .await?;
        let renamed = names.into_iter().filter(|(own, kept)| own != kept);
        Ok(renamed.collect())
    }
}
