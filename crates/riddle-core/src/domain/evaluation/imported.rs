use serde::{Deserialize, Serialize};

use crate::domain::evaluation::EvaluationQuestion;

/// The run of another system that is to become an arm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewImportedRun {
    /// Name of the arm; `None` takes that of the run in the file.
    pub arm: Option<String>,
    /// Name of the file.
    pub file: String,
    /// A run file of TREC.
    pub content: Vec<u8>,
}

/// The run of another system that is an arm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImportedRun {
    /// Name of the arm.
    #[serde(rename = "name")]
    pub arm: String,
    /// Name of the file.
    pub file: String,
    /// Questions that are asked and that it ranks documents for.
    pub questions: u32,
    /// Documents, each once, that are in no knowledge base of the run. They keep their ranks, and are relevant where
    /// they are judged so.
    pub unknown: u32,
    /// The first of them.
    pub unknown_names: Vec<String>,
}

/// A question that a run asks, with what other systems rank for it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunQuestion {
    /// As it is in the set when the run is made.
    #[serde(flatten)]
    pub question: EvaluationQuestion,
    /// One of each other system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<ImportedRanking>,
}

impl From<EvaluationQuestion> for RunQuestion {
    fn from(question: EvaluationQuestion) -> Self {
        Self {
            question,
            imported: Vec::new(),
        }
    }
}

/// What another system ranks for a question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImportedRanking {
    /// Name of the arm.
    pub arm: String,
    /// Best first; none where it has no line for the question.
    pub documents: Vec<ImportedDocument>,
}

/// A document that another system has found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImportedDocument {
    /// Its name in the knowledge base, or what the file calls it where it is in none.
    pub name: String,
    /// Its score, from 0 to 1 within the question.
    pub score: f32,
}
