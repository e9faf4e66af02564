//! Columns: text that stands side by side is read one column after the other, rows of a table row by row.

use super::PlacedLine;

/// Rows that each of two columns has at least.
const FEWEST_ROWS: usize = 3;
/// Width of the lines of a column over their height, half of them at least. Cells of a table are shorter.
const COLUMN_LINE: f32 = 7.0;

/// Rows of the page in reading order, each of which has its lines from left to right.
pub(super) fn in_reading_order(lines: Vec<PlacedLine>) -> Vec<Vec<PlacedLine>> {
    let mut rows = Vec::new();
    read(lines, &mut rows);
    rows
}

fn read(mut lines: Vec<PlacedLine>, rows: &mut Vec<Vec<PlacedLine>>) {
    lines.sort_by(|a, b| a.top.total_cmp(&b.top));
    let mut block = Block::default();
    for band in bands(lines) {
        let gaps = block.gaps_with(&band);
        if block.is_empty() || !gaps.is_empty() {
            block.take(band, gaps);
        } else {
            block.emit(rows);
            let gaps = gaps_of(&band);
            block.take(band, gaps);
        }
    }
    block.emit(rows);
}

/// Lines that no blank space from side to side divides.
type Band = Vec<PlacedLine>;

fn bands(lines: Vec<PlacedLine>) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    let mut bottom = f32::MIN;
    for line in lines {
        // Boxes of neighbouring lines overlap a little.
        let tolerance = line.height() * 0.25;
        match bands.last_mut() {
            Some(band) if line.top < bottom - tolerance => band.push(line.clone()),
            _ => {
                bands.push(vec![line.clone()]);
                bottom = f32::MIN;
            }
        }
        bottom = bottom.max(line.bottom);
    }
    bands
}

/// Blank spaces from top to bottom.
type Gaps = Vec<(f32, f32)>;

/// The blank spaces between the lines of a band.
fn gaps_of(band: &[PlacedLine]) -> Gaps {
    let mut sides: Vec<(f32, f32)> = band.iter().map(|line| (line.left, line.right)).collect();
    sides.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut gaps = Gaps::new();
    let mut right = f32::MAX;
    for (left, end) in sides {
        if left > right {
            gaps.push((right, left));
        }
        right = if right == f32::MAX {
            end
        } else {
            right.max(end)
        };
    }
    gaps
}

/// Bands below each other with a blank space from top to bottom.
#[derive(Default)]
struct Block {
    bands: Vec<Band>,
    gaps: Gaps,
}

impl Block {
    fn is_empty(&self) -> bool {
        self.bands.is_empty()
    }

    fn take(&mut self, band: Band, gaps: Gaps) {
        self.bands.push(band);
        self.gaps = gaps;
    }

    /// What remains of its gaps when a band is added.
    fn gaps_with(&self, band: &Band) -> Gaps {
        if self.is_empty() {
            return gaps_of(band);
        }
        let mut gaps = self.gaps.clone();
        for line in band {
            gaps = gaps
                .into_iter()
                .flat_map(|(left, right)| {
                    [(left, right.min(line.left)), (left.max(line.right), right)]
                })
                .filter(|(left, right)| right - left > line.height() * 0.5)
                .collect();
            gaps.dedup();
        }
        gaps
    }

    /// Adds its columns one after the other if it has any, and its rows otherwise.
    fn emit(&mut self, rows: &mut Vec<Vec<PlacedLine>>) {
        let block = std::mem::take(self);
        let widest = block
            .gaps
            .iter()
            .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
        let middle = widest.map(|(left, right)| left.midpoint(*right));
        let lines: Vec<PlacedLine> = block.bands.into_iter().flatten().collect();
        let Some(middle) = middle else {
            return push_rows(lines, rows);
        };
        let (left, right): (Vec<_>, Vec<_>) =
            lines.iter().cloned().partition(|line| line.left < middle);
        if is_column(&left) && is_column(&right) {
            read(left, rows);
            read(right, rows);
        } else {
            push_rows(lines, rows);
        }
    }
}

fn is_column(lines: &[PlacedLine]) -> bool {
    let long = lines
        .iter()
        .filter(|line| line.width() >= line.height() * COLUMN_LINE);
    lines.len() >= FEWEST_ROWS && long.count() * 2 >= lines.len()
}

fn push_rows(mut lines: Vec<PlacedLine>, rows: &mut Vec<Vec<PlacedLine>>) {
    lines.sort_by(|a, b| (a.top + a.bottom).total_cmp(&(b.top + b.bottom)));
    let from = rows.len();
    for line in lines {
        let row = rows[from..].last_mut();
        match row {
            Some(row) if row.iter().all(|before| before.beside(&line)) => row.push(line),
            _ => rows.push(vec![line]),
        }
    }
    for row in &mut rows[from..] {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
}
