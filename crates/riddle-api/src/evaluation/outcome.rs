use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::evaluation::QuestionHalfDto;
use crate::timings::TimingsDto;

/// A page of the questions of a run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunQuestionListDto {
    /// In the order in which they were asked.
    pub questions: Vec<RunQuestionDto>,
    /// `from` of the next page; null on the last.
    pub next: Option<u32>,
}

/// How the arms of a run did on a question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunQuestionDto {
    /// Its place in the run.
    pub place: u32,
    pub id: String,
    pub text: String,
    pub half: QuestionHalfDto,
    /// Judged passages or documents that are relevant.
    pub relevant: u32,
    /// In the order of the run's arms, then the tuned fusion, once the run has a report with one.
    pub arms: Vec<ArmQuestionDto>,
}

/// How an arm did on a question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmQuestionDto {
    /// Null where nothing is judged relevant, or the arm failed.
    pub ndcg_10: Option<f64>,
    /// Rank of the first relevant candidate; null where there is none.
    pub first_relevant: Option<u32>,
    /// Null if the arm failed, of the tuned fusion, and of runs of other systems.
    pub total_ms: Option<f64>,
    /// Why the arm has no result.
    pub failure: Option<String>,
}

/// A question of a run with its candidates, and what each arm made of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutcomeDto {
    pub place: u32,
    pub id: String,
    pub text: String,
    pub half: QuestionHalfDto,
    pub answers: Vec<String>,
    pub unanswerable: bool,
    pub language: Option<String>,
    /// What is judged.
    pub items: Vec<JudgedItemDto>,
    /// Every candidate that any arm had, each once, in no meaningful order.
    pub candidates: Vec<OutcomeCandidateDto>,
    /// In the order of the run's arms, then the tuned fusion, once the run has a report with one; that and runs of
    /// other systems have no times.
    pub arms: Vec<ArmOutcomeDto>,
}

/// A judged passage or document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JudgedItemDto {
    pub document: String,
    pub grade: i32,
    /// `found`, `document_missing` or `quote_missing`.
    pub place: String,
    /// The language model that has said so; null where people have.
    pub judge: Option<String>,
}

/// A candidate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutcomeCandidateDto {
    /// The passage, as long as its document is not processed anew.
    pub chunk: Uuid,
    pub document: String,
    /// Id of its knowledge base; null where that is the set's.
    pub knowledge_base: Option<Uuid>,
    /// How relevant it is; null where nobody has said.
    pub grade: Option<i32>,
    /// The language model that has said so; null where people have, or nobody.
    pub judge: Option<String>,
    /// The beginning of its text; null if it is gone.
    pub text: Option<String>,
    /// Whether judgments can be of its document: it is there, and no knowledge base that comes before its own has one
    /// of the same name.
    pub judgeable: bool,
}

/// What an arm made of a question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmOutcomeDto {
    /// Candidates as they were retrieved, as indices into `candidates`.
    pub retrieved: Vec<u32>,
    /// Fused score of each.
    pub fused: Vec<f32>,
    /// The reranker's raw score of each; empty without rerank.
    pub scores: Vec<Option<f32>>,
    /// Candidates of whose passage the reranker has read a part only, as indices into `candidates`.
    #[serde(default)]
    pub cut: Vec<u32>,
    /// The final order, as indices into `candidates`.
    pub ranking: Vec<u32>,
    /// Why nothing was reranked though the arm reranks.
    pub not_reranked: Option<String>,
    /// Why the arm has no result.
    pub failure: Option<String>,
    pub timings: TimingsDto,
    pub answer: Option<ArmAnswerDto>,
}

/// An answer of an arm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmAnswerDto {
    pub text: String,
    /// The passages of the prompt, as indices into `candidates`; `[1]` cites the first.
    pub passages: Vec<u32>,
    /// Numbers of the passages that it cites.
    pub cited: Vec<u32>,
    /// Whether it says that the sources lack the answer.
    pub refused: bool,
    pub prompt_tokens: u32,
    pub completion_tokens: u32,
}
