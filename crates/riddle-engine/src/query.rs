//! Search, answer, compare.

use std::pin::Pin;

use futures_core::Stream;
use riddle_core::{
    AnswerEvent, AskRequest, CompareRequest, Comparison, SearchRequest, SearchResponse,
};

use crate::engine::Engine;
use crate::error::EngineError;

/// An answer as it comes. Dropping it stops the work.
pub type AnswerEvents = Pin<Box<dyn Stream<Item = Result<AnswerEvent, EngineError>> + Send>>;

impl Engine {
    /// Searches a knowledge base.
    ///
    /// # Errors
    /// No such knowledge base, values out of bounds, a store failed. A reranker that fails is reported, not an error.
    pub async fn search(
        &self,
        knowledge_base: &str,
        request: SearchRequest,
    ) -> Result<SearchResponse, EngineError> {
        todo!("{knowledge_base}{request:?}")
    }

    /// Answers a question. The stream yields events as they come; see [`AnswerEvent`] for their order.
    ///
    /// # Errors
    /// As [`Self::search`], before the stream starts.
    pub async fn ask(
        &self,
        knowledge_base: &str,
        request: AskRequest,
    ) -> Result<AnswerEvents, EngineError> {
        todo!("{knowledge_base}{request:?}")
    }

    /// Answers a question with rerank and without over the same candidates, one after the other.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn compare(
        &self,
        knowledge_base: &str,
        request: CompareRequest,
    ) -> Result<Comparison, EngineError> {
        todo!("{knowledge_base}{request:?}")
    }
}
