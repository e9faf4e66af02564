use super::clusters::Clusters;
use super::columns::add;
use super::interval::Estimate;
use super::prediction_powered::{Sums, prediction_powered, sums};

/// A paired difference in a question, by the grades of a language model and perhaps by those of people.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct TwiceGraded {
    /// By the model's grades alone.
    pub(crate) model: f64,
    /// By the grades of people alone.
    pub(crate) person: Option<f64>,
}

/// The mean difference that people's grades would give in all questions, by those that they have graded: see
/// `corrected_mean`. Variances are by cluster.
pub(crate) fn corrected_difference(
    clusters: &Clusters,
    questions: &[TwiceGraded],
) -> Option<Estimate> {
    let mut rows = vec![Sums::default(); clusters.count() as usize];
    for (question, cluster) in questions.iter().zip(clusters.of()) {
        let row = &mut rows[*cluster as usize];
        add(row, &sums(question.model, question.person));
    }
    prediction_powered(&rows, questions.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::random::Random;

    fn graded(differences: &[(f64, Option<f64>)]) -> Vec<TwiceGraded> {
        let graded = differences.iter();
        graded
            .map(|(model, person)| TwiceGraded {
                model: *model,
                person: *person,
            })
            .collect()
    }

    fn half_width(estimate: Estimate) -> f64 {
        let interval = estimate.interval.expect("several have two");
        (interval.high - interval.low) / 2.0
    }

    const FOUR: [(f64, Option<f64>); 4] =
        [(0.3, Some(0.1)), (0.1, None), (0.2, Some(0.2)), (0.2, None)];

    /// The model finds .2, and people .2 less and the same where they have graded, so −.1. The result moves by .1 ÷ 4 −
    /// .1 ÷ 2, −.1 ÷ 4, .1 ÷ 2 and 0: −.025, −.025, .05 and 0.
    #[test]
    fn the_difference_of_the_model_is_corrected_by_what_people_have_graded() {
        let alone = Clusters::of_single_questions(4);
        let found = corrected_difference(&alone, &graded(&FOUR)).expect("two have two");
        assert_eq!(found.n, 4);
        assert!((found.mean - 0.1).abs() < 1e-12, "{found:?}");
        let half = 1.96 * (0.003_75_f64 * 4.0 / 3.0).sqrt();
        assert!((half_width(found) - half).abs() < 1e-12, "{found:?}");
    }

    /// The first two together move the result by −.05.
    #[test]
    fn questions_that_share_documents_count_together() {
        let documents = [vec!["a"], vec!["a"], vec!["b"], vec!["c"]];
        let shared = Clusters::of_shared_documents(documents);
        let found = corrected_difference(&shared, &graded(&FOUR)).expect("two have two");
        assert!((found.mean - 0.1).abs() < 1e-12, "{found:?}");
        let half = 1.96 * (0.005_f64 * 3.0 / 2.0).sqrt();
        assert!((half_width(found) - half).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn nothing_is_corrected_by_nobody() {
        let alone = Clusters::of_single_questions(2);
        let nobody = graded(&[(0.3, None), (0.1, None)]);
        assert_eq!(corrected_difference(&alone, &nobody), None);
        let one = graded(&[(0.3, Some(0.2)), (0.1, None)]);
        let one = corrected_difference(&alone, &one).expect("one has two");
        assert_eq!(one.interval, None);
        assert!((one.mean - 0.1).abs() < 1e-12, "{one:?}");
    }

    /// Of 1,000 sets in which the model finds half of each difference, .1 that is not there, and noise.
    #[test]
    fn the_interval_misses_the_difference_in_some_5_of_100_cases_whatever_the_model_says() {
        const DIFFERENCE: f64 = 0.12;
        const STEPS: u32 = 1 << 20;
        let alone = Clusters::of_single_questions(100);
        let mut random = Random::new(1);
        let mut uniform = || random.below(STEPS) as f64 / f64::from(STEPS);
        let mut question = |number: u32| {
            let person = if uniform() < 0.5 { 0.5 } else { -0.26 };
            TwiceGraded {
                model: person / 2.0 + 0.1 + 0.4 * (uniform() - 0.5),
                person: (number < 25).then_some(person),
            }
        };
        let misses = (0..1_000).filter(|_| {
            let questions: Vec<TwiceGraded> = (0..100).map(&mut question).collect();
            let found = corrected_difference(&alone, &questions).expect("25 have two");
            (found.mean - DIFFERENCE).abs() > half_width(found)
        });
        let misses = misses.count();
        assert!((30..=80).contains(&misses), "{misses} of 1,000");
    }
}
