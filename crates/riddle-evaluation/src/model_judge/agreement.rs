use riddle_core::{EvaluationQuestion, Gold, ModelGrade};
use serde::{Deserialize, Serialize};

use super::rubric::BEST_GRADE;
use crate::golds::holds_words;
use crate::statistics::{Estimate, GradedPassage, corrected_mean, weighted_kappa};

/// Passages that a model and people must have graded before it is known how far the model may be trusted.
pub(crate) const FEWEST_TO_CALIBRATE: u32 = 20;
/// Draws of the interval of kappa.
const RESAMPLES: u32 = 10_000;

/// How far the grades of a language model agree with those that people gave to the same passages of a set.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct JudgeAgreement {
    /// Name of the model.
    pub judge: String,
    /// Passages that it has graded.
    pub graded: u32,
    /// Those of them that people have graded too.
    pub both: u32,
    /// Whether these are enough to know how far it may be trusted.
    pub calibrated: bool,
    /// Mean of its grades, on the scale of the set: 0 to 3, or 0 to 1 where people give no grade above 1. `None` where
    /// there are none.
    pub mean_grade: Option<f64>,
    /// Kappa with quadratic weights over the passages that both have graded, by drawing questions; `None` where it is
    /// not defined. Its `n` counts passages.
    pub kappa: Option<Estimate>,
    /// The mean grade that people would give to all passages that it has graded, by what they gave to some; `None`
    /// where they graded none. Its `n` counts passages.
    pub corrected_mean: Option<Estimate>,
}

/// The grades that count in a set. A model gives those of the rubric; where people say no more than whether something
/// is relevant, its grades say no more either, lest what it alone has judged counts for more than what people have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GradeScale {
    /// 0 and 1; of the rubric 2 and 3 are 1.
    Binary,
    /// 0 to 3.
    Rubric,
}

impl GradeScale {
    /// Binary where no grade of people is above 1.
    pub fn of(questions: &[EvaluationQuestion]) -> Self {
        let mut golds = questions.iter().flat_map(|question| &question.golds);
        match golds.any(|gold| gold.grade > 1) {
            true => Self::Rubric,
            false => Self::Binary,
        }
    }

    fn best(self) -> u8 {
        match self {
            Self::Binary => 1,
            Self::Rubric => BEST_GRADE,
        }
    }

    /// What a grade of a model counts as.
    fn by_model(self, grade: i32) -> i32 {
        match self {
            Self::Binary => i32::from(grade >= 2),
            Self::Rubric => grade,
        }
    }

    /// A grade as it is compared; `None` for "in the pool, not judged".
    fn compared(self, grade: i32) -> Option<u8> {
        let grade = u8::try_from(grade).ok()?;
        Some(grade.min(self.best()))
    }
}

impl JudgeAgreement {
    /// Of a model over the questions of a set.
    pub fn of(judge: &str, questions: &[EvaluationQuestion], seed: u64) -> Self {
        let scale = GradeScale::of(questions);
        let numbered = (0..).zip(questions);
        let graded: Vec<GradedPassage> = numbered
            .flat_map(|(number, question)| graded(number, question, judge, scale))
            .collect();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let both = graded.iter().filter(|passage| passage.person.is_some());
        let both = count(both.count());
        // No correction leads beyond what people can say.
        let best = f64::from(scale.best());
        let sum: f64 = graded.iter().map(|passage| f64::from(passage.model)).sum();
        Self {
            judge: judge.to_owned(),
            graded: count(graded.len()),
            both,
            calibrated: both >= FEWEST_TO_CALIBRATE,
            mean_grade: (!graded.is_empty()).then(|| sum / graded.len() as f64),
            kappa: weighted_kappa(&graded, RESAMPLES, seed),
            corrected_mean: corrected_mean(&graded).map(|mean| mean.clamped(0.0, best)),
        }
    }
}

/// What a model says of passages of a question, on the scale of the set.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ModelGolds {
    /// Of those that people have not judged.
    pub alone: Vec<ModelGrade>,
    /// Of those that people have judged, or a part of them: theirs counts.
    pub besides: Vec<ModelGrade>,
}

impl ModelGolds {
    /// All of them.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut ModelGrade> {
        self.alone.iter_mut().chain(&mut self.besides)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &ModelGrade> {
        self.alone.iter().chain(&self.besides)
    }
}

/// Takes what a model says of passages of a question, on the scale of the set.
pub fn golds_by_model(question: &EvaluationQuestion, judge: &str, scale: GradeScale) -> ModelGolds {
    let own = of_judge(question, judge).cloned();
    let (besides, alone) = own.partition(|grade| {
        let mut golds = question.golds.iter();
        golds.any(|gold| covers(&grade.gold, gold))
    });
    let mut golds = ModelGolds { alone, besides };
    for grade in golds.all_mut() {
        grade.gold.grade = scale.by_model(grade.gold.grade);
    }
    golds
}

fn of_judge<'a>(
    question: &'a EvaluationQuestion,
    judge: &'a str,
) -> impl Iterator<Item = &'a ModelGrade> {
    let grades = question.model_grades.iter();
    grades.filter(move |grade| grade.judge == judge)
}

/// Whether what a person has judged lies in what a model has.
fn covers(graded: &Gold, gold: &Gold) -> bool {
    if graded.document != gold.document {
        return false;
    }
    match (&graded.quote, &gold.quote) {
        (Some(passage), Some(quote)) => holds_words(&passage.text, &quote.text),
        (None, _) | (_, None) => true,
    }
}

fn graded(
    number: u32,
    question: &EvaluationQuestion,
    judge: &str,
    scale: GradeScale,
) -> Vec<GradedPassage> {
    let passages = of_judge(question, judge).filter_map(|grade| {
        let person = question
            .golds
            .iter()
            .find(|gold| gold.is_of_same(&grade.gold));
        Some(GradedPassage {
            question: number,
            model: scale.compared(scale.by_model(grade.gold.grade))?,
            person: person.and_then(|gold| scale.compared(gold.grade)),
        })
    });
    passages.collect()
}

#[cfg(test)]
mod tests {
    use riddle_core::{QuestionHalf, QuestionOrigin, QuestionReview, Quote};

    use super::*;

    fn gold(quote: &str, grade: i32) -> Gold {
        Gold {
            document: "tea.txt".to_owned(),
            quote: Some(Quote {
                text: quote.to_owned(),
                span: None,
            }),
            grade,
        }
    }

    fn question(number: usize, golds: Vec<Gold>, model: Vec<Gold>) -> EvaluationQuestion {
        let by = |gold| ModelGrade {
            judge: "judge".to_owned(),
            gold,
        };
        EvaluationQuestion {
            id: number.to_string(),
            text: "Is tea ready?".to_owned(),
            answers: Vec::new(),
            golds,
            unanswerable: false,
            origin: QuestionOrigin::Imported,
            review: QuestionReview::Confirmed,
            half: QuestionHalf::Dev,
            model_grades: model.into_iter().map(by).collect(),
        }
    }

    #[test]
    fn a_person_s_grade_of_the_same_words_is_a_second_one_and_of_a_part_it_wins() {
        let words = "Tea is ready. Milk is cold.";
        let same = question(1, vec![gold(words, 1)], vec![gold(words, 3)]);
        let part = question(2, vec![gold("milk IS cold.", 1)], vec![gold(words, 3)]);
        let apart = question(3, vec![gold("Cake is gone.", 1)], vec![gold(words, 2)]);
        let counts = |question| {
            let golds = golds_by_model(question, "judge", GradeScale::Rubric);
            (golds.alone.len(), golds.besides.len())
        };
        assert_eq!([&same, &part, &apart].map(counts), [(0, 1), (0, 1), (1, 0)]);
        let another = golds_by_model(&apart, "another", GradeScale::Rubric);
        assert_eq!(another, ModelGolds::default());
        let agreement = JudgeAgreement::of("judge", &[same, part, apart], 7);
        assert_eq!((agreement.graded, agreement.both), (3, 1));
        // People say 0 and 1 alone, and so does the model: 3 and 2 are 1.
        assert_eq!(agreement.mean_grade, Some(1.0));
        let corrected = agreement.corrected_mean.map(|found| found.mean);
        assert_eq!(corrected, Some(1.0));
        assert!(!agreement.calibrated);
    }

    #[test]
    fn where_people_say_whether_and_not_how_far_a_model_says_no_more() {
        let of_model = |people: i32| {
            let grades = (0..4).map(|grade| {
                let passage = format!("Tea {grade}.");
                let judged = vec![gold("Cake.", people)];
                question(0, judged, vec![gold(&passage, grade)])
            });
            let questions: Vec<EvaluationQuestion> = grades.collect();
            let scale = GradeScale::of(&questions);
            let golds = questions
                .iter()
                .map(|question| golds_by_model(question, "judge", scale));
            let grades = golds.flat_map(|golds| golds.alone);
            grades.map(|by| by.gold.grade).collect::<Vec<i32>>()
        };
        assert_eq!(of_model(1), [0, 0, 1, 1]);
        assert_eq!(of_model(2), [0, 1, 2, 3]);
    }

    #[test]
    fn the_corrected_mean_is_a_grade() {
        // The model is wrong by 3 where people have said something, and gives 0 elsewhere.
        let mut questions = vec![
            question(0, vec![gold("Tea.", 0)], vec![gold("Tea.", 3)]),
            question(1, vec![gold("Tea.", 0)], vec![gold("Tea.", 3)]),
            question(2, vec![gold("Cake.", 3)], Vec::new()),
        ];
        questions.extend((3..20).map(|number| question(number, vec![], vec![gold("Tea.", 0)])));
        let found = JudgeAgreement::of("judge", &questions, 7).corrected_mean;
        let found = found.expect("two have two grades");
        let interval = found.interval.expect("they are of two questions");
        assert_eq!((found.mean, interval.low), (0.0, 0.0));
        assert!((0.0..=3.0).contains(&interval.high), "{interval:?}");
    }

    #[test]
    fn twenty_passages_with_two_grades_calibrate_a_model() {
        let all = |count: usize| -> Vec<EvaluationQuestion> {
            let grade = |number| if number % 2 == 0 { 0 } else { 3 };
            (0..count)
                .map(|number| {
                    let own = grade(number);
                    question(number, vec![gold("Tea.", own)], vec![gold("Tea.", own)])
                })
                .collect()
        };
        let few = JudgeAgreement::of("judge", &all(19), 7);
        assert_eq!((few.calibrated, few.both), (false, 19));
        let enough = JudgeAgreement::of("judge", &all(20), 7);
        assert_eq!((enough.calibrated, enough.both), (true, 20));
        assert_eq!(enough.kappa.map(|kappa| kappa.mean), Some(1.0));
        let none = JudgeAgreement::of("judge", &[], 7);
        assert_eq!(
            (none.mean_grade, none.kappa, none.corrected_mean),
            (None, None, None)
        );
    }
}
