use riddle_core::{ModelError, RerankerInfo};

use crate::error::EngineError;
use crate::models::Models;

/// Refuses a reranker that is not here, and a layer that it does not have. Loads the reranker for this. If it is here
/// and cannot be loaded, that is no mistake of the request, and every search reports it. `at` is the field of the
/// reranking options in the request.
pub(crate) async fn check_reranker(
    models: &Models,
    at: &str,
    chosen: Option<&str>,
    cutoff_layer: Option<u32>,
) -> Result<(), EngineError> {
    let Some(name) = chosen
        .map(str::to_owned)
        .or_else(|| models.default_reranker())
    else {
        return match cutoff_layer {
            None => Ok(()),
            Some(_) => Err(EngineError::invalid(
                &format!("{at}.cutoff_layer"),
                "needs a layerwise reranker, and no reranker is on this machine; leave it out",
            )),
        };
    };
    match models.reranker(&name).await {
        Ok(reranker) => check_layer(&format!("{at}.cutoff_layer"), cutoff_layer, &reranker.info),
        Err(EngineError::Model(error @ ModelError::Unavailable { .. })) if chosen.is_some() => {
            let field = format!("{at}.model");
            Err(EngineError::invalid_as(
                &field,
                format!("`{field}`: {error}"),
            ))
        }
        Err(_) => Ok(()),
    }
}

/// Refuses a layer that a reranker does not have.
pub(crate) fn check_layer(
    field: &str,
    layer: Option<u32>,
    info: &RerankerInfo,
) -> Result<(), EngineError> {
    match (layer, info.layers) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(EngineError::invalid(
            field,
            format!(
                "needs a layerwise reranker, and `{}` is none; leave it out",
                info.name
            ),
        )),
        (Some(layer), Some((lowest, highest))) if !(lowest..=highest).contains(&layer) => {
            Err(EngineError::invalid(
                field,
                format!("must be between {lowest} and {highest} for `{}`", info.name),
            ))
        }
        (Some(_), Some(_)) => Ok(()),
    }
}
