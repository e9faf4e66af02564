use std::collections::HashSet;

use super::measure::{Measure, MeasureKind};

/// A ranking beside its judgments, from which every measure is computed as `trec_eval -c` does.
///
/// Items below the number of grades are judged. A grade above 0 is relevant, 0 is not, and a negative one says that the
/// item was in the pool without a judgment. An item that comes again counts once, at its first place.
#[derive(Clone, PartialEq, Debug)]
pub struct JudgedRanking {
    /// The grade of each place, best first; `None` without a judgment.
    places: Vec<Option<i32>>,
    /// Grades above 0, of all judged items, highest first.
    ideal: Vec<i32>,
    /// Judged items with grade 0.
    not_relevant: usize,
}

impl JudgedRanking {
    /// Puts a ranking, as item numbers, beside the grades of the judged items.
    pub fn new(ranking: impl IntoIterator<Item = u32>, grades: &[i32]) -> Self {
        let mut seen = HashSet::new();
        let places = ranking
            .into_iter()
            .filter(|item| seen.insert(*item))
            .map(|item| grades.get(item as usize).copied())
            .collect();
        let mut ideal: Vec<i32> = grades.iter().copied().filter(|grade| *grade > 0).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            places,
            ideal,
            not_relevant: grades.iter().filter(|grade| **grade == 0).count(),
        }
    }

    /// Relevant items, found or not.
    pub fn relevant(&self) -> usize {
        self.ideal.len()
    }

    /// The value of a measure, 0 to 1. 0 where nothing is relevant.
    pub fn value(&self, measure: Measure) -> f64 {
        let k = measure.cutoff.map_or(usize::MAX, |k| k as usize);
        let judged: Vec<Option<i32>>;
        let places = if measure.judged_only {
            judged = self.judged_places();
            &judged
        } else {
            &self.places
        };
        let found = &places[..k.min(places.len())];
        if measure.kind == MeasureKind::Judged {
            let judged = found.iter().filter(|grade| grade.is_some()).count();
            return share(judged, found.len());
        }
        let hits = found.iter().filter(|grade| is_relevant(**grade)).count();
        match measure.kind {
            MeasureKind::Ndcg => self.ndcg(found, k),
            MeasureKind::ReciprocalRank => reciprocal_rank(found),
            MeasureKind::AveragePrecision => self.average_precision(found),
            MeasureKind::Recall => share(hits, self.relevant()),
            MeasureKind::Precision if k == usize::MAX => share(hits, found.len()),
            MeasureKind::Precision => share(hits, k),
            MeasureKind::Success => f64::from(u8::from(hits > 0)),
            MeasureKind::Bpref => self.bpref(),
            MeasureKind::Judged => 0.0,
        }
    }

    /// What was in the pool without a judgment is left out with what was not in the pool.
    fn judged_places(&self) -> Vec<Option<i32>> {
        let places = self.places.iter().copied();
        places
            .filter(|grade| grade.is_some_and(|grade| grade >= 0))
            .collect()
    }

    fn ndcg(&self, found: &[Option<i32>], k: usize) -> f64 {
        let ideal = discounted_gain(self.ideal.iter().take(k).copied());
        if ideal == 0.0 {
            return 0.0;
        }
        discounted_gain(found.iter().map(|grade| grade.unwrap_or(0).max(0))) / ideal
    }

    fn average_precision(&self, found: &[Option<i32>]) -> f64 {
        let ranks = (1..).zip(found).filter(|(_, grade)| is_relevant(**grade));
        let precisions = (1..).zip(ranks).map(|(hits, (rank, _))| share(hits, rank));
        let sum: f64 = precisions.sum();
        if self.ideal.is_empty() {
            0.0
        } else {
            sum / self.relevant() as f64
        }
    }

    fn bpref(&self) -> f64 {
        let relevant = self.relevant();
        let bound = self.not_relevant.min(relevant);
        let (mut wrong, mut sum) = (0, 0.0);
        for grade in self.places.iter().flatten() {
            match grade {
                0 => wrong += 1,
                grade if *grade > 0 => sum += 1.0 - share(wrong.min(relevant), bound),
                _ => {}
            }
        }
        if relevant == 0 {
            0.0
        } else {
            sum / relevant as f64
        }
    }
}

fn is_relevant(grade: Option<i32>) -> bool {
    grade.is_some_and(|grade| grade > 0)
}

fn reciprocal_rank(found: &[Option<i32>]) -> f64 {
    let first = found.iter().position(|grade| is_relevant(*grade));
    first.map_or(0.0, |index| share(1, index + 1))
}

fn discounted_gain(gains: impl Iterator<Item = i32>) -> f64 {
    gains
        .zip(2_u32..)
        .map(|(gain, discount)| f64::from(gain) / f64::from(discount).log2())
        .sum()
}

/// 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(measure: &str, ranking: &[u32], grades: &[i32]) -> f64 {
        let measure = measure.parse().expect("a measure");
        JudgedRanking::new(ranking.iter().copied(), grades).value(measure)
    }

    #[test]
    fn a_small_ranking_by_hand() {
        let grades = [2, 1, 0];
        let ranking = [2, 1, 7, 0, 0];
        let gain = 1.0 / 3_f64.log2() + 2.0 / 5_f64.log2();
        let ideal = 2.0 + 1.0 / 3_f64.log2();
        assert!((value("nDCG@10", &ranking, &grades) - gain / ideal).abs() < 1e-12);
        assert_eq!(value("RR", &ranking, &grades), 0.5);
        assert_eq!(value("RR@1", &ranking, &grades), 0.0);
        assert_eq!(value("R@3", &ranking, &grades), 0.5);
        assert_eq!(value("Success@1", &ranking, &grades), 0.0);
        assert_eq!(value("Success@2", &ranking, &grades), 1.0);
        assert_eq!(value("P@10", &ranking, &grades), 0.2);
        assert_eq!(value("AP", &ranking, &grades), (0.5 + 0.5) / 2.0);
        assert_eq!(value("Judged@10", &ranking, &grades), 0.75);
    }

    #[test]
    fn nothing_relevant_and_nothing_found_are_0() {
        for measure in MEASURES {
            if !measure.starts_with("Judged") {
                assert_eq!(value(measure, &[0, 1], &[0, -1]), 0.0, "{measure}");
            }
            assert_eq!(value(measure, &[], &[1, 0]), 0.0, "{measure}");
            assert_eq!(value(measure, &[], &[]), 0.0, "{measure}");
        }
    }

    const MEASURES: [&str; 12] = [
        "nDCG@10",
        "nDCG",
        "RR",
        "RR@10",
        "AP",
        "AP@5",
        "R@5",
        "P@3",
        "Success@3",
        "Bpref",
        "Judged@10",
        "nDCG(judged_only=True)@10",
    ];

    fn judged() -> impl Strategy<Value = (Vec<u32>, Vec<i32>)> {
        let grades = prop::collection::vec(-1_i32..4, 0..12);
        (prop::collection::vec(0_u32..20, 0..30), grades)
    }

    proptest! {
        #[test]
        fn values_are_from_0_to_1((ranking, grades) in judged()) {
            for measure in MEASURES {
                let value = value(measure, &ranking, &grades);
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{measure}: {value}");
            }
        }

        #[test]
        fn what_is_found_last_without_a_judgment_changes_nothing((ranking, grades) in judged()) {
            let mut longer = ranking.clone();
            longer.push(99);
            for measure in MEASURES.iter().filter(|measure| !measure.starts_with("Judged")) {
                prop_assert_eq!(
                    value(measure, &ranking, &grades), value(measure, &longer, &grades), "{}", measure
                );
            }
        }

        #[test]
        fn an_item_that_comes_again_changes_nothing((ranking, grades) in judged()) {
            let twice: Vec<u32> = ranking.iter().flat_map(|item| [*item, *item]).collect();
            for measure in MEASURES {
                prop_assert_eq!(value(measure, &ranking, &grades), value(measure, &twice, &grades), "{}", measure);
            }
        }

        #[test]
        fn the_best_order_is_worth_most((ranking, grades) in judged()) {
            let grade = |item: &u32| grades.get(*item as usize).copied().unwrap_or(0).max(0);
            let mut best = ranking.clone();
            best.sort_by_key(|item| -grade(item));
            for measure in ["nDCG@10", "nDCG", "RR", "AP", "R@5", "P@3", "Success@3"] {
                prop_assert!(
                    value(measure, &best, &grades) >= value(measure, &ranking, &grades) - 1e-12, "{measure}"
                );
            }
        }

        #[test]
        fn all_judged_in_the_order_of_their_grades_is_perfect(mut grades in prop::collection::vec(-1_i32..4, 1..12)) {
            grades.sort_by(|a, b| b.cmp(a));
            prop_assume!(grades[0] > 0);
            let ranking: Vec<u32> = (0..20).collect();
            for measure in ["nDCG@10", "nDCG", "nDCG(judged_only=True)@10", "RR", "AP", "Bpref", "Success@1"] {
                prop_assert!((value(measure, &ranking, &grades) - 1.0).abs() < 1e-12, "{measure}");
            }
        }
    }
}
