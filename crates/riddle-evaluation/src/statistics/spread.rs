use super::clusters::Clusters;
use super::columns::Columns;

/// Mean difference ÷ standard deviation of the differences (Cohen's d of pairs). `None` where they do not differ.
pub fn effect_size(differences: &[Option<f64>]) -> Option<f64> {
    let values: Vec<f64> = differences.iter().copied().flatten().collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    let size = mean / deviation;
    // What differs in its last bits alone does not differ.
    (size.is_finite() && deviation > mean.abs() * 1e-9).then_some(size)
}

/// Standard error of a mean whose values come in clusters. `None` with less than two clusters.
pub fn standard_error(clusters: &Clusters, values: &[Option<f64>]) -> Option<f64> {
    let columns = Columns::new(clusters, std::slice::from_ref(&values.to_vec()));
    let rows = columns.rows();
    if rows < 2 {
        return None;
    }
    let totals = columns.totals();
    let (sum, count) = columns.pairs(&totals).next()?;
    let mean = sum / count;
    let cells = (0..rows).flat_map(|row| columns.pairs(columns.row(row)).collect::<Vec<_>>());
    let squares: f64 = cells.map(|(sum, count)| (sum - count * mean).powi(2)).sum();
    let correction = rows as f64 / (rows - 1) as f64;
    Some((squares * correction).sqrt() / count)
}
