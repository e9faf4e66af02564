//! What other tools call for reranking and embedding, as they expect it.
//!
//! Scores: `/rerank` gives the sigmoid unless `raw_scores`, `/v1/rerank` and `/v2/rerank` the same, because their
//! originals promise 0 to 1; `/invocations` gives raw scores, as the models' `predict` behind it does.

mod cohere;
mod direction;
mod embed;
mod headers;
mod hint;
mod info;
mod inputs;
mod invocations;
mod model;
mod ranking;
mod rerank;
mod tokenize;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use hint::check_hint;
pub(super) use inputs::Inputs;
pub(super) use model::{NamedModel, OTHER_NAMES, listed};

/// Routes under `/v1`.
pub(super) fn configure_v1(config: &mut ServiceConfig<'_>) {
    config.service(cohere::rerank_v1);
}

/// Routes under `/v2`.
pub(super) fn configure_v2(config: &mut ServiceConfig<'_>) {
    config.service(cohere::rerank_v2);
}

/// Routes at the root.
pub(super) fn configure_root(config: &mut ServiceConfig<'_>) {
    config
        .service(rerank::rerank)
        .service(embed::embed)
        .service(tokenize::tokenize)
        .service(info::info)
        .service(invocations::invocations)
        .service(invocations::endpoint_invocations)
        .service(invocations::ping);
}
