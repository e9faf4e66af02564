use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::query::LongPassagesDto;

/// How to rerank. What is left out takes the knowledge base's setting, and in the settings of a knowledge base stays as
/// it is; null stands for the default: in a request it searches as if the knowledge base had no such setting.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"model": "bge-reranker-base", "weight": 0.8, "deadline_ms": 500}))]
pub struct RerankBody {
    /// Whether the reranker runs. Not in a comparison, which answers with rerank and without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Catalogue name of the reranker. The knowledge base's weight, layer and lead go with its own reranker alone.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub model: Option<Option<String>>,
    /// Weight of the reranker against the fused score, 0 to 1; 1 orders by the reranker alone. By default the one that
    /// was measured for the reranker.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f32>, minimum = 0, maximum = 1)]
    pub weight: Option<Option<f32>>,
    /// Where the first candidate's fused score leads by this part of the range of all of them, nothing is reranked:
    /// above 0 to 1, from three candidates on. By default all is reranked.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f32>, exclusive_minimum = 0, maximum = 1)]
    pub skip_lead: Option<Option<f32>>,
    /// What to do with passages that do not fit the reranker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_passages: Option<LongPassagesDto>,
    /// The layer that a layerwise reranker stops at, by default its last one.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<u32>)]
    pub cutoff_layer: Option<Option<u32>>,
    /// How long reranking may take, 1 to 60000; what is not scored by then keeps the fused order behind the rest. By
    /// default the server's limit.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 60000)]
    pub deadline_ms: Option<Option<u32>>,
}

impl RerankBody {
    /// Fields that stand beside `rerank` in requests of earlier clients, and the options that they give.
    pub const FLAT: [(&'static str, &'static str); 6] = [
        ("reranker", "model"),
        ("rerank_weight", "weight"),
        ("rerank_skip_lead", "skip_lead"),
        ("long_passages", "long_passages"),
        ("cutoff_layer", "cutoff_layer"),
        ("rerank_deadline_ms", "deadline_ms"),
    ];
}

/// Whether to rerank, or how. A boolean is `enabled` alone. The fields `reranker`, `rerank_weight`, `rerank_skip_lead`,
/// `long_passages`, `cutoff_layer` and `rerank_deadline_ms` beside it, which earlier versions had, are still taken for
/// the options that they name, each in one of the two forms; a null among them is as good as nothing.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RerankChoice {
    Enabled(bool),
    Options(RerankBody),
}

/// Tells a null from a field that is not there.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_null_is_told_from_a_field_that_is_not_there() {
        let body: RerankBody =
            serde_json::from_value(json!({"model": null, "weight": 0.5})).expect("fits");
        assert_eq!((&body.model, body.weight), (&Some(None), Some(Some(0.5))));
        assert_eq!(body.skip_lead, None);
        assert_eq!(json!(body), json!({"model": null, "weight": 0.5}));
    }

    #[test]
    fn every_flat_field_gives_an_option_that_there_is() {
        let all = json!({
            "model": "x", "weight": 0.5, "skip_lead": 0.5, "long_passages": "truncate", "cutoff_layer": 8,
            "deadline_ms": 5
        });
        for (_, option) in RerankBody::FLAT {
            let value = &all[option];
            let body: RerankBody = serde_json::from_value(json!({ option: value })).expect(option);
            assert_eq!(json!(body), json!({ option: value }));
        }
    }
}
