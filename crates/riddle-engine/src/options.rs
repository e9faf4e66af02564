use std::path::PathBuf;
use std::time::Duration;

use riddle_core::Rewriting;

/// What a person may set.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The program that runs, for commands that people are told to type.
    pub program: PathBuf,
    /// Folder of blobs and temporary uploads; made if absent.
    pub data_dir: PathBuf,
    /// The folder of the indexes, for its size.
    pub index_dir: PathBuf,
    /// Documents parsed at the same time.
    pub parse_workers: usize,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
    /// How long reranking may take in one request.
    pub rerank_deadline: Duration,
    /// How long late interaction over an embedder, the fallback for a reranker, may take in one request; zero leaves it
    /// out. The deadline of a request or a knowledge base goes before it.
    pub fallback_deadline: Duration,
    /// Tokens of passages in a prompt at most.
    pub prompt_budget_tokens: u32,
    /// Upper bound of an answer in tokens when a request does not say.
    pub max_answer_tokens: u32,
    /// Language models of this machine in memory at the same time, 1 at least.
    pub max_loaded_chats: usize,
    /// How follow-ups of a chat are rewritten before they are searched.
    pub rewriting: Rewriting,
    /// Searches and answers in work at the same time; more are refused.
    pub max_concurrent_queries: usize,
    /// Bytes of the disk that are kept free; without it a share of the disk, 256 MiB at most.
    pub disk_reserve: Option<u64>,
    /// Which questions of chats are searched in another way too.
    pub live: LiveOptions,
    /// Searches, answers and comparisons that take this long are logged with their stages.
    pub slow_query: Option<Duration>,
}

/// How questions of chats are searched once more, in the time that people leave.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveOptions {
    /// Share of the questions, from 0, which is none of them, to 1.
    pub share: f64,
    /// The way in which they are searched besides.
    pub arm: LiveArm,
    /// The reranker of that way, where it reranks; the knowledge base's if left out.
    pub reranker: Option<String>,
    /// How long it is kept which sources were found.
    pub keep: Duration,
}

impl Default for LiveOptions {
    /// None are.
    fn default() -> Self {
        Self {
            share: 0.0,
            arm: LiveArm::Opposite,
            reranker: None,
            keep: Duration::from_hours(24 * 30),
        }
    }
}

/// How the other arm of a live comparison differs from the settings of a knowledge base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LiveArm {
    /// It reranks where the knowledge base does not, and the other way round.
    Opposite,
    WithRerank,
    WithoutRerank,
}
