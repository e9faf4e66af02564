//! Values of measures beside those of the tools that the field measures with.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its data ends with what is wrong"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use riddle_evaluation::{JudgedRanking, Measure};
use riddle_test_support::shared_data;

/// Rankings at random and at the edges, see `scripts/reference/ranking_figures.py`.
#[test]
fn the_figures_of_trec_eval_are_reproduced() {
    let checked = reproduce(&recorded(), ["run", "qrels", "figures"], 5.1e-5);
    assert_eq!(checked, 8 * 19, "topics times figures");
}

#[test]
fn the_measures_of_ir_measures_are_reproduced() {
    let checked = reproduce(&recorded(), ["run", "qrels", "measures"], 1e-8);
    assert_eq!(checked, 15 * 27, "topics times measures");
}

#[test]
fn the_published_figures_of_trec_eval_are_reproduced() {
    let Some(folder) = shared_data("metrics/trec_eval_tests") else {
        return;
    };
    let files = ["results.test", "qrels.test", "out.test.aq"];
    let checked = reproduce(&folder, files, 5.1e-5);
    assert!(checked >= 120, "only {checked} figures were compared");
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trec_eval")
}

/// Compares the figures of a run with those that another tool gives, and says how many there were.
fn reproduce(folder: &Path, [run, judgments, figures]: [&str; 3], tolerance: f64) -> usize {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a test file");
    let rankings = rankings(&read(run), &read(judgments));
    let mut checked = 0;
    for line in read(figures).lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [name, topic, expected] = fields[..] else {
            continue;
        };
        let (Some(ranking), Some(measure)) = (rankings.get(topic), measure(name)) else {
            continue;
        };
        let (value, expected) = (
            ranking.value(measure),
            expected.parse::<f64>().expect("a number"),
        );
        assert!(
            (value - expected).abs() < tolerance,
            "{name} of {topic}: {value}, expected {expected}"
        );
        checked += 1;
    }
    checked
}

/// A measure by the name of either tool.
fn measure(name: &str) -> Option<Measure> {
    let own = match name {
        "recip_rank" => "RR".to_owned(),
        "map" => "AP".to_owned(),
        "ndcg" => "nDCG".to_owned(),
        "bpref" => "Bpref".to_owned(),
        _ => match name.rsplit_once('_') {
            Some(("ndcg_cut", k)) => format!("nDCG@{k}"),
            Some(("map_cut", k)) => format!("AP@{k}"),
            Some(("recall", k)) => format!("R@{k}"),
            Some(("success", k)) => format!("Success@{k}"),
            Some(("P", k)) => format!("P@{k}"),
            _ => name.to_owned(),
        },
    };
    own.parse().ok()
}

fn rankings(run: &str, judgments: &str) -> BTreeMap<String, JudgedRanking> {
    let mut hits: BTreeMap<&str, Vec<(f32, &str)>> = BTreeMap::new();
    for line in run.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let score = fields[4].parse().expect("a score");
        hits.entry(fields[0]).or_default().push((score, fields[2]));
    }
    let mut judged: BTreeMap<&str, Vec<(&str, i32)>> = BTreeMap::new();
    for line in judgments.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let grade = fields[3].parse().expect("a grade");
        judged
            .entry(fields[0])
            .or_default()
            .push((fields[2], grade));
    }
    hits.into_iter()
        .filter_map(|(topic, hits)| {
            Some((topic.to_owned(), judged_ranking(hits, judged.get(topic)?)))
        })
        .collect()
}

/// trec_eval orders by score as a 32-bit float, equal ones by name from the back.
fn judged_ranking(mut hits: Vec<(f32, &str)>, judged: &[(&str, i32)]) -> JudgedRanking {
    hits.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    let mut items: HashMap<&str, u32> = judged.iter().map(|judged| judged.0).zip(0..).collect();
    let ranking: Vec<u32> = hits
        .iter()
        .map(|(_, name)| {
            let next = u32::try_from(items.len()).expect("few items");
            *items.entry(name).or_insert(next)
        })
        .collect();
    let grades: Vec<i32> = judged.iter().map(|judged| judged.1).collect();
    JudgedRanking::new(ranking, &grades)
}
