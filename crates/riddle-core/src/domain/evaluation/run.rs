use serde::{Deserialize, Serialize};

use crate::domain::conversation::KnowledgeBaseRef;
use crate::domain::evaluation::{EvaluationArm, ImportedRun, NewImportedRun};
use crate::domain::id::{EvaluationRunId, EvaluationSetId, KnowledgeBaseId};
use crate::domain::knowledge_base::{KnowledgeBaseSettings, RetrievalSettings};
use crate::ports::time::Timestamp;
use crate::ranking::fusion::Fusion;

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
    /// The figures that lists and histories show, once it has a report.
    pub summary: Option<RunSummary>,
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

/// What a run found, in few figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunSummary {
    /// Index of the arm that is the subject of the headline.
    pub main: u32,
    /// Index of the arm that the others are compared with.
    pub baseline: u32,
    /// The fusion that was found best on dev. It has an arm behind those of the manifest.
    pub tuned: Option<Fusion>,
    /// What is judged relevant and was not in the knowledge base, at most 1,000.
    pub lost: u32,
    /// All arms of the report, in its order.
    pub arms: Vec<ArmSummary>,
}

/// What a run found of an arm, in few figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArmSummary {
    /// Its name.
    pub name: String,
    /// Mean nDCG@10 on the headline half; `None` without a ranked question.
    pub ndcg_10: Option<SummaryFigure>,
}

/// A mean, and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct SummaryFigure {
    /// Questions.
    pub n: u32,
    /// The mean.
    pub mean: f64,
    /// Bounds of its 95 % interval, where there is one.
    pub interval: Option<SummaryInterval>,
}

/// Bounds of an interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct SummaryInterval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Settings that a knowledge base took over from an arm of a run, with the way back.
#[derive(Clone, PartialEq, Debug)]
pub struct AppliedArm {
    /// Whose settings.
    pub knowledge_base: KnowledgeBaseId,
    /// Of which run.
    pub run: EvaluationRunId,
    /// Name of the arm.
    pub arm: String,
    /// How the knowledge base searched and answered before.
    pub before: AppliedSettings,
    /// How it did then.
    pub after: AppliedSettings,
    /// When that was.
    pub at: Timestamp,
}

/// The settings of a knowledge base that it can take over from an arm.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AppliedSettings {
    /// How it searches.
    pub retrieval: RetrievalSettings,
    /// The language model that answers; `None` takes the server's.
    pub chat_model: Option<String>,
}

impl AppliedSettings {
    /// Those of a knowledge base as they are.
    pub fn of(settings: &KnowledgeBaseSettings) -> Self {
        Self {
            retrieval: settings.retrieval.clone(),
            chat_model: settings.chat_model.clone(),
        }
    }

    /// Puts them in the place of others.
    pub fn put_into(self, settings: &mut KnowledgeBaseSettings) {
        settings.retrieval = self.retrieval;
        settings.chat_model = self.chat_model;
    }
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
    /// Ids or names of the knowledge bases that are searched besides the set's.
    pub others: Vec<String>,
    /// Runs of other systems that become arms.
    pub imports: Vec<NewImportedRun>,
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
    /// The knowledge bases that are searched together with it. What arms leave out is the set's knowledge base's to
    /// say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherKnowledgeBase>,
    /// Documents and chunks of all of them when the run was made.
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
    /// Those of the arms that other systems made. What such an arm says of its search means nothing but for `top_k`,
    /// the length of its longest list, and `top_n`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<ImportedRun>,
    /// Index of the arm that the others are compared with, until the tuned fusion is there.
    pub baseline: u32,
    /// Whether answers are written.
    pub answers: bool,
    /// Where every draw of the run begins.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
}

/// A knowledge base that a run searches besides that of its set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OtherKnowledgeBase {
    /// Which.
    #[serde(flatten)]
    pub knowledge_base: KnowledgeBaseRef,
    /// Fingerprint of its embedder.
    pub embedder: Option<String>,
}

impl RunManifest {
    /// The knowledge bases that are searched, the set's first.
    pub fn knowledge_bases(&self) -> Vec<KnowledgeBaseId> {
        let others = self.others.iter().map(|other| other.knowledge_base.id);
        std::iter::once(self.knowledge_base.id)
            .chain(others)
            .collect()
    }

    /// Whether the arm of this name is the run of another system.
    pub fn is_imported(&self, arm: &str) -> bool {
        self.imported.iter().any(|imported| imported.arm == arm)
    }
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
    /// Bytes of its folder; `None` where its files are not here, and in runs of older versions.
    #[serde(default)]
    pub bytes_on_disk: Option<u64>,
    /// Estimate of the memory that it takes, in bytes; `None` like the bytes of its folder, and where it is not known.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Indices of the arms that need it; empty in runs of older versions.
    #[serde(default)]
    pub arms: Vec<u32>,
}
