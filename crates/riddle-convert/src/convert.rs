//! Turns safetensors models into ONNX graphs with the fused operators of ONNX Runtime.

mod architecture;
mod cache;
mod graph;
mod head;
mod linear;
mod minicpm;
mod modern;
mod operators;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use riddle_checkpoint::{Head, Precision, Source, Weights};
use riddle_core::ModelError;

pub use architecture::Architecture;
pub use cache::{Converted, ensure_converted};
pub use minicpm::{LayerGraphs, MiniCpmConfig, ensure_layers};
pub use modern::ModernConfig;

use crate::onnx::{Dimension, Element, GraphBuilder, LONGEST_FILE};

/// Which inputs the graph can take at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchShape {
    /// Sequences of one length: no padding, and no attention mask to compute with.
    OneLength,
    /// Sequences padded on the right to one length, told by the input `attention_mask`, as other tools give them.
    Padded,
}

/// What to make of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversion {
    /// Catalogue name, for messages.
    pub model: String,
    /// What the graph computes.
    pub head: Head,
    /// How its weights are stored.
    pub precision: Precision,
    /// Which inputs it can take at once.
    pub batches: BatchShape,
}

impl BatchShape {
    /// What the names of files end with.
    fn suffix(self) -> &'static str {
        match self {
            Self::OneLength => "",
            Self::Padded => "-padded",
        }
    }
}

/// Whether graphs are made in this precision.
fn check_precision(source: &Source<'_>, precision: Precision) -> Result<(), ModelError> {
    if precision != Precision::Bf16 {
        return Ok(());
    }
    Err(ModelError::Unavailable {
        model: source.model.to_owned(),
        remedy: "precision bf16 is for Riddle's own engine: BERT, DistilBERT, RoBERTa and XLM-R from safetensors; set `models.precision` to int8 or fp32"
            .to_owned(),
    })
}

/// Writes the ONNX graph of the model in `folder` (`config.json` and the safetensors file `weights`) to `output`.
/// The file appears under its name only when it is complete.
///
/// # Errors
/// A file is missing, describes a model of an architecture that is not supported, or contradicts the other;
/// the result would be longer than an ONNX file can be; or it cannot be written.
pub fn convert(
    folder: &Path,
    weights: &str,
    conversion: &Conversion,
    output: &Path,
) -> Result<(), ModelError> {
    let source = Source::new(&conversion.model, folder);
    check_precision(&source, conversion.precision)?;
    let architecture = Architecture::read(&source)?;
    let mut tensors = Weights::open(source.clone(), weights)?;
    let graph = build(&architecture, &mut tensors, conversion)?;
    if graph.encoded_len() > LONGEST_FILE {
        return Err(source.bad(
            weights,
            "holds a model too large for one ONNX file at this precision",
            "use precision int8, or fp16 on a GPU",
        ));
    }
    let doc = match conversion.batches {
        BatchShape::OneLength => "all sequences of a batch must have the same length",
        BatchShape::Padded => "sequences are padded on the right",
    };
    let metadata = [
        ("head", conversion.head.as_str().to_owned()),
        ("precision", conversion.precision.as_str().to_owned()),
    ];
    write(output, |file| graph.write(doc, &metadata, file)).map_err(|error| {
        ModelError::Unavailable {
            model: conversion.model.clone(),
            remedy: format!(
                "its converted form cannot be stored ({error}); free some disk space and check the permissions of the model cache"
            ),
        }
    })
}

/// An empty graph of this precision.
fn builder(precision: Precision) -> GraphBuilder {
    match precision {
        Precision::Fp16 => GraphBuilder::default().in_half_precision(),
        Precision::Fp32 | Precision::Bf16 | Precision::Int8 => GraphBuilder::default(),
    }
}

fn build(
    architecture: &Architecture,
    weights: &mut Weights<'_>,
    conversion: &Conversion,
) -> Result<GraphBuilder, ModelError> {
    let mut graph = builder(conversion.precision);
    let tokens = [Dimension::Named("batch"), Dimension::Named("tokens")];
    graph.input("input_ids", Element::Int64, &tokens);
    if conversion.batches == BatchShape::Padded {
        graph.input("attention_mask", Element::Int64, &tokens);
    }
    let hidden = match architecture {
        Architecture::Bert(config) => {
            let with_types = conversion.head == Head::Classifier && config.types > 1;
            if with_types {
                graph.input("token_type_ids", Element::Int64, &tokens);
            }
            graph::encoder(&mut graph, config, weights, conversion, with_types)?
        }
        Architecture::Modern(config) => modern::encoder(&mut graph, config, weights, conversion)?,
    };
    // The hidden states, or those of the first token. What follows is a thousandth of the work.
    let hidden = graph.widened(&hidden);
    let [batch, tokens] = tokens;
    match (conversion.head, architecture) {
        (Head::HiddenStates, _) => {
            let shape = [batch, tokens, Dimension::Fixed(architecture.hidden())];
            graph.result("last_hidden_state", &hidden, &shape);
            return Ok(graph);
        }
        (Head::Classifier, Architecture::Bert(config)) => {
            head::classifier(&mut graph, config, weights, &hidden)?;
        }
        (Head::Classifier, Architecture::Modern(config)) => {
            let padded = conversion.batches == BatchShape::Padded;
            modern::classifier(&mut graph, config, weights, &hidden, padded)?;
        }
    }
    graph.result("logits", head::SCORE, &[batch, Dimension::Fixed(1)]);
    Ok(graph)
}

fn write(
    output: &Path,
    content: impl FnOnce(&mut BufWriter<tempfile::NamedTempFile>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = output.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    std::fs::create_dir_all(&folder)?;
    let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(&folder)?);
    content(&mut file)?;
    file.flush()?;
    let file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(output).map_err(|error| error.error)?;
    Ok(())
}
