use serde::{Deserialize, Serialize};

use crate::domain::chunk::Span;
use crate::domain::conversation::KnowledgeBaseRef;
use crate::domain::id::EvaluationSetId;
use crate::ports::time::Timestamp;

/// A set of questions for one knowledge base. It goes with the knowledge base.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationSet {
    /// Identity.
    pub id: EvaluationSetId,
    /// Unique among all sets, 1 to 100 characters.
    pub name: String,
    /// Free text for people.
    pub description: String,
    /// What its questions are asked of.
    pub knowledge_base: KnowledgeBaseRef,
    /// How many questions of which kind.
    pub counts: EvaluationSetCounts,
    /// How often runs have shown figures of the test half.
    pub test_looks: u32,
    /// What is judged relevant and was not in the knowledge base when the last run ended; `None` without a run.
    pub lost: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many questions a set has. Rejected ones count in `rejected` alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EvaluationSetCounts {
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
}

/// A question, and what is relevant to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvaluationQuestion {
    /// Unique within the set, 1 to 200 characters; that of the file it came from, or a number.
    pub id: String,
    /// The question, 1 to 8,000 characters.
    pub text: String,
    /// Right answers, if they are known.
    #[serde(default)]
    pub answers: Vec<String>,
    /// What is judged. Empty if nothing is.
    #[serde(default)]
    pub golds: Vec<Gold>,
    /// Whether the documents do not answer it, so that the right answer is a refusal.
    #[serde(default)]
    pub unanswerable: bool,
    /// Where it comes from.
    pub origin: QuestionOrigin,
    /// What a person has said about it.
    #[serde(default)]
    pub review: QuestionReview,
    /// What it is used for.
    #[serde(default)]
    pub half: QuestionHalf,
    /// What language models have said. It counts nowhere unless it is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub model_grades: Vec<ModelGrade>,
}

impl EvaluationQuestion {
    /// Whether documents are judged and no passages.
    pub fn judges_documents(&self) -> bool {
        !self.golds.is_empty() && self.golds.iter().all(|gold| gold.quote.is_none())
    }
}

/// A judgment: how relevant a passage, or a whole document, is to a question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Gold {
    /// Name of the document in the knowledge base.
    pub document: String,
    /// The passage; without it the whole document is judged.
    #[serde(default)]
    pub quote: Option<Quote>,
    /// 1 to 3 for more and more relevant, 0 for not relevant; below 0 as TREC has it: in the pool, not judged.
    pub grade: i32,
}

/// A judgment by a language model, kept apart from those of people.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelGrade {
    /// Name of the model.
    pub judge: String,
    /// What it said.
    pub gold: Gold,
}

/// A passage by its words, so that it is found again when its document is cut or uploaded anew.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Quote {
    /// Its words, as they are in the document but for white space.
    pub text: String,
    /// Where it was in the document's text, which tells apart places with the same words.
    #[serde(default)]
    pub span: Option<Span>,
}

/// Where a question comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionOrigin {
    /// From a file, or written by a person.
    Imported,
    /// Made of a passage by a language model.
    Generated,
    /// Made of a heading or a sentence, without a language model.
    Derived,
    /// Asked in a chat, where the answer was found good.
    Chat,
    /// Asked in a comparison, where one answer was chosen.
    Comparison,
}

/// What a person has said about a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionReview {
    /// Nothing yet.
    #[default]
    Unreviewed,
    /// It is right as it is.
    Confirmed,
    /// It is not to be used.
    Rejected,
}

/// What a question is used for. Questions that share a document are in the same half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionHalf {
    /// Settings and winners are chosen by it.
    #[default]
    Dev,
    /// Figures are reported by it, and nothing is chosen.
    Test,
}

impl Gold {
    /// Whether both judge the same: the same words of a document, or the same document as a whole.
    pub fn is_of_same(&self, other: &Self) -> bool {
        let words = |gold: &Self| gold.quote.as_ref().map(|quote| quote.text.clone());
        self.document == other.document && words(self) == words(other)
    }
}

impl QuestionReview {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreviewed => "unreviewed",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}

impl QuestionHalf {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }

    /// The half of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Dev, Self::Test]
            .into_iter()
            .find(|half| half.as_str() == name)
    }
}
