use riddle_core::{FrozenCandidate, KnowledgeBaseId};

/// A document by its name and where it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NamedDocument<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its knowledge base, where that is not the set's.
    pub other: Option<KnowledgeBaseId>,
}

impl<'a> From<&'a str> for NamedDocument<'a> {
    fn from(name: &'a str) -> Self {
        Self { name, other: None }
    }
}

impl<'a> From<&'a FrozenCandidate> for NamedDocument<'a> {
    fn from(candidate: &'a FrozenCandidate) -> Self {
        Self {
            name: &candidate.document,
            other: candidate.knowledge_base,
        }
    }
}
