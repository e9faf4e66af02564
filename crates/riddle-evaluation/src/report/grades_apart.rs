use riddle_core::{JudgedItem, QuestionOutcome};

use super::kept::{NDCG_10, reported};
use crate::first_ten::first_ten;
use crate::measures::JudgedRanking;

/// The first ten of an order, and nDCG@10 by the grades of people alone and by those of a language model alone.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct GradesApart {
    /// The items of the first ten.
    pub(super) first: Vec<u32>,
    /// `None` unless people have graded all of the first ten.
    pub(super) by_people: Option<f64>,
    /// `None` unless the model has.
    pub(super) by_model: Option<f64>,
}

impl GradesApart {
    pub(super) fn of(outcome: &QuestionOutcome, order: &[u32]) -> Self {
        let first = first_ten(outcome, order);
        let first: Vec<u32> = first.iter().map(|candidate| candidate.item).collect();
        let items = &outcome.question.items;
        let value = |grade: fn(&JudgedItem) -> Option<i32>| ndcg(&first, items.iter().map(grade));
        let has_model = items.iter().any(|item| by_model(item).is_some());
        Self {
            by_people: has_model.then(|| value(JudgedItem::by_people)).flatten(),
            by_model: has_model.then(|| value(by_model)).flatten(),
            first,
        }
    }
}

fn by_model(item: &JudgedItem) -> Option<i32> {
    match item.judge {
        Some(_) => Some(item.grade),
        None => item.model_grade,
    }
}

/// `None` where one of the first has no grade. The ideal is of all grades.
fn ndcg(first: &[u32], grades: impl Iterator<Item = Option<i32>>) -> Option<f64> {
    const NOT_GRADED: i32 = -1;
    let grades: Vec<i32> = grades.map(|grade| grade.unwrap_or(NOT_GRADED)).collect();
    let is_graded = |item: &u32| {
        let grade = grades.get(*item as usize);
        grade.is_some_and(|grade| *grade != NOT_GRADED)
    };
    let measure = reported(1)[NDCG_10];
    let ranking = || JudgedRanking::new(first.iter().copied(), &grades);
    first
        .iter()
        .all(is_graded)
        .then(|| ranking().value(measure))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First is what people grade 1 and the model 3, second what the model alone grades 2.
    #[test]
    fn grades_of_people_and_of_a_model_are_kept_apart() {
        let log = |rank: f64| (rank + 1.0).log2();
        let people = [Some(1), None, Some(2)];
        assert_eq!(ndcg(&[0, 1], people.into_iter()), None);
        let value = ndcg(&[0, 2], people.into_iter()).expect("both are graded");
        let ideal = 2.0 + 1.0 / log(2.0);
        assert!((value - (1.0 + 2.0 / log(2.0)) / ideal).abs() < 1e-12);
        let model = [Some(3), Some(2), None];
        assert_eq!(ndcg(&[0, 1], model.into_iter()), Some(1.0));
        assert_eq!(ndcg(&[0, 5], model.into_iter()), None);
        // Nothing was found: all of nothing is graded.
        assert_eq!(ndcg(&[], model.into_iter()), Some(0.0));
        assert_eq!(ndcg(&[0], [Some(0)].into_iter()), Some(0.0));
    }
}
