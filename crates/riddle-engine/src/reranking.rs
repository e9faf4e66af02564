//! What has to do with rerankers wherever they are used: bounds of their options, whether a chosen one can be used, and
//! late interaction over an embedder.

mod bounds;
mod check;
mod late_interaction;

pub(crate) use bounds::{check_deadline, check_skip_lead, check_weight};
pub(crate) use check::{check_layer, check_reranker};
pub(crate) use late_interaction::late_scores;
