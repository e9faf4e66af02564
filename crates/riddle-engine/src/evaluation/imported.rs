//! Runs of other systems as arms: which of their questions are asked, and which documents their files mean.

use std::collections::{HashMap, HashSet};

use riddle_core::{
    Document, EvaluationArm, EvaluationQuestion, ImportedDocument, ImportedRanking, ImportedRun,
    NewImportedRun, RunQuestion, document_name,
};
use riddle_evaluation::formats::{InputFile, RunRow, TrecRun, plain_name, read_trec_run};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_IMPORTED_RUNS, MAX_NAME_CHARS};
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::evaluation::ready_documents::ready_documents;
use crate::names::beginning_if_longer;
use crate::scope::Scope;

/// The field of a request that brings runs of other systems.
const FIELD: &str = "trec_runs";
/// Unknown documents that are named.
const NAMED: usize = 5;

/// A run of another system beside the questions that are asked.
pub(super) struct Imported {
    pub(super) run: ImportedRun,
    /// Documents of its longest list.
    longest: u32,
}

impl Imported {
    /// As an arm. It searches nothing; what is kept of its list is as much as of the present arm's.
    pub(super) fn arm(&self, present: &EvaluationArm) -> EvaluationArm {
        let top_k = self.longest.max(1);
        EvaluationArm {
            name: self.run.arm.clone(),
            top_k,
            top_n: present.top_n.min(top_k),
            rerank: None,
            chat_model: None,
            ..present.clone()
        }
    }
}

impl Evaluation {
    /// Questions that are to be asked, with what other systems rank for them.
    pub(super) async fn with_imported(
        &self,
        runs: &[NewImportedRun],
        scope: &Scope,
        questions: Vec<EvaluationQuestion>,
    ) -> Result<(Vec<RunQuestion>, Vec<Imported>), EngineError> {
        let mut questions: Vec<RunQuestion> =
            questions.into_iter().map(RunQuestion::from).collect();
        if runs.len() > MAX_IMPORTED_RUNS {
            let problem = format!("may be at most {MAX_IMPORTED_RUNS}");
            return Err(EngineError::invalid(FIELD, problem));
        }
        if runs.is_empty() {
            return Ok((questions, Vec::new()));
        }
        let corpus = self.named(scope).await?;
        let runs = runs.to_vec();
        let doing = "reading runs of other systems";
        run_blocking(doing, move || {
            let mut imported = Vec::with_capacity(runs.len());
            for run in runs {
                imported.push(import(run, &corpus, &mut questions)?);
            }
            Ok::<_, EngineError>((questions, imported))
        })
        .await?
    }

    async fn named(&self, scope: &Scope) -> Result<Named, EngineError> {
        let mut named = Named::default();
        let read = |document: &Document| (document.id.to_string(), document.name.clone());
        for knowledge_base in scope.all() {
            let documents = ready_documents(&self.shared, knowledge_base.id, read).await?;
            for (id, name) in documents {
                // A name means the document of the first knowledge base that has one.
                if named.names.insert(name.clone()) {
                    named.ids.insert(id, name);
                }
            }
        }
        Ok(named)
    }
}

/// The documents that searches can find, by what a file may call them.
#[derive(Default)]
struct Named {
    names: HashSet<String>,
    ids: HashMap<String, String>,
}

impl Named {
    /// The name of the document that a file calls so, as it is or as addresses have it.
    fn name(&self, called: &str) -> Option<&str> {
        let spelled = |called: &str| {
            let name = document_name(called).ok()?;
            self.names.get(&name).map(String::as_str)
        };
        spelled(called)
            .or_else(|| self.ids.get(called).map(String::as_str))
            .or_else(|| spelled(&plain_name(called)))
    }
}

/// Gives each question what the file ranks for it.
fn import(
    new: NewImportedRun,
    corpus: &Named,
    questions: &mut [RunQuestion],
) -> Result<Imported, EngineError> {
    let file = InputFile {
        name: new.file,
        bytes: new.content,
    };
    let read = read_trec_run(&file);
    let TrecRun { name, rows } =
        read.map_err(|error| EngineError::invalid_as(FIELD, error.to_string()))?;
    let arm = new.arm.unwrap_or(name);
    let lists = lists(&rows);
    let mut found = Found::default();
    for asked in questions.iter_mut() {
        let documents = lists.get(&asked.question.id).copied().unwrap_or_default();
        let called = documents.iter().map(|row| corpus.name(&row.document));
        let names: Vec<Option<&str>> = called.collect();
        found.count(&asked.question, documents, &names);
        asked.imported.push(ImportedRanking {
            arm: arm.clone(),
            documents: ranked(documents, &names),
        });
    }
    found.check(&file.name, &rows, questions)?;
    Ok(Imported {
        longest: found.longest,
        run: ImportedRun {
            arm,
            file: shown(&file.name),
            questions: found.questions,
            unknown: count(found.unknown.len()),
            unknown_names: found.examples,
        },
    })
}

/// The rows of each question by its id, which may be written as addresses have it.
fn lists(rows: &[RunRow]) -> HashMap<String, &[RunRow]> {
    let mut lists = HashMap::new();
    for list in rows.chunk_by(|one, next| one.question == next.question) {
        let Some(first) = list.first() else {
            continue;
        };
        lists.entry(plain_name(&first.question)).or_insert(list);
        lists.insert(first.question.clone(), list);
    }
    lists
}

/// The rows of a question, by the names of their documents where those are known. Scores are scaled to the question's
/// own, as those of a retriever are.
fn ranked(rows: &[RunRow], names: &[Option<&str>]) -> Vec<ImportedDocument> {
    // Halves, since the distance of two scores may be beyond what a number can be.
    let best = rows.first().map_or(0.0, |row| row.score / 2.0);
    let worst = rows.last().map_or(0.0, |row| row.score / 2.0);
    let document = |(row, name): (&RunRow, &Option<&str>)| ImportedDocument {
        name: name.unwrap_or(&row.document).to_owned(),
        score: match best > worst {
            true => ((row.score / 2.0 - worst) / (best - worst)) as f32,
            false => 1.0,
        },
    };
    rows.iter().zip(names).map(document).collect()
}

/// What there is of a file.
#[derive(Default)]
struct Found {
    questions: u32,
    /// Those of them that judge documents.
    by_document: u32,
    longest: u32,
    known: bool,
    unknown: HashSet<String>,
    examples: Vec<String>,
}

impl Found {
    /// Counts a question with what is ranked for it, and with the names of those documents that are known.
    fn count(&mut self, question: &EvaluationQuestion, rows: &[RunRow], names: &[Option<&str>]) {
        if rows.is_empty() {
            return;
        }
        self.questions += 1;
        self.by_document += u32::from(question.judges_documents());
        self.longest = self.longest.max(count(rows.len()));
        for (row, name) in rows.iter().zip(names) {
            if name.is_some() {
                self.known = true;
            } else if self.unknown.insert(row.document.clone()) && self.examples.len() < NAMED {
                self.examples.push(shown(&row.document));
            }
        }
    }

    /// Refuses a file of which nothing could be measured.
    fn check(
        &self,
        file: &str,
        rows: &[RunRow],
        questions: &[RunQuestion],
    ) -> Result<(), EngineError> {
        let problem = if self.questions == 0 {
            let own = rows.first().map_or("", |row| row.question.as_str());
            let asked = questions
                .first()
                .map_or("", |asked| asked.question.id.as_str());
            format!(
                "{file}: none of its questions, such as `{}`, is one that the run asks, such as `{asked}`; they are known by their ids in the set",
                shown(own)
            )
        } else if self.by_document == 0 {
            format!(
                "{file}: it ranks documents, and none of its questions has judged documents alone; where passages are judged, documents cannot be compared"
            )
        } else if !self.known {
            let first = self.examples.first().map_or("", String::as_str);
            format!(
                "{file}: none of its documents, such as `{first}`, is in what the run searches; they are known by their names or ids"
            )
        } else {
            return Ok(());
        };
        Err(EngineError::invalid_as(FIELD, problem))
    }
}

/// As much of a name as is repeated.
fn shown(name: &str) -> String {
    beginning_if_longer(name, MAX_NAME_CHARS).unwrap_or_else(|| name.to_owned())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_from_0_to_1_however_far_apart_or_near_they_are() {
        for (scores, expected) in [
            (vec![f64::MAX, 0.0, f64::MIN], vec![1.0, 0.5, 0.0]),
            (vec![1e308, -1e308], vec![1.0, 0.0]),
            (vec![5e-324, 0.0], vec![1.0, 1.0]),
            (vec![3.0, 2.0, 1.0], vec![1.0, 0.5, 0.0]),
            (vec![2.0], vec![1.0]),
            (vec![], vec![]),
        ] {
            let rows: Vec<RunRow> = (1..)
                .zip(&scores)
                .map(|(rank, score)| RunRow {
                    question: "q".to_owned(),
                    document: rank.to_string(),
                    rank,
                    score: *score,
                })
                .collect();
            let ranked = ranked(&rows, &vec![None; rows.len()]);
            let found: Vec<f32> = ranked.iter().map(|one| one.score).collect();
            assert_eq!(found, expected, "{scores:?}");
        }
    }
}
