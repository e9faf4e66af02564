use async_trait::async_trait;

use crate::domain::comparison::{ComparisonSummary, KeptComparison, Preference};
use crate::domain::id::ComparisonId;
use crate::ports::store_error::StoreError;

/// A page of comparisons.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparisonPage {
    /// Newest first.
    pub comparisons: Vec<ComparisonSummary>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// Comparisons and what people think of them. They go with their knowledge base.
#[async_trait]
pub trait ComparisonStore: Send + Sync {
    /// Keeps one. Fails with [`StoreError::KnowledgeBaseGone`].
    async fn insert_comparison(&self, comparison: &KeptComparison) -> Result<(), StoreError>;

    /// A page, newest first. Fails with [`StoreError::BadCursor`].
    async fn list_comparisons(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ComparisonPage, StoreError>;

    /// One with its answers.
    async fn lookup_comparison(
        &self,
        id: ComparisonId,
    ) -> Result<Option<KeptComparison>, StoreError>;

    /// Sets or takes back which answer a person finds better. Returns what is kept then, if the comparison is there.
    async fn set_preference(
        &self,
        id: ComparisonId,
        preference: Option<Preference>,
    ) -> Result<Option<ComparisonSummary>, StoreError>;

    /// Removes one. Returns whether it was there.
    async fn delete_comparison(&self, id: ComparisonId) -> Result<bool, StoreError>;
}
