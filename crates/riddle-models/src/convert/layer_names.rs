use super::config::Family;

/// Names of the tensors of one layer.
pub(crate) struct LayerNames {
    pub(crate) query: String,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) attention_output: String,
    pub(crate) attention_norm: String,
    pub(crate) intermediate: String,
    pub(crate) output: String,
    pub(crate) output_norm: String,
}

impl LayerNames {
    pub(crate) fn new(family: Family, layer: usize) -> Self {
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
