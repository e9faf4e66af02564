use riddle_api::{
    ExpectedPowerDto, QualityAspectDto, QualityKindDto, QuestionsNeededDto, SetQualityDto,
};
use riddle_evaluation::{ExpectedPower, QualityKind, SetQuality};

use crate::dto::convert::ConvertFrom;

impl ConvertFrom<SetQuality> for SetQualityDto {
    fn convert_from(quality: SetQuality) -> Self {
        let aspects = quality.aspects.into_iter().map(|aspect| QualityAspectDto {
            kind: kind(aspect.kind),
            value: aspect.value,
            count: aspect.count,
            of: aspect.of,
        });
        Self {
            score: quality.score,
            questions: quality.questions,
            examined: quality.examined,
            aspects: aspects.collect(),
        }
    }
}

fn kind(kind: QualityKind) -> QualityKindDto {
    match kind {
        QualityKind::Size => QualityKindDto::Size,
        QualityKind::Confirmed => QualityKindDto::Confirmed,
        QualityKind::Duplicates => QualityKindDto::Duplicates,
        QualityKind::Judged => QualityKindDto::Judged,
        QualityKind::Easy => QualityKindDto::Easy,
        QualityKind::OneDocument => QualityKindDto::OneDocument,
        QualityKind::Lost => QualityKindDto::Lost,
    }
}

impl ConvertFrom<ExpectedPower> for ExpectedPowerDto {
    fn convert_from(power: ExpectedPower) -> Self {
        let needed = power.needed.into_iter().map(|needed| QuestionsNeededDto {
            difference: needed.difference,
            questions: needed.questions,
        });
        Self {
            questions: power.questions,
            standard_deviation: power.standard_deviation,
            seen_in: power.seen_in.map(|run| run.0),
            interval: power.interval,
            detectable: power.detectable,
            needed: needed.collect(),
        }
    }
}
