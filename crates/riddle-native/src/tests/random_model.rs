//! Encoders of random weights.

use std::collections::HashMap;
use std::path::Path;

use riddle_checkpoint::{EncoderConfig, Source};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::json;

pub(crate) const WEIGHTS: &str = "model.safetensors";
const VOCABULARY: usize = 50;
const POSITIONS: usize = 160;

/// Sizes of a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) hidden: usize,
    pub(crate) wide: usize,
    pub(crate) heads: usize,
    pub(crate) layers: usize,
}

/// Writes a BERT with a head for scores, and gives its sizes as they are read back.
pub(crate) fn write(folder: &Path, sizes: Sizes) -> EncoderConfig {
    let config = json!({
        "model_type": "bert",
        "vocab_size": VOCABULARY,
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.wide,
        "max_position_embeddings": POSITIONS,
        "num_labels": 1,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).expect("written");
    let mut random = Random(7);
    let tensors: HashMap<String, (Vec<usize>, Vec<u8>)> = shapes(sizes)
        .into_iter()
        .map(|(name, shape)| {
            let values = random.tensor(&name, &shape);
            (name, (shape, values))
        })
        .collect();
    let views = tensors.iter().map(|(name, (shape, values))| {
        let view = TensorView::new(Dtype::F32, shape.clone(), values);
        (name, view.expect("as many numbers as its shape says"))
    });
    serialize_to_file(views, None, &folder.join(WEIGHTS)).expect("written");
    EncoderConfig::read(&Source::new("random", folder)).expect("it was just written")
}

/// Ids and types of texts of these lengths.
pub(crate) fn texts(lengths: &[usize]) -> Vec<(Vec<i64>, Vec<i64>)> {
    let text = |(place, length): (usize, &usize)| {
        let ids = (0..*length).map(|token| ((7 * token + 3 * place) % VOCABULARY) as i64);
        let types = (0..*length).map(|token| i64::from(2 * token > *length));
        (ids.collect(), types.collect())
    };
    lengths.iter().enumerate().map(text).collect()
}

fn shapes(sizes: Sizes) -> Vec<(String, Vec<usize>)> {
    let Sizes { hidden, wide, .. } = sizes;
    let mut shapes = Vec::new();
    for (name, rows) in [
        ("word", VOCABULARY),
        ("position", POSITIONS),
        ("token_type", 2),
    ] {
        let name = format!("embeddings.{name}_embeddings.weight");
        shapes.push((name, vec![rows, hidden]));
    }
    let mut norm = |name: &str| {
        shapes.push((format!("{name}.weight"), vec![hidden]));
        shapes.push((format!("{name}.bias"), vec![hidden]));
    };
    norm("embeddings.LayerNorm");
    for layer in 0..sizes.layers {
        norm(&format!("encoder.layer.{layer}.attention.output.LayerNorm"));
        norm(&format!("encoder.layer.{layer}.output.LayerNorm"));
    }
    let mut linear = |name: &str, inputs: usize, outputs: usize| {
        shapes.push((format!("{name}.weight"), vec![outputs, inputs]));
        shapes.push((format!("{name}.bias"), vec![outputs]));
    };
    for layer in 0..sizes.layers {
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            linear(
                &format!("encoder.layer.{layer}.attention.{part}"),
                hidden,
                hidden,
            );
        }
        linear(
            &format!("encoder.layer.{layer}.intermediate.dense"),
            hidden,
            wide,
        );
        linear(&format!("encoder.layer.{layer}.output.dense"), wide, hidden);
    }
    linear("pooler.dense", hidden, hidden);
    linear("classifier", hidden, 1);
    shapes
}

/// The same numbers on every run.
struct Random(u32);

impl Random {
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Vec<u8> {
        let (middle, spread) = match shape {
            [_] if name.ends_with("LayerNorm.weight") => (1.0, 0.4),
            [_] => (0.0, 0.3),
            [.., inputs] => (0.0, 2.5 / (*inputs as f32).sqrt()),
            [] => (0.0, 0.0),
        };
        let count = shape.iter().product();
        let values = (0..count).map(|_| middle + spread * self.next());
        values.flat_map(f32::to_le_bytes).collect()
    }

    /// From -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}
