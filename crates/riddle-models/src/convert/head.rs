use riddle_core::ModelError;

use super::config::{EncoderConfig, Family};
use super::weights::Weights;
use crate::labels::difference;
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

/// Weights and bias of the one score. A model with two labels has their [`difference`].
pub(crate) fn last_layer(
    [labels, size]: [usize; 2],
    weights: &mut Weights<'_>,
    name: &str,
) -> Result<(Vec<f32>, f32), ModelError> {
    let mut weight = weights.take_head(&format!("{name}.weight"), &[labels, size])?;
    let bias = weights.take_head(&format!("{name}.bias"), &[labels])?;
    if let [no, yes] = *bias {
        let second = weight.split_off(size);
        for (no, yes) in weight.iter_mut().zip(second) {
            *no = difference(*no, yes);
        }
        return Ok((weight, difference(no, yes)));
    }
    Ok((weight, bias.first().copied().unwrap_or_default()))
}

/// Names of the head's first layer, of the ONNX operator behind it, and of its last layer.
pub(crate) fn head_names(
    config: &EncoderConfig,
    weights: &Weights<'_>,
) -> Result<(&'static str, &'static str, &'static str), ModelError> {
    check_labels(config.labels, weights)?;
    Ok(match config.family {
        Family::Bert => ("pooler.dense", "Tanh", "classifier"),
        Family::DistilBert => ("pre_classifier", "Relu", "classifier"),
        Family::Roberta => ("classifier.dense", "Tanh", "classifier.out_proj"),
    })
}

/// A model of more labels ranks nothing.
pub(super) fn check_labels(labels: usize, weights: &Weights<'_>) -> Result<(), ModelError> {
    if (1..=2).contains(&labels) {
        return Ok(());
    }
    Err(weights.bad(
        &format!("belongs to a model of {labels} labels"),
        "a reranker has one label or two: use a cross-encoder that was trained for ranking",
    ))
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
