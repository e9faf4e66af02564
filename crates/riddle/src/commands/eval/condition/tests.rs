use riddle_api::{IntervalDto, RunDifferenceDto};

use super::*;
use crate::commands::eval::example::report;

fn parse(text: &str) -> Condition {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn estimate(mean: f64) -> EstimateDto {
    let interval = Some(IntervalDto {
        low: mean - 0.1,
        high: mean + 0.1,
    });
    EstimateDto {
        n: 10,
        mean,
        interval,
    }
}

fn diff(difference: Option<EstimateDto>) -> RunDiffDto {
    let of = |measure: &str, difference| RunDifferenceDto {
        measure: measure.to_owned(),
        before: 0.5,
        after: 0.8,
        difference,
        p: 0.01,
    };
    let differences = difference.into_iter();
    let differences = differences.flat_map(|found| [of("nDCG@10", found), of("RR@10", found)]);
    RunDiffDto {
        changes: Vec::new(),
        questions: 10,
        before: None,
        after: None,
        difference,
        p: None,
        verdict: None,
        differences: differences.collect(),
        worse: Vec::new(),
        better: Vec::new(),
    }
}

#[test]
fn conditions_are_read_with_or_without_blanks_and_in_any_case() {
    for (text, measure, difference, bound, comparison, number) in [
        (
            "ndcg@10.diff.low < -0.01",
            "nDCG@10",
            true,
            Bound::Low,
            Comparison::Less,
            -0.01,
        ),
        (
            "NDCG@10.mean<=.5",
            "nDCG@10",
            false,
            Bound::Mean,
            Comparison::LessOrEqual,
            0.5,
        ),
        (
            "success@3.HIGH >1",
            "Success@3",
            false,
            Bound::High,
            Comparison::Greater,
            1.0,
        ),
        (
            " mrr@10.diff.Mean >= 1e-3 ",
            "RR@10",
            true,
            Bound::Mean,
            Comparison::GreaterOrEqual,
            0.001,
        ),
        (
            "ap.diff.high<0",
            "AP",
            true,
            Bound::High,
            Comparison::Less,
            0.0,
        ),
    ] {
        let read = parse(text);
        assert_eq!(read.measure.to_string(), measure, "{text}");
        assert_eq!((read.difference, read.bound), (difference, bound), "{text}");
        assert_eq!(
            (read.comparison, read.number),
            (comparison, number),
            "{text}"
        );
        assert_eq!(read.to_string(), text.trim());
    }
}

#[test]
fn an_error_names_what_is_expected() {
    for (text, says) in [
        ("", "< <= > >="),
        ("ndcg@10.mean", "< <= > >="),
        ("ndcg@10.mean = 1", "< <= > >="),
        ("ndcg@10 < 1", "no part"),
        (
            "ndcg@10.median < 1",
            "mean, low, high, diff.mean, diff.low or diff.high",
        ),
        ("ndcg@10.diff < 1", "diff.mean"),
        ("speed.mean < 1", "no measure"),
        ("success.mean < 1", "no measure"),
        (".mean < 1", "no measure"),
        ("ndcg@10.mean <", "not a number"),
        ("ndcg@10.mean < nan", "not a number"),
        ("ndcg@10.mean < inf", "not a number"),
        ("ndcg@10.mean < 1 %", "not a number"),
        ("ndcg@10.mean << 1", "not a number"),
        ("ndcg@10.mean =< 1", "no part of a measure"),
        ("重排 < 1", "names no part"),
    ] {
        let error = text.parse::<Condition>().expect_err(text);
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn a_bound_is_compared_as_the_sign_says() {
    for (text, below, at, above) in [
        ("ap.mean < 0.5", true, false, false),
        ("ap.mean <= 0.5", true, true, false),
        ("ap.mean > 0.5", false, false, true),
        ("ap.mean >= 0.5", false, true, true),
    ] {
        let condition = parse(text);
        let holds = [0.4, 0.5, 0.6].map(|value| condition.holds(value));
        assert_eq!(holds, [below, at, above], "{text}");
    }
}

#[test]
fn values_come_from_the_arm_its_difference_or_the_earlier_run() {
    let report = report();
    let earlier = diff(Some(estimate(0.3)));
    let figures = |against| Figures {
        arm: &report.arms[0],
        baseline: "tuned",
        against,
    };
    for (text, against, expected) in [
        ("ndcg@10.mean<1", None, 0.712),
        ("ndcg@10.low<1", None, 0.69),
        ("ndcg@10.high<1", None, 0.731),
        ("ndcg@10.diff.mean<1", None, 0.042),
        ("ndcg@10.diff.low<1", None, 0.012),
        ("ndcg@10.diff.high<1", None, 0.071),
        ("ndcg@10.diff.mean<1", Some(&earlier), 0.3),
        ("rr@10.diff.mean<1", Some(&earlier), 0.3),
        ("ndcg@10.mean<1", Some(&earlier), 0.712),
    ] {
        let value = parse(text).value(figures(against)).expect(text);
        assert!((value - expected).abs() < 1e-9, "{text}: {value}");
    }
}

#[test]
fn a_figure_that_is_not_there_is_an_error_and_neither_true_nor_false() {
    let report = report();
    let nothing = diff(None);
    let earlier = diff(Some(EstimateDto {
        interval: None,
        ..estimate(0.3)
    }));
    let [arm, baseline, ..] = report.arms.as_slice() else {
        panic!("too few arms");
    };
    for (text, arm, against, says) in [
        ("ndcg@7.mean<1", arm, None, "it has nDCG@10"),
        ("bpref.mean<1", arm, None, "no question of the arm"),
        ("ap.diff.mean<1", arm, None, "no difference of AP"),
        (
            "ndcg@10.diff.mean<1",
            baseline,
            None,
            "choose another with --of",
        ),
        (
            "bpref.diff.mean<1",
            arm,
            Some(&earlier),
            "they have nDCG@10, RR@10",
        ),
        ("ndcg@10.diff.low<1", arm, Some(&earlier), "use `mean`"),
        ("ndcg@10.diff.mean<1", arm, Some(&nothing), "in both runs"),
    ] {
        let figures = Figures {
            arm,
            baseline: "tuned",
            against,
        };
        let error = parse(text).value(figures).expect_err(text);
        assert_eq!(error.code, "invalid_request", "{text}");
        assert!(error.message.contains(says), "{text}: {error}");
    }
}
