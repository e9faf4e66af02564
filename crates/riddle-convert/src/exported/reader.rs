//! Recognizes an encoder in a graph, from its output back to its inputs. Whatever leads to the output has to be one of
//! the forms that are known here, or nothing is recognized.

mod activation;
mod attention;
mod embeddings;
mod head;
mod layer;
mod linear;
mod norm;

use riddle_checkpoint::Head;

use super::constant::{Number, number, shape};
use super::graph::Index;
use super::parts::{Constant, Encoder, Steps};
use super::values::{Small, Values};
use crate::onnx::proto::Node;

/// More layers than any encoder has.
const MOST_LAYERS: usize = 200;
/// How far a constant of the graph may be from what it is meant to be: in 16 bits they are off by 0.0005 at most.
const TOLERANCE: f64 = 1e-3;

/// A graph with what is known of its values for one text.
pub(super) struct Reader<'g> {
    pub(super) index: &'g Index<'g>,
    pub(super) values: &'g Values<'g>,
}

/// Something that was recognized, and the value that it is computed from.
struct From<'g, T> {
    input: &'g str,
    found: T,
}

impl<'g> Reader<'g> {
    /// The encoder that makes this output.
    pub(super) fn encoder(&self, output: &'g str, head: Head) -> Result<Encoder, String> {
        let (head, mut hidden) = match head {
            Head::HiddenStates => (None, self.through(output)),
            Head::Classifier => {
                let head = self.score_head(output);
                let head = head.ok_or_else(|| {
                    format!("`{output}` is not made of the first token as scores are")
                })?;
                (Some(head.found), head.input)
            }
        };
        let mut layers = Vec::new();
        loop {
            if let Some(embeddings) = self.embeddings(hidden) {
                layers.reverse();
                return Ok(Encoder {
                    embeddings,
                    layers,
                    head,
                });
            }
            let layer = self.layer(hidden).ok_or_else(|| {
                let place = layers.len() + 1;
                format!("`{hidden}`, {place} from the end, is neither a layer nor embeddings")
            })?;
            hidden = layer.input;
            layers.push(layer.found);
            if layers.len() > MOST_LAYERS {
                return Err("it has more layers than an encoder".to_owned());
            }
        }
    }

    /// The value itself, behind what changes nothing but how its floats are stored.
    fn through(&self, mut value: &'g str) -> &'g str {
        while let Some(node) = self.index.maker(value) {
            let only = match (node.input(0), node.inputs.len()) {
                (Some(only), 1) => only,
                _ => break,
            };
            let kind = |node: &Node| number(node.int("to")?);
            let stored = node.is("Cast") && kind(node) == Some(Number::Float);
            if !(stored || node.is("Identity") || node.is("Dropout")) {
                break;
            }
            value = only;
        }
        value
    }

    /// The node of this operator that makes the value.
    fn made_by(&self, value: &'g str, operator: &str) -> Option<&'g Node> {
        let node = self.index.maker(self.through(value))?;
        node.is(operator).then_some(node)
    }

    /// What a node of two inputs makes the value of.
    fn pair(&self, value: &'g str, operator: &str) -> Option<[&'g str; 2]> {
        let pair = self.made_by(value, operator)?.pair()?;
        Some(pair.map(|input| self.through(input)))
    }

    /// The same in both orders, for operators that do not mind.
    fn orders(
        &self,
        value: &'g str,
        operator: &str,
    ) -> impl Iterator<Item = [&'g str; 2]> + use<'g> {
        let pair = self.pair(value, operator);
        pair.into_iter().flat_map(|[a, b]| [[a, b], [b, a]])
    }

    fn small(&self, value: &str) -> Option<Small> {
        self.values.small(self.index, value)
    }

    fn shape(&self, value: &str) -> Option<Vec<usize>> {
        self.values.shape(self.index, value)
    }

    /// The one number that all of a value are.
    fn only(&self, value: &str) -> Option<f64> {
        self.small(value)?.only()
    }

    /// A value that is multiplied by numbers, and their product.
    fn scaled(&self, value: &'g str) -> (f64, &'g str) {
        let (mut factor, mut value) = (1.0, self.through(value));
        while let Some((by, inner)) = self.scaled_once(value) {
            factor *= by;
            value = inner;
        }
        (factor, value)
    }

    fn scaled_once(&self, value: &'g str) -> Option<(f64, &'g str)> {
        let same_shape = |inner: &&str| self.shape(inner) == self.shape(value);
        if let Some([inner, by]) = self.pair(value, "Div") {
            let by = self.only(by)?;
            return Some((1.0 / by, inner)).filter(|(_, inner)| same_shape(inner));
        }
        let mut orders = self.orders(value, "Mul");
        let found = orders.find_map(|[inner, by]| Some((self.only(by)?, inner)));
        found.filter(|(_, inner)| same_shape(inner))
    }

    /// A constant, or one that the graph turns or makes floats of, in this order.
    fn constant(&self, value: &'g str) -> Option<Constant> {
        let (mut value, mut steps, mut transposed) = (self.through(value), None, false);
        if let Some(node) = self.made_by(value, "Transpose") {
            transposed = node.attribute("perm")?.ints == [1, 0];
            value = self.through(node.input(0).filter(|_| transposed)?);
        }
        if let Some(node) = self.made_by(value, "DequantizeLinear") {
            steps = Some(self.steps_of(node)?);
            value = self.through(node.input(0)?);
        }
        self.index.constant(value)?;
        Some(Constant {
            tensor: value.to_owned(),
            steps,
            transposed,
        })
    }

    /// What `DequantizeLinear` multiplies with.
    fn steps_of(&self, node: &'g Node) -> Option<Steps> {
        if node.attribute("block_size").is_some() {
            return None;
        }
        let rank = self.shape(node.input(0)?)?.len() as i64;
        let axis = node.int("axis").unwrap_or(1);
        let axis = if axis < 0 { axis + rank } else { axis };
        let zero_point = node.input(2);
        self.steps(node.input(1)?, zero_point, usize::try_from(axis).ok()?)
    }

    fn steps(&self, scale: &'g str, zero_point: Option<&'g str>, axis: usize) -> Option<Steps> {
        let plain = |value: &'g str| {
            let value = self.through(value);
            self.index.constant(value).map(|_| value.to_owned())
        };
        Some(Steps {
            scale: plain(scale)?,
            zero_point: match zero_point {
                Some(zero_point) => Some(plain(zero_point)?),
                None => None,
            },
            axis,
        })
    }

    /// The sizes of a constant as it is used.
    fn shape_of(&self, constant: &Constant) -> Option<Vec<usize>> {
        let mut sizes = shape(self.index.constant(&constant.tensor)?)?;
        if constant.transposed {
            sizes.reverse();
        }
        Some(sizes)
    }

    /// A constant list of floats.
    fn vector(&self, value: &'g str) -> Option<(Constant, usize)> {
        let constant = self.constant(value).filter(|found| found.steps.is_none())?;
        match *self.shape_of(&constant)? {
            [size] => Some((constant, size)),
            _ => None,
        }
    }
}

fn near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() <= TOLERANCE * wanted.abs()
}
