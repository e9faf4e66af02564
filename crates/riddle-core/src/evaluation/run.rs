use serde::{Deserialize, Serialize};

use crate::conversation::KnowledgeBaseRef;
use crate::evaluation::EvaluationArm;
use crate::id::{EvaluationRunId, EvaluationSetId};
use crate::knowledge_base::KnowledgeBaseSettings;
use crate::time::Timestamp;

/// A run: every question of a set in every arm. It goes with its knowledge base, and stays when its set is deleted.
#[derive(Clone, PartialEq, Debug)]
pub struct EvaluationRun {
    /// Identity.
    pub id: EvaluationRunId,
    /// For people, 1 to 100 characters.
    pub name: String,
    /// What was asked, of what, and how.
    pub manifest: RunManifest,
    /// Where it stands.
    pub status: EvaluationRunStatus,
    /// Questions that are done.
    pub done: u32,
    /// All its questions.
    pub total: u32,
    /// Why it failed, or what the user should know about how it stands.
    pub problem: Option<String>,
    /// What a person says about it, for those who look at its figures later; empty if nothing.
    pub note: String,
    /// What it found in one sentence, once it has a report.
    pub headline: Option<Headline>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended, if it has.
    pub finished_at: Option<Timestamp>,
}

/// A run in one sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Headline {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// A run to be made.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvaluationRun {
    /// For people; `None` makes one of the set's name and a number.
    pub name: Option<String>,
    /// Arms besides those that every run has.
    pub arms: Vec<EvaluationArm>,
    /// Which questions.
    pub questions: QuestionScope,
    /// At most so many questions, drawn by the run's seed; `None` asks all.
    pub limit: Option<u32>,
    /// Whether the arms write answers.
    pub answers: bool,
}

/// Which questions a run asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionScope {
    /// Both halves: settings are chosen by dev, the headline is of test.
    #[default]
    All,
    /// Those to choose settings by; no look at the test half is spent.
    Dev,
}

/// Where a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationRunStatus {
    /// It waits for its turn.
    Queued,
    /// Questions are being asked.
    Running,
    /// A person has paused it.
    Paused,
    /// All questions are done, and the report is there.
    Finished,
    /// A person has ended it.
    Cancelled,
    /// It could not go on.
    Failed,
}

impl EvaluationRunStatus {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Finished,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The status of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether nothing more will happen.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }
}

/// What two runs may differ in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunManifest {
    /// The set.
    pub set: EvaluationSetId,
    /// Its name when the run was made.
    pub set_name: String,
    /// SHA-256 over the questions that are asked, in hexadecimal.
    pub questions_hash: String,
    /// Which questions.
    pub questions: QuestionScope,
    /// See [`NewEvaluationRun::limit`].
    pub limit: Option<u32>,
    /// The knowledge base.
    pub knowledge_base: KnowledgeBaseRef,
    /// Its settings when the run was made.
    pub settings: KnowledgeBaseSettings,
    /// Fingerprint of its embedder.
    pub embedder: Option<String>,
    /// Documents and chunks when the run was made.
    pub documents: u64,
    /// See `documents`.
    pub chunks: u64,
    /// SHA-256 over names and contents of the documents that searches could find, in hexadecimal; unknown in runs of
    /// older versions.
    #[serde(default)]
    pub corpus_hash: Option<String>,
    /// Position of the indexes when the run was made, which goes up with every change on the server.
    pub index_position: u64,
    /// The models of the arms, as they were found.
    pub models: Vec<RunModel>,
    /// All arms, in order.
    pub arms: Vec<EvaluationArm>,
    /// Index of the arm that the others are compared with, until the tuned fusion is there.
    pub baseline: u32,
    /// Whether answers are written.
    pub answers: bool,
    /// Where every draw of the run begins.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
}

/// A model that a run used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunModel {
    /// Catalogue name.
    pub name: String,
    /// What it did: `embed`, `rerank` or `chat`.
    pub role: String,
    /// The CPU that it ran on.
    pub device: String,
    /// Fingerprint of its files, where it has one.
    pub fingerprint: Option<String>,
}
