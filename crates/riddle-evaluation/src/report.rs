//! What a run found: figures of each arm, how sure they are, and one sentence.

mod types;

pub use types::{
    AnswerFigures, ArmComparison, ArmKind, ArmReport, BestWeight, Cost, DepthPoint, Difference,
    ExcludedQuestion, Exclusion, GoldCounts, Headline, HeadlineHalf, Headroom, LosingSlice,
    MeasureFigure, PairedTime, QuestionCounts, QuestionDifference, QuestionFailure, RankMove,
    Report, ResampleUnit, Resampling, SkipLeadPoint, Slice, SliceArm, SliceKind, SourceCounts,
    Stage, StageCost, TunedFusion, WeightPoint,
};
