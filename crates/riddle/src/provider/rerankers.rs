//! Rerankers by their kind: a family of rerankers is a line here and a file that opens it.

mod cross_encoder;
mod late_interaction;
mod layerwise;
mod yes_no;

use riddle_core::{ModelError, RerankKind, RerankerOwner};
use riddle_models::{CatalogueEntry, Compute, LocatedModel, RerankerFacts, RerankerSpec, Width};

use super::{CONVERTED, LocalModels};

/// A reranker of the catalogue whose files are on this machine.
pub(super) struct Chosen<'a> {
    pub(super) models: &'a LocalModels,
    pub(super) entry: &'a CatalogueEntry,
    pub(super) facts: &'a RerankerFacts,
    pub(super) located: LocatedModel,
}

impl Chosen<'_> {
    /// What it runs on, if both engines can run it.
    fn compute(&self) -> Result<Compute, ModelError> {
        let width = Width::of(&self.entry.name, &self.located.folder)?;
        self.models.reranker_compute(width)
    }

    /// Where its files lie and how to convert them, for those that are made from an ONNX graph.
    fn spec(&self, compute: &Compute) -> RerankerSpec {
        RerankerSpec {
            name: self.entry.name.clone(),
            folder: self.located.folder.clone(),
            weights: self.entry.weights.clone(),
            cache: self.located.folder.join(CONVERTED),
            precision: self.models.compute_settings.precision_on(compute),
            max_tokens: self.entry.max_tokens,
            scale: self.facts.scale,
            default_weight: self.facts.default_weight,
        }
    }
}

/// Loads it and has `owner` use it.
pub(super) fn own(chosen: &Chosen<'_>, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
    let mut reranker = match chosen.facts.kind {
        RerankKind::CrossEncoder => cross_encoder::open(chosen)?,
        RerankKind::LateInteraction => late_interaction::open(chosen)?,
        RerankKind::Layerwise => layerwise::open(chosen)?,
        RerankKind::YesNo => return yes_no::own(chosen, owner),
    };
    owner(reranker.as_mut());
    Ok(())
}

/// Loads a chat model as one and has `owner` use it.
pub(super) fn own_chat(
    models: &LocalModels,
    entry: &CatalogueEntry,
    located: &LocatedModel,
    owner: RerankerOwner<'_>,
) -> Result<(), ModelError> {
    yes_no::own_chat(models, entry, located, owner)
}
