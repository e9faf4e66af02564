use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use riddle_core::{GoldPlace, QuestionOutcome};

use super::error::ExportError;
use super::file::OutputFile;
use super::limits::MAX_EXPORT_BYTES;
use super::set::Export;
use super::trec_names::fitting;
use super::trec_run::{RunRow, trec_run};

/// Writes what an arm of a run found as a run file of TREC, with the judgments that the run counted by, for programs
/// that compute measures. What is ranked is what the run counts: documents where documents are judged, else passages,
/// each by the id of one of its chunks.
pub struct RunExport {
    arm: usize,
    name: String,
    run: String,
    qrels: String,
    problem: Option<ExportError>,
}

impl RunExport {
    /// For the arm of this index and name.
    pub fn new(arm: usize, name: &str) -> Self {
        Self {
            arm,
            name: name.to_owned(),
            run: String::new(),
            qrels: String::new(),
            problem: None,
        }
    }

    /// Adds a question, unless the documents do not answer it. Where the arm failed, its judgments alone are written.
    pub fn add(&mut self, outcome: &QuestionOutcome) {
        if self.problem.is_some() || outcome.question.unanswerable {
            return;
        }
        let names = names(outcome);
        self.add_judgments(outcome, &names);
        match trec_run(&self.name, &self.rows(outcome, &names)) {
            Ok(lines) => self.run.push_str(&lines),
            Err(problem) => self.problem = Some(problem),
        }
        if self.run.len() + self.qrels.len() > MAX_EXPORT_BYTES {
            self.problem = Some(ExportError::RunTooLarge);
        }
    }

    /// The files.
    ///
    /// # Errors
    ///
    /// If they have more than [`MAX_EXPORT_BYTES`].
    pub fn finish(self) -> Result<Export, ExportError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let file = |name: &str, content: String| OutputFile {
            name: name.to_owned(),
            content,
        };
        Ok(Export {
            files: vec![file("run.txt", self.run), file("qrels.txt", self.qrels)],
            notes: Vec::new(),
        })
    }

    fn add_judgments(&mut self, outcome: &QuestionOutcome, names: &HashMap<u32, String>) {
        let question = fitting(&outcome.question.id);
        for (item, judged) in (0..).zip(&outcome.question.items) {
            if let Some(name) = names.get(&item) {
                // A String takes whatever is written to it.
                let _ = writeln!(self.qrels, "{question} 0 {name} {}", judged.grade);
            }
        }
    }

    /// What comes again counts at its first place alone.
    fn rows(&self, outcome: &QuestionOutcome, names: &HashMap<u32, String>) -> Vec<RunRow> {
        let made = outcome.arms.get(self.arm);
        let Some(made) = made.filter(|made| made.failure.is_none()) else {
            return Vec::new();
        };
        let question = fitting(&outcome.question.id);
        let mut seen = HashSet::new();
        let candidates = made.ranking.iter();
        let items = candidates.filter_map(|index| outcome.candidates.get(*index as usize));
        let items = items.map(|candidate| candidate.item);
        let items = items.filter(|item| seen.insert(*item));
        let names = items.filter_map(|item| names.get(&item));
        let row = |(rank, name): (u32, &String)| RunRow {
            question: question.clone(),
            document: name.clone(),
            rank,
            score: -f64::from(rank),
        };
        (1..).zip(names).map(row).collect()
    }
}

/// What the judged items and the candidates of a question are called.
fn names(outcome: &QuestionOutcome) -> HashMap<u32, String> {
    let items = &outcome.question.items;
    // A passage that is found has a place in its document.
    let by_document = items.iter().all(|item| item.position.is_none())
        && items.iter().any(|item| item.place == GoldPlace::Found);
    let mut names = HashMap::new();
    for candidate in &outcome.candidates {
        let is_judged = (candidate.item as usize) < items.len();
        let name = match (by_document, candidate.knowledge_base) {
            (false, _) => candidate.chunk.to_string(),
            // A document of this name may be in the set's knowledge base too.
            (true, Some(other)) if !is_judged => {
                format!("{other}/{}", fitting(&candidate.document))
            }
            (true, _) => fitting(&candidate.document),
        };
        names.entry(candidate.item).or_insert(name);
    }
    for (number, item) in (0..).zip(items) {
        let name = match by_document && item.place == GoldPlace::Found {
            true => fitting(&item.document),
            false => format!("not-retrieved-{number}"),
        };
        names.entry(number).or_insert(name);
    }
    names
}
