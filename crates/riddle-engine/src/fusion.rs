use riddle_core::Fusion;

use crate::error::EngineError;

/// Refuses a weight that is not between 0 and 1. `field` is where the fusion stands.
pub(crate) fn check_fusion(field: &str, fusion: Fusion) -> Result<(), EngineError> {
    match fusion {
        Fusion::Weighted { dense_weight } if !(0.0..=1.0).contains(&dense_weight) => Err(
            EngineError::invalid(&format!("{field}.dense_weight"), "must be between 0 and 1"),
        ),
        Fusion::Weighted { .. } | Fusion::ReciprocalRank => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_part_of_the_whole() {
        let of = |dense_weight| check_fusion("fusion", Fusion::Weighted { dense_weight });
        assert!(of(0.0).is_ok() && of(1.0).is_ok());
        assert!(check_fusion("fusion", Fusion::ReciprocalRank).is_ok());
        for bad in [-0.1, 1.1, f32::INFINITY, f32::NAN] {
            let error = of(bad).expect_err("out of bounds").to_string();
            assert!(error.contains("`fusion.dense_weight`"), "{error}");
        }
    }
}
