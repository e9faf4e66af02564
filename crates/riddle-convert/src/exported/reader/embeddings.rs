//! The vectors that tokens start with.

use super::{From, Reader};
use crate::exported::parts::{Constant, Embeddings, Table};
use crate::exported::values::Small;

impl<'g> Reader<'g> {
    /// The normalized sum of a token's vectors.
    pub(super) fn embeddings(&self, value: &'g str) -> Option<Embeddings> {
        let norm = self.norm(value)?;
        let (mut words, mut positions, mut types) = (None, None, None);
        let tokens = self.values.ids.shape[1];
        for part in self.terms(norm.input)? {
            let From { found, input } = self.looked_up(part)?;
            let rows = self.small(input)?;
            let taken = if same(&rows, &self.values.ids) {
                words.replace(found).is_some()
            } else if same(&rows, &self.values.types) {
                types.replace(found).is_some()
            } else if rows.only() == Some(0.0) && rows.shape == self.values.ids.shape {
                // The graph takes the first row whatever the tokens' types are.
                types.replace(Table { rows: 1, ..found }).is_some()
            } else {
                let first = counted_from(&rows, tokens)?;
                positions.replace((found, first)).is_some()
            };
            if taken {
                return None;
            }
        }
        let (positions, first_position) = positions?;
        Some(Embeddings {
            words: words?,
            positions,
            first_position,
            types,
            norm: norm.found,
        })
    }

    /// The parts of a sum of two or three.
    fn terms(&self, value: &'g str) -> Option<Vec<&'g str>> {
        let mut terms = Vec::new();
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match self.pair(value, "Add") {
                Some(pair) => open.extend(pair),
                None => terms.push(value),
            }
            if open.len() + terms.len() > 3 {
                return None;
            }
        }
        Some(terms)
    }

    /// Rows of a table, and the value that says which.
    fn looked_up(&self, value: &'g str) -> Option<From<'g, Table>> {
        let quantized = self.made_by(value, "DequantizeLinear");
        let gather = match quantized {
            Some(node) => self.made_by(node.input(0)?, "Gather")?,
            None => self.made_by(value, "Gather")?,
        };
        let [table, rows] = gather.pair()?;
        let mut rows_of = self.constant(table)?;
        if let Some(node) = quantized {
            // Steps for each column or row would be counted in another shape than the table's.
            let steps = self.steps_of(node)?;
            let one = self.shape(&steps.scale)?.is_empty();
            if !one || rows_of.steps.is_some() {
                return None;
            }
            rows_of = Constant {
                steps: Some(steps),
                ..rows_of
            };
        }
        let [count, width] = *self.shape_of(&rows_of)? else {
            return None;
        };
        let by_row = gather.int("axis").unwrap_or(0) == 0 && !rows_of.transposed;
        by_row.then_some(From {
            input: rows,
            found: Table {
                rows_of,
                rows: count,
                width,
            },
        })
    }
}

fn same(rows: &Small, wanted: &Small) -> bool {
    rows.shape == wanted.shape && rows.all() == wanted.all()
}

/// The first of rows that are counted up, one for each token.
fn counted_from(rows: &Small, tokens: usize) -> Option<usize> {
    let all = rows.all().filter(|rows| rows.len() == tokens)?;
    let first = *all.first()?;
    let counted = (0..tokens).all(|place| all[place] == first + place as f64);
    let fits = (0.0..1e6).contains(&first) && matches!(*rows.shape, [_] | [1, _]);
    (counted && fits).then_some(first as usize)
}
