use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use riddle_core::{ChunkRecord, KnowledgeBase, KnowledgeBaseId, RetrievalSettings};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::candidates::Candidate;

/// Knowledge bases, each in each language, whose questions are kept.
const MOST_KEPT: usize = 64;

/// Questions made of headings, for the position of the indexes that they were made at.
pub(in crate::query) struct KeptExamples {
    kept: Mutex<Vec<(Key, Making)>>,
    turn: Semaphore,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Key {
    knowledge_base: KnowledgeBaseId,
    language: Option<String>,
}

/// How far the making of questions has come.
#[derive(Clone, Debug)]
pub(super) struct Making {
    /// Position of the indexes.
    pub(super) position: u64,
    /// How the knowledge base was searched.
    pub(super) retrieval: RetrievalSettings,
    /// What is still to be tried.
    pub(super) left: VecDeque<Candidate>,
    /// What was found.
    pub(super) made: Vec<Made>,
}

/// A question, and the passage that a search for it has found.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) question: String,
    pub(super) passage: ChunkRecord,
}

impl Default for KeptExamples {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            turn: Semaphore::new(1),
        }
    }
}

impl KeptExamples {
    /// Waits until nobody else makes questions.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turn.acquire().await.ok()
    }

    /// How far the questions have come that are asked of the knowledge base as it is now.
    pub(super) fn making(
        &self,
        knowledge_base: &KnowledgeBase,
        language: Option<&str>,
        position: u64,
    ) -> Option<Making> {
        let making = self.find(knowledge_base.id, language)?;
        let same =
            making.position == position && making.retrieval == knowledge_base.settings.retrieval;
        same.then_some(making)
    }

    /// What was made last, whatever has changed since.
    pub(super) fn made(
        &self,
        knowledge_base: KnowledgeBaseId,
        language: Option<&str>,
    ) -> Vec<Made> {
        self.find(knowledge_base, language)
            .map_or_else(Vec::new, |making| making.made)
    }

    pub(super) fn keep(
        &self,
        knowledge_base: KnowledgeBaseId,
        language: Option<&str>,
        making: Making,
    ) {
        let key = Key::of(knowledge_base, language);
        let mut kept = self.lock();
        kept.retain(|(known, _)| *known != key);
        kept.push((key, making));
        if kept.len() > MOST_KEPT {
            kept.remove(0);
        }
    }

    fn find(&self, knowledge_base: KnowledgeBaseId, language: Option<&str>) -> Option<Making> {
        let key = Key::of(knowledge_base, language);
        let kept = self.lock();
        let found = kept.iter().find(|(known, _)| *known == key);
        found.map(|(_, making)| making.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Key, Making)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    fn of(knowledge_base: KnowledgeBaseId, language: Option<&str>) -> Self {
        Self {
            knowledge_base,
            language: language.map(str::to_owned),
        }
    }
}
