use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::hit::KnowledgeBaseRefDto;

/// An evaluation set to make. Without `files` it begins empty.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "leave", "knowledge_base": "handbook", "format": "jsonl",
    "files": [{
        "name": "questions.jsonl",
        "content": "{\"question\": \"How many days of leave are there?\", \"relevant\": [{\"document\": \"leave.md\"}]}"
    }]
}))]
pub struct CreateEvaluationSet {
    /// 1 to 100 characters, unique among sets.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// At most 4000 characters.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub description: String,
    /// Id or name of what the questions are asked of. Left out, a knowledge base of the set's name is made of the
    /// documents in the files, 100,000 at most.
    #[schema(max_length = 100)]
    pub knowledge_base: Option<String>,
    /// Left out, it is found out.
    pub format: Option<EvaluationFormatDto>,
    /// The files of a folder with their paths in it, or a single file.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub files: Vec<EvaluationFileDto>,
}

/// A file of a set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationFileDto {
    /// Its path, with `/` between the parts.
    #[schema(min_length = 1, max_length = 500, example = "qrels/test.tsv")]
    pub name: String,
    pub content: String,
}

/// What the files of a set look like: those of BEIR, of TREC, SQuAD's JSON and its relatives, lines of JSON, those that
/// FlagEmbedding and RAG-Retrieval train by, or a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationFormatDto {
    Beir,
    Trec,
    Squad,
    Jsonl,
    FlagEmbedding,
    RagRetrieval,
    Csv,
}

/// A set that was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedEvaluationSetDto {
    #[serde(flatten)]
    pub set: EvaluationSetDto,
    /// What was left out of the files or repaired.
    pub warnings: Vec<String>,
}

/// A set of questions with what is relevant to them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationSetDto {
    pub id: Uuid,
    #[schema(example = "leave")]
    pub name: String,
    pub description: String,
    /// What its questions are asked of.
    pub knowledge_base: KnowledgeBaseRefDto,
    /// Questions that runs ask.
    pub questions: u64,
    /// Those of them to choose settings by.
    pub dev: u64,
    /// Those of them to report figures by.
    pub test: u64,
    /// Those of them that a person has confirmed.
    pub confirmed: u64,
    /// Questions that a person has thrown away.
    pub rejected: u64,
    /// How often runs have shown figures of the test half. Each look makes it a little less of a test.
    pub test_looks: u32,
    /// Passages and documents judged relevant that were not in the knowledge base when the last run ended, at most
    /// 1000; null without a run.
    pub lost: Option<u32>,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// All sets by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationSetListDto {
    pub sets: Vec<EvaluationSetDto>,
}

/// A question of a set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationQuestionDto {
    /// Unique within the set.
    #[schema(example = "q-17")]
    pub id: String,
    #[schema(example = "How many days of leave are there?")]
    pub text: String,
    /// Right answers, if they are known.
    pub answers: Vec<String>,
    /// What is judged.
    pub relevant: Vec<JudgmentDto>,
    /// Whether the documents do not answer it, so that the right answer is a refusal.
    pub unanswerable: bool,
    pub origin: QuestionOriginDto,
    pub review: QuestionReviewDto,
    pub half: QuestionHalfDto,
}

/// How relevant a passage, or a whole document, is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": "leave.md", "quote": "30 days of leave", "grade": 1}))]
pub struct JudgmentDto {
    /// Name of the document in the knowledge base.
    #[schema(min_length = 1, max_length = 1000)]
    pub document: String,
    /// The passage by its words; left out, the whole document is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 8000)]
    pub quote: Option<String>,
    /// Where the passage begins in the document's text, in characters, to tell apart places with the same words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// 0 is not relevant, 1 to 3 more and more; other sets have other grades. 1 if left out.
    #[serde(default = "relevant")]
    #[schema(minimum = -100, maximum = 100)]
    pub grade: i32,
}

fn relevant() -> i32 {
    1
}

/// Where a question comes from: a file or a person, a language model, headings and sentences, a chat, a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionOriginDto {
    Imported,
    Generated,
    Derived,
    Chat,
    Comparison,
}

/// What a person has said about a question. Runs do not ask what is rejected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionReviewDto {
    Unreviewed,
    Confirmed,
    Rejected,
}

/// What a question is for: settings are chosen by `dev`, figures are reported by `test`. Questions that share a
/// document are in the same half.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionHalfDto {
    Dev,
    Test,
}

/// A page of questions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationQuestionListDto {
    /// In the order of the set.
    pub questions: Vec<EvaluationQuestionDto>,
    /// `from` of the next page; null on the last.
    pub next: Option<u32>,
}

/// A question to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "How many days of leave are there?", "relevant": [{"document": "leave.md"}]}))]
pub struct CreateEvaluationQuestion {
    #[schema(min_length = 1, max_length = 8000)]
    pub text: String,
    /// Right answers.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub answers: Vec<String>,
    /// What is judged.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub relevant: Vec<JudgmentDto>,
    /// Whether the documents do not answer it.
    #[serde(default)]
    pub unanswerable: bool,
}

/// What to change about a question; what is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"review": "confirmed"}))]
pub struct PatchEvaluationQuestion {
    #[schema(min_length = 1, max_length = 8000)]
    pub text: Option<String>,
    #[schema(max_items = 1000)]
    pub answers: Option<Vec<String>>,
    #[schema(max_items = 1000)]
    pub relevant: Option<Vec<JudgmentDto>>,
    pub unanswerable: Option<bool>,
    pub review: Option<QuestionReviewDto>,
}

/// A set as files.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationExportDto {
    pub files: Vec<EvaluationFileDto>,
    /// What the format has no place for.
    pub warnings: Vec<String>,
}

/// How many questions to make of passages of the set's knowledge base.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"count": 40}))]
pub struct MakeEvaluationQuestions {
    #[schema(minimum = 1, maximum = 1000)]
    pub count: u32,
    /// Left out, a language model where one writes answers, else headings.
    pub maker: Option<QuestionMakerDto>,
}

/// Who makes questions: a language model, or headings without one. Those of headings say less about real questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionMakerDto {
    Model,
    Headings,
}

/// The data of an event while questions are made: `made`, `left_out`, and `done` at the end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum MakingEventDto {
    /// `made`: a question that is kept, to be reviewed.
    Made {
        question: Box<EvaluationQuestionDto>,
    },
    /// `left_out`: a passage that gave none.
    LeftOut { reason: LeftOutDto },
    /// `done`: the end.
    Done {
        made: u32,
        left_out: Vec<LeftOutCountDto>,
    },
}

/// Why a passage gave no question: the model wrote none; it points at a text that its reader does not see; the set has
/// it already; it repeats its passage; a search does not find its passage; the model answers it alike without the
/// passage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutDto {
    NoQuestion,
    Dangling,
    Duplicate,
    Copied,
    NotFound,
    KnownAnyway,
}

/// How many passages gave no question for a reason.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct LeftOutCountDto {
    pub reason: LeftOutDto,
    pub count: u32,
}

impl MakingEventDto {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Made { .. } => "made",
            Self::LeftOut { .. } => "left_out",
            Self::Done { .. } => "done",
        }
    }
}

/// What has come into a set of what people thought of answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollectedQuestionsDto {
    /// Questions that were added, to be reviewed.
    pub added: u32,
    /// Those of them whose answer was found good or was chosen: what it cites is relevant to them.
    pub judged: u32,
    /// Questions that the set has already.
    pub known: u32,
}
