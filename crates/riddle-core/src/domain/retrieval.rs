use serde::{Deserialize, Serialize};

use crate::domain::chunk::{ChunkRecord, Span};
use crate::domain::filter::Filter;
use crate::domain::id::ChunkId;
use crate::domain::knowledge_base::RetrievalMode;
use crate::domain::notice::Notice;
use crate::domain::rerank_report::RerankReport;
use crate::ports::rerank::{LongPassages, ScoreScale, Window};
use crate::ranking::fusion::Fusion;

/// A search. `None` takes the knowledge base's setting.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchRequest {
    /// The question.
    pub query: String,
    /// Candidates of the fused list, 1 to 1,000.
    pub top_k: Option<u32>,
    /// Hits kept, 1 to `top_k`.
    pub top_n: Option<u32>,
    /// Which retrievers search.
    pub mode: Option<RetrievalMode>,
    /// How the hits of both retrievers become one list.
    pub fusion: Option<Fusion>,
    /// Whether the reranker runs.
    pub rerank: Option<bool>,
    /// How it runs.
    pub reranking: RerankOptions,
    /// Conditions on document metadata.
    pub filter: Filter,
    /// Whether the response shows all candidates and what was searched for.
    pub explain: bool,
}

impl SearchRequest {
    /// A search as the knowledge base is set up for it.
    pub fn of(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            top_k: None,
            top_n: None,
            mode: None,
            fusion: None,
            rerank: None,
            reranking: RerankOptions::default(),
            filter: Filter::default(),
            explain: false,
        }
    }
}

/// How a request wants its candidates reranked. `None` takes the knowledge base's setting, and `Some(None)` searches as
/// if the knowledge base had none.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RerankOptions {
    /// Catalogue name of the reranker. Where it is given, the knowledge base's weight, layer and lead, which were
    /// chosen for its own reranker, are not used.
    pub reranker: Option<Option<String>>,
    /// Weight of the reranker against the fused score, 0 to 1.
    pub weight: Option<Option<f32>>,
    /// Nothing is reranked where the first candidate leads by this much or more; above 0, at most 1.
    pub skip_lead: Option<Option<f32>>,
    /// What to do with passages that do not fit the model.
    pub long_passages: Option<LongPassages>,
    /// The layer that a layerwise reranker stops at.
    pub cutoff_layer: Option<Option<u32>>,
    /// How long the stage may take, 1 to 60,000 ms.
    pub deadline_ms: Option<Option<u32>>,
}

/// Where a chunk stood in one stage.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct StageScore {
    /// Rank from 1.
    pub rank: u32,
    /// The stage's own score.
    pub score: f32,
}

/// What the reranker made of a chunk.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct RerankScore {
    /// Rank from 1 by the raw score alone.
    pub rank: u32,
    /// As the model gives it.
    pub raw: f32,
    /// From 0 to 1, by [`ScoreScale::normalize`].
    pub score: f32,
    /// What the raw score means.
    pub scale: ScoreScale,
    /// The best window, where the passage was scored in several; its span is in characters of the document.
    pub window: Option<Window>,
}

/// A chunk that the search gives, with its rank and score at every stage.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Hit {
    /// The chunk.
    pub chunk: ChunkRecord,
    /// Rank from 1 in the final order; chunks with one text share it.
    pub rank: u32,
    /// The chunk before it that has the same text, if there is one: it stands right behind that one and takes no place
    /// of its own.
    #[serde(default)]
    pub copy_of: Option<ChunkId>,
    /// Score of the final order, 0 to 1, comparable within this response alone.
    pub score: f32,
    /// Rank and BM25 score, if BM25 found the chunk.
    pub bm25: Option<StageScore>,
    /// Rank and similarity of the vectors, if dense retrieval found the chunk.
    pub dense: Option<StageScore>,
    /// After fusion.
    pub fused: StageScore,
    /// What the reranker made of it, if it scored the chunk.
    pub rerank: Option<RerankScore>,
}

/// What a search looked for and considered, for those who want to know why it found what it did.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// The terms that BM25 searched by, in the order of the query, each once.
    pub query_terms: Vec<String>,
    /// All candidates in the final order; the first of them are the hits.
    pub candidates: Vec<ExplainedHit>,
}

/// A candidate, and where its text has a term of the query.
#[derive(Clone, PartialEq, Debug)]
pub struct ExplainedHit {
    /// The candidate.
    pub hit: Hit,
    /// In characters of the chunk's text.
    pub highlights: Vec<Span>,
}

/// The result of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchResponse {
    /// The `top_n` texts that were kept, best first, each with the chunks that have it.
    pub hits: Vec<Hit>,
    /// Size of the fused candidate list.
    pub candidates: u32,
    /// The retrievers that searched.
    pub mode: RetrievalMode,
    /// What the user should know, such as why dense retrieval was left out.
    pub notices: Vec<Notice>,
    /// What became of reranking.
    pub rerank: RerankReport,
    /// Where the time went.
    pub timings: Timings,
    /// Terms and candidates, where the request asked for them.
    pub explanation: Option<Explanation>,
}

/// Milliseconds by stage; `None` for a stage that did not run.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Waiting for models, over all stages.
    pub queue_ms: f64,
    /// Making a stand-alone question of one that builds on a chat.
    #[serde(default)]
    pub rewrite_ms: Option<f64>,
    /// Embedding the query.
    pub embed_ms: Option<f64>,
    /// BM25 search.
    pub bm25_ms: Option<f64>,
    /// Dense search.
    pub dense_ms: Option<f64>,
    /// Joining hits with their documents, and fusion.
    pub fuse_ms: f64,
    /// Reranking.
    pub rerank_ms: Option<f64>,
    /// Choosing the sentences of an extractive answer.
    pub extract_ms: Option<f64>,
    /// Reading the prompt, up to the first token.
    pub prefill_ms: Option<f64>,
    /// Writing the answer after the first token.
    pub decode_ms: Option<f64>,
    /// From the request to the first token of the answer.
    pub first_token_ms: Option<f64>,
    /// The whole.
    pub total_ms: f64,
}
