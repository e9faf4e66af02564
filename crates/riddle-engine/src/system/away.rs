//! Embedders whose servers do not answer, and how many documents wait for them.

use riddle_core::{DocumentStatus, KnowledgeBaseSummary, StoreError, error_chain};

use super::Monitor;
use crate::models::{AwayEmbedder, HealthNotice};

impl Monitor {
    /// A notice for each. A database that does not answer has a notice of its own.
    pub(super) async fn away_embedders(&self) -> Vec<HealthNotice> {
        let away = self.shared.models.away().all();
        if away.is_empty() {
            return Vec::new();
        }
        self.told(away).await.unwrap_or_else(|error| {
            tracing::debug!(
                error = error_chain(&error),
                "documents that wait cannot be counted"
            );
            Vec::new()
        })
    }

    async fn told(&self, away: Vec<AwayEmbedder>) -> Result<Vec<HealthNotice>, StoreError> {
        let bases = self.shared.store.list_knowledge_bases().await?;
        let mut notices = Vec::with_capacity(away.len());
        for embedder in away {
            let documents = self.waiting_for(&embedder.name, &bases).await?;
            let AwayEmbedder {
                name,
                since,
                problem,
            } = embedder;
            notices.push(HealthNotice::EmbedderAway {
                model: name,
                since,
                problem,
                documents,
            });
        }
        Ok(notices)
    }

    /// Documents that are still to be embedded in the knowledge bases of this embedder.
    async fn waiting_for(
        &self,
        embedder: &str,
        bases: &[KnowledgeBaseSummary],
    ) -> Result<u64, StoreError> {
        use DocumentStatus::{Embedding, Parsing, Queued};
        let mut documents = 0;
        for KnowledgeBaseSummary { knowledge_base, .. } in bases {
            if knowledge_base.settings.embedder.as_deref() == Some(embedder) {
                let counts = self.shared.store.count_documents(knowledge_base.id).await?;
                let waiting = counts
                    .iter()
                    .filter(|(status, _)| matches!(status, Queued | Parsing | Embedding));
                documents += waiting.map(|(_, count)| count).sum::<u64>();
            }
        }
        Ok(documents)
    }
}
