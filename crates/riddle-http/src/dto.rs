//! Between the public JSON of `riddle-api` and the types of the domain. Converted by hand, so that either may change
//! without the other.

mod answer;
mod audit;
mod chat;
mod chunk;
mod compare;
mod convert;
mod document;
mod evaluation;
mod example;
mod fusion;
mod health;
mod hit;
mod knowledge_base;
mod library;
mod metadata;
mod notice;
mod query;
mod rerank;
mod rerank_options;
mod search;
mod several;
mod system;
mod timings;

pub(crate) use chat::question_event;
pub(crate) use chunk::chunk_list;
pub(crate) use compare::{compare_event, compare_request};
pub(crate) use convert::{Convert, ConvertFrom};
pub(crate) use document::{WARNING_CODES, parse_text_documents, refused};
pub(crate) use evaluation::{
    export_format, judgment, new_evaluation_set, outcome, public_report, question_maker,
    question_scope, run_questions,
};
pub(crate) use health::public_health;
pub(crate) use knowledge_base::{changed_retrieval, knowledge_base_patch};
pub(crate) use metadata::metadata_from_json;
pub(crate) use notice::notices;
pub(crate) use query::{ask_request, query_filter, search_request};
pub(crate) use rerank_options::rerank_options;
pub(crate) use search::retrieval;
