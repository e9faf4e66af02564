use std::path::PathBuf;

use anyhow::bail;
use riddle_models::{
    BatchShape, Conversion, Head, ModelRole, Precision, WeightsFormat, ensure_converted,
};

use super::{CONVERTED, LocalModels};

impl LocalModels {
    /// Writes the graph of an encoder and says where.
    pub(crate) fn convert(
        &self,
        name: &str,
        precision: Option<Precision>,
    ) -> anyhow::Result<PathBuf> {
        let (entry, located) = self.located(name)?;
        let head = match entry.role {
            ModelRole::Embedder(_) => Head::HiddenStates,
            ModelRole::Reranker(_) => Head::Classifier,
            ModelRole::Chat { .. } => bail!(
                "{} is a language model; only encoders are converted",
                entry.name
            ),
            ModelRole::Ocr { .. } => {
                bail!("{} reads pictures; only encoders are converted", entry.name)
            }
        };
        if entry.format != WeightsFormat::Safetensors {
            bail!(
                "{} is {} already and is used as it is",
                entry.name,
                entry.format.as_str()
            );
        }
        let conversion = Conversion {
            model: entry.name.clone(),
            head,
            precision: precision
                .or(self.compute_settings.precision)
                .unwrap_or(Precision::Int8),
            batches: BatchShape::OneLength,
        };
        let cache = located.folder.join(CONVERTED);
        Ok(ensure_converted(&located.folder, &entry.weights, &cache, &conversion)?.path)
    }
}

/// A precision by its name.
pub(crate) fn parse_precision(text: &str) -> anyhow::Result<Precision> {
    match text {
        "fp32" => Ok(Precision::Fp32),
        "bf16" => Ok(Precision::Bf16),
        "fp16" => Ok(Precision::Fp16),
        "int8" => Ok(Precision::Int8),
        other => bail!("there is no precision `{other}`; use int8, bf16, fp16 or fp32"),
    }
}
