//! Retrieval measures as trec_eval computes them: linear gain, logarithm to base 2, judgments below 1 are not relevant.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// nDCG over the first `k` of a ranking (`ndcg_cut_k`): the gain of each document is its judgment, the ideal ranking
/// is of all judged documents. 0 where nothing is relevant. A document that comes again counts once.
pub fn ndcg_at<I: Hash + Eq>(ranking: &[I], judgments: &HashMap<I, u32>, k: usize) -> f64 {
    let mut ideal: Vec<u32> = judgments.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = discounted_gain(ideal.into_iter().take(k));
    if ideal == 0.0 {
        return 0.0;
    }
    discounted_gain(gains(ranking, judgments).take(k)) / ideal
}

/// 1 ÷ the rank of the first relevant document (`recip_rank`), 0 where there is none.
pub fn reciprocal_rank<I: Hash + Eq>(ranking: &[I], judgments: &HashMap<I, u32>) -> f64 {
    gains(ranking, judgments)
        .position(|gain| gain > 0)
        .map_or(0.0, |index| 1.0 / (index + 1) as f64)
}

/// Share of the relevant documents among the first `k` (`recall_k`). 0 where nothing is relevant.
pub fn recall_at<I: Hash + Eq>(ranking: &[I], judgments: &HashMap<I, u32>, k: usize) -> f64 {
    let relevant = judgments.values().filter(|gain| **gain > 0).count();
    if relevant == 0 {
        return 0.0;
    }
    let found = gains(ranking, judgments)
        .take(k)
        .filter(|gain| *gain > 0)
        .count();
    found as f64 / relevant as f64
}

/// 1 if a relevant document is among the first `k` (`success_k`), else 0.
pub fn hit_at<I: Hash + Eq>(ranking: &[I], judgments: &HashMap<I, u32>, k: usize) -> f64 {
    let hit = gains(ranking, judgments).take(k).any(|gain| gain > 0);
    f64::from(u8::from(hit))
}

fn gains<'a, I: Hash + Eq>(
    ranking: &'a [I],
    judgments: &'a HashMap<I, u32>,
) -> impl Iterator<Item = u32> + 'a {
    let mut seen = HashSet::with_capacity(ranking.len());
    ranking
        .iter()
        .filter(move |document| seen.insert(*document))
        .map(|document| judgments.get(document).copied().unwrap_or(0))
}

fn discounted_gain(gains: impl Iterator<Item = u32>) -> f64 {
    gains
        .zip(2_u32..)
        .map(|(gain, discount)| f64::from(gain) / f64::from(discount).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use riddle_test_support::shared_data;

    /// By topic: the ranking, best first.
    type Run = BTreeMap<String, Vec<String>>;
    /// By topic: the judgments.
    type Judgments = BTreeMap<String, HashMap<String, u32>>;

    #[test]
    fn a_small_ranking_by_hand() {
        let judgments = HashMap::from([("a", 2), ("b", 1), ("c", 0)]);
        let ranking = ["c", "b", "x", "a", "a"];
        let gain = 1.0 / 3_f64.log2() + 2.0 / 5_f64.log2();
        let ideal = 2.0 + 1.0 / 3_f64.log2();
        assert!((ndcg_at(&ranking, &judgments, 10) - gain / ideal).abs() < 1e-12);
        assert_eq!(reciprocal_rank(&ranking, &judgments), 0.5);
        assert_eq!(recall_at(&ranking, &judgments, 3), 0.5);
        assert_eq!(hit_at(&ranking, &judgments, 1), 0.0);
        assert_eq!(hit_at(&ranking, &judgments, 2), 1.0);
    }

    #[test]
    fn nothing_relevant_scores_nothing() {
        let none: HashMap<&str, u32> = HashMap::new();
        assert_eq!(ndcg_at(&["a"], &none, 10), 0.0);
        assert_eq!(recall_at(&["a"], &none, 10), 0.0);
        assert_eq!(reciprocal_rank::<&str>(&[], &none), 0.0);
    }

    /// Rankings at random, see `scripts/reference/ranking_figures.py`.
    #[test]
    fn the_figures_of_trec_eval_are_reproduced() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trec_eval");
        let checked = reproduce(&folder, ["run", "qrels", "figures"]);
        assert_eq!(checked, 8 * 19, "topics times figures");
    }

    #[test]
    fn the_published_figures_of_trec_eval_are_reproduced() {
        let Some(folder) = shared_data("metrics/trec_eval_tests") else {
            return;
        };
        let files = ["results.test", "qrels.test", "out.test.aq"];
        let checked = reproduce(&folder, files);
        assert!(checked >= 60, "only {checked} figures were compared");
    }

    /// Compares the figures of a run with those of trec_eval, and says how many there were.
    fn reproduce(folder: &Path, [run, judgments, figures]: [&str; 3]) -> usize {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a test file");
        let run = parse_run(&read(run));
        let judgments = parse_judgments(&read(judgments));
        let mut checked = 0;
        for line in read(figures).lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [measure, topic, expected] = fields[..] else {
                continue;
            };
            let (Some(ranking), Some(judgments)) = (run.get(topic), judgments.get(topic)) else {
                continue;
            };
            let Some(value) = measured(measure, ranking, judgments) else {
                continue;
            };
            let expected: f64 = expected.parse().expect("a number");
            assert!(
                (value - expected).abs() < 5.1e-5,
                "{measure} of {topic}: {value}, expected {expected}"
            );
            checked += 1;
        }
        checked
    }

    fn measured(
        measure: &str,
        ranking: &[String],
        judgments: &HashMap<String, u32>,
    ) -> Option<f64> {
        if measure == "recip_rank" {
            return Some(reciprocal_rank(ranking, judgments));
        }
        let (name, k) = measure.rsplit_once('_')?;
        let k = k.parse().ok()?;
        match name {
            "ndcg_cut" => Some(ndcg_at(ranking, judgments, k)),
            "recall" => Some(recall_at(ranking, judgments, k)),
            "success" => Some(hit_at(ranking, judgments, k)),
            _ => None,
        }
    }

    fn parse_run(text: &str) -> Run {
        let mut run: BTreeMap<String, Vec<(f32, String)>> = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let score = fields[4].parse().expect("a score");
            let hits = run.entry(fields[0].to_owned()).or_default();
            hits.push((score, fields[2].to_owned()));
        }
        // trec_eval orders by score as a 32-bit float, equal ones by name from the back.
        run.into_iter()
            .map(|(topic, mut hits)| {
                hits.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
                (topic, hits.into_iter().map(|hit| hit.1).collect())
            })
            .collect()
    }

    fn parse_judgments(text: &str) -> Judgments {
        let mut judgments = Judgments::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let gain = fields[3].parse::<i32>().expect("a judgment").max(0);
            let gain = u32::try_from(gain).expect("not negative");
            let topic = judgments.entry(fields[0].to_owned()).or_default();
            topic.insert(fields[2].to_owned(), gain);
        }
        judgments
    }
}
