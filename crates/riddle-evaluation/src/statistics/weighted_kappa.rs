use super::bootstrap::bounds;
use super::columns::add;
use super::graded::{GradedPassage, by_question};
use super::interval::Estimate;
use super::random::Random;

/// Numbers of a row: pairs, the sums of both grades, that of their squares, and that of their products.
const WIDTH: usize = 5;

/// Cohen's kappa of the grades of a model and of people, with quadratic weights, over the passages that both have
/// graded: 1 where they agree in all, 0 where they agree as by chance. Its 95 % interval is by the percentile
/// bootstrap, drawing whole questions.
///
/// `None` where chance would agree in all, as with one grade for all passages; without an interval where all passages
/// are of one question.
pub(crate) fn weighted_kappa(
    graded: &[GradedPassage],
    resamples: u32,
    seed: u64,
) -> Option<Estimate> {
    let both: Vec<GradedPassage> = graded.iter().copied().filter(has_both).collect();
    let rows = by_question(&both, sums_of);
    let total = rows.iter().fold([0.0; WIDTH], |mut total, row| {
        add(&mut total, row);
        total
    });
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut random = Random::new(seed);
    let mut drawn = Vec::new();
    let draws = if count > 1 { resamples } else { 0 };
    for _ in 0..draws {
        let mut sums = [0.0; WIDTH];
        for _ in 0..count {
            add(&mut sums, &rows[random.below(count)]);
        }
        drawn.extend(kappa(sums));
    }
    Some(Estimate {
        n: u32::try_from(both.len()).unwrap_or(u32::MAX),
        mean: kappa(total)?,
        interval: bounds(drawn),
    })
}

fn has_both(passage: &GradedPassage) -> bool {
    passage.person.is_some()
}

fn sums_of(passage: &GradedPassage) -> [f64; WIDTH] {
    let model = f64::from(passage.model);
    let person = f64::from(passage.person.unwrap_or_default());
    let squares = model * model + person * person;
    [1.0, model, person, squares, model * person]
}

/// 1 less the mean squared difference ÷ that of all pairs of a model's and a person's grade.
fn kappa([count, model, person, squares, products]: [f64; WIDTH]) -> Option<f64> {
    let by_chance = count * squares - 2.0 * model * person;
    let found = count * (squares - 2.0 * products);
    (by_chance > 0.0).then(|| 1.0 - found / by_chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two passages of each question.
    fn graded(pairs: &[(u8, u8)]) -> Vec<GradedPassage> {
        let questions = (0..).flat_map(|question| [question, question]);
        let graded = pairs.iter().zip(questions);
        graded
            .map(|((model, person), question)| GradedPassage {
                question,
                model: *model,
                person: Some(*person),
            })
            .collect()
    }

    fn kappa_of(pairs: &[(u8, u8)]) -> Option<f64> {
        weighted_kappa(&graded(pairs), 200, 7).map(|found| found.mean)
    }

    /// By the table: of 5 pairs, squared differences are 0, 1, 0, 4 and 0, in all 5. The model gave 0, 1, 2, 3, 3 and
    /// the person 0, 2, 2, 1, 3: over all 25 pairs of both the squared differences are 61, so 1 − (5 ÷ 5) ÷ (61 ÷ 25).
    #[test]
    fn it_is_that_of_the_table() {
        let pairs = [(0, 0), (1, 2), (2, 2), (3, 1), (3, 3)];
        let expected = 1.0 - 1.0 / (61.0 / 25.0);
        let brute: u32 = pairs
            .iter()
            .flat_map(|(model, _)| pairs.iter().map(move |(_, person)| (*model, *person)))
            .map(|(model, person): (u8, u8)| u32::from(model.abs_diff(person)).pow(2))
            .sum();
        assert_eq!(brute, 61);
        assert!((kappa_of(&pairs).expect("it is defined") - expected).abs() < 1e-12);
    }

    #[test]
    fn all_alike_is_1_and_all_contrary_is_minus_1() {
        assert_eq!(kappa_of(&[(0, 0), (3, 3), (1, 1)]), Some(1.0));
        assert_eq!(kappa_of(&[(0, 3), (3, 0)]), Some(-1.0));
        assert_eq!(kappa_of(&[(0, 0), (0, 3), (3, 0), (3, 3)]), Some(0.0));
        assert_eq!(kappa_of(&[(2, 2), (2, 2)]), None);
        assert_eq!(kappa_of(&[]), None);
    }

    #[test]
    fn whole_questions_are_drawn_and_what_a_person_has_not_graded_does_not_count() {
        let mut passages = graded(&[(0, 0), (3, 3), (0, 0), (3, 2), (1, 3), (2, 0)]);
        let found = weighted_kappa(&passages, 10_000, 7).expect("it is defined");
        let interval = found.interval.expect("three questions");
        assert_eq!(found.n, 6);
        // With the last question alone all is contrary, without it nearly all is alike.
        assert!(interval.low <= -0.5 && interval.high == 1.0, "{interval:?}");
        passages.push(GradedPassage {
            question: 9,
            model: 0,
            person: None,
        });
        assert_eq!(weighted_kappa(&passages, 10_000, 7), Some(found));
        let one = weighted_kappa(&passages[..2], 10_000, 7).expect("it is defined");
        assert_eq!(one.interval, None);
    }
}
