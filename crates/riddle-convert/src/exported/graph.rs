//! A graph by the names of its values.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::file::is_own;
use crate::onnx::proto::{Attribute, Graph, Node, Tensor};

/// What encoders are fed with.
const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
/// Newer operators may mean something else, older ones did.
const OPERATORS: std::ops::RangeInclusive<i64> = 11..=24;

/// The nodes and constants of a graph.
pub(super) struct Index<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) outputs: Vec<&'a str>,
    /// The inputs that are no constants.
    pub(super) inputs: Vec<&'a str>,
    /// Which node makes a value, and as which of its outputs.
    makers: HashMap<&'a str, (&'a Node, usize)>,
    constants: HashMap<&'a str, &'a Tensor>,
    pub(super) operators: i64,
}

impl<'a> Index<'a> {
    pub(super) fn new(graph: &'a Graph, operators: i64) -> Result<Self, String> {
        if !OPERATORS.contains(&operators) {
            return Err(format!("it uses operators of version {operators}"));
        }
        let mut constants = HashMap::new();
        for tensor in &graph.initializers {
            let name = tensor.name.as_deref().unwrap_or_default();
            if constants.insert(name, tensor).is_some() {
                return Err(format!("it has two constants `{name}`"));
            }
        }
        let names = graph
            .inputs
            .iter()
            .filter_map(|input| input.name.as_deref());
        let inputs: Vec<&str> = names.filter(|name| !constants.contains_key(name)).collect();
        if let Some(other) = inputs.iter().find(|name| !INPUTS.contains(name)) {
            return Err(format!("it wants an input `{other}`"));
        }
        let makers = makers(graph, &constants)?;
        for node in &graph.nodes {
            let value = node.attribute("value").and_then(|a| a.tensor.as_ref());
            if let (true, [name], Some(tensor)) = (node.is("Constant"), &*node.outputs, value) {
                constants.insert(name, tensor);
            }
        }
        let outputs = graph.outputs.iter();
        Ok(Self {
            nodes: &graph.nodes,
            outputs: outputs
                .filter_map(|output| output.name.as_deref())
                .collect(),
            inputs,
            makers,
            constants,
            operators,
        })
    }

    /// The node that makes a value as its first output.
    pub(super) fn maker(&self, value: &str) -> Option<&'a Node> {
        let (node, place) = self.makers.get(value)?;
        (*place == 0).then_some(*node)
    }

    /// The node that makes a value as this one of its outputs.
    pub(super) fn maker_of_output(&self, value: &str, place: usize) -> Option<&'a Node> {
        let (node, found) = self.makers.get(value)?;
        (*found == place).then_some(*node)
    }

    pub(super) fn constant(&self, value: &str) -> Option<&'a Tensor> {
        self.constants.get(value).copied()
    }
}

/// Which node makes which value. As each uses but what was made before it, none is made of itself.
fn makers<'a>(
    graph: &'a Graph,
    constants: &HashMap<&str, &Tensor>,
) -> Result<HashMap<&'a str, (&'a Node, usize)>, String> {
    let mut makers = HashMap::new();
    for node in &graph.nodes {
        let known = |input: &String| {
            let given = input.is_empty() || INPUTS.contains(&&**input);
            given || constants.contains_key(&**input) || makers.contains_key(&**input)
        };
        if let Some(input) = node.inputs.iter().find(|input| !known(input)) {
            return Err(format!("it uses `{input}` before that is made"));
        }
        for (place, output) in node.outputs.iter().enumerate() {
            if output.is_empty() {
                continue;
            }
            let twice = constants.contains_key(&**output) || INPUTS.contains(&&**output);
            match makers.entry(&**output) {
                Entry::Vacant(entry) if !twice => entry.insert((node, place)),
                _ => return Err(format!("it makes `{output}` twice")),
            };
        }
    }
    Ok(makers)
}

impl Node {
    /// Whether it is this operator of ONNX itself.
    pub(super) fn is(&self, operator: &str) -> bool {
        self.operator.as_deref() == Some(operator) && is_own(self.domain.as_deref())
    }

    /// An input by its place; one that is left out is none.
    pub(super) fn input(&self, place: usize) -> Option<&str> {
        let name = self.inputs.get(place)?;
        (!name.is_empty()).then_some(&**name)
    }

    /// Its inputs, where it has just two.
    pub(super) fn pair(&self) -> Option<[&str; 2]> {
        match &*self.inputs {
            [a, b] => Some([a, b]),
            _ => None,
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        let named = |attribute: &&Attribute| attribute.name.as_deref() == Some(name);
        self.attributes.iter().find(named)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name)?.int
    }

    pub(super) fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name)?.float
    }
}
