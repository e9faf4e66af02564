use std::collections::BTreeMap;

use super::corrected_difference::corrected;
use super::cost::mean;
use super::kept::{COMPARED, JUDGED_10, NDCG_10, reported};
use super::types::{ArmComparison, Difference, QuestionDifference, RankMove, SourceCounts};
use super::view::{ArmView, RESAMPLES, View, count};
use crate::statistics::{
    Clusters, Estimate, bootstrap, effect_size, holm, minimum_detectable, sign_flips,
    standard_error, verdict,
};

/// Differences by question that a report holds for an arm.
const MOST_QUESTIONS: usize = 5_000;
/// A difference of judged@10 from which missing judgments may decide.
const JUDGED_UNLIKE: f64 = 0.05;

/// Every arm against the baseline, in the order of the arms; `None` for the baseline, and without a pair.
pub(super) fn comparisons(view: &View<'_>) -> Vec<Option<ArmComparison>> {
    let mut differences: Vec<Vec<Difference>> = view.arms.iter().map(|_| Vec::new()).collect();
    let (clusters, _) = view.units(&view.ranked);
    let others: Vec<usize> = (0..view.arms.len())
        .filter(|arm| *arm != view.baseline)
        .collect();
    let series = |measure: usize| others.iter().map(move |arm| (*arm, measure));
    let keys: Vec<(usize, usize)> = COMPARED.into_iter().flat_map(series).collect();
    let values: Vec<Vec<Option<f64>>> = keys
        .iter()
        .map(|(arm, measure)| view.differences(&view.arms[*arm], *measure, &view.ranked))
        .collect();
    let estimates = bootstrap(&clusters, &values, RESAMPLES, view.seed);
    let p = sign_flips(&clusters, &values, RESAMPLES, view.seed.wrapping_add(1));
    for measure in COMPARED {
        let tested = (0..keys.len()).filter(|index| keys[*index].1 == measure);
        let tested: Vec<(usize, Estimate, f64)> = tested
            .filter_map(|index| Some((index, estimates[index]?, p[index]?)))
            .collect();
        let corrected = by_holm(
            view,
            &tested
                .iter()
                .map(|(i, _, p)| (keys[*i].0, *p))
                .collect::<Vec<_>>(),
            ArmView::ranks_the_same,
        );
        for ((index, estimate, p), p_holm) in tested.into_iter().zip(corrected) {
            let arm = keys[index].0;
            let found = Found {
                estimate,
                p,
                p_holm,
                clusters: &clusters,
                values: &values[index],
            };
            differences[arm].extend(difference(view, arm, measure, &found));
        }
    }
    let compared = differences.into_iter().enumerate();
    compared
        .map(|(arm, differences)| comparison(view, arm, differences))
        .collect()
}

/// p-values of arms, corrected for their number by Holm. An arm that does the same as one before it, to show how much
/// is noise, is no further finding: it has the corrected value of that one.
pub(super) fn by_holm(
    view: &View<'_>,
    tested: &[(usize, f64)],
    same: fn(&ArmView, &ArmView) -> bool,
) -> Vec<f64> {
    let twin = |arm: usize| {
        let same = |other: &(usize, f64)| same(&view.arms[other.0], &view.arms[arm]);
        tested.iter().position(same)
    };
    let firsts: Vec<usize> = (0..tested.len())
        .filter(|index| twin(tested[*index].0) == Some(*index))
        .collect();
    let of_firsts = holm(
        &firsts
            .iter()
            .map(|index| tested[*index].1)
            .collect::<Vec<_>>(),
    );
    let value = |(arm, p): &(usize, f64)| {
        let first = twin(*arm).and_then(|twin| firsts.iter().position(|index| *index == twin));
        first.map_or(*p, |first| of_firsts[first])
    };
    tested.iter().map(value).collect()
}

struct Found<'a> {
    estimate: Estimate,
    p: f64,
    p_holm: f64,
    clusters: &'a Clusters,
    values: &'a [Option<f64>],
}

fn difference(
    view: &View<'_>,
    arm: usize,
    measure: usize,
    found: &Found<'_>,
) -> Option<Difference> {
    let arm = &view.arms[arm];
    let pairs: Vec<usize> = view
        .ranked
        .iter()
        .zip(found.values)
        .filter(|(_, value)| value.is_some())
        .map(|(index, _)| *index)
        .collect();
    let over_pairs = |arm: &ArmView| mean(view.values(arm, measure, &pairs).into_iter().flatten());
    let error = standard_error(found.clusters, found.values);
    let number = |test: fn(f64) -> bool| {
        count(
            found
                .values
                .iter()
                .flatten()
                .filter(|value| test(**value))
                .count(),
        )
    };
    let n = found.estimate.n;
    Some(Difference {
        measure: reported(arm.settings.top_k)[measure],
        baseline: over_pairs(&view.arms[view.baseline])?,
        arm: over_pairs(arm)?,
        difference: found.estimate,
        p: found.p,
        p_holm: found.p_holm,
        effect_size: effect_size(found.values),
        wins: number(|value| value > TIE),
        ties: number(|value| value.abs() <= TIE),
        losses: number(|value| value < -TIE),
        minimum_detectable: error.map(|error| minimum_detectable(error * f64::from(n).sqrt(), n)),
        verdict: verdict(&found.estimate, found.p_holm, error),
    })
}

/// Values that are equal on paper may differ in their last bits.
pub(super) const TIE: f64 = 1e-9;

fn comparison(view: &View<'_>, arm: usize, differences: Vec<Difference>) -> Option<ArmComparison> {
    if arm == view.baseline || differences.is_empty() {
        return None;
    }
    let arm = &view.arms[arm];
    let judged_difference = mean(
        view.differences(arm, JUDGED_10, &view.ranked)
            .into_iter()
            .flatten(),
    );
    Some(ArmComparison {
        differences,
        sources: sources(view, arm),
        judged_difference,
        judged_unlike: judged_difference
            .is_some_and(|difference| difference.abs() >= JUDGED_UNLIKE),
        corrected: corrected(view, arm),
        by_question: by_question(view, arm),
        rank_moves: rank_moves(view, arm),
    })
}

/// Question, rank of the first relevant passage in the baseline, and in the arm.
fn ranks<'a>(
    view: &'a View<'_>,
    arm: &'a ArmView,
) -> impl Iterator<Item = (&'a str, Option<u32>, Option<u32>)> {
    view.ranked.iter().filter_map(move |index| {
        let question = &view.questions[*index];
        let from = view.arms[view.baseline].ranking(question)?.first_relevant;
        Some((
            question.id.as_str(),
            from,
            arm.ranking(question)?.first_relevant,
        ))
    })
}

fn sources(view: &View<'_>, arm: &ArmView) -> SourceCounts {
    let top_n = arm.settings.top_n;
    let mut counts = SourceCounts {
        top_n,
        questions: 0,
        baseline: 0,
        arm: 0,
        gained: Vec::new(),
        lost: Vec::new(),
    };
    for (question, from, to) in ranks(view, arm) {
        let [before, after] = [from, to].map(|rank| rank.is_some_and(|rank| rank <= top_n));
        counts.questions += 1;
        counts.baseline += u32::from(before);
        counts.arm += u32::from(after);
        if after && !before {
            counts.gained.push(question.to_owned());
        }
        if before && !after {
            counts.lost.push(question.to_owned());
        }
    }
    counts
}

fn rank_moves(view: &View<'_>, arm: &ArmView) -> Vec<RankMove> {
    let mut moves: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let sorted = |rank: Option<u32>| rank.unwrap_or(u32::MAX);
    for (_, from, to) in ranks(view, arm) {
        *moves.entry((sorted(from), sorted(to))).or_default() += 1;
    }
    let rank = |sorted: u32| (sorted < u32::MAX).then_some(sorted);
    moves
        .into_iter()
        .map(|((from, to), questions)| RankMove {
            from: rank(from),
            to: rank(to),
            questions,
        })
        .collect()
}

fn by_question(view: &View<'_>, arm: &ArmView) -> Vec<QuestionDifference> {
    let values = view.differences(arm, NDCG_10, &view.ranked);
    let differences = view
        .ranked
        .iter()
        .zip(values)
        .filter_map(|(index, value)| Some((*index, value?)));
    let mut differences: Vec<(usize, f64)> =
        differences.filter(|(_, value)| value.abs() > TIE).collect();
    differences.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    differences.truncate(MOST_QUESTIONS);
    differences.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = differences
        .into_iter()
        .map(|(index, difference)| QuestionDifference {
            question: view.questions[index].id.clone(),
            difference: difference as f32,
        });
    named.collect()
}
