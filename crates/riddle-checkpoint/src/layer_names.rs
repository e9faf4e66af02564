use crate::Family;

/// Names of the tensors of one layer, without `.weight` and `.bias`.
pub struct LayerNames {
    pub query: String,
    pub key: String,
    pub value: String,
    /// The linear layer behind attention.
    pub attention_output: String,
    /// The layer normalization behind it.
    pub attention_norm: String,
    /// The first linear layer of the feed-forward part.
    pub intermediate: String,
    /// The second one.
    pub output: String,
    /// The layer normalization behind it.
    pub output_norm: String,
}

impl LayerNames {
    /// Those of the layer with this number, from 0.
    pub fn new(family: Family, layer: usize) -> Self {
        let named = |base: &str, parts: [&str; 8]| {
            let [
                query,
                key,
                value,
                attention_output,
                attention_norm,
                intermediate,
                output,
                output_norm,
            ] = parts.map(|part| format!("{base}.layer.{layer}.{part}"));
            Self {
                query,
                key,
                value,
                attention_output,
                attention_norm,
                intermediate,
                output,
                output_norm,
            }
        };
        match family {
            Family::Bert | Family::Roberta => named(
                "encoder",
                [
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                    "attention.output.dense",
                    "attention.output.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm",
                ],
            ),
            Family::DistilBert => named(
                "transformer",
                [
                    "attention.q_lin",
                    "attention.k_lin",
                    "attention.v_lin",
                    "attention.out_lin",
                    "sa_layer_norm",
                    "ffn.lin1",
                    "ffn.lin2",
                    "output_layer_norm",
                ],
            ),
        }
    }
}
