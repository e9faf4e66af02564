//! How a ColBERT in its own form reads texts, as PyLate writes it.

use riddle_core::RerankKind;
use serde::Deserialize;

use super::variant::RawVariant;

/// Markers before queries and passages, queries that are filled up, and tokens of passages that do not count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colbert {
    /// Linear layers from the network's vectors to those that are compared, one behind the other; one or more.
    pub projection: Vec<ProjectionLayer>,
    /// The token that follows the first one of a query; none where it is empty.
    #[serde(default)]
    pub query_marker: String,
    /// The token that follows the first one of a passage; none where it is empty.
    #[serde(default)]
    pub passage_marker: String,
    /// Longest query in tokens, marker and special tokens included.
    pub query_tokens: usize,
    /// The token that fills shorter queries up; `None` where they stay as short as they are.
    pub expansion: Option<String>,
    /// Whether the tokens that fill a query up are attended to as its own are. They count in any case.
    #[serde(default)]
    pub attends_to_expansion: bool,
    /// Tokens of a passage that are read and not compared, such as punctuation.
    #[serde(default)]
    pub skipped: Vec<String>,
}

/// A linear layer without a non-linearity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectionLayer {
    /// Its file within the model's folder, as safetensors or as PyTorch saves tensors.
    pub weights: String,
    /// Whether what comes in is added to what it gives, through a matrix of its own where the two differ in length.
    #[serde(default)]
    pub residual: bool,
}

impl Colbert {
    /// Whether queries are filled up with tokens that none attends to.
    pub(crate) fn leaves_out_expansion(&self) -> bool {
        self.expansion.is_some() && !self.attends_to_expansion
    }

    /// What an entry has to say about it.
    pub(super) fn checked(
        raw: Option<&Self>,
        kind: Option<RerankKind>,
        variant: &RawVariant,
    ) -> Result<Option<Self>, String> {
        let Some(colbert) = raw else {
            return Ok(None);
        };
        if kind != Some(RerankKind::LateInteraction) || variant.head.is_some() {
            return Err(
                "`colbert` belongs to rerankers of the kind late_interaction without `head`"
                    .to_owned(),
            );
        }
        let mut layers = colbert.projection.iter();
        if let Some(absent) = layers.find(|layer| !variant.has(&layer.weights)) {
            return Err(format!(
                "`projection` names `{}`, which is not among its files",
                absent.weights
            ));
        }
        if colbert.projection.is_empty() || colbert.query_tokens == 0 {
            return Err("`colbert` needs a layer in `projection`, and `query_tokens`".to_owned());
        }
        Ok(Some(colbert.clone()))
    }
}
