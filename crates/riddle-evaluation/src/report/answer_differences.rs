use super::comparison::{TIE, by_holm};
use super::cost::mean;
use super::types::{AnswerDifference, AnswerMeasure};
use super::view::{ArmView, RESAMPLES, View, count};
use crate::measures::AnswerScores;
use crate::statistics::{Clusters, Estimate, bootstrap, sign_flips, standard_error, verdict};

type Score = fn(&AnswerScores) -> Option<f64>;

/// Those that differences are tested of; each more would cost the others certainty.
const TESTED: [(AnswerMeasure, Score); 4] = [
    (AnswerMeasure::ContainsAnswer, |scores| {
        scores.contains_answer
    }),
    (AnswerMeasure::TokenF1, |scores| scores.token_f1),
    (AnswerMeasure::CitationPrecision, |scores| {
        scores.citation_precision
    }),
    (AnswerMeasure::CitationRecall, |scores| {
        scores.citation_recall
    }),
];

/// The values of an arm, question by question, and how they differ from those of the arm that it is compared with.
struct Series {
    arm: usize,
    values: Vec<Option<f64>>,
    differences: Vec<Option<f64>>,
}

/// The answers of every arm against those of one of them, in the order of the arms; none where either has written none.
pub(super) fn answer_differences(view: &View<'_>, baseline: usize) -> Vec<Vec<AnswerDifference>> {
    let mut found: Vec<Vec<AnswerDifference>> = view.arms.iter().map(|_| Vec::new()).collect();
    let (clusters, _) = view.units(&view.headline);
    for (measure, score) in TESTED {
        let before = values(view, baseline, score);
        let others = (0..view.arms.len()).filter(|arm| *arm != baseline);
        let series: Vec<Series> = others
            .map(|arm| Series::new(arm, values(view, arm, score), &before))
            .filter(|series| series.differences.iter().any(Option::is_some))
            .collect();
        for (arm, difference) in tested(view, &clusters, measure, &before, &series) {
            found[arm].push(difference);
        }
    }
    found
}

fn values(view: &View<'_>, arm: usize, score: Score) -> Vec<Option<f64>> {
    let Some(arm) = view.arms.get(arm) else {
        return vec![None; view.headline.len()];
    };
    let value = |question: &usize| {
        let kept = arm.kept(&view.questions[*question])?;
        score(kept.answer.as_ref()?)
    };
    view.headline.iter().map(value).collect()
}

impl Series {
    fn new(arm: usize, values: Vec<Option<f64>>, before: &[Option<f64>]) -> Self {
        let pairs = values.iter().zip(before);
        Self {
            arm,
            differences: pairs
                .map(|(own, before)| Some((*own)? - (*before)?))
                .collect(),
            values,
        }
    }
}

/// All arms in one measure, corrected for their number.
fn tested(
    view: &View<'_>,
    clusters: &Clusters,
    measure: AnswerMeasure,
    before: &[Option<f64>],
    series: &[Series],
) -> Vec<(usize, AnswerDifference)> {
    if series.is_empty() {
        return Vec::new();
    }
    let differences: Vec<Vec<Option<f64>>> = series
        .iter()
        .map(|series| series.differences.clone())
        .collect();
    let estimates = bootstrap(clusters, &differences, RESAMPLES, view.seed);
    let p = sign_flips(clusters, &differences, RESAMPLES, view.seed.wrapping_add(1));
    let found: Vec<(&Series, Estimate, f64)> = series
        .iter()
        .zip(estimates.into_iter().zip(p))
        .filter_map(|(series, (estimate, p))| Some((series, estimate?, p?)))
        .collect();
    let tested: Vec<(usize, f64)> = found
        .iter()
        .map(|(series, _, p)| (series.arm, *p))
        .collect();
    let corrected = by_holm(view, &tested, ArmView::does_the_same);
    let all = found.iter().zip(corrected);
    all.filter_map(|((series, estimate, p), p_holm)| {
        let error = standard_error(clusters, &series.differences);
        Some((
            series.arm,
            AnswerDifference {
                measure,
                baseline: over_pairs(before, &series.differences)?,
                arm: over_pairs(&series.values, &series.differences)?,
                difference: *estimate,
                p: *p,
                p_holm,
                wins: number(series, |value| value > TIE),
                ties: number(series, |value| value.abs() <= TIE),
                losses: number(series, |value| value < -TIE),
                verdict: verdict(estimate, p_holm, error),
            },
        ))
    })
    .collect()
}

fn over_pairs(values: &[Option<f64>], differences: &[Option<f64>]) -> Option<f64> {
    let pairs = values.iter().zip(differences);
    mean(pairs.filter_map(|(value, difference)| difference.and(*value)))
}

fn number(series: &Series, test: fn(f64) -> bool) -> u32 {
    let known = series.differences.iter().flatten();
    count(known.filter(|value| test(**value)).count())
}
