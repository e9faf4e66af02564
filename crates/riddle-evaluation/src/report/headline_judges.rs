use super::corrected_difference::CorrectedDifference;
use super::headline::{share, signed};
use super::types::JudgedByModel;
use crate::model_judge::FEWEST_TO_CALIBRATE;
use crate::statistics::Estimate;

/// What is said of language models whose grades count, a sentence each.
pub(super) fn english_judges(judges: &[JudgedByModel]) -> String {
    let sentence = |judged: &JudgedByModel| {
        let agreement = &judged.agreement;
        let worth = match agreement.kappa.filter(|_| agreement.calibrated) {
            Some(kappa) => format!(
                "on {} that people judged too, the weighted kappa is {}",
                agreement.both,
                figures(&kappa, " (", " to ", ")")
            ),
            None => format!(
                "it is not calibrated: people judged {} of its passages too, and it takes {FEWEST_TO_CALIBRATE} that differ",
                agreement.both
            ),
        };
        let passages = match judged.counted {
            1 => "1 passage is".to_owned(),
            counted => format!("{counted} passages are"),
        };
        let judge = &agreement.judge;
        format!(" {passages} judged by the model “{judge}” alone; {worth}.")
    };
    judges.iter().map(sentence).collect()
}

/// The same in Chinese.
pub(super) fn chinese_judges(judges: &[JudgedByModel]) -> String {
    let sentence = |judged: &JudgedByModel| {
        let agreement = &judged.agreement;
        let worth = match agreement.kappa.filter(|_| agreement.calibrated) {
            Some(kappa) => format!(
                "在人也评过的 {} 段上，加权 kappa 为 {}",
                agreement.both,
                figures(&kappa, "（", " 到 ", "）")
            ),
            None => format!(
                "尚未校准：其中人也评过 {} 段，需要 {FEWEST_TO_CALIBRATE} 段评分不尽相同的",
                agreement.both
            ),
        };
        format!(
            "有 {} 段只由模型“{}”评分；{worth}。",
            judged.counted, agreement.judge
        )
    };
    judges.iter().map(sentence).collect()
}

/// What is left of the difference where people's grades correct those of a model.
pub(super) fn english_correction(corrected: &CorrectedDifference) -> String {
    let CorrectedDifference {
        questions,
        by_people,
        needed,
        ..
    } = corrected;
    match &corrected.corrected {
        Some(difference) => format!(
            " Corrected by what people graded in {by_people} of {questions} questions, the difference of nDCG@10 is {}.",
            difference_of(difference, " (", " to ", ")")
        ),
        None => format!(
            " The difference is not corrected: people graded the first ten in {by_people} of the questions that are \
             drawn for it, and it takes {needed}."
        ),
    }
}

/// The same in Chinese.
pub(super) fn chinese_correction(corrected: &CorrectedDifference) -> String {
    let CorrectedDifference {
        questions,
        by_people,
        needed,
        ..
    } = corrected;
    match &corrected.corrected {
        Some(difference) => format!(
            "按人在 {questions} 个问题中 {by_people} 个上的评分校正后，nDCG@10 的差异为 {}。",
            difference_of(difference, "（", " 到 ", "）")
        ),
        None => format!(
            "差异未经校正：在为此抽取的问题中，人评过 {by_people} 个问题的前十段，需要 {needed} 个。"
        ),
    }
}

fn difference_of(difference: &Estimate, opens: &str, to: &str, closes: &str) -> String {
    signed(difference.mean, 2) + &bounds(difference, opens, to, closes)
}

/// With its interval, if there is one.
fn figures(kappa: &Estimate, opens: &str, to: &str, closes: &str) -> String {
    let mean = if kappa.mean < 0.0 {
        signed(kappa.mean, 2)
    } else {
        share(kappa.mean, 2)
    };
    mean + &bounds(kappa, opens, to, closes)
}

fn bounds(estimate: &Estimate, opens: &str, to: &str, closes: &str) -> String {
    estimate.interval.map_or_else(String::new, |interval| {
        let (low, high) = (signed(interval.low, 2), signed(interval.high, 2));
        format!("{opens}{low}{to}{high}{closes}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_judge::JudgeAgreement;
    use crate::statistics::Interval;

    fn judged(both: u32) -> JudgedByModel {
        JudgedByModel {
            counted: 40,
            agreement: JudgeAgreement {
                judge: "judge".to_owned(),
                graded: 60,
                both,
                calibrated: both >= FEWEST_TO_CALIBRATE,
                mean_grade: Some(1.5),
                kappa: Some(Estimate {
                    n: both,
                    mean: 0.612,
                    interval: Some(Interval {
                        low: -0.04,
                        high: 0.8,
                    }),
                }),
                corrected_mean: None,
            },
        }
    }

    #[test]
    fn a_report_says_what_a_model_has_judged_and_what_that_is_worth() {
        assert_eq!(english_judges(&[]), "");
        assert_eq!(
            english_judges(&[judged(20)]),
            " 40 passages are judged by the model “judge” alone; on 20 that people judged too, the weighted kappa is \
             .61 (−.04 to +.80)."
        );
        assert_eq!(
            chinese_judges(&[judged(20)]),
            "有 40 段只由模型“judge”评分；在人也评过的 20 段上，加权 kappa 为 .61（−.04 到 +.80）。"
        );
        let few = english_judges(&[judged(19)]);
        assert!(
            few.contains("it is not calibrated: people judged 19 of"),
            "{few}"
        );
        assert!(chinese_judges(&[judged(19)]).contains("尚未校准"));
    }

    #[test]
    fn a_report_says_what_people_make_of_the_difference_or_that_they_do_not() {
        let estimate = Estimate {
            n: 150,
            mean: 0.03,
            interval: Some(Interval {
                low: -0.01,
                high: 0.07,
            }),
        };
        let mut corrected = CorrectedDifference {
            questions: 150,
            by_people: 24,
            needed: 20,
            by_model: Some(0.05),
            corrected: Some(estimate),
        };
        assert_eq!(
            english_correction(&corrected),
            " Corrected by what people graded in 24 of 150 questions, the difference of nDCG@10 is +.03 (−.01 to +.07)."
        );
        assert_eq!(
            chinese_correction(&corrected),
            "按人在 150 个问题中 24 个上的评分校正后，nDCG@10 的差异为 +.03（−.01 到 +.07）。"
        );
        (corrected.by_people, corrected.corrected) = (3, None);
        assert_eq!(
            english_correction(&corrected),
            " The difference is not corrected: people graded the first ten in 3 of the questions that are drawn for it, \
             and it takes 20."
        );
        assert!(chinese_correction(&corrected).contains("人评过 3 个问题的前十段，需要 20 个"));
    }
}
