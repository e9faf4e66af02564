mod topics;

use std::fmt::Write as _;

use super::check::Names;
use super::error::{ExportError, ImportError, ImportProblem};
use super::file::{InputFile, OutputFile, Place, Source};
use super::format::Format;
use super::grade::grade;
use super::judgments::{Judgment, Judgments, join};
use super::note::NoteKind;
use super::notes::Notes;
use super::problems::Problems;
use super::select::data_files;
use super::set::{Export, ExportedSet, ImportedSet};
use super::trec_run::{fits, lines_of_qrels};
use super::written_judgments::{carries, ids, judged};

const NAMES: Names = Names {
    id: "num",
    question: "title",
    answers: "answers",
    golds: "grade",
};

/// What a file of TREC is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Topics,
    Qrels,
    Run,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    let mut notes = Notes::default();
    let mut problems = Problems::default();
    let (mut topics, mut qrels) = (Vec::new(), Vec::new());
    for file in data_files(files, &mut notes)? {
        let source = file.source()?;
        match kind(source) {
            Some(Kind::Topics) => topics.push(source),
            Some(Kind::Qrels) => qrels.push(source),
            Some(Kind::Run) => notes.add(NoteKind::FilesIgnored, &file.name),
            None => {
                let message = "these are no topics (<top> with <num> and <title>, or id, tab and question), and no \
                               judgments (topic, 0, document, grade); remove the file";
                return Err(source.problem(message).into());
            }
        }
    }
    let topics_file = single(
        &topics,
        "topics: <top> with <num> and <title>, or lines of id, tab and question",
    )?;
    let qrels_file = single(&qrels, "judgments: lines of topic, 0, document and grade")?;
    let queries = topics::topics(topics_file, &mut problems);
    let mut judgments = Judgments::default();
    for (place, text) in judgment_lines(qrels_file) {
        problems.keep(judgment(place, text).and_then(|judgment| judgments.add(place, judgment)));
        if problems.is_full() {
            break;
        }
    }
    problems.finish()?;
    join(queries, judgments, None, NAMES, notes)
}

/// What a file is by its name, or else by its first line.
pub(super) fn kind(source: Source<'_>) -> Option<Kind> {
    let name = source
        .file
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if name.contains("qrel") {
        return Some(Kind::Qrels);
    }
    let (_, first) = judgment_lines(source).next()?;
    if topics::is_marked_up(first) || name.contains("topic") || name.contains("quer") {
        return Some(Kind::Topics);
    }
    let columns: Vec<&str> = first.split_ascii_whitespace().collect();
    match columns[..] {
        [_, "Q0", _, _, _, _] => Some(Kind::Run),
        [_, iteration, _, grade] if is_iteration(iteration) && begins_number(grade) => {
            Some(Kind::Qrels)
        }
        _ if first.contains('\t') => Some(Kind::Topics),
        _ => None,
    }
}

fn is_iteration(text: &str) -> bool {
    text == "Q0" || text.bytes().all(|byte| byte.is_ascii_digit())
}

fn begins_number(text: &str) -> bool {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// Lines of a file that are no comments.
fn judgment_lines(source: Source<'_>) -> impl Iterator<Item = (Place<'_>, &str)> {
    source.lines().filter(|(_, text)| !text.starts_with('#'))
}

fn single<'a>(files: &[Source<'a>], what: &str) -> Result<Source<'a>, ImportError> {
    match files {
        [file] => Ok(*file),
        [] => Err(ImportProblem::of_all(format!("a file is missing with the {what}")).into()),
        [first, second, ..] => {
            let message = format!(
                "{} and {} both have {what}; give one of them",
                first.file, second.file
            );
            Err(ImportProblem::of_all(message).into())
        }
    }
}

fn judgment<'a>(place: Place<'a>, line: &'a str) -> Result<Judgment<'a>, ImportProblem> {
    let columns: Vec<&str> = line.split_ascii_whitespace().collect();
    let [question, _, document, score] = columns[..] else {
        let message = format!(
            "the line has {} columns; judgments have four: topic, 0, document, grade, and no blanks in them",
            columns.len()
        );
        return Err(place.problem_of_line(message));
    };
    let grade = grade(score).map_err(|message| place.problem("grade", message))?;
    Ok(Judgment {
        question,
        document,
        grade,
    })
}

pub(super) fn export(set: &ExportedSet<'_>) -> Result<Export, ExportError> {
    let mut notes = Notes::default();
    let judged = judged(set.questions, &mut notes);
    carries(Format::Trec, ids(&judged), fits)?;
    let mut topics = String::new();
    for judged in &judged {
        let question = judged.question;
        if !question.answers.is_empty() {
            notes.add(NoteKind::AnswersLeftOut, &question.id);
        }
        if question.text.contains(char::is_control) {
            notes.add(NoteKind::LineBreaksLeftOut, &question.id);
        }
        let text = question.text.replace(char::is_control, " ");
        // A String takes whatever is written to it.
        let _ = writeln!(topics, "{}\t{text}", question.id);
    }
    let file = |name: &str, content| OutputFile {
        name: name.to_owned(),
        content,
    };
    Ok(Export {
        files: vec![
            file("topics.tsv", topics),
            file("qrels.txt", lines_of_qrels(&judged)),
        ],
        notes: notes.list(),
    })
}
