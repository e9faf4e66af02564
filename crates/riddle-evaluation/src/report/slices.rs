use std::collections::BTreeMap;

use super::cost::mean;
use super::kept::{KeptQuestion, NDCG_10};
use super::traits::Traits;
use super::types::{LosingSlice, Slice, SliceArm, SliceKind};
use super::view::{RESAMPLES_OF_MEANS, View, count};
use crate::statistics::{SIGNIFICANT, benjamini_hochberg, bootstrap, sign_flips};

const FEWEST_QUESTIONS: usize = 5;

const KINDS: [SliceKind; 7] = [
    SliceKind::Language,
    SliceKind::QuestionType,
    SliceKind::PassageLength,
    SliceKind::LexicalOverlap,
    SliceKind::Origin,
    SliceKind::Position,
    SliceKind::FileType,
];

/// Groups of the ranked questions of the headline half, large ones first within a kind.
pub(super) fn slices(view: &View<'_>) -> Vec<Slice> {
    let thirds = Thirds {
        length: bounds(view, |traits| {
            traits.passage_chars.map(|chars| chars as f32)
        }),
        overlap: bounds(view, |traits| traits.overlap),
    };
    let mut slices = Vec::new();
    for kind in KINDS {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for index in &view.ranked {
            if let Some(value) = value(kind, &view.questions[*index], thirds) {
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

/// Values up to which a question is in the first third of all, or not in the last.
type Bounds = Option<(f32, f32)>;

#[derive(Clone, Copy)]
struct Thirds {
    length: Bounds,
    overlap: Bounds,
}

fn value(kind: SliceKind, question: &KeptQuestion, thirds: Thirds) -> Option<String> {
    let traits = &question.traits;
    match kind {
        SliceKind::Language => Some(traits.language.clone()),
        SliceKind::QuestionType => Some(traits.question_type.to_owned()),
        SliceKind::PassageLength => {
            let third = third(traits.passage_chars? as f32, thirds.length)?;
            Some(["short", "middle", "long"][third].to_owned())
        }
        SliceKind::LexicalOverlap => {
            let third = third(traits.overlap?, thirds.overlap)?;
            Some(["low", "middle", "high"][third].to_owned())
        }
        SliceKind::Origin => traits.origin.map(str::to_owned),
        SliceKind::Position => {
            let third = (traits.position?.clamp(0.0, 0.999) * 3.0) as usize;
            Some(["first_third", "second_third", "last_third"][third].to_owned())
        }
        SliceKind::FileType => traits.file_type.clone(),
    }
}

fn third(value: f32, bounds: Bounds) -> Option<usize> {
    let (first, second) = bounds?;
    Some(usize::from(value > first) + usize::from(value > second))
}

/// Bounds that a third of the questions each lie between.
fn bounds(view: &View<'_>, of: impl Fn(&Traits) -> Option<f32>) -> Bounds {
    let questions = view.ranked.iter().map(|index| &view.questions[*index]);
    let mut values: Vec<f32> = questions
        .filter_map(|question| of(&question.traits))
        .collect();
    values.sort_unstable_by(f32::total_cmp);
    let bound = |thirds: usize| {
        values
            .get((values.len() * thirds / 3).saturating_sub(1))
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
