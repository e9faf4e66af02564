use riddle_checkpoint::{Weights, check_labels, last_layer};
use riddle_core::ModelError;

use super::{ModernConfig, Pooling};
use crate::convert::head::{SCORE, gemm};
use crate::convert::operators::{LayerNorm, activate};
use crate::onnx::{Attribute, Element, GraphBuilder};

/// Adds the classification head, whose result is [`SCORE`], `batch × 1`. `padded` says whether there is an attention
/// mask.
pub(in crate::convert) fn classifier(
    graph: &mut GraphBuilder,
    config: &ModernConfig,
    weights: &mut Weights<'_>,
    hidden: &str,
    padded: bool,
) -> Result<(), ModelError> {
    check_labels(config.labels, weights)?;
    let size = config.hidden;
    let pooled = match config.pooling {
        Pooling::Cls => {
            let first = graph.integers("first", &[], &[0]);
            let axis = [Attribute::Int("axis", 1)];
            graph.node("pooled", "Gather", &[hidden, &first], &axis)
        }
        Pooling::Mean => mean(graph, hidden, padded),
    };
    let weight = weights.take_head("head.dense.weight", &[size, size])?;
    let bias = match config.biases.head {
        true => weights.take_head("head.dense.bias", &[size])?,
        false => vec![0.0; size],
    };
    let weight = graph.floats("head.weight", &[size, size], &weight);
    let bias = graph.floats("head.bias", &[size], &bias);
    let dense = gemm(graph, "head.dense", [&pooled, &weight, &bias]);
    let activated = activate(graph, "head.activated", &dense, config.head_activation);
    let norm = LayerNorm {
        weight: weights.take_head("head.norm.weight", &[size])?,
        bias: match config.biases.norm {
            true => Some(weights.take_head("head.norm.bias", &[size])?),
            false => None,
        },
        epsilon: config.epsilon,
    };
    let normed = norm.add(graph, "head.normed", &activated);
    let (weight, bias) = last_layer([config.labels, size], weights, "classifier")?;
    let weight = graph.floats("last.weight", &[1, size], &weight);
    let bias = graph.floats("last.bias", &[1], &[bias]);
    gemm(graph, SCORE, [&normed, &weight, &bias]);
    Ok(())
}

/// The mean over the tokens that are no padding.
fn mean(graph: &mut GraphBuilder, hidden: &str, padded: bool) -> String {
    let axis = graph.integers("pooled.axis", &[1], &[1]);
    let flat = [Attribute::Int("keepdims", 0)];
    if !padded {
        return graph.node("pooled", "ReduceMean", &[hidden, &axis], &flat);
    }
    let to = [Attribute::Int("to", Element::Float as i64)];
    let mask = graph.node("pooled.mask.row", "Cast", &["attention_mask"], &to);
    let last = graph.integers("pooled.last", &[1], &[2]);
    let mask = graph.node("pooled.mask", "Unsqueeze", &[&mask, &last], &[]);
    let kept = graph.node("pooled.kept", "Mul", &[hidden, &mask], &[]);
    let sum = graph.node("pooled.sum", "ReduceSum", &[&kept, &axis], &flat);
    let count = graph.node("pooled.count", "ReduceSum", &[&mask, &axis], &flat);
    graph.node("pooled", "Div", &[&sum, &count], &[])
}
