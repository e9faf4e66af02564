mod judging;
mod live;
mod look;
mod outcome;
mod quality;
mod report;
mod run;
mod set;

pub(crate) use outcome::{outcome, run_questions};
pub(crate) use report::public_report;
pub(crate) use run::question_scope;
pub(crate) use set::{export_format, judgment, new_evaluation_set, question_maker};
