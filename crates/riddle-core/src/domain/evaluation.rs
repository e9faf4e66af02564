//! Sets of questions with what is relevant to them, and runs that measure ways to search with them.

mod arm;
mod imported;
mod live;
mod look;
mod outcome;
mod run;
mod set;

pub use arm::{ArmRerank, EvaluationArm};
pub use imported::{ImportedDocument, ImportedRanking, ImportedRun, NewImportedRun, RunQuestion};
pub use live::{
    LIVE_SOURCES, LiveArms, LiveObservation, LiveOutcome, LivePlace, LiveQuestion, LiveRecord,
    LiveScore, LiveSource, LiveSources, LiveTrial,
};
pub use look::{LookReason, TestLook};
pub use outcome::{
    ArmAnswer, ArmOutcome, EvaluatedQuestion, FrozenCandidate, GoldPlace, JudgedItem,
    QuestionOutcome,
};
pub use run::{
    AppliedArm, AppliedSettings, ArmSummary, EvaluationRun, EvaluationRunStatus, Headline,
    NewEvaluationRun, OtherKnowledgeBase, QuestionScope, RunManifest, RunModel, RunSummary,
    SummaryFigure, SummaryInterval,
};
pub use set::{
    EvaluationQuestion, EvaluationSet, EvaluationSetCounts, Gold, ModelGrade, QuestionHalf,
    QuestionOrigin, QuestionReview, Quote,
};
