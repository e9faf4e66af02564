//! The classification head that makes a score.

use riddle_core::ModelError;

use crate::labels::difference;
use crate::{EncoderConfig, Family, Weights};

/// Weights and bias of the one score. A model with two labels has their [`difference`].
///
/// # Errors
/// They are missing or of another shape.
pub fn last_layer(
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
///
/// # Errors
/// The model has more than two labels.
pub fn head_names(
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

/// A model of more than two labels ranks nothing.
///
/// # Errors
/// It has more.
pub fn check_labels(labels: usize, weights: &Weights<'_>) -> Result<(), ModelError> {
    if (1..=2).contains(&labels) {
        return Ok(());
    }
    Err(weights.bad(
        &format!("belongs to a model of {labels} labels"),
        "a reranker has one label or two: use a cross-encoder that was trained for ranking",
    ))
}
