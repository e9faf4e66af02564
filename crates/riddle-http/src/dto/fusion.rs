use riddle_api::FusionDto;
use riddle_core::Fusion;

use super::convert::ConvertFrom;

impl ConvertFrom<FusionDto> for Fusion {
    fn convert_from(fusion: FusionDto) -> Self {
        match fusion {
            FusionDto::Weighted { dense_weight } => Self::Weighted { dense_weight },
            FusionDto::ReciprocalRank {} => Self::ReciprocalRank,
        }
    }
}

impl ConvertFrom<Fusion> for FusionDto {
    fn convert_from(fusion: Fusion) -> Self {
        match fusion {
            Fusion::Weighted { dense_weight } => Self::Weighted { dense_weight },
            Fusion::ReciprocalRank => Self::ReciprocalRank {},
        }
    }
}
