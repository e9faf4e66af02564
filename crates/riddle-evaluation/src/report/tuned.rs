use riddle_core::{EvaluationArm, QuestionHalf, RetrievalMode, RunManifest, fusions_to_try};

use super::cost::mean;
use super::kept::{KeptQuestion, NDCG_10};
use super::types::{HeadlineHalf, TunedFusion};
use super::view::{ArmView, count};

/// Name of the arm that every report has where there is a dev half.
pub const TUNED_ARM: &str = "tuned fusion, no rerank";

/// The fusion with the best mean nDCG@10 on dev, and its arm. Of equal ones, the present setting's is kept, or else the
/// first is taken.
pub(super) fn tuned(
    manifest: &RunManifest,
    questions: &[KeptQuestion],
    half: HeadlineHalf,
) -> Option<(TunedFusion, ArmView)> {
    let present = manifest.arms.first()?;
    let fusions = fusions_to_try();
    let dev = questions
        .iter()
        .filter(|question| question.half == QuestionHalf::Dev && question.is_ranked());
    let dev: Vec<&KeptQuestion> = dev
        .filter(|question| !question.fusions.is_empty())
        .collect();
    let score = |index: usize| {
        mean(
            dev.iter()
                .map(|question| question.fusions[index].measures[NDCG_10]),
        )
    };
    let own = fusions.iter().position(|fusion| *fusion == present.fusion);
    let order = own.into_iter().chain(0..fusions.len());
    let scores = order.filter_map(|index| Some((index, score(index)?)));
    let (index, dev_ndcg_10) = scores.reduce(|best, other| {
        if other.1 > best.1 + 1e-12 {
            other
        } else {
            best
        }
    })?;
    let fusion = *fusions.get(index)?;
    let mode = if manifest.embedder.is_some() {
        RetrievalMode::Hybrid
    } else {
        RetrievalMode::Bm25
    };
    let settings = EvaluationArm {
        name: TUNED_ARM.to_owned(),
        mode,
        fusion,
        top_k: present.top_k,
        top_n: present.top_n,
        rerank: None,
    };
    let found = TunedFusion {
        fusion,
        dev_ndcg_10,
        dev_questions: count(dev.len()),
        same_questions: half == HeadlineHalf::All,
    };
    Some((found, ArmView::of_fusion(index, settings)))
}
