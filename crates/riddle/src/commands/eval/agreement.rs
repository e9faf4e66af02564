//! How far a language model that judges agrees with people, in words.

use riddle_api::JudgeAgreementDto;

use super::figures::{share, with_interval};

pub(super) fn agreement(agreement: &JudgeAgreementDto) -> String {
    let mut text = format!(
        "`{}` has graded {} passages, {} of which people have graded too",
        agreement.judge, agreement.graded, agreement.both
    );
    if agreement.kappa.is_some() {
        let kappa = with_interval(agreement.kappa.as_ref(), share);
        text.push_str(&format!("; weighted kappa {kappa}"));
    }
    if let (Some(own), Some(_)) = (agreement.mean_grade, &agreement.corrected_mean) {
        let corrected = with_interval(agreement.corrected_mean.as_ref(), share);
        let own = share(own);
        text.push_str(&format!(
            "; mean grade {own}, {corrected} as people would grade"
        ));
    }
    if !agreement.calibrated {
        text.push_str("; not calibrated: too few have two grades");
    }
    text
}

#[cfg(test)]
mod tests {
    use riddle_api::{EstimateDto, IntervalDto};

    use super::*;

    #[test]
    fn it_says_what_is_known() {
        let estimate = |mean| EstimateDto {
            n: 25,
            mean,
            interval: Some(IntervalDto {
                low: mean - 0.2,
                high: mean + 0.2,
            }),
        };
        let mut told = JudgeAgreementDto {
            judge: "judge".to_owned(),
            graded: 80,
            both: 25,
            calibrated: true,
            mean_grade: Some(1.75),
            kappa: Some(estimate(0.5)),
            corrected_mean: Some(estimate(1.5)),
        };
        assert_eq!(
            agreement(&told),
            "`judge` has graded 80 passages, 25 of which people have graded too; weighted kappa .500 [.300, .700]; mean \
             grade 1.750, 1.500 [1.300, 1.700] as people would grade"
        );
        told.both = 0;
        told.calibrated = false;
        (told.kappa, told.corrected_mean) = (None, None);
        assert_eq!(
            agreement(&told),
            "`judge` has graded 80 passages, 0 of which people have graded too; not calibrated: too few have two grades"
        );
    }
}
