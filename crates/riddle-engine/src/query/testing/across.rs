use std::sync::Arc;

use riddle_core::{ChunkRecord, KnowledgeBase, KnowledgeBaseId};
use uuid::Uuid;

use super::{FakeDocuments, FakeIndex, FakeProvider, World, chunk, clock, knowledge_base, options};
use crate::models::Models;

/// Several knowledge bases behind one index.
pub(in crate::query) struct Across {
    pub(in crate::query) world: World,
    pub(in crate::query) index: Arc<FakeIndex>,
    pub(in crate::query) bases: Vec<KnowledgeBase>,
}

impl Across {
    /// One knowledge base for each embedder and its texts.
    pub(in crate::query) fn new(
        contents: &[(Option<&str>, &[&str])],
        provider: FakeProvider,
    ) -> Self {
        let mut bases = Vec::new();
        let mut chunks: Vec<ChunkRecord> = Vec::new();
        for ((embedder, texts), number) in contents.iter().zip(1..) {
            let mut base = knowledge_base(embedder.map(str::to_owned));
            base.id = KnowledgeBaseId(Uuid::from_u128(number));
            base.name = format!("base {number}");
            for text in *texts {
                let ordinal = u32::try_from(chunks.len()).expect("few");
                chunks.push(chunk(base.id, ordinal, text));
            }
            bases.push(base);
        }
        let index = Arc::new(FakeIndex::new(&chunks));
        let world = World {
            index: Arc::clone(&index) as Arc<dyn riddle_core::ChunkIndex>,
            fake_index: Arc::clone(&index),
            documents: FakeDocuments::new(chunks),
            models: Models::new(Arc::new(provider), 1, &clock()),
            options: options(),
            knowledge_base: bases[0].clone(),
        };
        Self {
            world,
            index,
            bases,
        }
    }
}
