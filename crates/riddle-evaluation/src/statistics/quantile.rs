use super::interval::Interval;

/// The smallest of sorted values that the given share of them does not exceed. `None` of nothing.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    sorted
        .get(rank(sorted.len(), share)?.checked_sub(1)?)
        .copied()
}

/// The 95 % interval of that value by the percentile bootstrap with endlessly many draws, which for a quantile needs no
/// drawing: a draw has its quantile at or below the i-th value if at least so many of its values are among the first i,
/// and their number is binomial. `None` with less than two values.
pub fn quantile_interval(sorted: &[f64], share: f64) -> Option<Interval> {
    let count = sorted.len();
    if count < 2 {
        return None;
    }
    let rank = rank(count, share)?;
    let logarithms = logarithms_of_factorials(count);
    let place = |chance: f64| -> Option<f64> {
        let (mut low, mut high) = (1, count);
        while low < high {
            let middle = low.midpoint(high);
            if at_least(rank, middle, &logarithms) >= chance {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        sorted.get(low - 1).copied()
    };
    Some(Interval {
        low: place(0.025)?,
        high: place(0.975)?,
    })
}

/// From 1; `None` of nothing.
fn rank(count: usize, share: f64) -> Option<usize> {
    if count == 0 {
        return None;
    }
    // A share such as 0.95 is not exact, and must not count one more.
    let rank = (count as f64 * share - 1e-9).ceil();
    Some((rank as usize).clamp(1, count))
}

fn logarithms_of_factorials(count: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let rest = (1..=count).map(|number| {
        sum += (number as f64).ln();
        sum
    });
    [0.0].into_iter().chain(rest).collect()
}

/// The chance that of n draws out of n values at least `rank` are among the first `first`.
fn at_least(rank: usize, first: usize, logarithms: &[f64]) -> f64 {
    let count = logarithms.len() - 1;
    if first == count {
        return 1.0;
    }
    let inside = (first as f64 / count as f64).ln();
    let outside = ((count - first) as f64 / count as f64).ln();
    let chance = |hits: usize| {
        let ways = logarithms[count] - logarithms[hits] - logarithms[count - hits];
        (ways + hits as f64 * inside + (count - hits) as f64 * outside).exp()
    };
    (rank..=count).map(chance).sum()
}
