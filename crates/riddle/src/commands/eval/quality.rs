use riddle_api::{ExpectedPowerDto, QualityAspectDto, QualityKindDto, SetQualityDto};

use super::set_path;
use crate::api::Api;
use crate::commands;
use crate::output;

/// From this value on nothing is said of an aspect but its figures.
const FINE: f64 = 0.8;

pub(super) async fn show(api: &Api, set: &str, json: bool) -> anyhow::Result<()> {
    let quality = api.get(&format!("{}/quality", set_path(set))).await?;
    commands::show(quality, json, |quality: &SetQualityDto| {
        output::line(&format!(
            "quality {} of 100 ({} questions, {} of them examined)",
            quality.score, quality.questions, quality.examined
        ));
        for aspect in &quality.aspects {
            let mark = if aspect.value >= FINE { " " } else { "!" };
            let share = (100.0 * aspect.value).round();
            output::line(&format!("{mark} {share:>3}  {}", about(aspect)));
        }
    })
}

/// What an aspect counts, and what to do where it is bad.
fn about(aspect: &QualityAspectDto) -> String {
    let QualityAspectDto {
        kind,
        value,
        count,
        of,
    } = aspect;
    let (found, advice) = match kind {
        QualityKindDto::Size => (
            format!("{count} questions to report by; {of} find a difference of .05 in nDCG@10"),
            "add questions",
        ),
        QualityKindDto::Confirmed => (
            format!("{count} of {of} written or confirmed by a person"),
            "review the others with `riddle eval review`",
        ),
        QualityKindDto::Duplicates => (
            format!("{count} of {of} say nearly what another one says"),
            "reject them in a review",
        ),
        QualityKindDto::Judged => (
            format!("{count} of {of} say what is right"),
            "judge the others",
        ),
        QualityKindDto::Easy => (
            format!("{count} of {of} have the right source first in a search for their words"),
            "ask as people ask, in other words than the documents",
        ),
        QualityKindDto::OneDocument => (
            format!("{count} of {of} are about the same document"),
            "ask about other documents too",
        ),
        QualityKindDto::Lost => (
            format!("{count} of {of} judgments are no longer in the knowledge base"),
            "mend their documents or quotes",
        ),
    };
    match *value < FINE {
        true => format!("{found}: {advice}"),
        false => found,
    }
}

/// What a run would see, in one sentence.
pub(super) fn power(power: &ExpectedPowerDto) -> Option<String> {
    let (interval, detectable) = (power.interval?, power.detectable?);
    Some(format!(
        "{} questions to report by: a difference of {detectable:.3} in nDCG@10 is found in 80 of 100 cases, an interval is \
         about ±{interval:.3} wide",
        power.questions
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aspect(kind: QualityKindDto, value: f64) -> QualityAspectDto {
        QualityAspectDto {
            kind,
            value,
            count: 3,
            of: 9,
        }
    }

    #[test]
    fn advice_is_given_where_something_is_bad() {
        let bad = about(&aspect(QualityKindDto::Duplicates, 0.3));
        assert_eq!(
            bad,
            "3 of 9 say nearly what another one says: reject them in a review"
        );
        let good = about(&aspect(QualityKindDto::Duplicates, 0.9));
        assert_eq!(good, "3 of 9 say nearly what another one says");
    }

    #[test]
    fn a_run_without_a_question_to_rank_promises_nothing() {
        let mut expected = ExpectedPowerDto {
            questions: 57,
            standard_deviation: 0.13,
            seen_in: None,
            interval: Some(0.034),
            detectable: Some(0.0482),
            needed: Vec::new(),
        };
        let said = power(&expected).unwrap_or_default();
        assert!(
            said.starts_with("57 questions to report by: a difference of 0.048"),
            "{said}"
        );
        expected.interval = None;
        assert_eq!(power(&expected), None);
    }
}
