//! What a run of an evaluation is worth: measures of rankings and answers, statistics, the report of a run, and the
//! files that sets of questions come from and go to. Nothing here does I/O.

#![warn(missing_docs)]

mod expected_power;
mod first_ten;
pub mod formats;
mod golds;
mod halves;
mod item_numbers;
mod judging_queue;
mod live;
mod making;
mod measures;
mod model_judge;
mod named_document;
mod random_place;
mod report;
mod run_diff;
mod set_quality;
mod statistics;

pub use expected_power::{ExpectedPower, QuestionsNeeded};
pub use golds::{JudgedChunk, JudgedDocument, ResolvedGolds, holds_words, resolve_golds};
pub use halves::{SplitBy, assign_halves};
pub use item_numbers::ItemNumbers;
pub use judging_queue::{JudgingOrder, JudgingQueue, PooledPassage};
pub use live::{
    FeedbackCounts, LiveCourse, LiveFigures, LiveFiguresBuilder, LiveShare, LiveTimes, OfFirst,
    of_first,
};
pub use making::{
    LeftOut, SaidBefore, answer_in, answer_prompt, known_anyway, question_in, question_prompt,
    unusable,
};
pub use measures::{
    AnswerScores, JudgedRanking, Measure, MeasureError, MeasureKind, answer_scores,
};
pub use model_judge::{
    GradeScale, JudgeAgreement, ModelGolds, golds_by_model, grade_in, grade_prompt, shared_family,
};
pub use named_document::NamedDocument;
pub use random_place::random_place;
pub use report::{
    AlongSettings, AnswerDifference, AnswerFigures, AnswerMeasure, ArmComparison, ArmKind,
    ArmReport, BestWeight, CorrectedDifference, Cost, DepthPoint, Difference, ExcludedQuestion,
    Exclusion, GoldCounts, HeadlineHalf, Headroom, JudgedByModel, LosingSlice, LostGold,
    MeasureFigure, PairedTime, QuestionCounts, QuestionDifference, QuestionFailure, QuestionScores,
    RankMove, Report, ReportBuilder, ResampleUnit, Resampling, SettingCurves, SettingPoint,
    SkipLeadPoint, Slice, SliceArm, SliceKind, SourceCounts, Stage, StageCost, TUNED_ARM,
    TunedFusion, WeightPoint, WhatIf, WhatIfResult, WhatIfTrial, question_scores,
    with_fusion_as_arm,
};
pub use run_diff::{RunChange, RunDiff, RunDiffBuilder, RunDifference};
pub use set_quality::{QualityAspect, QualityKind, SetQuality, is_ranked, set_quality};
pub use statistics::{
    Clusters, ConfidenceSequence, Estimate, Interval, MARGIN, TYPICAL_SD, Verdict,
    benjamini_hochberg, bootstrap, effect_size, holm, quantile, quantile_interval,
    questions_needed, sign_flips, standard_error,
};
