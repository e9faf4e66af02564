//! What the program speaks of: documents, passages, knowledge bases, searches, chats, evaluations.

pub(crate) mod answer;
pub(crate) mod chunk;
pub(crate) mod comparison;
pub(crate) mod conversation;
pub(crate) mod document;
pub(crate) mod document_name;
pub(crate) mod evaluation;
pub(crate) mod filter;
pub(crate) mod id;
pub(crate) mod knowledge_base;
pub(crate) mod metadata;
pub(crate) mod notice;
pub(crate) mod page_ranges;
pub(crate) mod rerank_report;
pub(crate) mod retrieval;
