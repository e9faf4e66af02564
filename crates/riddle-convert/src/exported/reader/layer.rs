use super::{From, Reader};
use crate::exported::parts::Layer;

impl<'g> Reader<'g> {
    /// A layer whose normalizations follow what they normalize, as BERT has it.
    pub(super) fn layer(&self, value: &'g str) -> Option<From<'g, Layer>> {
        let norm = self.norm(value)?;
        self.orders(norm.input, "Add").find_map(|[fed, attended]| {
            let down = self.linear(fed)?;
            let activation = self.activation(down.input)?;
            let up = self.linear(activation.input)?;
            let first = self.norm(attended).filter(|_| up.input == attended)?;
            self.orders(first.input, "Add").find_map(|[mixed, input]| {
                let attention_output = self.linear(mixed)?;
                let attention = self.attention(attention_output.input)?;
                let layer = Layer {
                    query: attention.found.query,
                    key: attention.found.key,
                    value: attention.found.value,
                    heads: attention.found.heads,
                    attention_output: attention_output.found,
                    attended: first.found.clone(),
                    up: up.found.clone(),
                    activation: activation.found,
                    down: down.found.clone(),
                    norm: norm.found.clone(),
                };
                (attention.input == input).then_some(From {
                    input,
                    found: layer,
                })
            })
        })
    }
}
