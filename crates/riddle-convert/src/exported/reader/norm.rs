//! Layer normalizations, as one operator or as the operators that it stands for.

use super::{From, Reader, near};
use crate::exported::parts::Norm;

impl<'g> Reader<'g> {
    pub(super) fn norm(&self, value: &'g str) -> Option<From<'g, Norm>> {
        let found = self.whole_norm(value).or_else(|| self.spread_norm(value))?;
        let rows = self.shape(found.input)?;
        (rows.len() == 3 && rows.last() == Some(&found.found.size)).then_some(found)
    }

    fn whole_norm(&self, value: &'g str) -> Option<From<'g, Norm>> {
        let node = self.made_by(value, "LayerNormalization")?;
        if !matches!(node.int("axis").unwrap_or(-1), -1 | 2) {
            return None;
        }
        let (weight, size) = self.vector(node.input(1)?)?;
        let (bias, shift) = self.vector(node.input(2)?)?;
        let norm = Norm {
            weight,
            bias,
            size,
            epsilon: node.float("epsilon").unwrap_or(1e-5),
        };
        (size == shift).then_some(From {
            input: self.through(node.input(0)?),
            found: norm,
        })
    }

    fn spread_norm(&self, value: &'g str) -> Option<From<'g, Norm>> {
        self.orders(value, "Add").find_map(|[product, bias]| {
            let (bias, shift) = self.vector(bias)?;
            self.orders(product, "Mul").find_map(|[even, weight]| {
                let (weight, size) = self.vector(weight)?;
                let (input, epsilon) = self.evened(even)?;
                let norm = Norm {
                    weight,
                    bias: bias.clone(),
                    size,
                    epsilon: epsilon as f32,
                };
                (size == shift).then_some(From { input, found: norm })
            })
        })
    }

    /// Numbers less their mean, divided by the root of their variance and of a small number.
    fn evened(&self, value: &'g str) -> Option<(&'g str, f64)> {
        let [centred, deviation] = self.pair(value, "Div")?;
        let input = self.centred(centred)?;
        let root = self.made_by(deviation, "Sqrt")?.input(0)?;
        let [variance, epsilon] = self
            .orders(root, "Add")
            .find(|[_, epsilon]| self.only(epsilon).is_some())?;
        let squares = self.mean(variance)?;
        (self.centred(self.square(squares)?)? == input).then_some((input, self.only(epsilon)?))
    }

    fn centred(&self, value: &'g str) -> Option<&'g str> {
        let [input, mean] = self.pair(value, "Sub")?;
        (self.mean(mean)? == input).then_some(input)
    }

    /// What this is the mean of, along the last dimension.
    fn mean(&self, value: &'g str) -> Option<&'g str> {
        let node = self.made_by(value, "ReduceMean")?;
        let axes = match node.attribute("axes") {
            Some(axes) => axes.ints.iter().map(|axis| *axis as f64).collect(),
            None => self.small(node.input(1)?)?.all()?,
        };
        let last = matches!(*axes, [axis] if axis == -1.0 || axis == 2.0);
        let kept = node.int("keepdims").unwrap_or(1) == 1;
        (last && kept).then(|| node.input(0).map(|input| self.through(input)))?
    }

    /// What this is the square of.
    pub(super) fn square(&self, value: &'g str) -> Option<&'g str> {
        if let Some([base, power]) = self.pair(value, "Pow") {
            return near(self.only(power)?, 2.0).then_some(base);
        }
        let [a, b] = self.pair(value, "Mul")?;
        (a == b).then_some(a)
    }
}
