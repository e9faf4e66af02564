use super::{From, Reader};
use crate::exported::parts::ScoreHead;

impl<'g> Reader<'g> {
    /// What makes scores of the first token.
    pub(super) fn score_head(&self, output: &'g str) -> Option<From<'g, ScoreHead>> {
        let last = self.linear(output)?;
        let tanh = self.made_by(last.input, "Tanh");
        let curve = tanh.or_else(|| self.made_by(last.input, "Relu"))?;
        let dense = self.linear(curve.input(0)?)?;
        let first = self.made_by(dense.input, "Gather")?;
        let [hidden, place] = first.pair()?;
        let place = self.small(place)?;
        let is_first = place.only() == Some(0.0) && place.shape.is_empty();
        (is_first && first.int("axis") == Some(1)).then_some(From {
            input: self.through(hidden),
            found: ScoreHead {
                dense: dense.found,
                tanh: tanh.is_some(),
                last: last.found,
            },
        })
    }
}
