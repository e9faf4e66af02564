use riddle_checkpoint::{CONFIG_FILE, EncoderConfig, Source};
use riddle_core::ModelError;
use serde::Deserialize;

use super::modern::ModernConfig;

/// The encoders that can be converted, with their sizes.
pub enum Architecture {
    /// BERT and those built like it: DistilBERT, RoBERTa, XLM-R.
    Bert(EncoderConfig),
    /// ModernBERT.
    Modern(ModernConfig),
}

#[derive(Deserialize)]
struct Named {
    model_type: Option<String>,
}

impl Architecture {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// It is missing, describes another architecture, or its sizes contradict each other.
    pub fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let named: Option<Named> = serde_json::from_slice(&source.read(CONFIG_FILE)?).ok();
        match named.and_then(|named| named.model_type).as_deref() {
            Some("modernbert") => ModernConfig::read(source).map(Self::Modern),
            // What is none of them either is told there.
            _ => EncoderConfig::read(source).map(Self::Bert),
        }
    }

    /// Longest input in tokens, special tokens included.
    pub fn max_tokens(&self) -> usize {
        match self {
            Self::Bert(config) => config.max_tokens(),
            Self::Modern(config) => config.positions,
        }
    }

    /// Length of a token's vector.
    pub fn hidden(&self) -> usize {
        match self {
            Self::Bert(config) => config.hidden,
            Self::Modern(config) => config.hidden,
        }
    }
}
