use super::graded::{GradedPassage, by_question};
use super::interval::Estimate;
use super::prediction_powered::{prediction_powered, sums};

/// The mean grade that people would give, by all grades of a model and what people gave to some of the same passages
/// (prediction-powered inference): the mean of the model's grades and the mean difference between both on those that
/// have two. The 95 % interval is of the variances of both means and of what they share, by question.
///
/// `None` where no passage has two grades; without an interval where all of those are of one question. It holds as far
/// as the passages that people have graded are like the others.
pub(crate) fn corrected_mean(graded: &[GradedPassage]) -> Option<Estimate> {
    let rows = by_question(graded, |passage| {
        sums(f64::from(passage.model), passage.person.map(f64::from))
    });
    prediction_powered(&rows, graded.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(grades: &[(u32, u8, Option<u8>)]) -> Vec<GradedPassage> {
        let graded = grades
            .iter()
            .map(|(question, model, person)| GradedPassage {
                question: *question,
                model: *model,
                person: *person,
            });
        graded.collect()
    }

    /// Where people have graded everything, the model does not matter: the mean of 1, 2, 0, 3 and its standard error,
    /// √(5 ÷ 3 ÷ 4).
    #[test]
    fn it_is_the_mean_of_people_where_they_have_graded_all() {
        let grades = [
            (0, 3, Some(1)),
            (1, 2, Some(2)),
            (2, 2, Some(0)),
            (3, 0, Some(3)),
        ];
        let found = corrected_mean(&graded(&grades)).expect("a mean");
        let interval = found.interval.expect("four questions");
        let half = 1.96 * (5.0_f64 / 12.0).sqrt();
        assert_eq!((found.n, found.mean), (4, 1.5));
        assert!((interval.low - (1.5 - half)).abs() < 1e-12, "{interval:?}");
        assert!((interval.high - (1.5 + half)).abs() < 1e-12, "{interval:?}");
    }

    /// The model gave 3, 3, 2, 2, so 2.5; people gave 2 and 2 to the first and the third, so −.5. By question the
    /// result moves by (.5 ÷ 4 − .5 ÷ 2), .5 ÷ 4, (−.5 ÷ 4 + .5 ÷ 2) and −.5 ÷ 4, each ±.125: the variance is 4 · .125²
    /// · 4 ÷ 3.
    #[test]
    fn the_difference_on_those_with_two_grades_corrects_all() {
        let grades = [(0, 3, Some(2)), (1, 3, None), (2, 2, Some(2)), (3, 2, None)];
        let found = corrected_mean(&graded(&grades)).expect("a mean");
        let interval = found.interval.expect("two questions");
        let half = 1.96 * (4.0_f64 * 0.125 * 0.125 * 4.0 / 3.0).sqrt();
        assert_eq!((found.n, found.mean), (4, 2.0));
        assert!(
            (interval.high - interval.low - 2.0 * half).abs() < 1e-12,
            "{interval:?}"
        );
    }

    #[test]
    fn it_needs_passages_with_two_grades_of_two_questions() {
        assert_eq!(corrected_mean(&[]), None);
        assert_eq!(corrected_mean(&graded(&[(0, 3, None), (1, 0, None)])), None);
        let one = corrected_mean(&graded(&[(0, 3, Some(1)), (0, 2, Some(1)), (1, 0, None)]));
        let one = one.expect("a mean");
        assert_eq!(one.interval, None);
        assert!((one.mean - (5.0 / 3.0 - 1.5)).abs() < 1e-12, "{}", one.mean);
    }
}
