use super::clusters::Clusters;
use super::columns::{Columns, add};
use super::interval::{Estimate, Interval};
use super::random::Random;

/// Means with 95 % intervals by the percentile bootstrap, drawing whole clusters. Each series holds a value, or none,
/// for each question; differences of pairs are a series too. All series see the same draws.
///
/// `None` for a series without a value; without an interval where all values are of one cluster.
pub fn bootstrap(
    clusters: &Clusters,
    series: &[Vec<Option<f64>>],
    resamples: u32,
    seed: u64,
) -> Vec<Option<Estimate>> {
    let columns = Columns::new(clusters, series);
    let mut means = vec![Vec::with_capacity(resamples as usize); series.len()];
    let mut random = Random::new(seed);
    let mut sums = vec![0.0; columns.width()];
    let rows = u32::try_from(columns.rows()).unwrap_or(u32::MAX);
    for _ in 0..resamples {
        sums.fill(0.0);
        for _ in 0..rows {
            add(&mut sums, columns.row(random.below(rows)));
        }
        for (means, (sum, count)) in means.iter_mut().zip(columns.pairs(&sums)) {
            if count > 0.0 {
                means.push(sum / count);
            }
        }
    }
    let totals = columns.totals();
    let totals = columns.pairs(&totals).collect::<Vec<_>>();
    let estimates = totals.into_iter().zip(means).enumerate();
    estimates
        .map(|(index, ((sum, count), means))| {
            let several = columns.clusters_of(index) > 1;
            (count > 0.0).then(|| Estimate {
                n: count as u32,
                mean: sum / count,
                interval: if several { bounds(means) } else { None },
            })
        })
        .collect()
}

pub(super) fn bounds(mut means: Vec<f64>) -> Option<Interval> {
    means.sort_unstable_by(f64::total_cmp);
    Some(Interval {
        low: between(&means, 0.025)?,
        high: between(&means, 0.975)?,
    })
}

/// The quantile of sorted values, linear between neighbours.
fn between(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (
        sorted.get(place.floor() as usize)?,
        sorted.get(place.ceil() as usize)?,
    );
    Some(low + (high - low) * place.fract())
}
