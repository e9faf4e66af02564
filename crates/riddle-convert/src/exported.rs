//! Encoders that other tools have exported as ONNX graphs: their sizes and weights, where all of the graph is
//! understood.
//!
//! A graph is read for texts of several lengths: what it computes from shapes, positions and masks is computed
//! ([`values`]), and from its output back it has to be the layers of an encoder and nothing else ([`reader`]).

mod constant;
mod file;
mod graph;
mod parts;
mod reader;
mod tensors;
mod values;

use std::path::Path;

use riddle_checkpoint::{EncoderConfig, Family, Head, Source, Weights};

use constant::is_bytes;
use graph::Index;
use parts::{Encoder, Linear, Norm};
use reader::Reader;
use tensors::Tensors;
use values::Values;

use crate::onnx::proto::Graph;

/// Short texts that the graph is read for, besides the longest one.
const LENGTHS: [usize; 2] = [3, 8];
/// Upper bound on tokens; no known encoder takes more.
const MOST_TOKENS: usize = 1 << 16;

/// Upper bound on sizes; no known encoder has larger ones.
const MOST: usize = 1 << 24;

/// An encoder that a graph computes, with its weights.
pub struct ExportedEncoder {
    config: EncoderConfig,
    quantized: bool,
    output: String,
    tensors: Tensors,
}

impl ExportedEncoder {
    /// Reads the ONNX file at `path`. Its output is the first of `outputs` that it has: for hidden states the vectors
    /// of all tokens, for a classifier the logits of one label or two.
    ///
    /// # Errors
    /// Why it is not read: it is damaged, or computes anything but an encoder that is known here.
    pub fn read(path: &Path, outputs: &[&str], head: Head) -> Result<Self, String> {
        let (graph, operators) = file::read(path)?;
        Self::in_graph(graph, operators, outputs, head)
    }

    fn in_graph(
        graph: Graph,
        operators: i64,
        outputs: &[&str],
        head: Head,
    ) -> Result<Self, String> {
        let (encoder, output) = {
            let index = Index::new(&graph, operators)?;
            let wanted = outputs.iter().find(|wanted| index.outputs.contains(wanted));
            let output = *wanted.ok_or("it has none of the outputs that are wanted")?;
            (encoder(&index, output, head)?, output.to_owned())
        };
        Self::of(encoder, output, graph)
    }

    /// Its sizes.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Whether the layers have their weights as bytes.
    pub fn is_quantized(&self) -> bool {
        self.quantized
    }

    /// The output of the graph that it computes.
    pub fn output(&self) -> &str {
        &self.output
    }

    /// Its weights, under the names that they have in a checkpoint. Messages name the file as `name`.
    pub fn into_weights<'a>(self, source: Source<'a>, name: &str) -> Weights<'a> {
        Weights::of_tensors(source, name, Box::new(self.tensors))
    }

    fn of(encoder: Encoder, output: String, graph: Graph) -> Result<Self, String> {
        let config = config(&encoder)?;
        let mut tensors = Tensors::new(graph);
        tensors.name_all(&encoder, config.family);
        let quantized = encoder.layers.iter().any(|layer| {
            let tensor = tensors.constant(&layer.up.weight.tensor);
            tensor.is_some_and(is_bytes)
        });
        Ok(Self {
            config,
            quantized,
            output,
            tensors,
        })
    }
}

/// What the graph computes for texts of all lengths.
fn encoder(index: &Index<'_>, output: &str, head: Head) -> Result<Encoder, String> {
    let read = |tokens| {
        let values = Values::of(index, tokens)?;
        // Looked up again for a name that lives as long as the index.
        let output = index.outputs.iter().find(|name| **name == output);
        let reader = Reader {
            index,
            values: &values,
        };
        reader.encoder(output.copied().unwrap_or_default(), head)
    };
    let first = read(LENGTHS[0])?;
    let embeddings = &first.embeddings;
    let longest = embeddings
        .positions
        .rows
        .saturating_sub(embeddings.first_position);
    if longest < LENGTHS[0] || longest > MOST_TOKENS {
        return Err(format!("it has positions for texts of {longest} tokens"));
    }
    for tokens in [LENGTHS[1].min(longest), longest] {
        if read(tokens)? != first {
            return Err(format!(
                "it computes texts of {tokens} tokens in another way"
            ));
        }
    }
    Ok(first)
}

fn config(encoder: &Encoder) -> Result<EncoderConfig, String> {
    let Encoder {
        embeddings,
        layers,
        head,
    } = encoder;
    let first = layers.first().ok_or("it has no layers")?;
    let (hidden, intermediate) = (embeddings.words.width, first.up.outputs);
    let config = EncoderConfig {
        // The two differ in the names of their weights and in what makes scores.
        family: match head {
            Some(head) if !head.tanh => Family::DistilBert,
            _ => Family::Bert,
        },
        hidden,
        intermediate,
        layers: layers.len(),
        heads: first.heads,
        vocabulary: embeddings.words.rows,
        positions: embeddings.positions.rows,
        first_position: embeddings.first_position,
        types: embeddings.types.as_ref().map_or(0, |types| types.rows),
        epsilon: embeddings.norm.epsilon,
        activation: first.activation,
        labels: head.as_ref().map_or(0, |head| head.last.outputs),
    };
    if fits(encoder, &config) {
        Ok(config)
    } else {
        Err("its layers are not all of one size and kind".to_owned())
    }
}

/// Whether all parts have the sizes of the configuration.
fn fits(encoder: &Encoder, config: &EncoderConfig) -> bool {
    let (hidden, wide) = (config.hidden, config.intermediate);
    let sized =
        |linear: &Linear, inputs, outputs| (linear.inputs, linear.outputs) == (inputs, outputs);
    let square = |linear: &Linear| sized(linear, hidden, hidden);
    let even = |norm: &Norm| norm.size == hidden && norm.epsilon == config.epsilon;
    let Encoder {
        embeddings,
        layers,
        head,
    } = encoder;
    let tables = [Some(&embeddings.positions), embeddings.types.as_ref()];
    let layers_fit = layers.iter().all(|layer| {
        let attention = [
            &layer.query,
            &layer.key,
            &layer.value,
            &layer.attention_output,
        ];
        attention.into_iter().all(square)
            && sized(&layer.up, hidden, wide)
            && sized(&layer.down, wide, hidden)
            && even(&layer.attended)
            && even(&layer.norm)
            && (layer.heads, layer.activation) == (config.heads, config.activation)
    });
    let sizes = [
        config.hidden,
        wide,
        config.heads,
        config.vocabulary,
        config.positions,
    ];
    let head_fits = head.as_ref().is_none_or(|head| {
        square(&head.dense) && head.last.inputs == hidden && matches!(head.last.outputs, 1 | 2)
    });
    layers_fit
        && head_fits
        && sizes.iter().all(|size| (1..=MOST).contains(size))
        && tables.iter().flatten().all(|table| table.width == hidden)
        && even(&embeddings.norm)
        && (1e-20..1e-2).contains(&config.epsilon)
}

#[cfg(test)]
mod tests;
