use std::sync::Arc;

use riddle_core::{ChunkRecord, ContentHash, DocumentId, KnowledgeBaseId};

use crate::error::EngineError;
use crate::evaluation::ready_documents::ready_documents;
use crate::shared::Shared;

/// Chunks of a document that questions are made of.
const CHUNKS: u32 = 200;
/// Fewest characters of a passage that a question is made of.
const LEAST_CHARS: usize = 120;

/// Passages of all documents, one of each before the second of any, in an order that the seed draws. They are read as
/// they are wanted: a knowledge base may be larger than memory.
pub(super) struct DrawnPassages {
    shared: Arc<Shared>,
    seed: u128,
    /// Documents of this turn, in order, and how many of them are done.
    documents: Vec<DocumentId>,
    done: usize,
    /// Documents that have a passage for the next turn.
    left: Vec<DocumentId>,
    /// Passages that every document of this turn has given already.
    turn: usize,
}

impl DrawnPassages {
    pub(super) async fn of(
        shared: &Arc<Shared>,
        knowledge_base: KnowledgeBaseId,
        seed: u128,
    ) -> Result<Self, EngineError> {
        let mut documents = ready_documents(shared, knowledge_base, |one| one.id).await?;
        documents.sort_by_cached_key(|document| draw(seed, document));
        Ok(Self {
            shared: Arc::clone(shared),
            seed,
            documents,
            done: 0,
            left: Vec::new(),
            turn: 0,
        })
    }

    /// The next one; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<ChunkRecord>, EngineError> {
        loop {
            let Some(document) = self.documents.get(self.done).copied() else {
                if self.left.is_empty() {
                    return Ok(None);
                }
                self.documents = std::mem::take(&mut self.left);
                (self.done, self.turn) = (0, self.turn + 1);
                continue;
            };
            self.done += 1;
            let mut own = self.usable(document).await?;
            if own.len() > self.turn {
                if own.len() > self.turn + 1 {
                    self.left.push(document);
                }
                return Ok(Some(own.swap_remove(self.turn)));
            }
        }
    }

    /// The passages of a document that questions can be made of, in the order that is drawn.
    async fn usable(&self, document: DocumentId) -> Result<Vec<ChunkRecord>, EngineError> {
        let position = self.shared.index_progress.position();
        let chunks = self
            .shared
            .store
            .document_chunks(document, 0, CHUNKS, position)
            .await?;
        let usable = chunks.into_iter().filter(|chunk| {
            let length = chunk.record.chunk.text.chars().count();
            chunk.state.enabled && !chunk.state.pending && length >= LEAST_CHARS
        });
        let mut own: Vec<ChunkRecord> = usable.map(|chunk| chunk.record).collect();
        own.sort_by_cached_key(|chunk| draw(self.seed, &chunk.id));
        Ok(own)
    }
}

fn draw(seed: u128, id: &impl std::fmt::Display) -> ContentHash {
    ContentHash::of(format!("{seed} {id}").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::testing::TestEngine;

    /// A text of so many passages.
    fn text(name: &str, passages: usize) -> String {
        let paragraph = |n| format!("{name} {n} {}", "says a lot about tea. ".repeat(400));
        let paragraphs: Vec<String> = (0..passages).map(paragraph).collect();
        paragraphs.join("\n\n")
    }

    #[tokio::test]
    async fn every_document_has_its_turn_before_any_has_a_second() {
        let test = TestEngine::running().await;
        test.add_ready("long.txt", &text("long", 3)).await;
        test.add_ready("short.txt", "Too short to be asked about.")
            .await;
        test.add_ready("one.txt", &text("one", 1)).await;
        let shared = &test.engine.rooms.shared;
        let drawn = async |seed| {
            let mut passages = DrawnPassages::of(shared, test.knowledge_base.id, seed)
                .await
                .expect("documents");
            let mut drawn = Vec::new();
            while let Some(passage) = passages.next().await.expect("a passage") {
                drawn.push((passage.document_name, passage.id));
            }
            drawn
        };
        let first = drawn(1).await;
        let two: HashSet<&str> = first[..2].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(two, HashSet::from(["long.txt", "one.txt"]));
        let ids: HashSet<_> = first.iter().map(|(_, id)| *id).collect();
        assert!(
            first.len() > 3 && ids.len() == first.len(),
            "{}",
            first.len()
        );
        assert_eq!(first, drawn(1).await);
        test.engine.stop().await;
    }
}
