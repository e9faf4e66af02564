use super::clusters::Clusters;

/// Sums and numbers of values by cluster, for several series of values over the same questions. A row is a cluster, so
/// that a draw reads one place in memory for all series.
pub(super) struct Columns {
    cells: Vec<f64>,
    width: usize,
    series: usize,
    /// Column of the numbers of values of each series; series with values for the same questions share one.
    counts: Vec<usize>,
}

impl Columns {
    /// Clusters without a value in any series are left out.
    pub(super) fn new(clusters: &Clusters, series: &[Vec<Option<f64>>]) -> Self {
        let mut counts: Vec<usize> = Vec::with_capacity(series.len());
        // Index of the first series with values for the same questions.
        let mut distinct: Vec<usize> = Vec::new();
        for (index, values) in series.iter().enumerate() {
            let same = distinct
                .iter()
                .position(|other| alike(&series[*other], values));
            counts.push(series.len() + same.unwrap_or(distinct.len()));
            if same.is_none() {
                distinct.push(index);
            }
        }
        let width = series.len() + distinct.len();
        let mut cells = vec![0.0; width * clusters.count() as usize];
        for (question, cluster) in clusters.of().iter().enumerate() {
            let row = &mut cells[*cluster as usize * width..][..width];
            let value = |index: usize| series[index].get(question).copied().flatten();
            for (cell, index) in row.iter_mut().zip(0..series.len()) {
                *cell += value(index).unwrap_or(0.0);
            }
            for (cell, index) in row[series.len()..].iter_mut().zip(&distinct) {
                *cell += f64::from(u8::from(value(*index).is_some()));
            }
        }
        if width > 0 {
            let rows = cells.chunks_exact(width);
            let used = rows.filter(|row| row[series.len()..].iter().any(|count| *count > 0.0));
            cells = used.flatten().copied().collect();
        }
        Self {
            cells,
            width,
            series: series.len(),
            counts,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..][..self.width]
    }

    /// Sums of the rows.
    pub(super) fn totals(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.width];
        (0..self.rows()).for_each(|row| add(&mut totals, self.row(row)));
        totals
    }

    /// How many clusters have values of a series.
    pub(super) fn clusters_of(&self, series: usize) -> usize {
        let column = self.counts[series];
        (0..self.rows())
            .filter(|row| self.row(*row)[column] > 0.0)
            .count()
    }

    /// Sum and number of values of each series, of a row or of sums of rows.
    pub(super) fn pairs<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
        (0..self.series).map(|index| (row[index], row[self.counts[index]]))
    }
}

pub(super) fn add(sums: &mut [f64], row: &[f64]) {
    for (sum, cell) in sums.iter_mut().zip(row) {
        *sum += cell;
    }
}

fn alike(a: &[Option<f64>], b: &[Option<f64>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_some() == b.is_some())
}
