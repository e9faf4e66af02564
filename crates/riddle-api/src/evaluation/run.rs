use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::evaluation::{EstimateDto, EvaluationFileDto, EvaluationVerdictDto, HeadlineDto};
use crate::fusion::FusionDto;
use crate::hit::KnowledgeBaseRefDto;
use crate::knowledge_base::{KnowledgeBaseDto, RetrievalPatch, RetrievalSettingsDto};
use crate::query::{LongPassagesDto, ModeDto};

/// A run to make. Besides the arms that it is given, every run has the knowledge base's present settings, the same once
/// more, which shows how much is noise, and the best fusion without rerank, chosen by the questions of the dev half.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"set": "leave", "limit": 100}))]
pub struct CreateEvaluationRun {
    /// Id or name of the set.
    #[schema(min_length = 1, max_length = 100)]
    pub set: String,
    /// 1 to 100 characters; the set's name if left out.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Other ways to search. The present settings without rerank are there if they rerank; if they do not and no arm is
    /// given, those with rerank. With `answers` the former read all candidates, the latter at most 3 passages.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub arms: Vec<EvaluationArmDto>,
    /// Whether the test half is asked too.
    #[serde(default)]
    pub questions: QuestionScopeDto,
    /// Most questions to ask, drawn at random; all if left out.
    #[schema(minimum = 1)]
    pub limit: Option<u32>,
    /// Whether each arm writes an answer, which takes a language model its time.
    #[serde(default)]
    pub answers: bool,
    /// Knowledge bases that are searched together with the set's, by id or name, at most 15. What arms leave out is
    /// the set's knowledge base's to say. A judgment is of the document of its name in the set's knowledge base, or
    /// else in the first of these that has one.
    #[serde(default)]
    #[schema(max_items = 15, example = json!(["manuals"]))]
    pub other_knowledge_bases: Vec<String>,
    /// What other systems rank for questions of the set, at most 10; each is an arm.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub trec_runs: Vec<TrecRunDto>,
}

/// The run of another system. Its documents are compared where documents are judged and no passages; in other questions
/// the arm has no result, and where it has no line for a question it has found nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "arm": "our old search", "file": {"name": "old.run", "content": "q-17 Q0 leave.md 1 12.63 old\n"}
}))]
pub struct TrecRunDto {
    /// Name of the arm; that of the run in the last column of the file's first line if left out.
    #[schema(min_length = 1, max_length = 60)]
    pub arm: Option<String>,
    /// Lines of a question's id, Q0, a document's name or id, its rank, which does not count, its score, and the name
    /// of the run, with at most 1000 documents of a question. Blanks in ids and names are written as in addresses.
    pub file: EvaluationFileDto,
}

/// Which questions a run asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionScopeDto {
    /// Both halves: settings are chosen by dev, figures are of test.
    #[default]
    All,
    /// The dev half alone, which spends no look at the test half.
    Dev,
}

/// A way to search.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "rerank 50", "mode": "hybrid", "top_k": 50, "top_n": 3, "rerank": {"weight": 0.5}
}))]
pub struct EvaluationArmDto {
    /// Unique within the run.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    pub mode: ModeDto,
    /// Both retrievers alike if left out.
    #[serde(default)]
    pub fusion: FusionDto,
    /// Candidates.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_k: u32,
    /// Passages kept, at most `top_k`.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: u32,
    /// How candidates are reranked; without it they keep their fused order.
    pub rerank: Option<ArmRerankDto>,
    /// The language model that answers, where the run writes answers; `extractive` for quoted ones. The knowledge
    /// base's if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub chat_model: Option<String>,
}

/// How an arm reranks.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmRerankDto {
    /// Catalogue name; the server's default if left out.
    #[schema(max_length = 200)]
    pub reranker: Option<String>,
    /// Weight against the fused score, 0 to 1; the reranker's own if left out.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: Option<f32>,
    /// Nothing is reranked where the first candidate leads by this much.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub skip_lead: Option<f32>,
    #[serde(default)]
    pub long_passages: LongPassagesDto,
    /// The layer that a layerwise reranker stops at.
    #[schema(maximum = 1000)]
    pub cutoff_layer: Option<u32>,
    /// How long the stage may take; without it every score is waited for.
    #[schema(minimum = 1, maximum = 60000)]
    pub deadline_ms: Option<u32>,
}

/// A run: every question of a set in every arm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationRunDto {
    pub id: Uuid,
    pub name: String,
    pub status: RunStatusDto,
    /// Questions that are done.
    pub done: u32,
    /// All its questions.
    pub total: u32,
    /// As fast as it went so far; null while it is not being worked on.
    pub seconds_left: Option<f64>,
    /// Why it failed, or what to know about it.
    pub problem: Option<String>,
    /// What a person says about it; empty if nothing.
    #[serde(default)]
    pub note: String,
    /// What it found in one sentence; null until it has a report.
    pub headline: Option<HeadlineDto>,
    /// What it found in few figures; null until it has a report.
    pub summary: Option<RunSummaryDto>,
    pub manifest: RunManifestDto,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC; null until it has ended.
    pub finished_at: Option<String>,
}

/// What a run found, in few figures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunSummaryDto {
    /// Index of the arm that is the subject of the headline.
    pub main: u32,
    /// Index of the arm that the others are compared with.
    pub baseline: u32,
    /// All arms of the report, in its order.
    pub arms: Vec<ArmSummaryDto>,
}

/// What a run found of an arm, in few figures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmSummaryDto {
    pub name: String,
    /// Mean nDCG@10 of the questions that the headline is of; null where none counts.
    pub ndcg_10: Option<EstimateDto>,
}

/// Where a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatusDto {
    Queued,
    Running,
    Paused,
    Finished,
    Cancelled,
    Failed,
}

/// What two runs may differ in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunManifestDto {
    pub set: Uuid,
    /// Its name when the run was made.
    pub set_name: String,
    /// SHA-256 over the questions.
    pub questions_hash: String,
    pub questions: QuestionScopeDto,
    pub limit: Option<u32>,
    pub knowledge_base: KnowledgeBaseRefDto,
    /// Those that were searched together with it.
    #[serde(default)]
    pub other_knowledge_bases: Vec<KnowledgeBaseRefDto>,
    /// Fingerprint of the embedder of the set's knowledge base.
    pub embedder: Option<String>,
    /// Of all that is searched, like `chunks`.
    pub documents: u64,
    pub chunks: u64,
    /// SHA-256 over names and contents of the documents; null in runs of older versions.
    pub corpus_hash: Option<String>,
    /// It goes up with every change on the server.
    pub index_position: u64,
    pub models: Vec<RunModelDto>,
    pub arms: Vec<EvaluationArmDto>,
    /// Those of the arms that other systems made.
    #[serde(default)]
    pub imported: Vec<ImportedRunDto>,
    /// Index of the arm that the others are compared with where no fusion could be tuned.
    pub baseline: u32,
    pub answers: bool,
    /// Where every draw begins.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
}

/// The run of another system that is an arm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportedRunDto {
    pub arm: String,
    /// Name of its file.
    pub file: String,
    /// Questions that are asked and that it ranks documents for.
    pub questions: u32,
    /// Documents, each once, that are in no knowledge base of the run. They keep their ranks.
    pub unknown: u32,
    /// The first of them, at most 5.
    pub unknown_names: Vec<String>,
}

/// A model that a run uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunModelDto {
    pub name: String,
    /// `embed`, `rerank` or `chat`.
    pub role: String,
    pub device: String,
    pub fingerprint: Option<String>,
    /// Bytes of its folder; null where its files are not here, and in runs of older versions.
    pub bytes_on_disk: Option<u64>,
    /// Estimate of the memory that it takes; null where it is not known, and in runs of older versions.
    pub memory_bytes: Option<u64>,
    /// Indices of the arms that need it; empty in runs of older versions.
    #[serde(default)]
    pub arms: Vec<u32>,
}

/// A page of runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationRunListDto {
    /// Newest first.
    pub runs: Vec<EvaluationRunDto>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// What to change about a run. What is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "after the new manuals came"}))]
pub struct PatchEvaluationRun {
    /// 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// At most 2000 characters; empty for none.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// What to do with a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "pause"}))]
pub struct ControlEvaluationRun {
    pub action: RunActionDto,
}

/// What to do with a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunActionDto {
    /// Nothing more is asked until it is resumed, after a restart of the server too.
    Pause,
    Resume,
    /// It ends without a report.
    Cancel,
}

/// Which arm becomes the setting of the knowledge base. An arm of a run over several is none's setting.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"arm": "rerank 50"}))]
pub struct ApplyEvaluationArm {
    /// Name of an arm in the report.
    #[schema(min_length = 1, max_length = 60)]
    pub arm: String,
    /// What is to be otherwise than in the arm.
    pub retrieval: Option<RetrievalPatch>,
}

/// A knowledge base that searches as an arm does.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AppliedArmDto {
    /// As it is now.
    pub knowledge_base: KnowledgeBaseDto,
    /// How it searched before, to go back.
    pub before: RetrievalSettingsDto,
}

/// What a knowledge base took over from a run last.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TakenOverDto {
    /// Null where nothing was taken over, it was taken back, or the settings have been changed since.
    pub taken_over: Option<TakenOverArmDto>,
}

/// An arm whose settings a knowledge base took over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TakenOverArmDto {
    pub arm: String,
    /// How the knowledge base searched before.
    pub before: RetrievalSettingsDto,
    /// RFC 3339, UTC.
    pub at: String,
}

/// Other settings of an arm, tried on the scores that a run has kept. What is left out stays as the arm has it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"arm": "present", "weight": 0.3}))]
pub struct TrySettings {
    /// Name of an arm of the run.
    #[schema(min_length = 1, max_length = 60)]
    pub arm: String,
    /// How many candidates are reranked, at least as many as are kept: the list ends with them, as with such a `top_k`.
    /// 0 reranks none, and the list stays as long as it is.
    #[schema(maximum = 1000)]
    pub depth: Option<u32>,
    /// Weight of the reranker against the fused score.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: Option<f32>,
    /// Passages kept.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: Option<u32>,
    /// Nothing is reranked where the first candidate leads by this much.
    #[schema(minimum = 0, maximum = 2)]
    pub skip_lead: Option<f32>,
}

/// What they would give, on the dev half: the test half is not for choosing. On all questions where there is no dev
/// half.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingsTrialDto {
    /// Questions that count.
    pub questions: u32,
    /// Mean; null like the others without a question.
    pub ndcg_10: Option<f64>,
    /// Share of the questions with a relevant passage among those kept.
    pub success_top_n: Option<f64>,
    /// Share of the questions that is reranked.
    pub reranked: Option<f64>,
    /// Median milliseconds of reranking, as if each candidate took the same.
    pub rerank_ms: Option<f64>,
}

/// How the figures go with each setting while the others stay as they are tried, over the same questions as a trial.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingCurvesDto {
    /// Along the weight of the reranker; empty for an arm without rerank.
    pub by_weight: Vec<SettingPointDto>,
    /// Along the number of candidates that are reranked; empty for an arm without rerank.
    pub by_depth: Vec<SettingPointDto>,
    /// Along the number of passages kept.
    pub by_top_n: Vec<SettingPointDto>,
}

/// What a value of a setting would give.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingPointDto {
    /// The value.
    pub setting: f64,
    /// Mean.
    pub ndcg_10: f64,
    /// Share of the questions with a relevant passage among those kept.
    pub success_top_n: f64,
}

/// How a run differs from an earlier one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunDiffDto {
    /// What was changed between them.
    pub changes: Vec<RunChangeDto>,
    /// Questions that both have asked in the same words and have a figure of.
    pub questions: u32,
    /// Mean nDCG@10 of the earlier run over them.
    pub before: Option<f64>,
    /// That of the later run.
    pub after: Option<f64>,
    /// The later run less the earlier one.
    pub difference: Option<EstimateDto>,
    /// Two-sided, by random sign flips.
    pub p: Option<f64>,
    pub verdict: Option<EvaluationVerdictDto>,
    /// The same for every measure that runs are compared by; nDCG@10 is the first.
    #[serde(default)]
    pub differences: Vec<RunDifferenceDto>,
    /// Questions that have become worse, worst first; at most 100.
    pub worse: Vec<MovedQuestionDto>,
    /// Questions that have become better, best first; at most 100.
    pub better: Vec<MovedQuestionDto>,
}

/// How the later of two runs differs in a measure, over the same questions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunDifferenceDto {
    #[schema(example = "R@10")]
    pub measure: String,
    /// Mean of the earlier run.
    pub before: f64,
    /// Mean of the later run.
    pub after: f64,
    /// The later run less the earlier one.
    pub difference: EstimateDto,
    /// Two-sided, by random sign flips.
    pub p: f64,
}

/// A line in which two runs differ.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunChangeDto {
    #[schema(example = "settings.retrieval.top_k")]
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A question whose nDCG@10 has changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MovedQuestionDto {
    pub id: String,
    pub difference: f64,
}
