//! The vectors that tokens start with.

use super::{From, Reader};
use crate::exported::constant::is_integer;
use crate::exported::parts::{Constant, Embeddings, Table};

/// Which rows of a table tokens take.
enum Counted {
    Words,
    Types,
    Zeros,
    /// Counted up from this one.
    Positions(usize),
}

impl<'g> Reader<'g> {
    /// The normalized sum of a token's vectors.
    pub(super) fn embeddings(&self, value: &'g str) -> Option<Embeddings> {
        let norm = self.norm(value)?;
        let (mut words, mut positions, mut types) = (None, None, None);
        for part in self.terms(norm.input)? {
            let From { found, input } = self.looked_up(part)?;
            let taken = match self.counted(input)? {
                Counted::Words => words.replace(found).is_some(),
                Counted::Types => types.replace(found).is_some(),
                // The graph takes the first row whatever the tokens' types are.
                Counted::Zeros => types.replace(Table { rows: 1, ..found }).is_some(),
                Counted::Positions(first) => positions.replace((found, first)).is_some(),
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

    /// Which rows a value says.
    fn counted(&self, value: &'g str) -> Option<Counted> {
        match self.integers_through(value) {
            "input_ids" => return Some(Counted::Words),
            "token_type_ids" => return Some(Counted::Types),
            _ => {}
        }
        if let Some(first) = self.behind_padding(value) {
            return Some(Counted::Positions(first));
        }
        let (rows, tokens) = (self.small(value)?, self.values.tokens);
        if rows.only() == Some(0.0) && rows.shape == [1, tokens] {
            return Some(Counted::Zeros);
        }
        let all = rows.all().filter(|rows| rows.len() == tokens)?;
        let first = *all.first()?;
        let counted = (0..tokens).all(|place| all[place] == first + place as f64);
        let fits = (0.0..1e6).contains(&first) && matches!(*rows.shape, [_] | [1, _]);
        (counted && fits).then_some(Counted::Positions(first as usize))
    }

    /// The value itself, behind what changes nothing but how its integers are stored.
    fn integers_through(&self, mut value: &'g str) -> &'g str {
        while let Some(node) = self.index.maker(value) {
            let stored = node.is("Cast") && node.int("to").is_some_and(is_integer);
            let Some(input) = node.input(0).filter(|_| stored || node.is("Identity")) else {
                break;
            };
            value = input;
        }
        value
    }

    /// Positions as RoBERTa counts them: of tokens that are no padding, behind the padding's own.
    fn behind_padding(&self, value: &'g str) -> Option<usize> {
        let whole = self.integers_through(value);
        let [counted, padding] = self
            .orders(whole, "Add")
            .find(|[_, padding]| self.only(padding).is_some())?;
        let padding = self.only(padding).filter(|row| (0.0..1e6).contains(row))?;
        let counted = self.integers_through(counted);
        let is_sum = self.orders(counted, "Mul").any(|pair| {
            let [sum, words] = pair.map(|value| self.integers_through(value));
            let added = self.made_by(self.without_past(sum), "CumSum");
            added.is_some_and(|added| {
                let plain = added
                    .attributes
                    .iter()
                    .all(|attribute| attribute.int == Some(0));
                let axis = added.input(1).and_then(|axis| self.only(axis));
                let of = added.input(0).map(|of| self.integers_through(of));
                let along = axis == Some(1.0) || axis == Some(-1.0);
                plain && along && of == Some(words) && self.is_no_padding(words, padding)
            })
        });
        is_sum.then_some(padding as usize + 1)
    }

    /// Exporters add how many tokens there were before, which is none.
    fn without_past(&self, value: &'g str) -> &'g str {
        let mut sums = self.orders(value, "Add");
        let inner = sums.find(|[_, past]| self.only(past) == Some(0.0));
        inner.map_or(value, |[inner, _]| self.integers_through(inner))
    }

    fn is_no_padding(&self, value: &'g str, padding: f64) -> bool {
        let not = self.made_by(value, "Not").and_then(|not| not.input(0));
        let mut orders = not
            .into_iter()
            .flat_map(|equal| self.orders(equal, "Equal"));
        orders.any(|[ids, row]| {
            self.integers_through(ids) == "input_ids" && self.only(row) == Some(padding)
        })
    }
}
