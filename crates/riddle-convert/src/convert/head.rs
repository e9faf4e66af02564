use riddle_core::ModelError;

use riddle_checkpoint::{EncoderConfig, Weights, head_names, last_layer};

use crate::onnx::{Attribute, GraphBuilder};

/// Name of the score within a graph.
pub(super) const SCORE: &str = "score";

/// Adds the classification head over the first token of each text, whose result is [`SCORE`], `batch × 1`.
/// It is a thousandth of the work, so it stays in floats at any precision.
pub(super) fn classifier(
    graph: &mut GraphBuilder,
    config: &EncoderConfig,
    weights: &mut Weights<'_>,
    token: &str,
) -> Result<(), ModelError> {
    let (dense, activation, last) = head_names(config, weights)?;
    let size = config.hidden;
    let pooled = layer(
        graph,
        weights,
        dense,
        token,
        ["pooled.linear", "head"],
        [size, size],
    )?;
    let pooled = graph.node("pooled", activation, &[&pooled], &[]);
    let (weight, bias) = last_layer([config.labels, size], weights, last)?;
    let weight = graph.floats("last.weight", &[1, size], &weight);
    let bias = graph.floats("last.bias", &[1], &[bias]);
    gemm(graph, SCORE, [&pooled, &weight, &bias]);
    Ok(())
}

fn layer(
    graph: &mut GraphBuilder,
    weights: &mut Weights<'_>,
    tensor: &str,
    input: &str,
    [name, prefix]: [&str; 2],
    [inputs, outputs]: [usize; 2],
) -> Result<String, ModelError> {
    let shape = [outputs, inputs];
    let weight = weights.take_head(&format!("{tensor}.weight"), &shape)?;
    let bias = weights.take_head(&format!("{tensor}.bias"), &[outputs])?;
    let weight = graph.floats(&format!("{prefix}.weight"), &shape, &weight);
    let bias = graph.floats(&format!("{prefix}.bias"), &[outputs], &bias);
    Ok(gemm(graph, name, [input, &weight, &bias]))
}

pub(super) fn gemm(graph: &mut GraphBuilder, name: &str, inputs: [&str; 3]) -> String {
    let transposed = [Attribute::Int("transB", 1)];
    graph.node(name, "Gemm", &inputs, &transposed)
}
