use std::path::Path;

use prost::Message;
use prost::bytes::{Buf, Bytes};

use crate::onnx::{LONGEST_FILE, proto};

/// Everything but the numbers of constants. Read, it takes many times the memory.
const LONGEST_DESCRIPTION: usize = 16 << 20;

const GRAPH_OF_MODEL: u64 = 7;
const CONSTANT_OF_GRAPH: u64 = 5;
const NUMBERS_OF_CONSTANT: u64 = 9;

/// The graph in a file and the version of its operators. The numbers of constants stay where they were read to.
pub(super) fn read(path: &Path) -> Result<(proto::Graph, i64), String> {
    let length = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if length > LONGEST_FILE {
        return Err("it is longer than one protocol buffer".to_owned());
    }
    let bytes = Bytes::from(std::fs::read(path).map_err(|error| error.to_string())?);
    parse(bytes)
}

pub(super) fn parse(bytes: Bytes) -> Result<(proto::Graph, i64), String> {
    let numbers = numbers(&bytes).ok_or("it is no protocol buffer")?;
    if bytes.len().saturating_sub(numbers) > LONGEST_DESCRIPTION {
        return Err("it says more than the graph of an encoder needs".to_owned());
    }
    let model = proto::Model::decode(bytes).map_err(|error| error.to_string())?;
    let own = |set: &&proto::OperatorSet| is_own(set.domain.as_deref());
    let operators = model.opset_import.iter().find(own);
    let version = operators.and_then(|set| set.version);
    let version = version.ok_or("it does not say which operators it uses")?;
    let graph = model.graph.ok_or("it has no graph")?;
    Ok((graph, version))
}

/// Whether operators of this domain are those of ONNX itself.
pub(super) fn is_own(domain: Option<&str>) -> bool {
    matches!(domain, None | Some("" | "ai.onnx"))
}

/// How many bytes are the numbers of the graph's constants.
fn numbers(model: &[u8]) -> Option<usize> {
    let mut sum = 0_usize;
    for graph in parts(model, GRAPH_OF_MODEL) {
        for constant in parts(graph?, CONSTANT_OF_GRAPH) {
            for numbers in parts(constant?, NUMBERS_OF_CONSTANT) {
                sum = sum.checked_add(numbers?.len())?;
            }
        }
    }
    Some(sum)
}

/// The contents of all fields with this number; `None` where the message is damaged, and then nothing more.
fn parts(message: &[u8], number: u64) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = Some(message);
    std::iter::from_fn(move || {
        loop {
            let before = rest.take().filter(|rest| !rest.is_empty())?;
            let Some(found) = Field::first(before) else {
                return Some(None);
            };
            rest = Some(found.after);
            if found.number == number && found.content.is_some() {
                return Some(found.content);
            }
        }
    })
}

/// A field of a message.
struct Field<'a> {
    number: u64,
    /// If it has a length.
    content: Option<&'a [u8]>,
    /// What follows it.
    after: &'a [u8],
}

impl<'a> Field<'a> {
    fn first(mut bytes: &'a [u8]) -> Option<Self> {
        let key = prost::encoding::decode_varint(&mut bytes).ok()?;
        let length = match key & 7 {
            0 => {
                prost::encoding::decode_varint(&mut bytes).ok()?;
                0
            }
            1 => 8,
            2 => usize::try_from(prost::encoding::decode_varint(&mut bytes).ok()?).ok()?,
            5 => 4,
            _ => return None,
        };
        let content = bytes.get(..length)?;
        bytes.advance(length);
        Some(Self {
            number: key >> 3,
            content: (key & 7 == 2).then_some(content),
            after: bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::GraphBuilder;

    fn file() -> Vec<u8> {
        let mut graph = GraphBuilder::default();
        graph.floats("w", &[300], &[1.0; 300]);
        graph.node("y", "Identity", &["w"], &[]);
        let mut file = Vec::new();
        let written = graph.write("doc", &[], &mut file);
        written.expect("a vector takes all");
        file
    }

    #[test]
    fn numbers_of_constants_do_not_count_as_description() {
        let file = file();
        assert_eq!(numbers(&file), Some(1_200));
        let (graph, _) = parse(file.into()).expect("it is sound");
        assert_eq!(graph.initializers.len(), 1);
    }

    #[test]
    fn a_file_of_descriptions_is_refused_before_it_is_decoded() {
        let node = [0x0a, 0x00];
        let nodes = node.repeat(LONGEST_DESCRIPTION / 2 + 1);
        let mut file = vec![0x3a];
        prost::encoding::encode_varint(nodes.len() as u64, &mut file);
        file.extend(nodes);
        let problem = parse(file.into()).expect_err("it is too much");
        assert!(problem.contains("more than"), "{problem}");
    }

    #[test]
    fn a_file_that_ends_early_is_told() {
        let file = file();
        for end in 0..file.len() {
            assert!(
                parse(Bytes::copy_from_slice(&file[..end])).is_err(),
                "{end}"
            );
        }
    }
}
