//! Linear layers one behind the other, which are one linear layer together.

use ndarray::Array2;
use riddle_checkpoint::Source;
use riddle_core::ModelError;

use super::head::Linear;
use crate::catalogue::ProjectionLayer;
use crate::tensors::LinearLayer;

/// What PyLate calls the tensors of a layer, and that of what is added to it.
const LAYER: &str = "linear.";
const RESIDUAL: &str = "residual.";

/// The layer that does what these do one after the other.
pub(super) fn read(source: &Source<'_>, layers: &[ProjectionLayer]) -> Result<Linear, ModelError> {
    let mut whole: Option<Linear> = None;
    for layer in layers {
        let next = read_one(source, layer)?;
        whole = Some(match whole {
            None => next,
            Some(before) if before.weight.ncols() == next.weight.nrows() => behind(&before, next),
            Some(before) => {
                let problem = format!(
                    "takes vectors of {} numbers where {} come in",
                    next.weight.nrows(),
                    before.weight.ncols()
                );
                return Err(source.damaged(&layer.weights, &problem));
            }
        });
    }
    whole.ok_or_else(|| source.damaged("modules.json", "names no layer for token vectors"))
}

fn read_one(source: &Source<'_>, layer: &ProjectionLayer) -> Result<Linear, ModelError> {
    let file = &*layer.weights;
    let read = |tensors: &str| {
        let layer = LinearLayer::read(source, file, &[tensors])?;
        Linear::of(source, file, layer)
    };
    let mut linear = read(LAYER)?;
    if layer.residual {
        let (inputs, outputs) = linear.weight.dim();
        let added = match inputs == outputs {
            true => Array2::eye(inputs),
            false => read(RESIDUAL)?.weight,
        };
        if added.dim() != linear.weight.dim() {
            return Err(source.damaged(file, "adds vectors of another length than it gives"));
        }
        linear.weight += &added;
    }
    Ok(linear)
}

/// What `next` does to what `before` gives.
fn behind(before: &Linear, next: Linear) -> Linear {
    let carried = before.bias.as_ref().map(|bias| bias.dot(&next.weight));
    let bias = match (carried, next.bias) {
        (Some(carried), Some(own)) => Some(carried + own),
        (carried, own) => carried.or(own),
    };
    Linear {
        weight: before.weight.dot(&next.weight),
        bias,
    }
}
