//! Attention with a softmax, in any of the orders in which exporters write it.

use super::{From, Reader, near};
use crate::exported::parts::Linear;

/// Queries, keys and values, and how many heads share them.
pub(super) struct Attention {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) heads: usize,
}

/// One of the three, cut into heads.
struct Heads<'g> {
    linear: From<'g, Linear>,
    /// What it was multiplied by on the way.
    factor: f64,
    heads: usize,
    size: usize,
}

const BY_HEAD: [usize; 4] = [0, 2, 1, 3];
const BY_HEAD_TURNED: [usize; 4] = [0, 2, 3, 1];

impl<'g> Reader<'g> {
    /// What attention mixes for each token.
    pub(super) fn attention(&self, value: &'g str) -> Option<From<'g, Attention>> {
        let joined = self.made_by(value, "Reshape")?;
        let by_token = self.made_by(joined.input(0)?, "Transpose")?;
        if by_token.attribute("perm")?.ints != [0, 2, 1, 3] {
            return None;
        }
        let [weights, values] = self.pair(by_token.input(0)?, "MatMul")?;
        let scores = self.before_softmax(weights)?;
        let (factor, product) = self.scaled(self.unmasked(scores)?);
        let [queries, keys] = self.pair(product, "MatMul")?;
        let query = self.heads(queries, BY_HEAD)?;
        let key = self.heads(keys, BY_HEAD_TURNED)?;
        let value_heads = self.heads(values, BY_HEAD)?;
        let all = [&query, &key, &value_heads];
        let (input, heads, size) = (query.linear.input, query.heads, query.size);
        let alike = |other: &&Heads<'_>| {
            (other.linear.input, other.heads, other.size) == (input, heads, size)
        };
        let width = [1, self.values.tokens, heads * size];
        let joins = self.shape(self.through(value))? == width;
        let divided = factor * query.factor * key.factor;
        if !all.iter().all(alike) || !joins || value_heads.factor != 1.0 {
            return None;
        }
        near(divided, (size as f64).sqrt().recip()).then_some(From {
            input,
            found: Attention {
                query: query.linear.found,
                key: key.linear.found,
                value: value_heads.linear.found,
                heads,
            },
        })
    }

    /// What a softmax is of, where no row of it is all hidden.
    fn before_softmax(&self, value: &'g str) -> Option<&'g str> {
        if let Some(guard) = self.made_by(value, "Where") {
            let [condition, zero, weights] = [0, 1, 2].map(|place| guard.input(place));
            let weights = self.through(weights?);
            let asked = self.made_by(condition?, "IsNaN")?.input(0)?;
            let guards = self.through(asked) == weights && self.only(zero?) == Some(0.0);
            return guards.then(|| self.before_softmax_itself(weights))?;
        }
        self.before_softmax_itself(value)
    }

    fn before_softmax_itself(&self, value: &'g str) -> Option<&'g str> {
        let node = self.made_by(value, "Softmax")?;
        let last = match node.int("axis") {
            Some(axis) => axis == -1 || axis == 3,
            // Before, it was the second of all dimensions.
            None => self.index.operators >= 13,
        };
        node.input(0).filter(|_| last)
    }

    /// Scores before a mask that hides nothing.
    fn unmasked(&self, value: &'g str) -> Option<&'g str> {
        let shape = self.shape(self.through(value))?;
        let mut value = self.through(value);
        loop {
            let mut sums = self.orders(value, "Add");
            if let Some([inner, _]) = sums.find(|[_, mask]| self.only(mask) == Some(0.0)) {
                value = inner;
            } else if let Some(choice) = self.made_by(value, "Where") {
                let yes = self.only(choice.input(0)?)? != 0.0;
                value = self.through(choice.input(if yes { 1 } else { 2 })?);
            } else {
                return (self.shape(value)? == shape).then_some(value);
            }
        }
    }

    /// What a linear layer gives, cut into heads whose dimensions are in this order.
    fn heads(&self, value: &'g str, order: [usize; 4]) -> Option<Heads<'g>> {
        let (mut factor, mut value) = self.scaled(value);
        let mut turned = [0, 1, 2, 3];
        while let Some(node) = self.made_by(value, "Transpose") {
            let by = &node.attribute("perm")?.ints;
            for place in &mut turned {
                *place = usize::try_from(*by.get(*place)?).ok()?;
            }
            let inner = self.scaled(node.input(0)?);
            factor *= inner.0;
            value = inner.1;
        }
        let cut = self.made_by(value, "Reshape")?;
        let [1, tokens, heads, size] = *self.shape(value)? else {
            return None;
        };
        let (before, whole) = self.scaled(cut.input(0)?);
        let linear = self.linear(whole)?;
        let fits = self.shape(whole)? == [1, tokens, heads * size]
            && tokens == self.values.tokens
            && heads * size == linear.found.outputs;
        (fits && turned == order).then_some(Heads {
            linear,
            factor: factor * before,
            heads,
            size,
        })
    }
}
