use std::collections::BTreeMap;

use super::cost::mean;
use super::kept::{KeptQuestion, NDCG_10};
use super::types::{LosingSlice, Slice, SliceArm, SliceKind};
use super::view::{RESAMPLES_OF_MEANS, View, count};
use crate::statistics::{SIGNIFICANT, benjamini_hochberg, bootstrap, sign_flips};

const FEWEST_QUESTIONS: usize = 5;

const KINDS: [SliceKind; 5] = [
    SliceKind::Language,
    SliceKind::QuestionType,
    SliceKind::PassageLength,
    SliceKind::Position,
    SliceKind::FileType,
];

/// Groups of the ranked questions of the headline half, large ones first within a kind.
pub(super) fn slices(view: &View<'_>) -> Vec<Slice> {
    let bounds = length_bounds(view);
    let mut slices = Vec::new();
    for kind in KINDS {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for index in &view.ranked {
            if let Some(value) = value(kind, &view.questions[*index], bounds) {
                groups.entry(value).or_default().push(*index);
            }
        }
        let mut groups: Vec<(String, Vec<usize>)> = groups
            .into_iter()
            .filter(|(_, questions)| questions.len() >= FEWEST_QUESTIONS)
            .collect();
        groups.sort_by_key(|(_, questions)| std::cmp::Reverse(questions.len()));
        slices.extend(
            groups
                .into_iter()
                .map(|(value, questions)| slice(view, kind, value, &questions)),
        );
    }
    correct(&mut slices, view.arms.len());
    slices
}

fn value(kind: SliceKind, question: &KeptQuestion, bounds: Option<(u32, u32)>) -> Option<String> {
    let traits = &question.traits;
    match kind {
        SliceKind::Language => Some(traits.language.clone()),
        SliceKind::QuestionType => Some(traits.question_type.to_owned()),
        SliceKind::PassageLength => {
            let (short, middle) = bounds?;
            let chars = traits.passage_chars?;
            let third = usize::from(chars > short) + usize::from(chars > middle);
            Some(["short", "middle", "long"][third].to_owned())
        }
        SliceKind::Position => {
            let third = (traits.position?.clamp(0.0, 0.999) * 3.0) as usize;
            Some(["first_third", "second_third", "last_third"][third].to_owned())
        }
        SliceKind::FileType => traits.file_type.clone(),
    }
}

/// The lengths up to which a passage is short, or not long: a third of the questions each.
fn length_bounds(view: &View<'_>) -> Option<(u32, u32)> {
    let chars = view
        .ranked
        .iter()
        .filter_map(|index| view.questions[*index].traits.passage_chars);
    let mut chars: Vec<u32> = chars.collect();
    chars.sort_unstable();
    let bound = |thirds: usize| {
        chars
            .get((chars.len() * thirds / 3).saturating_sub(1))
            .copied()
    };
    Some((bound(1)?, bound(2)?))
}

fn slice(view: &View<'_>, kind: SliceKind, value: String, questions: &[usize]) -> Slice {
    let (clusters, _) = view.units(questions);
    let differences: Vec<Vec<Option<f64>>> = view
        .arms
        .iter()
        .map(|arm| view.differences(arm, NDCG_10, questions))
        .collect();
    let estimates = bootstrap(&clusters, &differences, RESAMPLES_OF_MEANS, view.seed);
    let p = sign_flips(
        &clusters,
        &differences,
        RESAMPLES_OF_MEANS,
        view.seed.wrapping_add(1),
    );
    let found = view
        .arms
        .iter()
        .zip(estimates.into_iter().zip(p))
        .enumerate();
    let arms = found.map(|(index, (arm, (difference, p)))| SliceArm {
        ndcg_10: mean(view.values(arm, NDCG_10, questions).into_iter().flatten()),
        difference: difference.filter(|_| index != view.baseline),
        p: p.filter(|_| index != view.baseline),
    });
    Slice {
        kind,
        value,
        questions: count(questions.len()),
        arms: arms.collect(),
    }
}

/// The slices of an arm are looks at the same questions, and some would look bad by chance.
fn correct(slices: &mut [Slice], arms: usize) {
    for arm in 0..arms {
        let found: Vec<f64> = slices
            .iter()
            .filter_map(|slice| slice.arms[arm].p)
            .collect();
        let mut corrected = benjamini_hochberg(&found).into_iter();
        for p in slices
            .iter_mut()
            .filter_map(|slice| slice.arms[arm].p.as_mut())
        {
            *p = corrected.next().unwrap_or(*p);
        }
    }
}

/// A slice that holds all questions says nothing of its own.
pub(super) fn losing_slices(slices: &[Slice], ranked: usize) -> Vec<LosingSlice> {
    let parts = slices
        .iter()
        .filter(|slice| (slice.questions as usize) < ranked);
    let losing = parts.flat_map(|slice| {
        (0..).zip(&slice.arms).filter_map(|(arm, found)| {
            let difference = found.difference?;
            let is_below = difference
                .interval
                .is_some_and(|interval| interval.high < 0.0);
            let loses = is_below && found.p.is_some_and(|p| p <= SIGNIFICANT);
            loses.then(|| LosingSlice {
                arm,
                kind: slice.kind,
                value: slice.value.clone(),
                difference,
            })
        })
    });
    losing.collect()
}
