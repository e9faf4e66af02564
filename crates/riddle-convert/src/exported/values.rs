//! Constant folding for a text of a given length: the shapes of all values, and the numbers of those that follow from
//! shapes, positions and masks alone.

mod arithmetic;
mod operators;
mod shapes;
mod small;

use std::collections::HashMap;

use super::constant::{Number, count, numbers, shape};
use super::graph::Index;
use crate::onnx::proto::Tensor;
pub(super) use small::Small;

/// More nodes than any encoder has.
const MOST_NODES: usize = 60_000;
/// Numbers that are kept for all values of a graph together.
const MOST_NUMBERS: usize = 1 << 23;
/// Constants of more numbers are weights.
const MOST_INTEGERS: usize = 1 << 16;
const MOST_FLOATS: usize = 64;

/// What is known of a value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    /// All of it.
    Known(Small),
    Sized(Vec<usize>),
}

impl Value {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Self::Known(small) => &small.shape,
            Self::Sized(shape) => shape,
        }
    }

    fn known(&self) -> Option<&Small> {
        match self {
            Self::Known(small) => Some(small),
            Self::Sized(_) => None,
        }
    }
}

/// What is known of all values of a graph for one text.
pub(super) struct Values<'a> {
    known: HashMap<&'a str, Value>,
    /// Of the text.
    pub(super) tokens: usize,
}

impl<'a> Values<'a> {
    /// Goes through the graph with a text of so many tokens that has no padding.
    pub(super) fn of(index: &Index<'a>, tokens: usize) -> Result<Self, String> {
        if index.nodes.len() > MOST_NODES {
            return Err("it has more nodes than an encoder".to_owned());
        }
        let mask = Small::same(vec![1, tokens], 1.0, Number::Integer);
        // Whatever is computed from these numbers is known to depend on the text.
        let mut text = mask.clone();
        text.of_text = true;
        let inputs = index.inputs.iter().map(|name| {
            let value = match *name {
                "attention_mask" => mask.clone(),
                _ => text.clone(),
            };
            (*name, Value::Known(value))
        });
        let mut values = Self {
            known: inputs.collect(),
            tokens,
        };
        values.go_through(index)?;
        Ok(values)
    }

    fn go_through(&mut self, index: &Index<'a>) -> Result<(), String> {
        let mut kept = 0_usize;
        for node in index.nodes {
            let inputs: Vec<Option<Value>> = node
                .inputs
                .iter()
                .map(|name| self.of_name(index, name))
                .collect();
            let known = inputs.iter().flatten().filter_map(Value::known);
            let of_text = !node.is("Shape") && known.into_iter().any(|small| small.of_text);
            for (place, output) in node.outputs.iter().enumerate() {
                let Some(mut value) = operators::output(node, place, &inputs) else {
                    continue;
                };
                if let Value::Known(small) = &mut value {
                    small.of_text = of_text;
                    kept += small.kept();
                }
                if kept > MOST_NUMBERS {
                    return Err("it computes more from positions than an encoder".to_owned());
                }
                self.known.insert(output, value);
            }
        }
        Ok(())
    }

    fn of_name(&self, index: &Index<'_>, name: &str) -> Option<Value> {
        let known = self.known.get(name).cloned();
        known.or_else(|| of_constant(index.constant(name)?))
    }

    /// A value that is the same for all texts of as many tokens.
    pub(super) fn small(&self, index: &Index<'_>, name: &str) -> Option<Small> {
        match self.of_name(index, name)? {
            Value::Known(small) => Some(small).filter(|small| !small.of_text),
            Value::Sized(_) => None,
        }
    }

    /// The sizes of a value.
    pub(super) fn shape(&self, index: &Index<'_>, name: &str) -> Option<Vec<usize>> {
        match self.known.get(name) {
            Some(value) => Some(value.shape().to_vec()),
            None => shape(index.constant(name)?),
        }
    }
}

fn of_constant(tensor: &Tensor) -> Option<Value> {
    let sizes = shape(tensor)?;
    let kind = super::constant::number(tensor.data_type?.into())?;
    let most = match kind {
        Number::Float => MOST_FLOATS,
        Number::Integer | Number::Truth => MOST_INTEGERS,
    };
    if count(&sizes)? > most || super::constant::is_bytes(tensor) {
        return Some(Value::Sized(sizes));
    }
    let values = numbers(tensor, |value| value).ok()?;
    Some(Value::Known(Small::new(sizes, values, kind)))
}
