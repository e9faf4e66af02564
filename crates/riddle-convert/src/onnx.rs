//! Writes ONNX files: a graph is built node by node, then stored as one protocol buffer.

mod external;
pub(crate) mod proto;

use std::io::{self, Write};

pub(crate) use external::ExternalData;
use half::f16;
use prost::Message;

/// Operators of ONNX itself; 20 is the first with `Gelu`.
const OPERATORS: i64 = 20;
/// The format of files with these operators.
const FORMAT: i64 = 9;
/// Fused operators of ONNX Runtime.
const FUSED_DOMAIN: &str = "com.microsoft";
/// A protocol buffer cannot be longer.
pub(crate) const LONGEST_FILE: u64 = (1 << 31) - 1;

/// Element types by their numbers in the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Element {
    /// 32-bit floats.
    Float = 1,
    /// Bytes.
    Uint8 = 2,
    /// Bytes with sign.
    Int8 = 3,
    /// 32-bit integers.
    Int32 = 6,
    /// 64-bit integers.
    Int64 = 7,
    /// 16-bit floats.
    Float16 = 10,
}

/// An attribute of a node.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// An integer and its name.
    Int(&'static str, i64),
    /// A float and its name.
    Float(&'static str, f32),
    /// A text and its name.
    Text(&'static str, &'static str),
}

/// One dimension of an input or output.
#[derive(Clone, Debug)]
pub enum Dimension {
    /// A size.
    Fixed(usize),
    /// A size that is only known when the graph runs.
    Named(&'static str),
}

/// A graph under construction. Values are known by their names.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    graph: proto::Graph,
    half: bool,
    external: Option<ExternalData>,
}

impl GraphBuilder {
    /// The graph with its floats in 16 bits. What comes out of it is in 32 bits all the same.
    pub fn in_half_precision(mut self) -> Self {
        self.half = true;
        self
    }

    /// Goes on in 32 bits from this value, whose name in them is given back.
    pub fn widened(&mut self, value: &str) -> String {
        if !self.half {
            return value.to_owned();
        }
        self.half = false;
        let to = [Attribute::Int("to", Element::Float as i64)];
        self.node(&format!("{value}.wide"), "Cast", &[value], &to)
    }

    /// The element type of floats in the graph.
    fn float(&self) -> Element {
        if self.half {
            Element::Float16
        } else {
            Element::Float
        }
    }

    /// The graph with large constants in a file of their own, written as they come, so that they never lie in memory
    /// together.
    pub(crate) fn with_external_data(mut self, data: ExternalData) -> Self {
        self.external = Some(data);
        self
    }

    /// A graph that begins as this one does. Its constants from here on are its own.
    pub(crate) fn fork(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            half: self.half,
            external: None,
        }
    }

    /// The file of large constants.
    pub(crate) fn into_external_data(self) -> Option<ExternalData> {
        self.external
    }

    /// Declares an input.
    pub fn input(&mut self, name: &str, element: Element, dimensions: &[Dimension]) {
        self.graph
            .inputs
            .push(value_info(name, element, dimensions));
    }

    /// Declares an output that a node produces.
    pub(crate) fn output(&mut self, name: &str, element: Element, dimensions: &[Dimension]) {
        self.graph
            .outputs
            .push(value_info(name, element, dimensions));
    }

    /// Declares a value of the graph as an output of 32-bit floats.
    pub fn result(&mut self, name: &str, value: &str, dimensions: &[Dimension]) {
        let to = [Attribute::Int("to", Element::Float as i64)];
        self.node(name, "Cast", &[value], &to);
        self.output(name, Element::Float, dimensions);
    }

    /// A constant tensor of floats.
    pub fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        let raw = match self.float() {
            Element::Float16 => values.iter().flat_map(|v| half(*v).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.constant(name, self.float(), dims, raw)
    }

    /// A constant tensor of integers.
    pub(crate) fn integers(&mut self, name: &str, dims: &[usize], values: &[i64]) -> String {
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Int64, dims, raw)
    }

    /// A constant tensor of bytes with sign.
    pub fn bytes(&mut self, name: &str, dims: &[usize], values: &[i8]) -> String {
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Int8, dims, raw)
    }

    /// What was built so far.
    #[cfg(test)]
    pub(crate) fn graph(&self) -> &proto::Graph {
        &self.graph
    }

    /// A constant tensor of bytes.
    pub(crate) fn unsigned_bytes(&mut self, name: &str, dims: &[usize], values: &[u8]) -> String {
        self.constant(name, Element::Uint8, dims, values.to_vec())
    }

    /// A node of ONNX itself with one output, which bears the node's name.
    pub fn node(
        &mut self,
        name: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute],
    ) -> String {
        self.push("", operator, inputs, &[name], attributes);
        name.to_owned()
    }

    /// A node of ONNX itself with several outputs.
    pub(crate) fn split(
        &mut self,
        operator: &str,
        input: &str,
        outputs: &[&str],
        attributes: &[Attribute],
    ) {
        self.push("", operator, &[input], outputs, attributes);
    }

    /// A fused operator of ONNX Runtime with one output, which bears the node's name.
    pub fn fused(
        &mut self,
        name: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute],
    ) -> String {
        self.push(FUSED_DOMAIN, operator, inputs, &[name], attributes);
        name.to_owned()
    }

    /// The number of tokens of each row of a mask with padding on the right, in 32 bits. Told this way, and not by a
    /// mask for each token, all of ONNX Runtime's fused kernels for attention can leave the padding out.
    pub fn lengths(&mut self, mask: &str) -> String {
        let axis = self.integers("lengths.axis", &[1], &[1]);
        let flat = [Attribute::Int("keepdims", 0)];
        let sum = self.node("lengths.sum", "ReduceSum", &[mask, &axis], &flat);
        let to = [Attribute::Int("to", Element::Int32 as i64)];
        self.node("lengths", "Cast", &[&sum], &to)
    }

    /// Length of the file that [`Self::write`] gives, in bytes, but for the metadata.
    pub(crate) fn encoded_len(&self) -> u64 {
        self.graph.encoded_len() as u64
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The writer failed.
    pub fn write(
        self,
        doc: &str,
        metadata: &[(&str, String)],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let operators = |domain: &str, version| proto::OperatorSet {
            domain: Some(domain.to_owned()),
            version: Some(version),
        };
        let shell = proto::Model {
            ir_version: Some(FORMAT),
            producer_name: Some("riddle".to_owned()),
            doc_string: Some(doc.to_owned()),
            graph: None,
            opset_import: vec![operators("", OPERATORS), operators(FUSED_DOMAIN, 1)],
            metadata: metadata
                .iter()
                .map(|(key, value)| proto::Entry {
                    key: Some((*key).to_owned()),
                    value: Some(value.clone()),
                })
                .collect(),
        };
        out.write_all(&shell.encode_to_vec())?;
        write_graph(self.graph, out)
    }

    fn constant(&mut self, name: &str, element: Element, dims: &[usize], raw: Vec<u8>) -> String {
        let mut tensor = proto::Tensor {
            dims: dims.iter().map(|d| *d as i64).collect(),
            data_type: Some(element as i32),
            name: Some(name.to_owned()),
            ..proto::Tensor::default()
        };
        match &mut self.external {
            Some(data) if raw.len() >= external::LEAST => data.store(&mut tensor, &raw),
            _ => tensor.raw_data = Some(raw.into()),
        }
        self.graph.initializers.push(tensor);
        name.to_owned()
    }

    fn push(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[Attribute],
    ) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.graph.nodes.push(proto::Node {
            inputs: owned(inputs),
            outputs: owned(outputs),
            name: outputs.first().map(|name| format!("{name}/{operator}")),
            operator: Some(operator.to_owned()),
            attributes: attributes.iter().map(Attribute::encode).collect(),
            domain: Some(domain.to_owned()),
        });
    }
}

/// The nearest number of 16 bits; what is larger than any of them becomes the largest.
fn half(value: f32) -> f16 {
    f16::from_f32(value.clamp(f16::MIN.to_f32(), f16::MAX.to_f32()))
}

impl Attribute {
    fn encode(&self) -> proto::Attribute {
        let mut encoded = proto::Attribute::default();
        let (name, kind) = match self {
            Self::Float(name, value) => {
                encoded.float = Some(*value);
                (name, 1)
            }
            Self::Int(name, value) => {
                encoded.int = Some(*value);
                (name, 2)
            }
            Self::Text(name, value) => {
                encoded.string = Some(value.as_bytes().to_vec());
                (name, 3)
            }
        };
        encoded.name = Some((*name).to_owned());
        encoded.kind = Some(kind);
        encoded
    }
}

/// Tensors are written one by one, so that the file never lies in memory beside them. The parts of a message may come
/// in any order, and a part is its tag, its length and its content.
fn write_graph(mut graph: proto::Graph, out: &mut impl Write) -> io::Result<()> {
    const GRAPH_OF_MODEL: u32 = 7;
    const TENSOR_OF_GRAPH: u32 = 5;
    let length = graph.encoded_len();
    let tensors = std::mem::take(&mut graph.initializers);
    out.write_all(&part_header(GRAPH_OF_MODEL, length))?;
    out.write_all(&graph.encode_to_vec())?;
    for tensor in tensors {
        out.write_all(&part_header(TENSOR_OF_GRAPH, tensor.encoded_len()))?;
        out.write_all(&tensor.encode_to_vec())?;
    }
    Ok(())
}

fn part_header(field: u32, length: usize) -> Vec<u8> {
    const LENGTH_DELIMITED: u64 = 2;
    let mut header = Vec::new();
    prost::encoding::encode_varint(u64::from(field) << 3 | LENGTH_DELIMITED, &mut header);
    prost::encoding::encode_varint(length as u64, &mut header);
    header
}

fn value_info(name: &str, element: Element, dimensions: &[Dimension]) -> proto::ValueInfo {
    let dims = dimensions
        .iter()
        .map(|dimension| match dimension {
            Dimension::Fixed(size) => proto::Dimension {
                value: Some(*size as i64),
                parameter: None,
            },
            Dimension::Named(name) => proto::Dimension {
                value: None,
                parameter: Some((*name).to_owned()),
            },
        })
        .collect();
    proto::ValueInfo {
        name: Some(name.to_owned()),
        value_type: Some(proto::ValueType {
            tensor: Some(proto::TensorType {
                element: Some(element as i32),
                shape: Some(proto::Shape { dims }),
            }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_reads_back_as_one_message() {
        let mut graph = GraphBuilder::default();
        graph.input(
            "x",
            Element::Float,
            &[Dimension::Named("n"), Dimension::Fixed(2)],
        );
        graph.floats("w", &[2], &[1.0, -2.5]);
        graph.bytes("q", &[1, 2], &[-1, 7]);
        graph.node("y", "Mul", &["x", "w"], &[]);
        graph.fused(
            "z",
            "BiasGelu",
            &["y", "w"],
            &[Attribute::Float("alpha", 0.0)],
        );
        graph.output(
            "z",
            Element::Float,
            &[Dimension::Named("n"), Dimension::Fixed(2)],
        );
        let length = graph.encoded_len();
        let mut file = Vec::new();
        graph
            .write("doc", &[("made-by", "a test".to_owned())], &mut file)
            .expect("a vector takes all");
        assert!(file.len() as u64 > length);

        let model = proto::Model::decode(&*file).expect("it is a protocol buffer");
        let graph = model.graph.expect("it has a graph");
        assert_eq!(graph.initializers.len(), 2);
        assert_eq!(graph.initializers[0].dims, [2]);
        assert_eq!(graph.nodes.len(), 2);
        assert_eq!(graph.nodes[1].domain.as_deref(), Some(FUSED_DOMAIN));
        assert_eq!(graph.nodes[1].attributes[0].float, Some(0.0));
        assert_eq!(model.metadata[0].key.as_deref(), Some("made-by"));
    }
}
