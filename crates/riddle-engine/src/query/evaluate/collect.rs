use std::collections::HashMap;

use riddle_core::{Answer, ArmAnswer, ChunkId, ChunkRecord, FrozenCandidate, JudgedItem};
use riddle_evaluation::{ItemNumbers, ResolvedGolds};

/// Every candidate that any arm had, each once, with what it counts as.
pub(super) struct Collected {
    numbers: ItemNumbers,
    pub(super) candidates: Vec<FrozenCandidate>,
    known: HashMap<ChunkId, u32>,
}

impl Collected {
    pub(super) fn new(resolved: ResolvedGolds) -> Self {
        Self {
            numbers: ItemNumbers::new(resolved),
            candidates: Vec::new(),
            known: HashMap::new(),
        }
    }

    pub(super) fn items(&self) -> &[JudgedItem] {
        self.numbers.items()
    }

    /// The index of a candidate, which is added if it is new.
    pub(super) fn add(&mut self, chunk: &ChunkRecord) -> u32 {
        if let Some(known) = self.known.get(&chunk.id) {
            return *known;
        }
        let index = count(self.candidates.len());
        let item = self.numbers.number(chunk.id, &chunk.document_name);
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
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
