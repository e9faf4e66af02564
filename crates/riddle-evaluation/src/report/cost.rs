use super::kept::{KeptArm, STAGES, Times};
use super::types::{Cost, PairedTime, Stage, StageCost};
use crate::statistics::{quantile, quantile_interval};

/// Percentiles of each stage.
pub(super) fn stages(times: &[&Times]) -> Vec<StageCost> {
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
        })
    };
    STAGES.iter().enumerate().filter_map(cost).collect()
}

/// Times of a stage, of an arm and of the one that it is compared with, question by question.
pub(super) fn paired(pairs: &[(&Times, &Times)], stage: Stage) -> Option<PairedTime> {
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
pub(super) fn tokens(arms: &[&KeptArm]) -> Cost {
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
