use super::check::{self, Names};
use super::collector::{Collector, imported};
use super::error::{ImportError, ImportProblem};
use super::file::{InputFile, Place};
use super::grade::Grade;
use super::passages::{Asked, Passages};
use super::problems::Problems;
use super::select::data_files;
use super::set::ImportedSet;

/// A line of training data.
pub(super) struct TrainingLine {
    pub(super) query: String,
    /// Texts of passages with their grades.
    pub(super) passages: Vec<TrainingPassage>,
}

/// A passage of a line of training data.
pub(super) struct TrainingPassage {
    /// The path of its text in the line.
    pub(super) field: String,
    pub(super) text: String,
    pub(super) grade: Grade,
}

/// A set of training data, whose documents are the passages.
pub(super) fn import<'a>(
    files: &'a [InputFile],
    names: Names,
    parse: impl Fn(Place<'a>, &'a str) -> Result<TrainingLine, ImportProblem>,
) -> Result<ImportedSet, ImportError> {
    let mut set = Collector::new(names);
    let mut problems = Problems::default();
    let mut passages = Passages::new(names.golds);
    let mut asked = Asked::default();
    for file in data_files(files, &mut set.notes)? {
        for (place, text) in file.source()?.lines() {
            let taken = parse(place, text).and_then(|line| {
                let question = asked.question(place, &line.query);
                for passage in line.passages {
                    check::text(&passage.text, usize::MAX)
                        .map_err(|message| place.problem(&passage.field, message))?;
                    let document = passages.document(place, passage.text, &mut set.notes)?;
                    question.judge(document, passage.grade.0, &mut set.notes);
                }
                Ok(())
            });
            problems.keep(taken);
            if problems.is_full() {
                break;
            }
        }
    }
    for question in asked.questions {
        if problems.is_full() {
            break;
        }
        let golds = question.golds;
        problems.keep(set.add(
            question.place,
            imported(String::new(), question.text, Vec::new(), golds),
        ));
    }
    problems.finish()?;
    set.finish(Some(passages.finish()))
}
