use super::clusters::Clusters;
use super::columns::Columns;
use super::random::Random;

/// Two-sided p-values of mean differences by the randomisation test: how often random signs, one for each cluster, give
/// a sum as far from 0 as the one that was found. The found signs count as one of the draws, so p is never 0.
///
/// `None` for a series without a value.
pub fn sign_flips(
    clusters: &Clusters,
    differences: &[Vec<Option<f64>>],
    resamples: u32,
    seed: u64,
) -> Vec<Option<f64>> {
    let columns = Columns::new(clusters, differences);
    let totals = columns.totals();
    let totals: Vec<(f64, f64)> = columns.pairs(&totals).collect();
    let bounds: Vec<f64> = (0..differences.len())
        .map(|index| totals[index].0.abs() - slack(&columns, index))
        .collect();
    let mut hits = vec![0_u32; differences.len()];
    let mut random = Random::new(seed);
    let mut sums = vec![0.0; differences.len()];
    for _ in 0..resamples {
        sums.fill(0.0);
        let mut bits = 0;
        for row in 0..columns.rows() {
            if row % 64 == 0 {
                bits = random.bits();
            }
            let sign = f64::from_bits(1.0_f64.to_bits() | bits << 63);
            bits >>= 1;
            for (sum, cell) in sums.iter_mut().zip(columns.row(row)) {
                *sum += sign * cell;
            }
        }
        for ((hits, sum), bound) in hits.iter_mut().zip(&sums).zip(&bounds) {
            *hits += u32::from(sum.abs() >= *bound);
        }
    }
    let p = |hits: u32| f64::from(hits + 1) / (f64::from(resamples) + 1.0);
    totals
        .iter()
        .zip(hits)
        .map(|((_, count), hits)| (*count > 0.0).then(|| p(hits)))
        .collect()
}

/// Sums that are equal on paper differ in their last bits by the order of their terms.
fn slack(columns: &Columns, series: usize) -> f64 {
    let size: f64 = (0..columns.rows())
        .map(|row| columns.row(row)[series].abs())
        .sum();
    size * 1e-10
}
