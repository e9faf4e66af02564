//! How two runs differ: what was changed between them, and what became of the figures.

use std::collections::{BTreeSet, HashMap};

use riddle_core::{QuestionOutcome, RunManifest};
use serde::{Deserialize, Serialize};

use crate::measures::Measure;
use crate::report::{compared_measures, compared_values};
use crate::statistics::{
    Clusters, Estimate, Verdict, bootstrap, sign_flips, standard_error, verdict,
};

/// Draws of the bootstrap, and sign flips.
const RESAMPLES: u32 = 10_000;
/// Where the draws begin: two runs have no seed in common.
const SEED: u64 = 17;

/// How a run differs from an earlier one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunDiff {
    /// What was changed.
    pub changes: Vec<RunChange>,
    /// Questions that both runs have asked in the same words and that both have a figure of.
    pub questions: u32,
    /// Mean nDCG@10 of the earlier run over them.
    pub before: Option<f64>,
    /// That of the later run.
    pub after: Option<f64>,
    /// The later run less the earlier one; `None` without a question.
    pub difference: Option<Estimate>,
    /// Two-sided, by random sign flips of clusters.
    pub p: Option<f64>,
    /// What it says.
    pub verdict: Option<Verdict>,
    /// The same for every measure that arms are compared by; nDCG@10 is the first.
    pub differences: Vec<RunDifference>,
    /// Questions that have become worse, worst first, with the difference; at most 100.
    pub worse: Vec<(String, f64)>,
    /// Questions that have become better, best first; at most 100.
    pub better: Vec<(String, f64)>,
}

/// How the later of two runs differs in a measure, over the same questions.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunDifference {
    /// Which measure.
    pub measure: Measure,
    /// Mean of the earlier run.
    pub before: f64,
    /// Mean of the later run.
    pub after: f64,
    /// The later run less the earlier one.
    pub difference: Estimate,
    /// Two-sided, by random sign flips of clusters.
    pub p: f64,
}

/// A line in which two manifests differ, or `judges`, the language models whose grades count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunChange {
    /// Where, as a path such as `settings.retrieval.top_k` or `arms.present.rerank.weight`.
    pub what: String,
    /// In the earlier run; `None` where it is not there.
    pub before: Option<String>,
    /// In the later run.
    pub after: Option<String>,
}

/// An arm of each of two runs, question by question.
pub struct RunDiffBuilder {
    changes: Vec<RunChange>,
    arms: (usize, usize),
    /// The language models whose grades count in either run.
    judges: (BTreeSet<String>, BTreeSet<String>),
    before: HashMap<String, Figure>,
    after: Vec<(String, Figure)>,
}

struct Figure {
    text: String,
    /// Of each measure that is compared, nDCG@10 first.
    values: Vec<f64>,
    documents: Vec<String>,
}

impl Figure {
    fn ndcg_10(&self) -> f64 {
        self.value(0)
    }

    fn value(&self, measure: usize) -> f64 {
        self.values.get(measure).copied().unwrap_or(0.0)
    }
}

impl RunDiffBuilder {
    /// For the arms of these indices, in the earlier and in the later run.
    pub fn new(before: &RunManifest, after: &RunManifest, arms: (usize, usize)) -> Self {
        Self {
            changes: changes(before, after),
            arms,
            judges: Default::default(),
            before: HashMap::new(),
            after: Vec::new(),
        }
    }

    /// Adds a question of the earlier run.
    pub fn add_before(&mut self, outcome: &QuestionOutcome) {
        self.judges.0.extend(judges(outcome));
        if let Some(figure) = figure(outcome, self.arms.0) {
            self.before.insert(outcome.question.id.clone(), figure);
        }
    }

    /// Adds a question of the later run.
    pub fn add_after(&mut self, outcome: &QuestionOutcome) {
        self.judges.1.extend(judges(outcome));
        if let Some(figure) = figure(outcome, self.arms.1) {
            self.after.push((outcome.question.id.clone(), figure));
        }
    }

    /// Compares them.
    pub fn finish(self) -> RunDiff {
        let pairs = self.after.iter().filter_map(|(id, after)| {
            let before = self.before.get(id)?;
            (before.text == after.text).then_some((id, before, after))
        });
        let pairs: Vec<Pair<'_>> = pairs.collect();
        let documents = pairs
            .iter()
            .map(|(_, _, after)| after.documents.iter().map(String::as_str));
        let clusters = Clusters::of_shared_documents(documents);
        let differences = compared(&pairs, &clusters);
        let ndcg = differences.first();
        let error = standard_error(&clusters, &series(&pairs, 0));
        let mut moved: Vec<(String, f64)> = pairs
            .iter()
            .map(|(id, before, after)| ((*id).clone(), after.ndcg_10() - before.ndcg_10()))
            .filter(|(_, difference)| difference.abs() > 1e-9)
            .collect();
        moved.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        let worse = moved.iter().filter(|(_, difference)| *difference < 0.0);
        let better = moved
            .iter()
            .rev()
            .filter(|(_, difference)| *difference > 0.0);
        let mut changes = self.changes;
        changes.extend(change_of_judges(&self.judges));
        RunDiff {
            changes,
            questions: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
            before: ndcg.map(|found| found.before),
            after: ndcg.map(|found| found.after),
            verdict: ndcg.map(|found| verdict(&found.difference, found.p, error)),
            difference: ndcg.map(|found| found.difference),
            p: ndcg.map(|found| found.p),
            differences,
            worse: worse.take(100).cloned().collect(),
            better: better.take(100).cloned().collect(),
        }
    }
}

/// A question that both runs have a figure of.
type Pair<'a> = (&'a String, &'a Figure, &'a Figure);

/// The differences in a measure, pair by pair.
fn series(pairs: &[Pair<'_>], measure: usize) -> Vec<Option<f64>> {
    let pairs = pairs.iter();
    pairs
        .map(|(_, before, after)| Some(after.value(measure) - before.value(measure)))
        .collect()
}

/// How the runs differ in each measure; empty without a pair.
fn compared(pairs: &[Pair<'_>], clusters: &Clusters) -> Vec<RunDifference> {
    let measures = compared_measures();
    let all: Vec<Vec<Option<f64>>> = (0..measures.len())
        .map(|measure| series(pairs, measure))
        .collect();
    let estimates = bootstrap(clusters, &all, RESAMPLES, SEED);
    let p = sign_flips(clusters, &all, RESAMPLES, SEED);
    let mean =
        |of: &dyn Fn(&Pair<'_>) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
    let found = estimates.into_iter().zip(p).enumerate();
    found
        .filter_map(|(place, (estimate, p))| {
            Some(RunDifference {
                measure: *measures.get(place)?,
                before: mean(&|pair| pair.1.value(place)),
                after: mean(&|pair| pair.2.value(place)),
                difference: estimate?,
                p: p?,
            })
        })
        .collect()
}

fn figure(outcome: &QuestionOutcome, arm: usize) -> Option<Figure> {
    let values = compared_values(outcome, arm)?.to_vec();
    let relevant = outcome.question.items.iter().filter(|item| item.grade > 0);
    Some(Figure {
        text: outcome.question.text.clone(),
        values,
        documents: relevant.map(|item| item.document.clone()).collect(),
    })
}

fn judges(outcome: &QuestionOutcome) -> impl Iterator<Item = String> {
    let items = outcome.question.items.iter();
    items.filter_map(|item| item.judge.clone())
}

/// Figures by the judgments of others are no figures to compare.
fn change_of_judges((before, after): &(BTreeSet<String>, BTreeSet<String>)) -> Option<RunChange> {
    let named = |judges: &BTreeSet<String>| {
        let names: Vec<&str> = judges.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    (before != after).then(|| RunChange {
        what: "judges".to_owned(),
        before: named(before),
        after: named(after),
    })
}

/// The lines in which two manifests differ.
fn changes(before: &RunManifest, after: &RunManifest) -> Vec<RunChange> {
    let (mut old, mut new) = (Lines::new(), Lines::new());
    lines(before, &mut old);
    lines(after, &mut new);
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let changed = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path));
    changed
        .map(|path| RunChange {
            what: path.clone(),
            before: old.get(path).cloned(),
            after: new.get(path).cloned(),
        })
        .collect()
}

type Lines = HashMap<String, String>;

fn lines(manifest: &RunManifest, into: &mut Lines) {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::to_value(manifest) else {
        return;
    };
    // Every run has its own seed, and the set's id says no more than its questions.
    for own in ["seed", "set", "baseline"] {
        fields.remove(own);
    }
    let models = fields
        .get_mut("models")
        .and_then(|found| found.as_array_mut());
    for model in models
        .into_iter()
        .flatten()
        .filter_map(|model| model.as_object_mut())
    {
        // What a model takes says no more than its fingerprint, and its arms no more than they do themselves.
        for taken in ["bytes_on_disk", "memory_bytes", "arms"] {
            model.remove(taken);
        }
    }
    for (name, value) in fields {
        flatten(&name, &value, into);
    }
}

/// Each value with its path; entries of lists go by their names where they have some.
fn flatten(path: &str, value: &serde_json::Value, into: &mut Lines) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&format!("{path}.{name}"), value, into);
            }
        }
        serde_json::Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                let name = entry.get("name").and_then(serde_json::Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                flatten(&format!("{path}.{name}"), entry, into);
            }
        }
        serde_json::Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        other => {
            into.insert(path.to_owned(), other.to_string());
        }
    }
}
