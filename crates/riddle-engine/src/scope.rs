use riddle_core::{KnowledgeBase, KnowledgeBaseId};

use crate::bounds::MAX_KNOWLEDGE_BASES;
use crate::error::EngineError;
use crate::shared::Shared;

/// The knowledge bases that a request searches. The settings of the first are the defaults of the request.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) first: KnowledgeBase,
    pub(crate) others: Vec<KnowledgeBase>,
}

impl From<KnowledgeBase> for Scope {
    fn from(first: KnowledgeBase) -> Self {
        Self {
            first,
            others: Vec::new(),
        }
    }
}

impl Scope {
    /// All of them, each once.
    pub(crate) fn all(&self) -> impl Iterator<Item = &KnowledgeBase> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub(crate) fn ids(&self) -> Vec<KnowledgeBaseId> {
        self.all().map(|knowledge_base| knowledge_base.id).collect()
    }
}

impl Shared {
    /// Looks the knowledge bases up by id or name. One that is named twice is searched once.
    pub(crate) async fn find_scope<S: AsRef<str> + Sync>(
        &self,
        names: &[S],
    ) -> Result<Scope, EngineError> {
        let count = names.len();
        let (Some((first, others)), 1..=MAX_KNOWLEDGE_BASES) = (names.split_first(), count) else {
            let problem = format!("must name 1 to {MAX_KNOWLEDGE_BASES} of them");
            return Err(EngineError::invalid("knowledge_bases", problem));
        };
        let mut scope = Scope::from(self.find_knowledge_base(first.as_ref()).await?);
        for name in others {
            let other = self.find_knowledge_base(name.as_ref()).await?;
            if scope.all().all(|known| known.id != other.id) {
                scope.others.push(other);
            }
        }
        Ok(scope)
    }
}
