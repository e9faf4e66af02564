//! A reranker of the width of one in use, with random weights.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize_to_file};
use serde_json::json;

pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const VOCABULARY: usize = 64;
pub(super) const LONGEST: usize = 256;
const HEADS: usize = 12;

/// How large it is.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) hidden: usize,
    pub(super) layers: usize,
}

/// Writes it into the folder.
pub(super) fn write(folder: &Path, size: Size) -> Result<(), Box<dyn std::error::Error>> {
    let config = json!({
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        "num_labels": 1,
        "vocab_size": VOCABULARY,
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": HEADS,
        "intermediate_size": 4 * size.hidden,
        "hidden_act": "gelu",
        "max_position_embeddings": LONGEST,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    });
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let mut state = 1_u32;
    let tensors: HashMap<String, (Vec<usize>, Vec<u8>)> = shapes(size)
        .into_iter()
        .map(|(name, shape)| {
            let count = shape.iter().product();
            let values = (0..count).flat_map(|_| random(&mut state).to_le_bytes());
            let values = values.collect();
            (name, (shape, values))
        })
        .collect();
    let mut views = Vec::with_capacity(tensors.len());
    for (name, (shape, values)) in &tensors {
        views.push((name, TensorView::new(Dtype::F32, shape.clone(), values)?));
    }
    serialize_to_file(views, None, &folder.join(WEIGHTS))?;
    Ok(())
}

/// Between -0.1 and 0.1.
fn random(state: &mut u32) -> f32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    ((*state >> 8) as f32 / (1 << 23) as f32 - 1.0) * 0.1
}

fn shapes(size: Size) -> Vec<(String, Vec<usize>)> {
    let Size { hidden, layers } = size;
    let wide = 4 * hidden;
    let table = |name: &str, rows: usize| {
        let name = format!("embeddings.{name}_embeddings.weight");
        vec![(name, vec![rows, hidden])]
    };
    let norm = |name: String| {
        ["weight", "bias"]
            .map(|part| (format!("{name}.{part}"), vec![hidden]))
            .to_vec()
    };
    let linear = |name: String, inputs: usize, outputs: usize| {
        vec![
            (format!("{name}.weight"), vec![outputs, inputs]),
            (format!("{name}.bias"), vec![outputs]),
        ]
    };
    let mut shapes = vec![
        table("word", VOCABULARY),
        table("position", LONGEST),
        table("token_type", 2),
        norm("embeddings.LayerNorm".to_owned()),
    ];
    for layer in 0..layers {
        let named = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            shapes.push(linear(
                named(&format!("attention.self.{part}")),
                hidden,
                hidden,
            ));
        }
        shapes.push(linear(named("attention.output.dense"), hidden, hidden));
        shapes.push(norm(named("attention.output.LayerNorm")));
        shapes.push(linear(named("intermediate.dense"), hidden, wide));
        shapes.push(linear(named("output.dense"), wide, hidden));
        shapes.push(norm(named("output.LayerNorm")));
    }
    shapes.push(linear("pooler.dense".to_owned(), hidden, hidden));
    shapes.push(linear("classifier".to_owned(), hidden, 1));
    shapes.concat()
}
