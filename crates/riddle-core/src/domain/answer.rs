use serde::{Deserialize, Serialize};

use crate::domain::filter::Filter;
use crate::domain::id::{ChunkId, DocumentId};
use crate::domain::notice::Notice;
use crate::domain::rerank_report::RerankReport;
use crate::domain::retrieval::{Hit, RerankOptions, SearchResponse, Timings};
use crate::ranking::fusion::Fusion;

/// A question to answer. `None` takes the knowledge base's setting.
#[derive(Clone, PartialEq, Debug)]
pub struct AskRequest {
    /// The question.
    pub question: String,
    /// Candidates, 1 to 1,000.
    pub top_k: Option<u32>,
    /// Hits given to the answer, 1 to `top_k`.
    pub top_n: Option<u32>,
    /// How the hits of both retrievers become one list.
    pub fusion: Option<Fusion>,
    /// Whether the reranker runs.
    pub rerank: Option<bool>,
    /// How it runs.
    pub reranking: RerankOptions,
    /// Conditions on document metadata.
    pub filter: Filter,
    /// The language model that answers, `extractive` for quoted sentences.
    pub chat_model: Option<String>,
    /// Upper bound of the answer in tokens.
    pub max_tokens: Option<u32>,
    /// Sampling temperature.
    pub temperature: Option<f32>,
    /// Strings that end the answer where it comes to one; they are no part of it.
    pub stop: Vec<String>,
    /// Earlier messages of the chat, oldest first, without the question.
    pub history: Vec<crate::ports::chat::ChatMessage>,
}

/// How an answer was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// A language model wrote it.
    Generated,
    /// Sentences of the passages, word for word.
    Extractive,
}

impl AnswerMode {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Extractive => "extractive",
        }
    }
}

/// A passage that was given to the answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ContextRecord {
    /// Number that citations use, from 1.
    pub number: u32,
    /// The passage.
    pub hit: Hit,
    /// Where else the same text stands.
    #[serde(default)]
    pub also_in: Vec<CopyRecord>,
    /// Whether the token budget cut it.
    pub truncated: bool,
}

/// A chunk that has the text of another one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CopyRecord {
    /// The chunk.
    pub chunk: ChunkId,
    /// Its document.
    pub document: DocumentId,
    /// Name of that document.
    pub document_name: String,
}

/// A citation in the answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CitationRecord {
    /// The number in the text, an index into the contexts from 1.
    pub number: u32,
    /// Where `[n]` stands in the final answer, in characters.
    pub answer_span: crate::domain::chunk::Span,
    /// The context it refers to.
    pub context: ContextRecord,
    /// The cited part of the document's text: the sentence quoted, or the passage.
    pub source_span: crate::domain::chunk::Span,
}

/// Tokens of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt; 0 where no language model ran.
    pub prompt_tokens: u32,
    /// Tokens of the answer.
    pub completion_tokens: u32,
}

/// A finished answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The text, with `[n]` citations that all exist.
    pub text: String,
    /// How it was made.
    pub mode: AnswerMode,
    /// The model that wrote it, or `extractive`.
    pub model: String,
    /// Whether the sources hold an answer, as far as the model or the choice of sentences can tell.
    pub found: bool,
    /// Citations in order of appearance.
    pub citations: Vec<CitationRecord>,
    /// Citations that named no source and were taken out.
    pub removed_citations: u32,
    /// The passages given to the answerer.
    pub contexts: Vec<ContextRecord>,
    /// Whether the bound on tokens cut the answer.
    pub truncated: bool,
    /// What the user should know.
    pub notices: Vec<Notice>,
    /// What became of reranking.
    pub rerank: RerankReport,
    /// Where the time went.
    pub timings: Timings,
    /// Tokens.
    pub usage: Usage,
}

/// One event of an answer that is being made. In this order: one `Retrieval`, any number of `Token`, `Citation` and
/// `Restart`, one `Done`. An error ends the stream in place of `Done`.
#[derive(Clone, PartialEq, Debug)]
pub enum AnswerEvent {
    /// The passages are found.
    Retrieval {
        /// The search behind it.
        search: Box<SearchResponse>,
        /// The passages given to the answerer.
        contexts: Vec<ContextRecord>,
    },
    /// More text.
    Token(String),
    /// A citation in the text so far.
    Citation(Box<CitationRecord>),
    /// All text and citations so far are no part of the answer: the model was thinking, which only the end of it told.
    Restart,
    /// The end, with the whole answer.
    Done(Box<Answer>),
}
