//! A small graph that a device must compute well and in time before any model is entrusted to it.

use std::time::{Duration, Instant};

use ort::session::Session;
use ort::value::TensorRef;

use super::OnnxRuntime;
use riddle_convert::{Attribute, Dimension, Element, GraphBuilder};

const VOCABULARY: usize = 64;
const HIDDEN: usize = 128;
const HEADS: i64 = 2;
/// A batch with padding: texts of these lengths.
const LENGTHS: [usize; 4] = [5, 32, 17, 24];
/// Tokens that they are padded to.
const PADDED: usize = 32;
/// How far a text may come out otherwise beside others, in 16 bits.
const NEAR: f32 = 2e-2;

/// Runs a layer of attention over a padded batch twice, and over its first text alone. Gives the time of the second
/// run.
pub(super) fn run(runtime: &OnnxRuntime) -> Result<Duration, String> {
    let told = |error: ort::Error| error.to_string();
    let session = runtime
        .builder(1)
        .and_then(|mut builder| builder.commit_from_memory(&graph()));
    let mut session = session.map_err(told)?;
    let mut ids = Vec::new();
    let mut mask = Vec::new();
    for (text, length) in LENGTHS.into_iter().enumerate() {
        for place in 0..PADDED {
            ids.push(((text * 7 + place * 5) % VOCABULARY) as i64);
            mask.push(i64::from(place < length));
        }
    }
    let shape = [LENGTHS.len(), PADDED];
    compute(&mut session, shape, (&ids, &mask)).map_err(told)?;
    let started = Instant::now();
    let together = compute(&mut session, shape, (&ids, &mask)).map_err(told)?;
    let took = started.elapsed();
    let first = LENGTHS[0];
    let input = (&ids[..first], &mask[..first]);
    let alone = compute(&mut session, [1, first], input).map_err(told)?;
    judge(&together, &alone)?;
    Ok(took)
}

fn compute(
    session: &mut Session,
    shape: [usize; 2],
    (ids, mask): (&[i64], &[i64]),
) -> ort::Result<Vec<f32>> {
    let ids = TensorRef::from_array_view((shape, ids))?;
    let mask = TensorRef::from_array_view((shape, mask))?;
    let outputs = session.run(ort::inputs!["input_ids" => ids, "attention_mask" => mask])?;
    let (_, values) = outputs[0].try_extract_tensor::<f32>()?;
    Ok(values.to_vec())
}

/// The text by itself is computed as the first of the batch is, and no number of the batch's texts is lost.
fn judge(together: &[f32], alone: &[f32]) -> Result<(), String> {
    let rows = together.chunks_exact(PADDED * HIDDEN).zip(LENGTHS);
    for (row, length) in rows {
        if !row[..length * HIDDEN].iter().all(|value| value.is_finite()) {
            return Err("gives numbers that are not finite".to_owned());
        }
    }
    let pairs = || together.iter().zip(alone);
    let apart = pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // A device that gives zeros for all would pass otherwise.
    let size = alone.iter().map(|value| value.abs()).fold(0.0, f32::max);
    if alone.len() == LENGTHS[0] * HIDDEN && size > 0.1 && apart < NEAR {
        return Ok(());
    }
    Err(format!(
        "computes a text otherwise beside others: {apart} apart"
    ))
}

/// One layer in 16 bits, of the operators that encoders are made of.
fn graph() -> Vec<u8> {
    let mut graph = GraphBuilder::default().in_half_precision();
    let tokens = [Dimension::Named("batch"), Dimension::Named("tokens")];
    graph.input("input_ids", Element::Int64, &tokens);
    graph.input("attention_mask", Element::Int64, &tokens);
    let lengths = graph.lengths("attention_mask");
    let table = graph.floats("table", &[VOCABULARY, HIDDEN], &waves(VOCABULARY * HIDDEN));
    let words = graph.node("words", "Gather", &[&table, "input_ids"], &[]);
    let ones = graph.floats("ones", &[HIDDEN], &[1.0; HIDDEN]);
    let zeros = graph.floats("zeros", &[HIDDEN], &[0.0; HIDDEN]);
    let axis = [Attribute::Int("axis", -1)];
    let inputs = [&*words, &ones, &zeros];
    let normed = graph.node("normed", "LayerNormalization", &inputs, &axis);
    let inputs = [&*normed, &normed, &normed, "", &lengths];
    let heads = [Attribute::Int("num_heads", HEADS)];
    let mixed = graph.fused("mixed", "MultiHeadAttention", &inputs, &heads);
    let mut weight = waves(HIDDEN * HIDDEN);
    weight.iter_mut().for_each(|value| *value *= 0.1);
    let weight = graph.floats("weight", &[HIDDEN, HIDDEN], &weight);
    let product = graph.node("product", "MatMul", &[&mixed, &weight], &[]);
    let activated = graph.node("activated", "Gelu", &[&product], &[]);
    let hidden = graph.widened(&activated);
    let [batch, tokens] = tokens;
    graph.result(
        "hidden",
        &hidden,
        &[batch, tokens, Dimension::Fixed(HIDDEN)],
    );
    let mut file = Vec::new();
    // Into memory, which takes everything.
    let _ = graph.write("a test of the device", &[], &mut file);
    file
}

/// Numbers from -1 to 1 that do not repeat.
fn waves(count: usize) -> Vec<f32> {
    (0..count)
        .map(|place| (place as f32 * 0.37 + (place / 13) as f32).sin())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The graph and its judge, on the CPU.
    #[test]
    fn the_cpu_passes() {
        let Some(file) = riddle_test_support::onnxruntime() else {
            return;
        };
        let runtime = OnnxRuntime::load(&file).expect("it loads");
        assert_eq!(run(&runtime).err(), None);
    }

    #[test]
    fn numbers_that_are_lost_or_moved_are_told() {
        let sound: Vec<f32> = waves(LENGTHS.len() * PADDED * HIDDEN);
        let alone = &sound[..LENGTHS[0] * HIDDEN];
        assert_eq!(judge(&sound, alone), Ok(()));
        let mut lost = sound.clone();
        lost[PADDED * HIDDEN] = f32::NAN;
        assert!(judge(&lost, alone).is_err());
        // What comes out of padding is nobody's business.
        let mut padding = sound.clone();
        padding[LENGTHS[0] * HIDDEN] = f32::NAN;
        assert_eq!(judge(&padding, alone), Ok(()));
        let moved: Vec<f32> = alone.iter().map(|value| value + 0.1).collect();
        assert!(judge(&sound, &moved).is_err());
        let nothing = vec![0.0; sound.len()];
        assert!(judge(&nothing, &nothing[..alone.len()]).is_err());
    }
}
