use serde::{Deserialize, Serialize};

use super::cost::mean;
use super::kept::KeptQuestion;
use super::view::{ArmView, View, count};
use crate::random_place::random_place;
use crate::statistics::{Estimate, TwiceGraded, corrected_difference};

/// Questions in which people must have graded what the model has before a difference is corrected by that.
const FEWEST_TO_CORRECT: u32 = 20;

/// The difference of nDCG@10 by the grades of a language model alone, and as people would find it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct CorrectedDifference {
    /// Questions that it is of: something is relevant by what people say, and both arms have the same first ten, or the
    /// model has graded the first ten of both.
    pub questions: u32,
    /// How many of them people have graded too, where the first ten are not the same: those that come first in an order
    /// drawn for the set, up to the first that people have not.
    pub by_people: u32,
    /// How many of those it takes.
    pub needed: u32,
    /// Mean difference by the model's grades; `None` without a question.
    pub by_model: Option<f64>,
    /// Mean difference that people's grades would give; `None` with less than `needed`.
    pub corrected: Option<Estimate>,
}

/// Of an arm against the baseline; `None` where no model's grades count.
pub(super) fn corrected(view: &View<'_>, arm: &ArmView) -> Option<CorrectedDifference> {
    if !view.judged_by_model {
        return None;
    }
    let mut ranked = view.ranked.clone();
    ranked.sort_by_cached_key(|index| random_place(view.set, &view.questions[*index].id));
    let pairs = ranked.iter().filter_map(|index| {
        let pair = pair(view, arm, &view.questions[*index])?;
        Some((*index, pair))
    });
    let (questions, mut pairs): (Vec<usize>, Vec<Pair>) = pairs.unzip();
    let sample = pairs.iter().position(|pair| pair.graded.person.is_none());
    let sample = sample.unwrap_or(pairs.len());
    // It ends before the first question that waits for people, not behind the last one that they graded: the share of
    // questions with a correction is so without bias, however long people go on.
    pairs[sample..]
        .iter_mut()
        .for_each(|pair| pair.graded.person = None);
    let by_people = pairs[..sample].iter().filter(|pair| pair.is_unlike);
    let by_people = count(by_people.count());
    let graded: Vec<TwiceGraded> = pairs.iter().map(|pair| pair.graded).collect();
    let (clusters, _) = view.units(&questions);
    let estimate = || {
        let estimate = corrected_difference(&clusters, &graded)?;
        Some(estimate.clamped(-1.0, 1.0))
    };
    Some(CorrectedDifference {
        questions: count(questions.len()),
        by_people,
        needed: FEWEST_TO_CORRECT,
        by_model: mean(graded.iter().map(|graded| graded.model)),
        corrected: (by_people >= FEWEST_TO_CORRECT).then(estimate).flatten(),
    })
}

struct Pair {
    graded: TwiceGraded,
    is_unlike: bool,
}

/// What a question says of an arm; `None` where it cannot be said by the model's grades, or people know of nothing that
/// is relevant: whether a model's grades make a question count would depend on what people have graded.
fn pair(view: &View<'_>, arm: &ArmView, question: &KeptQuestion) -> Option<Pair> {
    if !question.relevant_by_people {
        return None;
    }
    let own = &arm.ranking(question)?.apart;
    let other = &view.arms[view.baseline].ranking(question)?.apart;
    let difference = |own: Option<f64>, other: Option<f64>| Some(own? - other?);
    // Whatever the grades, the same list is worth the same.
    let is_unlike = own.first != other.first;
    let graded = match is_unlike {
        true => TwiceGraded {
            model: difference(own.by_model, other.by_model)?,
            person: difference(own.by_people, other.by_people),
        },
        false => TwiceGraded {
            model: 0.0,
            person: Some(0.0),
        },
    };
    Some(Pair { graded, is_unlike })
}
