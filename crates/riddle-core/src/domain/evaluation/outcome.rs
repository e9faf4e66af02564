use serde::{Deserialize, Serialize};

use crate::domain::evaluation::{QuestionHalf, QuestionOrigin};
use crate::domain::id::{ChunkId, KnowledgeBaseId};
use crate::domain::retrieval::Timings;

/// What became of one question in a run: candidates that are frozen once, and what each arm made of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QuestionOutcome {
    /// The question as it was when it was asked.
    pub question: EvaluatedQuestion,
    /// Every candidate that any arm had, each once, in no meaningful order.
    pub candidates: Vec<FrozenCandidate>,
    /// In the order of the run's arms.
    pub arms: Vec<ArmOutcome>,
    /// The fused order of the candidates, as indices into `candidates`, under each of the fusions that the run tried in
    /// search of the best one without rerank; in the order of [`crate::fusions_to_try`].
    pub fusions: Vec<Vec<u32>>,
}

/// What a run keeps of a question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvaluatedQuestion {
    /// Its id in the set.
    pub id: String,
    /// The question.
    pub text: String,
    /// Right answers, if they are known.
    pub answers: Vec<String>,
    /// Whether the right answer is a refusal.
    pub unanswerable: bool,
    /// What it is used for.
    pub half: QuestionHalf,
    /// Language of the question, if it is clear, as ISO 639-1.
    pub language: Option<String>,
    /// Where it comes from; unknown in runs of older versions.
    #[serde(default)]
    pub origin: Option<QuestionOrigin>,
    /// What is judged: golds that one chunk holds together are one item, with the highest of their grades.
    pub items: Vec<JudgedItem>,
}

/// One judged passage or document.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct JudgedItem {
    /// Name of the document.
    pub document: String,
    /// See [`crate::Gold::grade`].
    pub grade: i32,
    /// Whether it is in the knowledge base.
    pub place: GoldPlace,
    /// Where the passage begins in its document, from 0 to 1, where a passage is judged and found.
    pub position: Option<f32>,
    /// Characters of the shortest chunk that holds it, where it is found.
    pub chunk_chars: Option<u32>,
    /// Share of the question's words that the passage has, from 0 to 1, where a passage is judged and found.
    #[serde(default)]
    pub overlap: Option<f32>,
    /// The language model that has said so; `None` where people have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// What the language model whose grades count says of it besides, where people have judged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_grade: Option<i32>,
}

impl JudgedItem {
    /// The grade that people gave; `None` where only a language model has, and where it is below 0, which says that the
    /// item was in a pool and was not judged.
    #[must_use]
    pub fn by_people(&self) -> Option<i32> {
        (self.judge.is_none() && self.grade >= 0).then_some(self.grade)
    }
}

/// Whether what is judged is in the knowledge base.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoldPlace {
    /// A chunk that searches can find holds it.
    Found,
    /// No document has this name.
    DocumentMissing,
    /// The document is there, and its words are not in any chunk.
    QuoteMissing,
}

/// A candidate as a run keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FrozenCandidate {
    /// The chunk.
    pub chunk: ChunkId,
    /// Name of its document.
    pub document: String,
    /// The knowledge base that it is of, where that is not the set's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knowledge_base: Option<KnowledgeBaseId>,
    /// What it counts as. Below the number of judged items it is that item; others are numbered after them. Candidates
    /// with the same number are the same to a measure, and only the first of them in an order counts.
    pub item: u32,
}

/// What an arm made of a question.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ArmOutcome {
    /// Candidates in the order in which the arm retrieved them, at most its `top_k`, as indices into `candidates`.
    pub retrieved: Vec<u32>,
    /// Fused score of each, 0 to 1.
    pub fused: Vec<f32>,
    /// The reranker's raw score of each, `None` where it gave none; empty without rerank.
    pub scores: Vec<Option<f32>>,
    /// Candidates of whose passage the reranker has read a part only, as indices into `candidates`; unknown in runs of
    /// older versions.
    #[serde(default)]
    pub cut: Vec<u32>,
    /// The final order, best first, as indices into `candidates`.
    pub ranking: Vec<u32>,
    /// Why nothing was reranked though the arm reranks, or why it failed to: the code of the reason.
    pub not_reranked: Option<String>,
    /// The model that reranked; unknown, like what follows of it, in runs of older versions.
    #[serde(default)]
    pub reranked_by: Option<String>,
    /// Whether that is only the fallback for a cross-encoder that is not there.
    #[serde(default)]
    pub stand_in: bool,
    /// Its weight in the final order. That of the fallback is not the arm's.
    #[serde(default)]
    pub weight: Option<f32>,
    /// Whether another system made it. It has no times then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// Why the arm has no result for this question. All else is empty then, but for the order of another system, which
    /// may be compared once the question is judged otherwise.
    pub failure: Option<String>,
    /// Where the time went. Retrieval is done once for all arms, and counts in each.
    pub timings: Timings,
    /// Tokens that the reranker read.
    pub reranked_tokens: Option<u64>,
    /// The answer written from the best passages, if the run writes answers.
    pub answer: Option<ArmAnswer>,
}

/// An answer of an arm.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArmAnswer {
    /// Its text, with citations as `[n]`.
    pub text: String,
    /// The candidates that the prompt held, as indices into `candidates`; `[1]` cites the first.
    pub passages: Vec<u32>,
    /// Numbers of the passages that it cites.
    pub cited: Vec<u32>,
    /// Whether it says that the sources lack the answer.
    pub refused: bool,
    /// Tokens of the prompt; 0 without a language model.
    pub prompt_tokens: u32,
    /// Tokens of the answer; 0 without a language model.
    pub completion_tokens: u32,
}
