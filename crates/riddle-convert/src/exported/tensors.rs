//! The constants of a graph under the names that weights have in a checkpoint.

use std::collections::HashMap;

use riddle_checkpoint::{Family, GivenTensors, LayerNames};

use super::constant::numbers;
use super::parts::{Constant, Encoder, Linear, Norm, Steps, Table};
use crate::onnx::proto::{Graph, Tensor};

/// The constants, and which of them is which weight.
pub(super) struct Tensors {
    constants: HashMap<String, Tensor>,
    named: HashMap<String, Named>,
}

/// A weight in the shape that a checkpoint has it in.
struct Named {
    constant: Constant,
    shape: Vec<usize>,
}

impl Tensors {
    /// Of the graph nothing but its constants is kept.
    pub(super) fn new(graph: Graph) -> Self {
        let mut constants = HashMap::new();
        for node in graph.nodes {
            let Some(output) = node.outputs.into_iter().next() else {
                continue;
            };
            let value = |name: &Option<String>| name.as_deref() == Some("value");
            let mut attributes = node.attributes.into_iter();
            let found = attributes.find(|attribute| value(&attribute.name));
            if let Some(tensor) = found.and_then(|attribute| attribute.tensor) {
                constants.insert(output, tensor);
            }
        }
        for tensor in graph.initializers {
            constants.insert(tensor.name.clone().unwrap_or_default(), tensor);
        }
        Self {
            constants,
            named: HashMap::new(),
        }
    }

    pub(super) fn constant(&self, name: &str) -> Option<&Tensor> {
        self.constants.get(name)
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// Names all weights of an encoder as this family does.
    pub(super) fn name_all(&mut self, encoder: &Encoder, family: Family) {
        let embeddings = &encoder.embeddings;
        self.table("word_embeddings", &embeddings.words);
        self.table("position_embeddings", &embeddings.positions);
        if let Some(types) = &embeddings.types {
            self.table("token_type_embeddings", types);
        }
        self.norm("embeddings.LayerNorm", &embeddings.norm);
        for (place, layer) in encoder.layers.iter().enumerate() {
            let names = LayerNames::new(family, place);
            self.linear(&names.query, &layer.query);
            self.linear(&names.key, &layer.key);
            self.linear(&names.value, &layer.value);
            self.linear(&names.attention_output, &layer.attention_output);
            self.norm(&names.attention_norm, &layer.attended);
            self.linear(&names.intermediate, &layer.up);
            self.linear(&names.output, &layer.down);
            self.norm(&names.output_norm, &layer.norm);
        }
        if let Some(head) = &encoder.head {
            let dense = match family {
                Family::DistilBert => "pre_classifier",
                Family::Bert | Family::Roberta => "pooler.dense",
            };
            self.linear(dense, &head.dense);
            self.linear("classifier", &head.last);
        }
        self.keep_named();
    }

    fn table(&mut self, name: &str, table: &Table) {
        let shape = vec![table.rows, table.width];
        self.name(format!("embeddings.{name}.weight"), &table.rows_of, shape);
    }

    fn linear(&mut self, name: &str, linear: &Linear) {
        let shape = vec![linear.outputs, linear.inputs];
        self.name(format!("{name}.weight"), &linear.weight, shape);
        self.name(format!("{name}.bias"), &linear.bias, vec![linear.outputs]);
    }

    fn norm(&mut self, name: &str, norm: &Norm) {
        self.name(format!("{name}.weight"), &norm.weight, vec![norm.size]);
        self.name(format!("{name}.bias"), &norm.bias, vec![norm.size]);
    }

    fn name(&mut self, name: String, constant: &Constant, shape: Vec<usize>) {
        let named = Named {
            constant: constant.clone(),
            shape,
        };
        self.named.insert(name, named);
    }

    fn keep_named(&mut self) {
        let mut used: Vec<&str> = Vec::new();
        for Named { constant, .. } in self.named.values() {
            used.push(&constant.tensor);
            if let Some(steps) = &constant.steps {
                used.push(&steps.scale);
                used.extend(steps.zero_point.as_deref());
            }
        }
        used.sort_unstable();
        self.constants
            .retain(|name, _| used.binary_search(&&**name).is_ok());
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>, String> {
        let tensor = self.constant(name);
        let tensor = tensor.ok_or_else(|| format!("has no constant `{name}`"))?;
        numbers(tensor, |value| value as f32)
    }

    /// The numbers of a constant as the graph uses them, without exchanging rows and columns.
    fn stepped(&self, constant: &Constant) -> Result<Vec<f32>, String> {
        let mut values = self.floats(&constant.tensor)?;
        let Some(steps) = constant.steps.as_ref().filter(|_| !values.is_empty()) else {
            return Ok(values);
        };
        let scales = self.floats(&steps.scale)?;
        let zero_points = match &steps.zero_point {
            Some(name) => self.floats(name)?,
            None => vec![0.0],
        };
        let sizes = self.constant(&constant.tensor).map(|tensor| &tensor.dims);
        let (each, along) = inner_and_size(sizes.map_or(&[], Vec::as_slice), steps);
        for list in [&scales, &zero_points] {
            if list.len() != 1 && list.len() != along {
                return Err(format!("has another number of steps in `{}`", steps.scale));
            }
        }
        if scales.len() == 1 && zero_points.len() == 1 {
            let (scale, zero_point) = (scales[0], zero_points[0]);
            values
                .iter_mut()
                .for_each(|value| *value = (*value - zero_point) * scale);
            return Ok(values);
        }
        let of_step = |list: &[f32], step| list[if list.len() == 1 { 0 } else { step }];
        for row in values.chunks_mut(each * along) {
            for (step, values) in row.chunks_mut(each).enumerate() {
                let (scale, zero_point) = (of_step(&scales, step), of_step(&zero_points, step));
                values
                    .iter_mut()
                    .for_each(|value| *value = (*value - zero_point) * scale);
            }
        }
        Ok(values)
    }
}

/// Numbers that lie between two neighbours along the axis of the steps, and how many of these there are.
fn inner_and_size(dims: &[i64], steps: &Steps) -> (usize, usize) {
    let size = |size: &i64| usize::try_from(*size).unwrap_or(1).max(1);
    let inner = dims.iter().skip(steps.axis + 1).map(size).product();
    (inner, dims.get(steps.axis).map_or(1, size))
}

/// Rows and columns exchanged, in tiles that stay in a cache.
fn transposed(values: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    const TILE: usize = 32;
    let mut turned = vec![0.0; values.len()];
    for first in (0..columns).step_by(TILE) {
        for start in (0..rows).step_by(TILE) {
            for column in first..columns.min(first + TILE) {
                for row in start..rows.min(start + TILE) {
                    turned[row * columns + column] = values[column * rows + row];
                }
            }
        }
    }
    turned
}

impl GivenTensors for Tensors {
    fn shape(&self, name: &str) -> Option<&[usize]> {
        self.named.get(name).map(|named| &*named.shape)
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, String> {
        let named = self.named.get(name);
        let Named { constant, shape } = named.ok_or_else(|| format!("has no `{name}`"))?;
        let mut values = self.stepped(constant)?;
        if let (true, [rows, columns]) = (constant.transposed, &**shape) {
            if values.len() != rows * columns {
                return Err(format!("has another shape for `{name}`"));
            }
            return Ok(transposed(&values, [*rows, *columns]));
        }
        // Of a table, no more rows may be wanted than it has.
        values.truncate(shape.iter().product());
        Ok(values)
    }
}
