use std::collections::HashMap;

use riddle_core::{
    Answer, ArmAnswer, ChunkId, ChunkRecord, ContextRecord, FrozenCandidate, JudgedItem,
    KnowledgeBaseId,
};
use riddle_evaluation::{ItemNumbers, JudgedDocument, NamedDocument, ResolvedGolds};

use crate::judged::no_chunk;
use crate::query::retrieval::candidates::Candidate;

/// Every candidate that any arm had, each once, with what it counts as.
pub(super) struct Collected {
    numbers: ItemNumbers,
    pub(super) candidates: Vec<FrozenCandidate>,
    known: HashMap<ChunkId, u32>,
    /// The knowledge base of the set.
    first: KnowledgeBaseId,
    /// Chunks of other knowledge bases that were seen.
    others: HashMap<ChunkId, KnowledgeBaseId>,
}

impl Collected {
    pub(super) fn new(resolved: ResolvedGolds, first: KnowledgeBaseId) -> Self {
        Self {
            numbers: ItemNumbers::new(resolved),
            candidates: Vec::new(),
            known: HashMap::new(),
            first,
            others: HashMap::new(),
        }
    }

    pub(super) fn items(&self) -> &[JudgedItem] {
        self.numbers.items()
    }

    /// The index of a candidate, which is added if it is new. A text that stands in several documents counts as the one
    /// that is judged.
    pub(super) fn add(&mut self, candidate: &Candidate) -> u32 {
        let copies = candidate.copies.iter().map(|(_, chunk)| chunk);
        let chunks = std::iter::once(&candidate.chunk).chain(copies);
        chunks.clone().for_each(|chunk| self.see(chunk));
        self.add_first_judged(chunks.map(|chunk| (chunk.id, chunk.document_name.as_str())))
    }

    fn add_context(&mut self, context: &ContextRecord) -> u32 {
        let first = &context.hit.chunk;
        self.see(first);
        let copies = context.also_in.iter();
        let copies = copies.map(|copy| (copy.chunk, copy.document_name.as_str()));
        let first = (first.id, first.document_name.as_str());
        self.add_first_judged(std::iter::once(first).chain(copies))
    }

    /// Adds a document that another system has found by its first chunk; one that is not known, or has none, by
    /// [`no_chunk`].
    pub(super) fn add_document(&mut self, name: &str, known: Option<&JudgedDocument>) -> u32 {
        let first = known.and_then(|document| document.chunks.first());
        let chunk = first.map_or_else(|| no_chunk(name), |chunk| chunk.id);
        if let Some(other) = known.and_then(|document| document.other) {
            self.others.insert(chunk, other);
        }
        self.add_chunk(chunk, name)
    }

    fn see(&mut self, chunk: &ChunkRecord) {
        if chunk.knowledge_base != self.first {
            self.others.insert(chunk.id, chunk.knowledge_base);
        }
    }

    fn named<'a>(&self, chunk: ChunkId, document: &'a str) -> NamedDocument<'a> {
        NamedDocument {
            name: document,
            other: self.others.get(&chunk).copied(),
        }
    }

    /// Adds the first of chunks with one text, by id and name of their document, that is judged; else the first.
    fn add_first_judged<'a>(
        &mut self,
        chunks: impl Iterator<Item = (ChunkId, &'a str)> + Clone,
    ) -> u32 {
        let mut all = chunks.clone();
        let judged = all.find(|(chunk, document)| {
            let document = self.named(*chunk, document);
            self.numbers.is_judged(*chunk, document)
        });
        match judged.or_else(|| chunks.clone().next()) {
            Some((chunk, document)) => self.add_chunk(chunk, document),
            None => count(self.candidates.len()),
        }
    }

    fn add_chunk(&mut self, chunk: ChunkId, document: &str) -> u32 {
        if let Some(known) = self.known.get(&chunk) {
            return *known;
        }
        let index = count(self.candidates.len());
        let document = self.named(chunk, document);
        let item = self.numbers.number(chunk, document);
        self.candidates.push(FrozenCandidate {
            chunk,
            document: document.name.to_owned(),
            knowledge_base: document.other,
            item,
        });
        self.known.insert(chunk, index);
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
            passages: contexts.map(|context| self.add_context(context)).collect(),
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
