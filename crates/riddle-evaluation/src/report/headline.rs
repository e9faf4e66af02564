use riddle_core::Headline;

use super::corrected_difference::CorrectedDifference;
use super::headline_chinese::chinese;
use super::headline_english::english;
use super::headline_judges::{
    chinese_correction, chinese_judges, english_correction, english_judges,
};
use super::types::{ArmReport, Difference, LosingSlice, Report, SourceCounts, Stage};
use crate::measures::{Measure, MeasureKind};
use crate::statistics::{Estimate, Verdict};

/// nDCG@10, which verdicts in one word are of.
const MEASURE: Measure = MeasureKind::Ndcg.at(10);

/// What the sentence says, whatever the language.
pub(super) struct Facts<'a> {
    /// Questions that count.
    pub(super) questions: u32,
    /// Questions that the run asked.
    pub(super) asked: u32,
    pub(super) subject: Subject<'a>,
    pub(super) found: Found<'a>,
    /// Judged passages of the questions that count, and how many of them are not in the knowledge base.
    pub(super) golds: u32,
    pub(super) lost: u32,
    /// In how many questions nothing was reranked.
    pub(super) not_reranked: u32,
    /// In how many questions only the fallback for a cross-encoder reranked.
    pub(super) stand_in: u32,
}

/// What is judged.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// Reranking, where the arm reranks and what it is compared with does not.
    Reranking,
    /// The present setting.
    PresentSetting,
    /// Another arm, by its name.
    Arm(&'a str),
}

pub(super) enum Found<'a> {
    /// No question has a relevant passage.
    NothingRanked,
    /// Nothing that is judged relevant is in the knowledge base.
    NothingThere,
    /// Nothing was reranked in any question, and the code of the reason.
    NotReranked { why: &'a str },
    /// No result in any question.
    Failed,
    /// There is one arm.
    Alone {
        top_n: u32,
        found: u32,
        ndcg_10: Estimate,
    },
    /// The subject against the baseline.
    Compared(Compared<'a>),
}

pub(super) struct Compared<'a> {
    pub(super) baseline: &'a str,
    pub(super) ndcg_10: &'a Difference,
    pub(super) sources: &'a SourceCounts,
    /// How many more questions would settle it.
    pub(super) more: Option<u32>,
    /// Median of reranking.
    pub(super) rerank_ms: Option<f64>,
    /// Time to the first token of an answer ÷ that of another arm, and that arm's name.
    pub(super) first_token: Option<(f64, &'a str)>,
    /// The slice in which it loses most.
    pub(super) losing: Option<&'a LosingSlice>,
}

/// The run in one sentence, in both languages.
pub(super) fn headline(report: &Report) -> Headline {
    let facts = facts(report);
    let main = report.arms.get(report.main as usize);
    let corrected = main.and_then(|arm| arm.comparison.as_ref()?.corrected.as_ref());
    let correction =
        |say: fn(&CorrectedDifference) -> String| corrected.map_or_else(String::new, say);
    Headline {
        en: english(&facts) + &english_judges(&report.judges) + &correction(english_correction),
        zh: chinese(&facts) + &chinese_judges(&report.judges) + &correction(chinese_correction),
    }
}

fn facts(report: &Report) -> Facts<'_> {
    let main = report.arms.get(report.main as usize);
    let golds = main
        .and_then(|arm| arm.headroom.as_ref())
        .map(|headroom| headroom.golds);
    let lost = golds.map_or(0, |golds| golds.document_missing + golds.quote_missing);
    let golds = golds.map_or(0, |golds| golds.total);
    Facts {
        golds,
        lost,
        not_reranked: main.map_or(0, |arm| arm.not_reranked),
        stand_in: main.map_or(0, |arm| arm.stand_in),
        questions: report.questions.ranked,
        asked: report.questions.headline,
        subject: main.map_or(Subject::PresentSetting, |arm| subject(report, arm)),
        found: match main {
            _ if report.questions.ranked == 0 => Found::NothingRanked,
            None => Found::Failed,
            Some(_) if golds > 0 && lost == golds => Found::NothingThere,
            Some(arm) if arm.not_reranked >= report.questions.headline => Found::NotReranked {
                why: arm.not_reranked_because.as_deref().unwrap_or_default(),
            },
            Some(arm) => found(report, arm),
        },
    }
}

fn subject<'a>(report: &'a Report, arm: &'a ArmReport) -> Subject<'a> {
    let baseline_reranks = report
        .arms
        .get(report.baseline as usize)
        .is_some_and(|baseline| baseline.settings.rerank.is_some());
    if arm.settings.rerank.is_some() && !baseline_reranks && report.main != report.baseline {
        Subject::Reranking
    } else if report.main == 0 {
        Subject::PresentSetting
    } else {
        Subject::Arm(&arm.name)
    }
}

fn found<'a>(report: &'a Report, arm: &'a ArmReport) -> Found<'a> {
    let alone = || {
        let headline = arm
            .measures
            .iter()
            .find(|figure| figure.measure == MEASURE)?
            .headline?;
        let headroom = arm.headroom.as_ref()?;
        let kept = headroom.questions.used + headroom.questions.not_cited;
        Some(Found::Alone {
            top_n: arm.settings.top_n,
            found: kept,
            ndcg_10: headline,
        })
    };
    match arm.comparison.as_ref().and_then(|comparison| {
        let ndcg_10 = comparison
            .differences
            .iter()
            .find(|difference| difference.measure == MEASURE)?;
        Some((ndcg_10, &comparison.sources))
    }) {
        Some((ndcg_10, sources)) => Found::Compared(compared(report, arm, ndcg_10, sources)),
        None => alone().unwrap_or(Found::Failed),
    }
}

fn compared<'a>(
    report: &'a Report,
    arm: &'a ArmReport,
    ndcg_10: &'a Difference,
    sources: &'a SourceCounts,
) -> Compared<'a> {
    let needed = match ndcg_10.verdict {
        Verdict::NotDistinguishable { questions_needed } => questions_needed,
        Verdict::Better | Verdict::Worse | Verdict::Same => None,
    };
    let losing = report
        .losing_slices
        .iter()
        .filter(|slice| slice.arm == report.main);
    Compared {
        baseline: report
            .arms
            .get(report.baseline as usize)
            .map_or("", |arm| &arm.name),
        ndcg_10,
        sources,
        more: needed.map(|needed| needed.saturating_sub(ndcg_10.difference.n)),
        rerank_ms: arm
            .cost
            .stages
            .iter()
            .find(|cost| cost.stage == Stage::Rerank)
            .map(|cost| cost.p50),
        first_token: arm.cost.first_token.and_then(|time| {
            let other = report.arms.get(report.cost_baseline as usize)?;
            Some((time.median_ratio?, other.name.as_str()))
        }),
        losing: losing.min_by(|a, b| a.difference.mean.total_cmp(&b.difference.mean)),
    }
}

/// As the field writes shares: `.64`, `1.00`.
pub(super) fn share(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// With its sign, such as `+.04`, `−.02`; `±` before what is 0 in these digits.
pub(super) fn signed(value: f64, digits: usize) -> String {
    let text = share(value, digits);
    let sign = if text.bytes().all(|byte| matches!(byte, b'.' | b'0')) {
        "±"
    } else if value < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{text}")
}

/// Milliseconds and seconds with the digits that matter.
pub(super) fn duration(ms: f64) -> (String, bool) {
    if ms >= 9_999.5 {
        (format!("{:.0}", ms / 1_000.0), true)
    } else if ms >= 999.5 {
        (format!("{:.1}", ms / 1_000.0), true)
    } else if ms >= 9.95 {
        (format!("{ms:.0}"), false)
    } else {
        (format!("{ms:.1}"), false)
    }
}

/// Rounds a number that is only a guess, to two digits.
pub(super) fn about(number: u32) -> u32 {
    let mut step = 1;
    while number / step >= 100 {
        step *= 10;
    }
    number.div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_field_does() {
        assert_eq!(share(0.64, 2), ".64");
        assert_eq!(share(1.0, 2), "1.00");
        assert_eq!(share(0.0, 2), ".00");
        assert_eq!(signed(0.041, 2), "+.04");
        assert_eq!(signed(-0.023, 2), "−.02");
        assert_eq!(signed(0.004, 2), "±.00");
        assert_eq!(signed(-0.004, 3), "−.004");
        assert_eq!(signed(1.0, 2), "+1.00");
        assert_eq!(duration(210.4), ("210".to_owned(), false));
        assert_eq!(duration(3.21), ("3.2".to_owned(), false));
        assert_eq!(duration(2_345.0), ("2.3".to_owned(), true));
        assert_eq!(duration(12_345.0), ("12".to_owned(), true));
        assert_eq!(
            (about(7), about(99), about(101), about(1_234)),
            (7, 99, 110, 1_300)
        );
    }
}
