use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the hits by words and by vector become one list, where both retrievers search. One that found nothing counts
/// nothing.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({"method": "weighted", "dense_weight": 0.7}))]
pub enum FusionDto {
    /// The weighted sum of scores that are min-max scaled by retriever.
    Weighted {
        /// Weight of the hits by vector, 0 to 1; those by words have the rest.
        #[schema(minimum = 0, maximum = 1)]
        dense_weight: f32,
    },
    /// Reciprocal rank fusion, which looks at ranks alone.
    ReciprocalRank {},
}

impl Default for FusionDto {
    /// Both retrievers alike.
    fn default() -> Self {
        Self::Weighted { dense_weight: 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_weight_goes_with_the_weighted_sum_alone() {
        for (body, fusion) in [
            (
                json!({"method": "weighted", "dense_weight": 0.25}),
                FusionDto::Weighted { dense_weight: 0.25 },
            ),
            (
                json!({"method": "reciprocal_rank"}),
                FusionDto::ReciprocalRank {},
            ),
        ] {
            let read: FusionDto = serde_json::from_value(body.clone()).expect("fits");
            assert_eq!(read, fusion);
            assert_eq!(json!(read), body);
        }
        for (body, says) in [
            (
                json!({"method": "weighted"}),
                "missing field `dense_weight`",
            ),
            (json!({"dense_weight": 0.5}), "missing field `method`"),
            (json!({"method": "sum"}), "`weighted`"),
            (
                json!({"method": "reciprocal_rank", "dense_weight": 0.5}),
                "unknown field `dense_weight`",
            ),
        ] {
            let read: Result<FusionDto, _> = serde_json::from_value(body.clone());
            let error = read.expect_err("does not fit").to_string();
            assert!(error.contains(says), "{body}: {error}");
        }
    }
}
