//! Which engine runs encoders faster on this machine: measured once, then remembered.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{EngineChoice, ModelError};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize_to_file};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::compute::Compute;
use crate::encoder::{EncodedText, Encoder};
use crate::open::Wanted;
use crate::runtime::EncoderEngine;
use riddle_checkpoint::{Head, Precision, Source};

/// The size of a layer of MiniLM.
const HIDDEN: usize = 384;
const WIDE: usize = 4 * HIDDEN;
const HEADS: usize = 12;
const LAYERS: usize = 2;
const VOCABULARY: usize = 64;
const LONGEST: usize = 256;
/// Texts of as many lengths as real passages have.
const TEXTS: usize = 16;
/// Each engine runs so often, in turns, and its best counts: what disturbs one run is not the engine.
const ROUNDS: usize = 5;
/// ONNX Runtime is chosen where it takes less than this of the time of our own engine, because small differences come
/// and go.
const CLEARLY_FASTER: f64 = 0.9;
/// Goes up when the speed of an engine or the test itself changes.
const VERSION: u32 = 1;
const MODEL: &str = "engine-test";
const WEIGHTS: &str = "model.safetensors";

/// What the engines took for the same texts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MeasuredEngines {
    /// Instructions that our own engine used.
    pub instructions: String,
    /// What our own engine took.
    pub native: Duration,
    /// What ONNX Runtime took.
    pub onnxruntime: Duration,
}

impl MeasuredEngines {
    /// The engine to use.
    pub fn fastest(&self) -> EncoderEngine {
        if self.onnxruntime < self.native.mul_f64(CLEARLY_FASTER) {
            EncoderEngine::OnnxRuntime
        } else {
            EncoderEngine::Native
        }
    }

    /// What the health report says of it.
    pub fn report(&self) -> EngineChoice {
        EngineChoice {
            used: self.fastest().as_str().to_owned(),
            instructions: self.instructions.clone(),
            native_ms: self.native.as_secs_f64() * 1e3,
            onnxruntime_ms: self.onnxruntime.as_secs_f64() * 1e3,
        }
    }

    /// What was measured before on this machine with these versions and is remembered in `file`, or measures and
    /// remembers. Takes half a second to some seconds, and 20 MB on the disk, which are given back. Nothing is measured
    /// where there is no choice: on a GPU, for precisions of one engine, on CPUs that our own engine does not run on,
    /// and without ONNX Runtime.
    ///
    /// # Errors
    /// A temporary folder for the model of the test cannot be made, or an engine cannot run it. That the result cannot
    /// be remembered is no error.
    pub fn find(
        compute: &Compute,
        precision: Precision,
        file: &Path,
    ) -> Result<Option<Self>, ModelError> {
        let both = matches!(precision, Precision::Fp32 | Precision::Int8);
        let Some(instructions) = compute.usable_instructions().filter(|_| both) else {
            return Ok(None);
        };
        let library = match compute.onnxruntime() {
            Ok(library) => library,
            Err(reason) => {
                tracing::info!(%reason, "rerankers run on our own engine, as there is no other");
                return Ok(None);
            }
        };
        // All that the times depend on.
        let on = format!(
            "{}, {}, {} threads, {}, ONNX Runtime {}, test {VERSION}",
            processor(),
            instructions.as_str(),
            compute.threads(),
            precision.as_str(),
            library.version(),
        );
        let mut known = remembered(file);
        if let Some(known) = known.remove(&on) {
            return Ok(Some(known));
        }
        let [native, onnxruntime] = measure(compute, precision)?;
        let measured = Self {
            instructions: instructions.as_str().to_owned(),
            native,
            onnxruntime,
        };
        known.insert(on, measured.clone());
        if let Err(error) = remember(&known, file) {
            tracing::warn!(%error, "engines will be measured again at the next start");
        }
        Ok(Some(measured))
    }
}

/// What was measured where. A file that cannot be understood is measured anew.
fn remembered(file: &Path) -> BTreeMap<String, MeasuredEngines> {
    let json = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}

fn remember(known: &BTreeMap<String, MeasuredEngines>, file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut new, known)?;
    new.persist(file)?;
    Ok(())
}

/// What Linux says of the CPU: its name, of which virtual machines leave a part out, and a hash of all instructions
/// that it has here, since ONNX Runtime uses some that we do not.
fn processor() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let facts = facts.lines().filter_map(|line| line.split_once(':'));
    let named = |wanted: &str| {
        let fact = facts.clone().find(|(name, _)| name.trim() == wanted);
        fact.map_or("", |(_, value)| value.trim())
    };
    let [name, family, model] = ["model name", "cpu family", "model"].map(named);
    let flags = Sha256::digest(named("flags"));
    format!(
        "{name} {family}/{model} {:02x}{:02x}{:02x}{:02x}",
        flags[0], flags[1], flags[2], flags[3]
    )
}

/// What our own engine and ONNX Runtime take at their best.
fn measure(compute: &Compute, precision: Precision) -> Result<[Duration; 2], ModelError> {
    let unwritable = |error: &dyn std::fmt::Display| ModelError::Failed {
        model: MODEL.to_owned(),
        message: format!("the model that engines are measured with cannot be written: {error}"),
    };
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    write_model(folder.path()).map_err(|error| unwritable(&error))?;
    let wanted = Wanted {
        source: Source::new(MODEL, folder.path()),
        weights: WEIGHTS,
        cache: &folder.path().join("converted"),
        head: Head::HiddenStates,
        precision,
        max_tokens: LONGEST,
        outputs: &["last_hidden_state"],
        same_everywhere: false,
    };
    let mut engines = Vec::new();
    for engine in [EncoderEngine::Native, EncoderEngine::OnnxRuntime] {
        let opened = wanted.open(&compute.clone().with_engine(engine))?;
        engines.push((opened.encoder, Duration::MAX));
    }
    let texts: Vec<EncodedText> = (0..TEXTS).map(text).collect();
    for _ in 0..ROUNDS {
        for (encoder, best) in &mut engines {
            *best = time(encoder, &texts)?.min(*best);
        }
    }
    Ok([engines[0].1, engines[1].1])
}

fn time(encoder: &mut Encoder, texts: &[EncodedText]) -> Result<Duration, ModelError> {
    let order: Vec<usize> = (0..texts.len()).collect();
    let started = Instant::now();
    encoder.map(texts, &order, || true, |_, _| ())?;
    Ok(started.elapsed())
}

/// From 40 to 235 tokens, in no order.
fn text(index: usize) -> EncodedText {
    let tokens = 40 + 13 * (index * 7 % TEXTS);
    EncodedText {
        ids: (0..tokens)
            .map(|token| (token % VOCABULARY) as i64)
            .collect(),
        types: vec![0; tokens],
        content: 0..tokens,
        truncated: false,
    }
}

/// An encoder of random weights.
fn write_model(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let config = json!({
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": WIDE,
        "hidden_act": "gelu",
        "max_position_embeddings": LONGEST,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    });
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let mut state = 1_u32;
    let tensors: HashMap<String, (Vec<usize>, Vec<u8>)> = shapes()
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

fn shapes() -> Vec<(String, Vec<usize>)> {
    let table = |name: &str, rows: usize| {
        let name = format!("embeddings.{name}_embeddings.weight");
        vec![(name, vec![rows, HIDDEN])]
    };
    let norm = |name: String| {
        ["weight", "bias"]
            .map(|part| (format!("{name}.{part}"), vec![HIDDEN]))
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
    for layer in 0..LAYERS {
        let named = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            shapes.push(linear(
                named(&format!("attention.self.{part}")),
                HIDDEN,
                HIDDEN,
            ));
        }
        shapes.push(linear(named("attention.output.dense"), HIDDEN, HIDDEN));
        shapes.push(norm(named("attention.output.LayerNorm")));
        shapes.push(linear(named("intermediate.dense"), HIDDEN, WIDE));
        shapes.push(linear(named("output.dense"), WIDE, HIDDEN));
        shapes.push(norm(named("output.LayerNorm")));
    }
    shapes.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_faster_replaces_our_own_engine() {
        let fastest = |native, onnxruntime| {
            let measured = MeasuredEngines {
                instructions: "avx2".to_owned(),
                native: Duration::from_millis(native),
                onnxruntime: Duration::from_millis(onnxruntime),
            };
            measured.fastest()
        };
        assert_eq!(fastest(100, 300), EncoderEngine::Native);
        assert_eq!(fastest(100, 95), EncoderEngine::Native);
        assert_eq!(fastest(100, 80), EncoderEngine::OnnxRuntime);
    }
}
