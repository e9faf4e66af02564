//! What a run found: figures of each arm, how sure they are, and one sentence.

mod answer_differences;
mod builder;
mod comparison;
mod corrected_difference;
mod cost;
mod curves;
mod figures;
mod grades_apart;
mod headline;
mod headline_chinese;
mod headline_english;
mod headline_judges;
mod headroom;
mod kept;
mod memory;
mod question_scores;
mod question_type;
mod setting_curves;
mod slice_names;
mod slices;
mod traits;
mod tuned;
mod types;
mod view;
mod what_if;

pub use builder::ReportBuilder;
pub use corrected_difference::CorrectedDifference;
pub(crate) use kept::{compared_measures, compared_values};
pub use question_scores::{QuestionScores, question_scores};
pub use setting_curves::{AlongSettings, SettingCurves, SettingPoint};
pub use tuned::{TUNED_ARM, with_fusion_as_arm};
pub use types::{
    AnswerDifference, AnswerFigures, AnswerMeasure, ArmComparison, ArmKind, ArmReport, BestWeight,
    Cost, DepthPoint, Difference, ExcludedQuestion, Exclusion, GoldCounts, HeadlineHalf, Headroom,
    JudgedByModel, LosingSlice, LostGold, MeasureFigure, PairedTime, QuestionCounts,
    QuestionDifference, QuestionFailure, RankMove, Report, ResampleUnit, Resampling, SkipLeadPoint,
    Slice, SliceArm, SliceKind, SourceCounts, Stage, StageCost, TunedFusion, WeightPoint,
};
pub use what_if::{WhatIf, WhatIfResult, WhatIfTrial};
