//! Statistics beside those of SciPy and statsmodels, see `scripts/reference/statistics_figures.py`.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data ends with what is wrong"
)]

use riddle_core::{ArmAnswer, ArmOutcome, EvaluatedQuestion, QuestionHalf, QuestionOutcome};
use riddle_evaluation::{
    Clusters, answer_scores, benjamini_hochberg, bootstrap, effect_size, holm, quantile,
    quantile_interval, questions_needed, sign_flips, standard_error,
};
use serde_json::Value;

const RESAMPLES: u32 = 10_000;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/statistics.json")).expect("JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().expect("a list")
}

fn numbers(value: &Value, name: &str) -> Vec<f64> {
    list(value, name)
        .iter()
        .map(|number| number.as_f64().expect("a number"))
        .collect()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().expect("a number")
}

/// Clusters by the numbers of the reference: questions of one number share a document.
fn clusters(pair: &Value) -> Clusters {
    let names: Vec<String> = list(pair, "clusters")
        .iter()
        .map(Value::to_string)
        .collect();
    Clusters::of_shared_documents(names.iter().map(|name| [name.as_str()]))
}

fn values(pair: &Value) -> Vec<Option<f64>> {
    numbers(pair, "differences").into_iter().map(Some).collect()
}

#[test]
fn intervals_are_those_of_scipy() {
    let reference = reference();
    for pair in list(&reference, "pairs") {
        let (clusters, values) = (clusters(pair), values(pair));
        let found =
            bootstrap(&clusters, std::slice::from_ref(&values), RESAMPLES, 1)[0].expect("values");
        let interval = found.interval.expect("several clusters");
        assert!((found.mean - number(pair, "mean")).abs() < 1e-12);
        assert_eq!(found.n as usize, values.len());
        // Both draw at random; a tenth of the standard error is some three times what that makes of 10,000 draws.
        let tolerance = number(pair, "standard_error") / 10.0;
        assert!(
            (interval.low - number(pair, "low")).abs() < tolerance,
            "{interval:?}, {pair}"
        );
        assert!(
            (interval.high - number(pair, "high")).abs() < tolerance,
            "{interval:?}, {pair}"
        );
    }
}

#[test]
fn tests_are_those_of_scipy() {
    let reference = reference();
    for pair in list(&reference, "pairs") {
        let found = sign_flips(&clusters(pair), &[values(pair)], RESAMPLES, 1)[0].expect("values");
        let exact = number(pair, "p");
        let tolerance = 4.0 * (exact * (1.0 - exact) / f64::from(RESAMPLES)).sqrt()
            + 2.0 / f64::from(RESAMPLES);
        assert!(
            (found - exact).abs() < tolerance,
            "{found}, exactly {exact}"
        );
    }
}

#[test]
fn spreads_are_those_of_statsmodels() {
    let reference = reference();
    for pair in list(&reference, "pairs") {
        let found = standard_error(&clusters(pair), &values(pair)).expect("several clusters");
        assert!(
            (found - number(pair, "standard_error")).abs() < 1e-9,
            "{found}"
        );
        let found = effect_size(&values(pair)).expect("a spread");
        assert!(
            (found - number(pair, "effect_size")).abs() < 1e-9,
            "{found}"
        );
    }
}

#[test]
fn corrected_p_values_are_those_of_statsmodels() {
    let reference = &reference()["corrections"];
    let p = numbers(reference, "p");
    for (found, name) in [(holm(&p), "holm"), (benjamini_hochberg(&p), "fdr_bh")] {
        assert_eq!(found.len(), 6);
        for (found, expected) in found.iter().zip(numbers(reference, name)) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{name}: {found}, expected {expected}"
            );
        }
    }
    assert_eq!(
        (holm(&[]), benjamini_hochberg(&[])),
        (Vec::new(), Vec::new())
    );
}

#[test]
fn questions_needed_are_those_of_statsmodels() {
    let reference = reference();
    for power in list(&reference, "power") {
        let found = questions_needed(1.0, number(power, "effect")).expect("a number");
        let expected = number(power, "questions");
        // The reference knows that the spread is only estimated, which takes about two questions more.
        assert!(
            (f64::from(found) - expected).abs() < 3.0,
            "{found}, expected {expected}"
        );
    }
}

#[test]
fn intervals_of_percentiles_are_those_of_scipy() {
    let reference = reference();
    for times in list(&reference, "times") {
        let sorted = numbers(times, "values");
        for expected in list(times, "quantiles") {
            let share = number(expected, "share");
            assert_eq!(quantile(&sorted, share), Some(number(expected, "value")));
            let found = quantile_interval(&sorted, share).expect("several values");
            let place = |value: f64| sorted.partition_point(|other| *other < value);
            for (found, name) in [(found.low, "low"), (found.high, "high")] {
                // The reference draws, so it may be at the next value.
                assert!(
                    place(found).abs_diff(place(number(expected, name))) <= 1,
                    "{name}: {found}, {expected}"
                );
            }
        }
    }
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(quantile_interval(&[1.0], 0.5), None);
}

#[test]
fn rouge_is_that_of_rouge_score() {
    let reference = reference();
    for pair in list(&reference, "rouge_l") {
        let text = |name: &str| pair[name].as_str().expect("a text").to_owned();
        let outcome = answered(&text("text"), &text("answer"));
        let found = answer_scores(&outcome, 0)
            .expect("an answer")
            .rouge_l
            .expect("a known answer");
        assert!(
            (found - number(pair, "value")).abs() < 1e-9,
            "{found}, {pair}"
        );
    }
}

fn answered(text: &str, answer: &str) -> QuestionOutcome {
    let answer = answer.to_owned();
    let written = ArmAnswer {
        text: text.to_owned(),
        passages: Vec::new(),
        cited: Vec::new(),
        refused: false,
        prompt_tokens: 0,
        completion_tokens: 0,
    };
    QuestionOutcome {
        question: EvaluatedQuestion {
            id: "1".to_owned(),
            text: "?".to_owned(),
            answers: vec![answer],
            unanswerable: false,
            half: QuestionHalf::Test,
            language: None,
            origin: None,
            items: Vec::new(),
        },
        candidates: Vec::new(),
        arms: vec![ArmOutcome {
            answer: Some(written),
            ..ArmOutcome::default()
        }],
        fusions: Vec::new(),
    }
}

#[test]
fn sums_that_are_equal_on_paper_are_equal() {
    // All signs but two give a sum nearer to 0, and .1 + .2 is not .3 to a computer.
    let values: Vec<Option<f64>> = [0.1, 0.2, 0.3].into_iter().map(Some).collect();
    let backwards: Vec<Option<f64>> = values.iter().rev().copied().collect();
    let single = Clusters::of_single_questions(3);
    let found = sign_flips(&single, &[values, backwards], RESAMPLES, 3);
    let exact = 0.25;
    for p in found {
        assert!((p.expect("values") - exact).abs() < 0.02, "{p:?}");
    }
}

#[test]
fn clusters_drawn_whole_widen_an_interval() {
    let values: Vec<Option<f64>> = (0..200)
        .map(|question| Some(if question / 10 % 2 == 0 { 0.3 } else { -0.1 }))
        .collect();
    let documents: Vec<String> = (0..200)
        .map(|question| (question / 10).to_string())
        .collect();
    let together = Clusters::of_shared_documents(documents.iter().map(|name| [name.as_str()]));
    let width = |clusters: &Clusters| {
        let found =
            bootstrap(clusters, std::slice::from_ref(&values), RESAMPLES, 1)[0].expect("values");
        let interval = found.interval.expect("several clusters");
        interval.high - interval.low
    };
    let (single, together) = (width(&Clusters::of_single_questions(200)), width(&together));
    assert!(together > 2.5 * single, "{together} and {single}");
}

#[test]
fn the_same_seed_gives_the_same_and_series_do_not_disturb_each_other() {
    let single = Clusters::of_single_questions(50);
    let a: Vec<Option<f64>> = (0..50)
        .map(|question| Some(f64::from(question % 7) / 7.0))
        .collect();
    let b: Vec<Option<f64>> = a
        .iter()
        .map(|value| value.map(|value| 1.0 - value))
        .collect();
    let both = bootstrap(&single, &[a.clone(), b], 500, 9);
    assert_eq!(
        bootstrap(&single, std::slice::from_ref(&a), 500, 9)[0],
        both[0]
    );
    assert_ne!(
        bootstrap(&single, std::slice::from_ref(&a), 500, 10)[0],
        both[0]
    );
}

#[test]
fn what_is_missing_is_left_out_and_nothing_has_no_figure() {
    let single = Clusters::of_single_questions(4);
    let some = vec![Some(1.0), None, Some(0.0), None];
    let found = bootstrap(
        &single,
        &[some, vec![None; 4], vec![None, Some(0.5), None, None]],
        200,
        1,
    );
    let first = found[0].expect("values");
    assert_eq!((first.n, first.mean), (2, 0.5));
    assert_eq!(found[1], None);
    let one = found[2].expect("a value");
    assert_eq!((one.n, one.mean, one.interval), (1, 0.5, None));
    assert_eq!(sign_flips(&single, &[vec![None; 4]], 100, 1), [None]);
    assert!(bootstrap(&Clusters::of_single_questions(0), &[], 100, 1).is_empty());
    assert_eq!(
        standard_error(&single, &[Some(1.0), None, None, None]),
        None
    );
    assert_eq!(effect_size(&[Some(0.1), Some(0.1), Some(0.1)]), None);
    assert_eq!(effect_size(&[None]), None);
}
