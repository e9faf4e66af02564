//! Differences by the grades of a language model that are corrected by those of people.

use riddle_core::{ContentHash, JudgedItem, QuestionHalf, QuestionOutcome};
use riddle_evaluation::{CorrectedDifference, Report, random_place};

use super::made_up::Run;
use super::{comparison, report};

const QUESTIONS: usize = 120;
/// What is relevant to a question is second in the fused order and first behind the reranker: 1 less 1 ÷ log₂ 3.
const GAIN: f64 = 0.369_070_246_428_542_47;

fn run() -> Run {
    Run::new(QUESTIONS, |_| 1, |_| 0)
}

/// The questions of the test half in the order that is drawn for the set.
fn drawn(run: &Run) -> Vec<usize> {
    let place = |question: &usize| -> ContentHash {
        random_place(run.manifest.set, &run.outcomes[*question].question.id)
    };
    let is_test = |question: &usize| run.outcomes[*question].question.half == QuestionHalf::Test;
    let mut questions: Vec<usize> = (0..QUESTIONS).filter(is_test).collect();
    questions.sort_by_key(place);
    questions
}

/// In every fourth question the model takes what is second for what is relevant, to which the reranker does harm.
fn is_wrong(question: usize) -> bool {
    question % 8 == 1
}

/// Has the model grade all candidates of a question, and perhaps people too.
fn grade(outcome: &mut QuestionOutcome, is_wrong: bool, by_people: bool) {
    let items = &mut outcome.question.items;
    let gold = items[0].clone();
    items[0].model_grade = Some(i32::from(!is_wrong));
    items.extend((1..10).map(|number| {
        let said = i32::from(is_wrong && number == 1);
        JudgedItem {
            grade: if by_people { 0 } else { said },
            judge: (!by_people).then(|| "model".to_owned()),
            model_grade: by_people.then_some(said),
            ..gold.clone()
        }
    }));
}

/// A report where the model has graded everything, and people these questions.
fn graded(run: &mut Run, by_people: &[usize]) -> Report {
    for (question, outcome) in run.outcomes.iter_mut().enumerate() {
        grade(outcome, is_wrong(question), by_people.contains(&question));
    }
    report(run)
}

fn corrected(report: &Report) -> CorrectedDifference {
    comparison(report, "present")
        .corrected
        .expect("a model's grades count")
}

/// The model's mean is of 60 questions. What it is wrong about among the first 24 corrects it by twice the gain each.
#[test]
fn people_correct_what_a_model_says_by_a_random_sample() {
    let mut run = run();
    let sample = drawn(&run)[..24].to_vec();
    let report = graded(&mut run, &sample);
    let found = corrected(&report);
    assert_eq!(
        (found.questions, found.by_people, found.needed),
        (60, 24, 20)
    );
    let wrong = |questions: &[usize]| questions.iter().filter(|one| is_wrong(**one)).count() as f64;
    let by_model = GAIN * (1.0 - 2.0 * wrong(&drawn(&run)) / 60.0);
    assert!((found.by_model.expect("a mean") - by_model).abs() < 1e-9);
    let estimate = found.corrected.expect("24 are enough");
    let expected = by_model + 2.0 * GAIN * wrong(&sample) / 24.0;
    assert!((estimate.mean - expected).abs() < 1e-9, "{estimate:?}");
    assert_eq!(estimate.n, 60);
    let interval = estimate.interval.expect("of many questions");
    assert!(interval.low < GAIN && GAIN < interval.high, "{interval:?}");
    assert!(
        report
            .headline
            .en
            .contains("Corrected by what people graded in 24 of 60")
    );
    assert!(
        report
            .headline
            .zh
            .contains("按人在 60 个问题中 24 个上的评分校正后")
    );
}

#[test]
fn what_people_have_graded_out_of_turn_is_no_sample() {
    let mut run = run();
    let mut graded_by_people = drawn(&run)[..40].to_vec();
    graded_by_people.remove(19);
    let report = graded(&mut run, &graded_by_people);
    let found = corrected(&report);
    assert_eq!((found.questions, found.by_people), (60, 19));
    assert_eq!(found.corrected, None);
    assert!(
        report
            .headline
            .en
            .contains("is not corrected: people graded the first ten in 19")
    );
}

#[test]
fn the_same_list_is_worth_the_same_whoever_grades_it() {
    let mut run = Run::new(QUESTIONS, |question| usize::from(question % 4 == 1), |_| 0);
    let sample = drawn(&run);
    let report = graded(&mut run, &sample);
    let found = corrected(&report);
    // In the other half of the test half both arms have it first.
    assert_eq!((found.questions, found.by_people), (60, 30));
    let estimate = found.corrected.expect("30 are enough");
    assert!((estimate.mean - GAIN / 2.0).abs() < 1e-9, "{estimate:?}");
}

#[test]
fn what_a_model_has_not_graded_is_left_out() {
    let mut run = run();
    let sample = drawn(&run);
    for question in &sample[..10] {
        grade(&mut run.outcomes[*question], false, true);
        run.outcomes[*question].question.items[9].model_grade = None;
    }
    for question in &sample[10..] {
        grade(&mut run.outcomes[*question], false, *question % 4 == 1);
    }
    let report = report(&run);
    assert_eq!(corrected(&report).questions, 50);
}

#[test]
fn without_a_model_there_is_nothing_to_correct() {
    let report = report(&run());
    assert_eq!(comparison(&report, "present").corrected, None);
    assert!(!report.headline.en.contains("orrected"));
}
