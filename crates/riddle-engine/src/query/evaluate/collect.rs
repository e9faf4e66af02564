use std::collections::HashMap;

use riddle_core::{Answer, ArmAnswer, ChunkId, ChunkRecord, FrozenCandidate, JudgedItem};
use riddle_evaluation::ResolvedGolds;

/// Every candidate that any arm had, each once, with what it counts as.
pub(super) struct Collected {
    resolved: ResolvedGolds,
    pub(super) candidates: Vec<FrozenCandidate>,
    known: HashMap<ChunkId, u32>,
    /// Items that are not judged, where documents count and not chunks.
    documents: HashMap<String, u32>,
    next_item: u32,
}

impl Collected {
    pub(super) fn new(resolved: ResolvedGolds) -> Self {
        Self {
            next_item: count(resolved.items.len()),
            resolved,
            candidates: Vec::new(),
            known: HashMap::new(),
            documents: HashMap::new(),
        }
    }

    pub(super) fn items(&self) -> &[JudgedItem] {
        &self.resolved.items
    }

    /// The index of a candidate, which is added if it is new.
    pub(super) fn add(&mut self, chunk: &ChunkRecord) -> u32 {
        if let Some(known) = self.known.get(&chunk.id) {
            return *known;
        }
        let index = count(self.candidates.len());
        let item = self.item(chunk);
        self.candidates.push(FrozenCandidate {
            chunk: chunk.id,
            document: chunk.document_name.clone(),
            item,
        });
        self.known.insert(chunk.id, index);
        index
    }

    /// An answer, with its passages as candidates.
    pub(super) fn answer(&mut self, answer: &Answer) -> ArmAnswer {
        let contexts = answer.contexts.iter();
        let mut cited: Vec<u32> = answer.citations.iter().map(|c| c.number).collect();
        cited.sort_unstable();
        cited.dedup();
        ArmAnswer {
            text: answer.text.clone(),
            passages: contexts
                .map(|context| self.add(&context.hit.chunk))
                .collect(),
            cited,
            refused: !answer.found,
            prompt_tokens: answer.usage.prompt_tokens,
            completion_tokens: answer.usage.completion_tokens,
        }
    }

    fn item(&mut self, chunk: &ChunkRecord) -> u32 {
        if let Some(item) = self.resolved.item(chunk.id, &chunk.document_name) {
            return item;
        }
        let next = self.next_item;
        let item = match self.resolved.by_document() {
            true => *self
                .documents
                .entry(chunk.document_name.clone())
                .or_insert(next),
            false => next,
        };
        if item == next {
            self.next_item += 1;
        }
        item
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
