use riddle_core::{EvaluationArm, Fusion, RetrievalMode, RunManifest, RunModel};

use super::types::ArmKind;
use super::view::ArmView;

/// Role of the model that makes vectors of questions.
const EMBEDDER: &str = "embed";

/// Estimate of the memory that the models of an arm take together, of those of which it is known. `None` where it is
/// known of none, or where the run does not say which arms need which models.
pub(super) fn memory_bytes(manifest: &RunManifest, place: usize, arm: &ArmView) -> Option<u64> {
    let models = &manifest.models;
    let is_unsaid = models.iter().all(|model| model.arms.is_empty());
    if is_unsaid && !models.is_empty() && some_need_models(manifest) {
        return None;
    }
    let needs = |model: &&RunModel| match arm.kind {
        ArmKind::Manifest => model.arms.iter().any(|index| *index as usize == place),
        // It has no model here.
        ArmKind::Imported => false,
        ArmKind::TunedFusion => model.role == EMBEDDER && embeds(&arm.settings),
    };
    let mut needed = models.iter().filter(needs).peekable();
    if needed.peek().is_none() {
        return Some(0);
    }
    let known = needed.filter_map(|model| model.memory_bytes);
    known.reduce(u64::saturating_add)
}

/// Whether an arm of a run needs a model, as its settings say.
fn some_need_models(manifest: &RunManifest) -> bool {
    let mut arms = manifest.arms.iter();
    manifest.answers || arms.any(|arm| arm.rerank.is_some() || arm.mode != RetrievalMode::Bm25)
}

/// Whether a fusion without rerank needs the vector of the question.
fn embeds(arm: &EvaluationArm) -> bool {
    let by_words_alone =
        matches!(arm.fusion, Fusion::Weighted { dense_weight } if dense_weight <= 0.0);
    arm.mode != RetrievalMode::Bm25 && !by_words_alone
}
