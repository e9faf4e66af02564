use riddle_core::Fusion;

use super::kept::{KeptArm, STAGES, Times};
use super::types::{Cost, PairedTime, Stage, StageCost};
use crate::statistics::{quantile, quantile_interval};

/// Steps of a distribution, of 5 % each.
const STEPS: u32 = 20;

/// What an arm takes by itself, and beside the times of the one that it is compared with, if that is another.
pub(super) fn cost(
    kept: &[&KeptArm],
    times: &[Option<Times>],
    others: Option<&[Option<Times>]>,
) -> Cost {
    let own: Vec<&Times> = times.iter().flatten().collect();
    let others = others.unwrap_or_default();
    let pairs = times
        .iter()
        .zip(others)
        .filter_map(|(own, other)| own.as_ref().zip(other.as_ref()));
    let pairs: Vec<(&Times, &Times)> = pairs.collect();
    Cost {
        stages: stages(&own),
        total: paired(&pairs, Stage::Total),
        first_token: paired(&pairs, Stage::FirstToken),
        token: paired(&pairs, Stage::Token),
        ..tokens(kept)
    }
}

/// Times of a search by this fusion, of the retrievers that it needs.
pub(super) fn fused_times(retrieval: &Times, fusion: Option<Fusion>) -> Times {
    let (words, meaning) = match fusion {
        Some(Fusion::Weighted { dense_weight }) => (dense_weight < 1.0, dense_weight > 0.0),
        Some(Fusion::ReciprocalRank) | None => (true, true),
    };
    let mut times = *retrieval;
    for (time, stage) in times.iter_mut().zip(STAGES) {
        let needed = match stage {
            Stage::Embed | Stage::Dense => meaning,
            Stage::Bm25 => words,
            _ => true,
        };
        *time = time.filter(|_| needed);
    }
    let total: f64 = times.iter().flatten().sum();
    for (time, stage) in times.iter_mut().zip(STAGES) {
        if stage == Stage::Total {
            *time = Some(total);
        }
    }
    times
}

/// Percentiles of each stage.
fn stages(times: &[&Times]) -> Vec<StageCost> {
    let cost = |(index, stage): (usize, &Stage)| {
        let mut values: Vec<f64> = times.iter().filter_map(|times| times[index]).collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(StageCost {
            stage: *stage,
            n: u32::try_from(values.len()).ok()?,
            p50: quantile(&values, 0.5)?,
            p50_interval: quantile_interval(&values, 0.5),
            p95: quantile(&values, 0.95)?,
            p95_interval: quantile_interval(&values, 0.95),
            p99: quantile(&values, 0.99)?,
            p99_interval: quantile_interval(&values, 0.99),
            distribution: distribution(&values),
        })
    };
    STAGES.iter().enumerate().filter_map(cost).collect()
}

/// The smallest of sorted values, the largest, and what lies between them in equal steps of their number: as many
/// figures, however many questions there were.
fn distribution(sorted: &[f64]) -> Vec<f64> {
    let shares = (0..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    shares.filter_map(|share| quantile(sorted, share)).collect()
}

/// Times of a stage, of an arm and of the one that it is compared with, question by question.
fn paired(pairs: &[(&Times, &Times)], stage: Stage) -> Option<PairedTime> {
    let index = STAGES.iter().position(|other| *other == stage)?;
    let both = pairs
        .iter()
        .filter_map(|(arm, other)| arm[index].zip(other[index]));
    let both: Vec<(f64, f64)> = both.collect();
    let mut differences: Vec<f64> = both.iter().map(|(arm, other)| arm - other).collect();
    differences.sort_unstable_by(f64::total_cmp);
    let ratios = both.iter().map(|(arm, other)| arm / other);
    let mut ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    Some(PairedTime {
        n: u32::try_from(both.len()).ok()?,
        median_difference: quantile(&differences, 0.5)?,
        difference_interval: quantile_interval(&differences, 0.5),
        median_ratio: quantile(&ratios, 0.5),
        ratio_interval: quantile_interval(&ratios, 0.5),
    })
}

/// Means of tokens, without times.
fn tokens(arms: &[&KeptArm]) -> Cost {
    Cost {
        prompt_tokens: mean(
            arms.iter()
                .filter_map(|arm| arm.tokens)
                .map(|tokens| f64::from(tokens.0)),
        ),
        completion_tokens: mean(
            arms.iter()
                .filter_map(|arm| arm.tokens)
                .map(|tokens| f64::from(tokens.1)),
        ),
        reranked_tokens: mean(
            arms.iter()
                .filter_map(|arm| arm.reranked_tokens)
                .map(|tokens| tokens as f64),
        ),
        ..Cost::default()
    }
}

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_goes_from_the_smallest_value_to_the_largest_in_equal_steps() {
        let values: Vec<f64> = (1..=200_u32).map(f64::from).collect();
        let steps = (0..=STEPS).map(|step| f64::from((10 * step).max(1)));
        assert_eq!(distribution(&values), steps.collect::<Vec<f64>>());
        assert_eq!(distribution(&[7.0]), [7.0; 21]);
        let uneven = distribution(&[1.0, 2.0, 90.0]);
        assert_eq!((uneven[6], uneven[7], uneven[14]), (1.0, 2.0, 90.0));
        assert_eq!(distribution(&[]), [0.0; 0]);
    }

    #[test]
    fn a_distribution_agrees_with_the_percentiles_of_its_stage() {
        let times = (1..=37_u32).map(|number| {
            let mut times: Times = [None; STAGES.len()];
            times[0] = Some(f64::from(number * number));
            times
        });
        let times: Vec<Times> = times.collect();
        let stages = stages(&times.iter().collect::<Vec<&Times>>());
        assert_eq!(stages.len(), 1, "the others did not run");
        let cost = &stages[0];
        assert_eq!((cost.n, cost.distribution.len()), (37, 21));
        assert_eq!(cost.distribution[10], cost.p50);
        assert_eq!(cost.distribution[19], cost.p95);
        assert_eq!((cost.distribution[0], cost.distribution[20]), (1.0, 1369.0));
    }
}
