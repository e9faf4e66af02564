use std::path::{Path, PathBuf};

use riddle_checkpoint::{Precision, Source, Weights, content_hash};
use riddle_core::ModelError;
use tempfile::NamedTempFile;

use super::MiniCpmConfig;
use super::graph::layer_graphs;
use crate::convert::cache::GRAPH_VERSION;
use crate::convert::{BatchShape, check_precision, write as write_file};
use crate::onnx::ExternalData;

/// A graph for each layer that execution can end at, and the file of weights that they share.
pub struct LayerGraphs {
    cache: PathBuf,
    stem: String,
}

impl LayerGraphs {
    /// The graph that ends at this layer.
    pub fn graph(&self, layer: usize) -> PathBuf {
        self.cache.join(format!("{}-layer{layer}.onnx", self.stem))
    }

    /// The weights.
    pub fn data(&self) -> PathBuf {
        self.cache.join(self.data_name())
    }

    fn data_name(&self) -> String {
        format!("{}.data", self.stem)
    }
}

/// The graphs of a model of this precision, for these batches, converted now if they were not before.
///
/// # Errors
/// As [`crate::convert`], and where the weights do not fit the configuration.
pub fn ensure_layers(
    source: &Source<'_>,
    config: &MiniCpmConfig,
    weights: &str,
    cache: &Path,
    (precision, batches): (Precision, BatchShape),
) -> Result<LayerGraphs, ModelError> {
    let content = content_hash(source, weights, cache)?;
    let graphs = LayerGraphs {
        cache: cache.to_owned(),
        stem: format!(
            "{content}-layers-{}{}-v{GRAPH_VERSION}",
            precision.as_str(),
            batches.suffix()
        ),
    };
    let mut layers = config.first_head..=config.layers;
    if graphs.data().is_file() && layers.all(|layer| graphs.graph(layer).is_file()) {
        return Ok(graphs);
    }
    check_precision(source, precision)?;
    let started = std::time::Instant::now();
    write(source, config, weights, &graphs, (precision, batches))?;
    tracing::info!(
        model = source.model,
        precision = precision.as_str(),
        ms = started.elapsed().as_millis() as u64,
        "converted the weights to ONNX"
    );
    Ok(graphs)
}

/// The weights get their name before any graph that needs them.
fn write(
    source: &Source<'_>,
    config: &MiniCpmConfig,
    weights: &str,
    graphs: &LayerGraphs,
    form: (Precision, BatchShape),
) -> Result<(), ModelError> {
    let unstored = |error: std::io::Error| ModelError::Unavailable {
        model: source.model.to_owned(),
        remedy: format!(
            "its converted form cannot be stored ({error}); free some disk space and check the permissions of the model cache"
        ),
    };
    let mut tensors = Weights::open(source.clone(), weights)?;
    std::fs::create_dir_all(&graphs.cache).map_err(unstored)?;
    let file = NamedTempFile::new_in(&graphs.cache).map_err(unstored)?;
    let data = ExternalData::new(file, &graphs.data_name());
    let mut ends = Vec::new();
    let data = layer_graphs(config, &mut tensors, form, data, |layer, graph| {
        ends.push((layer, graph));
    })?;
    let data = data.finish().map_err(unstored)?;
    data.persist(graphs.data())
        .map_err(|error| unstored(error.error))?;
    for (layer, graph) in ends {
        let doc = "sequences; their scores at this layer";
        write_file(&graphs.graph(layer), |file| graph.write(doc, &[], file)).map_err(unstored)?;
    }
    Ok(())
}
