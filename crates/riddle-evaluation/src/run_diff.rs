//! How two runs differ: what was changed between them, and what became of the figures.

use std::collections::HashMap;

use riddle_core::{QuestionOutcome, RunManifest};
use serde::{Deserialize, Serialize};

use crate::report::question_scores;
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
    /// Questions that have become worse, worst first, with the difference; at most 100.
    pub worse: Vec<(String, f64)>,
    /// Questions that have become better, best first; at most 100.
    pub better: Vec<(String, f64)>,
}

/// A line in which two manifests differ.
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
    before: HashMap<String, Figure>,
    after: Vec<(String, Figure)>,
}

struct Figure {
    text: String,
    ndcg_10: f64,
    documents: Vec<String>,
}

impl RunDiffBuilder {
    /// For the arms of these indices, in the earlier and in the later run.
    pub fn new(before: &RunManifest, after: &RunManifest, arms: (usize, usize)) -> Self {
        Self {
            changes: changes(before, after),
            arms,
            before: HashMap::new(),
            after: Vec::new(),
        }
    }

    /// Adds a question of the earlier run.
    pub fn add_before(&mut self, outcome: &QuestionOutcome) {
        if let Some(figure) = figure(outcome, self.arms.0) {
            self.before.insert(outcome.question.id.clone(), figure);
        }
    }

    /// Adds a question of the later run.
    pub fn add_after(&mut self, outcome: &QuestionOutcome) {
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
        let pairs: Vec<(&String, &Figure, &Figure)> = pairs.collect();
        let differences: Vec<Option<f64>> = pairs
            .iter()
            .map(|(_, before, after)| Some(after.ndcg_10 - before.ndcg_10))
            .collect();
        let documents = pairs
            .iter()
            .map(|(_, _, after)| after.documents.iter().map(String::as_str));
        let clusters = Clusters::of_shared_documents(documents);
        let series = [differences];
        let difference = bootstrap(&clusters, &series, RESAMPLES, SEED)
            .into_iter()
            .next()
            .flatten();
        let p = sign_flips(&clusters, &series, RESAMPLES, SEED)
            .into_iter()
            .next()
            .flatten();
        let error = standard_error(&clusters, &series[0]);
        let mean = |of: fn(&(&String, &Figure, &Figure)) -> f64| {
            (!pairs.is_empty()).then(|| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64)
        };
        let mut moved: Vec<(String, f64)> = pairs
            .iter()
            .map(|(id, before, after)| ((*id).clone(), after.ndcg_10 - before.ndcg_10))
            .filter(|(_, difference)| difference.abs() > 1e-9)
            .collect();
        moved.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        let worse = moved.iter().filter(|(_, difference)| *difference < 0.0);
        let better = moved
            .iter()
            .rev()
            .filter(|(_, difference)| *difference > 0.0);
        RunDiff {
            changes: self.changes,
            questions: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
            before: mean(|pair| pair.1.ndcg_10),
            after: mean(|pair| pair.2.ndcg_10),
            verdict: difference
                .as_ref()
                .zip(p)
                .map(|(found, p)| verdict(found, p, error)),
            difference,
            p,
            worse: worse.take(100).cloned().collect(),
            better: better.take(100).cloned().collect(),
        }
    }
}

fn figure(outcome: &QuestionOutcome, arm: usize) -> Option<Figure> {
    let scores = question_scores(outcome, arm, 1)?;
    let relevant = outcome.question.items.iter().filter(|item| item.grade > 0);
    Some(Figure {
        text: outcome.question.text.clone(),
        ndcg_10: scores.ndcg_10?,
        documents: relevant.map(|item| item.document.clone()).collect(),
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
