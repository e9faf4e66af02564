use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::{EvaluationArmDto, JudgedByModelDto};
use crate::fusion::FusionDto;

/// What a run found. All numbers are finite; what could not be computed is `None` or left out of its list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationReportDto {
    /// One sentence that sums the run up.
    pub headline: HeadlineDto,
    /// Which questions the figures are of, where nothing else is said.
    pub headline_half: HeadlineHalfDto,
    /// How many questions there were.
    pub questions: QuestionCountsDto,
    /// Questions that do not count in measures of rankings, by name.
    pub excluded: Vec<ExcludedQuestionDto>,
    /// What is judged relevant and not in the knowledge base, in all halves: it counts as not found. At most 1,000.
    pub lost: Vec<LostGoldDto>,
    /// How intervals and tests were drawn.
    pub resampling: ResamplingDto,
    /// The fusion that was found best on dev; `None` where there was nothing to choose by.
    pub tuned: Option<TunedFusionDto>,
    /// The arms of the manifest in its order, then the tuned fusion without rerank, if there is one.
    pub arms: Vec<ArmReportDto>,
    /// Index of the arm that is the subject of the headline: the present setting.
    pub main: u32,
    /// Index of the arm that quality is compared with: the tuned fusion if there is one.
    pub baseline: u32,
    /// Index of the arm that times are compared with: the manifest's, where only those of the manifest write answers.
    pub cost_baseline: u32,
    /// Groups of at least 5 questions.
    pub slices: Vec<SliceDto>,
    /// Groups in which an arm is worse than the baseline: the interval of the difference is below 0, and so many slices
    /// would not show that by chance.
    pub losing_slices: Vec<LosingSliceDto>,
    /// The language models whose grades count besides those of people; as a rule none.
    pub judges: Vec<JudgedByModelDto>,
}

/// The run in one sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeadlineDto {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// Which questions figures are of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadlineHalfDto {
    /// The test half, by which nothing was chosen.
    Test,
    /// All questions, because none of them are of the test half.
    All,
}

/// How many questions there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct QuestionCountsDto {
    /// All.
    pub total: u32,
    /// Those of the dev half.
    pub dev: u32,
    /// Those of the test half.
    pub test: u32,
    /// Those of the headline half.
    pub headline: u32,
    /// Those of the headline half that count in measures of rankings.
    pub ranked: u32,
    /// Questions in which at least one arm failed.
    pub failed: u32,
    /// Questions that the documents do not answer.
    pub unanswerable: u32,
}

/// A question that does not count in measures of rankings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExcludedQuestionDto {
    /// Its id.
    pub question: String,
    /// Why.
    pub reason: ExclusionDto,
}

/// Why a question does not count in measures of rankings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionDto {
    /// Nothing is judged relevant to it.
    NothingRelevant,
    /// The documents do not answer it: only refusals are counted.
    Unanswerable,
}

/// A judgment whose passage or document is not in the knowledge base.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LostGoldDto {
    /// Id of its question.
    pub question: String,
    /// Name of the document that it names.
    pub document: String,
    /// `document_missing`, or `quote_missing` where its words are not in the document.
    pub place: String,
}

/// How intervals and tests were drawn.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResamplingDto {
    /// What is drawn.
    pub unit: ResampleUnitDto,
    /// Groups of questions that share a relevant document, in the headline half.
    pub clusters: u32,
    /// Draws for differences from the baseline, and sign flips.
    pub resamples: u32,
    /// Draws for other intervals.
    pub resamples_of_means: u32,
    /// Where the draws begin.
    pub seed: u64,
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResampleUnitDto {
    /// Groups of questions that share a relevant document, whole.
    Cluster,
    /// Single questions, because there are too few groups: intervals hold for further questions about these documents,
    /// not for other documents.
    Question,
}

/// The best fusion without rerank.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TunedFusionDto {
    /// Which fusion.
    pub fusion: FusionDto,
    /// Its mean nDCG@10 on dev.
    pub dev_ndcg_10: f64,
    /// How many questions it was chosen by.
    pub dev_questions: u32,
    /// Whether it is reported on the questions that it was chosen by, which flatters it.
    pub same_questions: bool,
}

/// Where an arm comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArmKindDto {
    /// It is in the manifest.
    Manifest,
    /// It is the best fusion without rerank, of the orders that the run keeps.
    TunedFusion,
    /// Another system made it. It has no times, and of its settings only `top_k`, the length of its longest list, and
    /// `top_n` mean something.
    Imported,
}

/// What an arm is worth.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmReportDto {
    /// Its name; that of the tuned fusion is `tuned fusion, no rerank`.
    pub name: String,
    /// Where it comes from.
    pub kind: ArmKindDto,
    /// How it searches.
    pub settings: EvaluationArmDto,
    /// Questions without a result, in all halves.
    pub failures: Vec<QuestionFailureDto>,
    /// How often nothing was reranked though the arm reranks, in the headline half.
    pub not_reranked: u32,
    /// The code of the most frequent reason for that.
    pub not_reranked_because: Option<String>,
    /// The model that reranked, or did so most often; unknown, like what follows of it, in reports of older versions.
    pub reranked_by: Option<String>,
    /// How often only the fallback for a cross-encoder reranked, in the headline half.
    #[serde(default)]
    pub stand_in: u32,
    /// Weight that the reranker had in the final orders: that of the fallback is not the arm's.
    pub weight: Option<f32>,
    /// Measures of its rankings.
    pub measures: Vec<MeasureFigureDto>,
    /// Against the baseline; `None` for the baseline itself.
    pub comparison: Option<ArmComparisonDto>,
    /// What better ordering could reach; `None` without a ranked question.
    pub headroom: Option<HeadroomDto>,
    /// What it takes.
    pub cost: CostDto,
    /// Measures of its answers; `None` if it has written none.
    pub answers: Option<AnswerFiguresDto>,
    /// Its answers against those of the arm that times are compared with; empty for that arm itself, where either has
    /// written none, and in reports of older versions.
    #[serde(default)]
    pub answer_differences: Vec<AnswerDifferenceDto>,
    /// What reranking fewer candidates would give, like the other curves on dev, since curves are for choosing, or on
    /// all questions where there is no dev half. Empty without rerank, or where nothing was reranked.
    pub depth_curve: Vec<DepthPointDto>,
    /// What other weights would give; empty without rerank.
    pub weight_curve: Vec<WeightPointDto>,
    /// The weight that is best on dev; `None` without rerank, without dev, or where the fallback reranked.
    pub best_weight: Option<BestWeightDto>,
    /// What reranking only unsure questions would give; empty as the depth curve is.
    pub skip_lead_curve: Vec<SkipLeadPointDto>,
}

/// A question without a result in an arm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionFailureDto {
    /// Its id.
    pub question: String,
    /// Why.
    pub reason: String,
}

/// A measure over the questions of an arm that did not fail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeasureFigureDto {
    /// Which measure.
    pub measure: String,
    /// On the headline half; `None` without a ranked question.
    pub headline: Option<EstimateDto>,
    /// Mean on dev.
    pub dev: Option<f64>,
}

/// An arm against the baseline, over the questions that neither failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ArmComparisonDto {
    /// nDCG@10, Success@3, RR@10, nDCG@3, R@10, AP, Success@1 and P@3.
    pub differences: Vec<DifferenceDto>,
    /// In counts.
    pub sources: SourceCountsDto,
    /// How much larger the arm's judged@10 is. Where it is far from 0, the arms are not judged alike.
    pub judged_difference: Option<f64>,
    /// Whether judged@10 differs so much that the differences may come of missing judgments.
    pub judged_unlike: bool,
    /// The difference of nDCG@10 where grades of a language model count, as people would find it; null where they do
    /// not, and in reports of older versions.
    pub corrected: Option<CorrectedDifferenceDto>,
    /// Differences of nDCG@10 by question, best first, those without a difference left out. At most 5,000: of more
    /// questions, those that differ most.
    pub by_question: Vec<QuestionDifferenceDto>,
    /// Where the first relevant passage was in the baseline, and where it is, with numbers of questions.
    pub rank_moves: Vec<RankMoveDto>,
}

/// The difference of nDCG@10 by the grades of a language model alone, and as people would find it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct CorrectedDifferenceDto {
    /// Questions that it is of: something is relevant by what people say, and both arms have the same first ten, or the
    /// model has graded the first ten of both.
    pub questions: u32,
    /// How many of them people have graded too, where the first ten are not the same: those that come first in an order
    /// drawn for the set, up to the first that people have not.
    pub by_people: u32,
    /// How many of those it takes.
    pub needed: u32,
    /// Mean difference by the model's grades; null without a question.
    pub by_model: Option<f64>,
    /// Mean difference that people's grades would give; null with less than `needed`.
    pub corrected: Option<EstimateDto>,
}

/// A paired difference: the arm less the baseline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DifferenceDto {
    /// Which measure.
    pub measure: String,
    /// Mean of the baseline over the pairs.
    pub baseline: f64,
    /// Mean of the arm over the pairs.
    pub arm: f64,
    /// Mean difference with its interval.
    pub difference: EstimateDto,
    /// Two-sided, by random sign flips of clusters.
    pub p: f64,
    /// Corrected for the number of arms, by Holm.
    pub p_holm: f64,
    /// Mean difference ÷ its standard deviation (Cohen's d of pairs); `None` where all differences are equal.
    pub effect_size: Option<f64>,
    /// Questions with a larger value than in the baseline.
    pub wins: u32,
    /// Questions with the same value.
    pub ties: u32,
    /// Questions with a smaller value.
    pub losses: u32,
    /// The difference that so many questions find in 80 of 100 cases; `None` with less than two clusters.
    pub minimum_detectable: Option<f64>,
    /// What it says.
    pub verdict: EvaluationVerdictDto,
}

/// For how many questions a relevant passage is among those that are kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceCountsDto {
    /// How many passages count: the arm's `top_n`, for the baseline too. Passages are counted as they are shown, also
    /// where several are of one document.
    pub top_n: u32,
    /// Questions that are compared.
    pub questions: u32,
    /// Questions with a relevant passage in the baseline.
    pub baseline: u32,
    /// Questions with a relevant passage in the arm.
    pub arm: u32,
    /// Ids of those that the arm alone has one for.
    pub gained: Vec<String>,
    /// Ids of those that the baseline alone has one for.
    pub lost: Vec<String>,
}

/// How an arm does on one question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionDifferenceDto {
    /// Its id.
    pub question: String,
    /// nDCG@10 of the arm less that of the baseline.
    pub difference: f32,
}

/// How the first relevant passage moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RankMoveDto {
    /// Its rank in the baseline, from 1; `None` where it is not found.
    pub from: Option<u32>,
    /// Its rank in the arm.
    pub to: Option<u32>,
    /// In how many questions.
    pub questions: u32,
}

/// What a better order of an arm's candidates could reach, and where the rest is lost.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeadroomDto {
    /// Mean share of the relevant items that is among the candidates.
    pub candidate_recall: f64,
    /// nDCG@10 of the arm.
    pub ndcg_10: f64,
    /// nDCG@10 if its candidates were in the best possible order.
    pub perfect_ndcg_10: f64,
    /// Relevant items, by how far they came.
    pub golds: GoldCountsDto,
    /// Questions, by how far their best relevant item came.
    pub questions: GoldCountsDto,
}

/// How far something came. The numbers add up to `total`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct GoldCountsDto {
    /// All.
    pub total: u32,
    /// No document has this name.
    pub document_missing: u32,
    /// The document is there, its words are not in any chunk.
    pub quote_missing: u32,
    /// It can be found, and is not among the candidates.
    pub not_retrieved: u32,
    /// Among the candidates, below the passages that are kept, and the reranker has read a part of it only; 0 in
    /// reports of older versions.
    #[serde(default)]
    pub cut: u32,
    /// Among the candidates, below the passages that are kept.
    pub below_top_n: u32,
    /// Among the passages of the answer, which does not cite it.
    pub not_cited: u32,
    /// Among the passages that are kept, and cited if there is an answer.
    pub used: u32,
}

/// What an arm takes, over its questions of all halves that did not fail.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CostDto {
    /// By stage, those that ran.
    pub stages: Vec<StageCostDto>,
    /// The whole against the arm that times are compared with.
    pub total: Option<PairedTimeDto>,
    /// Time to the first token against the arm that times are compared with.
    pub first_token: Option<PairedTimeDto>,
    /// Time for each token of an answer against that arm.
    pub token: Option<PairedTimeDto>,
    /// Mean tokens of the prompt.
    pub prompt_tokens: Option<f64>,
    /// Mean tokens of the answer.
    pub completion_tokens: Option<f64>,
    /// Mean tokens that the reranker read.
    pub reranked_tokens: Option<f64>,
    /// Estimate of the memory that its models take together, in bytes, those left out of which it is not known. `None`
    /// where it is known of none, and in reports of older versions.
    pub memory_bytes: Option<u64>,
}

/// A stage of a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageDto {
    /// Embedding the question.
    Embed,
    /// BM25 search.
    Bm25,
    /// Dense search.
    Dense,
    /// Fusion.
    Fuse,
    /// Reranking.
    Rerank,
    /// Waiting for models.
    Queue,
    /// Reading the prompt.
    Prefill,
    /// Writing the answer after its first token.
    Decode,
    /// The same for each token of the answer, so that answers of other lengths compare.
    Token,
    /// From the request to the first token.
    FirstToken,
    /// The whole.
    Total,
}

/// How long a stage takes, in milliseconds. Each figure is a time that was measured: the smallest that so many per cent
/// of the questions do not exceed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StageCostDto {
    /// Which.
    pub stage: StageDto,
    /// Questions in which it ran.
    pub n: u32,
    /// Median.
    pub p50: f64,
    /// How sure it is.
    pub p50_interval: Option<IntervalDto>,
    /// 95th percentile.
    pub p95: f64,
    /// How sure it is.
    pub p95_interval: Option<IntervalDto>,
    /// 99th percentile.
    pub p99: f64,
    /// How sure it is.
    pub p99_interval: Option<IntervalDto>,
    /// The 0th, 5th, 10th, … 100th percentile; empty in reports of older versions.
    #[serde(default)]
    pub distribution: Vec<f64>,
}

/// How times of an arm differ from those of another, question by question.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PairedTimeDto {
    /// Questions that both have.
    pub n: u32,
    /// Median difference in milliseconds, the arm less the other.
    pub median_difference: f64,
    /// How sure it is.
    pub difference_interval: Option<IntervalDto>,
    /// Median of the arm's time ÷ the other's; `None` if the other's are 0.
    pub median_ratio: Option<f64>,
    /// How sure it is.
    pub ratio_interval: Option<IntervalDto>,
}

/// Measures of answers on the headline half. Each is of the questions in which it means something.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AnswerFiguresDto {
    /// The answer is a right answer, word for word.
    pub exact_match: Option<EstimateDto>,
    /// Words that answer and right answer share; characters in Chinese, Japanese and Korean.
    pub token_f1: Option<EstimateDto>,
    /// Longest common sequence of answer and right answer.
    pub rouge_l: Option<EstimateDto>,
    /// A right answer is in the text.
    pub contains_answer: Option<EstimateDto>,
    /// Share of the cited passages that is relevant.
    pub citation_precision: Option<EstimateDto>,
    /// Share of the relevant passages of the prompt that is cited.
    pub citation_recall: Option<EstimateDto>,
    /// It refuses where the documents do not answer, and answers where they do.
    pub refusal_right: Option<EstimateDto>,
}

/// Which measure of answers differences are tested of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMeasureDto {
    /// A right answer is in the text.
    ContainsAnswer,
    /// Words that answer and right answer share.
    TokenF1,
    /// Share of the cited passages that is relevant.
    CitationPrecision,
    /// Share of the relevant passages of the prompt that is cited.
    CitationRecall,
}

/// A paired difference of answers: the arm less the one that times are compared with, on the headline half.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnswerDifferenceDto {
    /// Which measure.
    pub measure: AnswerMeasureDto,
    /// Mean of the other arm over the pairs.
    pub baseline: f64,
    /// Mean of the arm over the pairs.
    pub arm: f64,
    /// Mean difference with its interval.
    pub difference: EstimateDto,
    /// Two-sided, by random sign flips of clusters.
    pub p: f64,
    /// Corrected for the number of arms, by Holm.
    pub p_holm: f64,
    /// Questions with a larger value than in the other arm.
    pub wins: u32,
    /// Questions with the same value.
    pub ties: u32,
    /// Questions with a smaller value.
    pub losses: u32,
    /// What it says.
    pub verdict: EvaluationVerdictDto,
}

/// What reranking only the first candidates would give.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DepthPointDto {
    /// How many candidates are reranked.
    pub depth: u32,
    /// Mean nDCG@10.
    pub ndcg_10: f64,
    /// Median milliseconds of reranking, as if each candidate took the same.
    pub rerank_ms: Option<f64>,
}

/// What another weight of the reranker would give.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WeightPointDto {
    /// Weight, 0 to 1.
    pub weight: f32,
    /// Mean nDCG@10.
    pub ndcg_10: f64,
}

/// The weight that is best on dev.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BestWeightDto {
    /// Weight, 0 to 1.
    pub weight: f32,
    /// Its mean nDCG@10 on dev.
    pub dev_ndcg_10: f64,
    /// Its mean nDCG@10 on the test half, if there is one.
    pub test_ndcg_10: Option<f64>,
}

/// What reranking only questions whose first candidate does not lead would give.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkipLeadPointDto {
    /// Questions whose first candidate leads by this much are not reranked; `None` reranks all.
    pub skip_lead: Option<f32>,
    /// Share of the questions that is reranked.
    pub reranked: f64,
    /// Mean nDCG@10.
    pub ndcg_10: f64,
}

/// A group of questions of the headline half.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SliceDto {
    /// What they are grouped by.
    pub kind: SliceKindDto,
    /// What they have in common, such as `en`, `short`, `first_third`, `how` or `pdf`.
    pub value: String,
    /// Questions.
    pub questions: u32,
    /// In the order of the arms.
    pub arms: Vec<SliceArmDto>,
}

/// What questions are grouped by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SliceKindDto {
    /// Language of the question.
    Language,
    /// What it asks for: what, how, why, ….
    QuestionType,
    /// Length of the passage that answers, in thirds of all: `short`, `middle`, `long`.
    PassageLength,
    /// Share of the question's words that the passage has, in thirds of all: `low`, `middle`, `high`.
    LexicalOverlap,
    /// `asked` by people, or `made` of a passage.
    Origin,
    /// Where in its document the passage is: `first_third`, `second_third`, `last_third`.
    Position,
    /// Ending of the document's name.
    FileType,
}

/// An arm in a slice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SliceArmDto {
    /// Mean nDCG@10; `None` if the arm failed in all questions.
    pub ndcg_10: Option<f64>,
    /// DifferenceDto of nDCG@10 from the baseline; `None` for the baseline itself, or without pairs.
    pub difference: Option<EstimateDto>,
    /// Two-sided p-value of the difference, corrected for the number of slices (Benjamini and Hochberg).
    pub p: Option<f64>,
}

/// A slice in which an arm is worse than the baseline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LosingSliceDto {
    /// Index of the arm.
    pub arm: u32,
    /// What the questions are grouped by.
    pub kind: SliceKindDto,
    /// What they have in common.
    pub value: String,
    /// DifferenceDto of nDCG@10 from the baseline.
    pub difference: EstimateDto,
}

/// Bounds of a 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct IntervalDto {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// A mean and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EstimateDto {
    /// How many questions, or whatever else has values, it is of; at least 1.
    pub n: u32,
    /// The mean.
    pub mean: f64,
    /// Where the mean would be with other questions of the kind; `None` where there is only one to draw from.
    pub interval: Option<IntervalDto>,
}

/// What a difference from the baseline says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum EvaluationVerdictDto {
    /// The interval is above 0, and the test says so too.
    Better,
    /// The interval is below 0, and the test says so too.
    Worse,
    /// The interval is within the margin around 0 in which nobody would notice: take the cheaper.
    Same,
    /// These questions cannot tell.
    NotDistinguishable {
        /// How many questions of this kind would settle it, in all; `None` where no number can be named.
        questions_needed: Option<u32>,
    },
}
