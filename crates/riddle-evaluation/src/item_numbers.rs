use std::collections::HashMap;

use riddle_core::{ChunkId, JudgedItem, KnowledgeBaseId};

use crate::golds::ResolvedGolds;
use crate::named_document::NamedDocument;

/// What the candidates of a question count as: a judged item, or one of their own.
pub struct ItemNumbers {
    resolved: ResolvedGolds,
    /// Items that are not judged, where documents count and not chunks.
    documents: HashMap<(String, Option<KnowledgeBaseId>), u32>,
    next: u32,
}

impl ItemNumbers {
    /// The judged items come first.
    pub fn new(resolved: ResolvedGolds) -> Self {
        Self {
            next: u32::try_from(resolved.items.len()).unwrap_or(u32::MAX),
            resolved,
            documents: HashMap::new(),
        }
    }

    /// What is judged.
    pub fn items(&self) -> &[JudgedItem] {
        &self.resolved.items
    }

    /// Whether a chunk of a document is judged.
    pub fn is_judged<'a>(&self, chunk: ChunkId, document: impl Into<NamedDocument<'a>>) -> bool {
        self.resolved.item(chunk, document).is_some()
    }

    /// The number of a chunk that was not asked for before.
    pub fn number<'a>(&mut self, chunk: ChunkId, document: impl Into<NamedDocument<'a>>) -> u32 {
        let document = document.into();
        if let Some(item) = self.resolved.item(chunk, document) {
            return item;
        }
        let next = self.next;
        let item = match self.resolved.by_document() {
            true => {
                let document = (document.name.to_owned(), document.other);
                *self.documents.entry(document).or_insert(next)
            }
            false => next,
        };
        if item == next {
            self.next += 1;
        }
        item
    }
}
