use riddle_core::{
    ArmOutcome, EvaluationArm, Fusion, QuestionHalf, QuestionOutcome, RetrievalMode, RunManifest,
    fusions_to_try,
};

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
    let dev = questions
        .iter()
        .filter(|question| question.half == QuestionHalf::Dev && question.is_ranked());
    let dev: Vec<&KeptQuestion> = dev
        .filter(|question| !question.fusions.is_empty())
        .collect();
    let (index, dev_ndcg_10) = best(&dev, present.fusion)?;
    let fusion = *fusions_to_try().get(index)?;
    let mut others = manifest.others.iter();
    let embeds = manifest.embedder.is_some() || others.any(|other| other.embedder.is_some());
    let mode = if embeds {
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
        chat_model: None,
    };
    let found = TunedFusion {
        fusion,
        dev_ndcg_10,
        dev_questions: count(dev.len()),
        same_questions: half == HeadlineHalf::All,
    };
    Some((found, ArmView::of_fusion(index, settings)))
}

/// The place of the best of the fusions that were tried, and its score.
fn best(dev: &[&KeptQuestion], present: Fusion) -> Option<(usize, f64)> {
    let fusions = fusions_to_try();
    let score = |index: usize| {
        let of_question = |question: &&KeptQuestion| question.fusions[index].measures[NDCG_10];
        mean(dev.iter().map(of_question))
    };
    let own = fusions.iter().position(|fusion| *fusion == present);
    let order = own.into_iter().chain(0..fusions.len());
    let scores = order.filter_map(|index| Some((index, score(index)?)));
    scores.reduce(|best, other| {
        if other.1 > best.1 + 1e-12 {
            other
        } else {
            best
        }
    })
}

/// A question with the order of one of the fusions that were tried as an arm behind those of the run. Where the
/// question has no such order, it is as it was.
pub fn with_fusion_as_arm(outcome: &QuestionOutcome, fusion: Fusion) -> QuestionOutcome {
    let mut with = outcome.clone();
    let index = fusions_to_try().iter().position(|tried| *tried == fusion);
    if let Some(order) = index.and_then(|index| outcome.fusions.get(index)) {
        // Orders alone are kept of fusions that were tried, so the scores say no more than the order does.
        let count = order.len() as f32;
        with.arms.push(ArmOutcome {
            retrieved: order.clone(),
            fused: (0..order.len())
                .map(|place| 1.0 - place as f32 / count)
                .collect(),
            ranking: order.clone(),
            ..ArmOutcome::default()
        });
    }
    with
}
