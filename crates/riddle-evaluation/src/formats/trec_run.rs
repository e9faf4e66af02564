use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use riddle_core::EvaluationQuestion;

use super::error::{ExportError, ImportError, ImportProblem, beginning};
use super::file::{InputFile, Place};
use super::format::Format;
use super::limits::{MAX_DOCUMENT_NAME_CHARS, MAX_RUN_DOCUMENTS};
use super::notes::Notes;
use super::problems::Problems;
use super::written_judgments::{Judged, carries, ids, judged};

/// A retrieved document.
#[derive(Clone, PartialEq, Debug)]
pub struct RunRow {
    /// Id of the question.
    pub question: String,
    /// Name of the document.
    pub document: String,
    /// Its place for the question, from 1.
    pub rank: u32,
    /// Its score, finite; higher is better.
    pub score: f64,
}

/// What a run file may have.
#[derive(Clone, Copy)]
struct Bounds {
    /// Documents of a question.
    documents: usize,
    /// Characters of an id or a name.
    chars: usize,
}

const NONE: Bounds = Bounds {
    documents: usize::MAX,
    chars: usize::MAX,
};

/// Of runs that become arms. A character that is written as addresses have it takes three.
const OF_ARMS: Bounds = Bounds {
    documents: MAX_RUN_DOCUMENTS,
    chars: 3 * MAX_DOCUMENT_NAME_CHARS,
};

/// What another system ranks.
#[derive(Clone, PartialEq, Debug)]
pub struct TrecRun {
    /// What its file calls it, in the last column of its first line.
    pub name: String,
    /// As [`parse_trec_run`] gives them; at least one.
    pub rows: Vec<RunRow>,
}

/// Reads the run of another system, which is to become an arm.
///
/// # Errors
///
/// As of [`parse_trec_run`], and if there is no line, a question has more than [`MAX_RUN_DOCUMENTS`] documents, or an
/// id or a name is too long to be one of a set or a knowledge base.
pub fn read_trec_run(file: &InputFile) -> Result<TrecRun, ImportError> {
    let rows = parse(file, OF_ARMS)?;
    let source = file.source()?;
    let mut lines = source.lines().filter(|(_, line)| !line.starts_with('#'));
    let first = lines
        .next()
        .and_then(|(_, line)| line.split_ascii_whitespace().last());
    match first {
        Some(name) => Ok(TrecRun {
            name: name.to_owned(),
            rows,
        }),
        None => {
            let message = "the file has no line of a run: question, Q0, document, rank, score, name of the run";
            Err(source.problem(message).into())
        }
    }
}

/// Reads a run file: question, Q0, document, rank, score, tag. Questions are in the order of their first line, their
/// documents by descending score, then by descending name, as trec_eval has them. The ranks are counted by that; those
/// of the file do not count.
///
/// # Errors
///
/// If a line has not six columns, a score is no finite number, or a document is there twice for a question.
pub fn parse_trec_run(file: &InputFile) -> Result<Vec<RunRow>, ImportError> {
    parse(file, NONE)
}

fn parse(file: &InputFile, bounds: Bounds) -> Result<Vec<RunRow>, ImportError> {
    let mut problems = Problems::default();
    let mut lists: Vec<Vec<RunRow>> = Vec::new();
    let mut questions: HashMap<&str, usize> = HashMap::new();
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    for (place, line) in file
        .source()?
        .lines()
        .filter(|(_, line)| !line.starts_with('#'))
    {
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let row = row(place, &columns).and_then(|row| bounds.check_names(place, row));
        if let Some(row) = problems.keep(row) {
            let (question, document) = (columns[0], columns[2]);
            if seen.insert((question, document)) {
                let list = *questions.entry(question).or_insert(lists.len());
                if list == lists.len() {
                    lists.push(Vec::new());
                }
                lists[list].push(row);
                if lists[list].len() > bounds.documents {
                    problems.keep::<()>(Err(bounds.too_many(place, question)));
                    break;
                }
            } else {
                let (question, document) = (beginning(question), beginning(document));
                let message = format!(
                    "{document:?} is there twice for question {question:?}; keep one of the lines"
                );
                problems.keep::<()>(Err(place.problem("document", message)));
            }
        }
        if problems.is_full() {
            break;
        }
    }
    problems.finish()?;
    Ok(lists.into_iter().flat_map(ranked).collect())
}

impl Bounds {
    fn check_names(self, place: Place<'_>, row: RunRow) -> Result<RunRow, ImportProblem> {
        for (field, name) in [("question", &row.question), ("document", &row.document)] {
            if name.chars().count() > self.chars {
                let message = format!(
                    "is too long; at most {} characters mean something",
                    self.chars
                );
                return Err(place.problem(field, message));
            }
        }
        Ok(row)
    }

    fn too_many(self, place: Place<'_>, question: &str) -> ImportProblem {
        let (question, most) = (beginning(question), self.documents);
        let message =
            format!("question {question:?} has more than {most} documents; keep the best {most}");
        place.problem("question", message)
    }
}

fn row(place: Place<'_>, columns: &[&str]) -> Result<RunRow, ImportProblem> {
    let [question, _, document, _, score, _] = columns else {
        let message = format!(
            "the line has {} columns; runs have six: question, Q0, document, rank, score, name of the run",
            columns.len()
        );
        return Err(place.problem_of_line(message));
    };
    if question.starts_with('\u{FEFF}') {
        let message =
            "there is a byte order mark (U+FEFF) before the id, which nobody sees; remove it";
        return Err(place.problem("question", message));
    }
    let number = score.parse::<f64>().ok().filter(|score| score.is_finite());
    let score = number.ok_or_else(|| {
        let message = format!(
            "{:?} is not a number such as 12.63, with a point and neither NaN nor infinite",
            beginning(score)
        );
        place.problem("score", message)
    })?;
    Ok(RunRow {
        question: (*question).to_owned(),
        document: (*document).to_owned(),
        rank: 0,
        score,
    })
}

fn ranked(mut rows: Vec<RunRow>) -> Vec<RunRow> {
    rows.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| b.document.cmp(&a.document))
    });
    for (row, rank) in rows.iter_mut().zip(1..) {
        row.rank = rank;
    }
    rows
}

/// Writes a run file with this name as its last column, blanks as underscores. Where the scores of a question would not
/// give its ranks again, to programs that read them in 32 bits too, whole numbers are written in their place.
///
/// # Errors
///
/// If an id or the name of a document has blanks.
pub fn trec_run(name: &str, rows: &[RunRow]) -> Result<String, ExportError> {
    let names = rows
        .iter()
        .flat_map(|row| [row.question.as_str(), row.document.as_str()]);
    carries(Format::Trec, names, fits)?;
    let name = name.replace(|c: char| c == ' ' || c.is_control(), "_");
    let mut lists: Vec<Vec<&RunRow>> = Vec::new();
    let mut questions: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let list = *questions.entry(&row.question).or_insert(lists.len());
        if list == lists.len() {
            lists.push(Vec::new());
        }
        lists[list].push(row);
    }
    let mut lines = String::new();
    for mut list in lists {
        list.sort_by_key(|row| row.rank);
        let keep = scores_give_ranks(&list);
        for (row, left) in list.iter().zip((1..=list.len()).rev()) {
            let score = if keep {
                row.score.to_string()
            } else {
                left.to_string()
            };
            // A String takes whatever is written to it.
            let _ = writeln!(
                lines,
                "{} Q0 {} {} {score} {name}",
                row.question, row.document, row.rank
            );
        }
    }
    Ok(lines)
}

fn scores_give_ranks(list: &[&RunRow]) -> bool {
    let finite = list.iter().all(|row| (row.score as f32).is_finite());
    finite
        && list
            .windows(2)
            .all(|pair| pair[0].score as f32 > pair[1].score as f32)
}

/// Writes the judgments of documents: question, 0, document, grade. A document has the highest grade of its passages.
///
/// # Errors
///
/// If an id or the name of a document has blanks.
pub fn trec_qrels(questions: &[EvaluationQuestion]) -> Result<String, ExportError> {
    let judged = judged(questions, &mut Notes::default());
    carries(Format::Trec, ids(&judged), fits)?;
    Ok(lines_of_qrels(&judged))
}

pub(super) fn lines_of_qrels(judged: &[Judged<'_>]) -> String {
    let mut lines = String::new();
    for Judged {
        question,
        documents,
    } in judged
    {
        for (document, grade) in documents {
            // A String takes whatever is written to it.
            let _ = writeln!(lines, "{} 0 {document} {grade}", question.id);
        }
    }
    lines
}

/// Whether TREC's files have a place for an id: no blanks, and nothing that makes a comment of its line.
pub(super) fn fits(id: &str) -> bool {
    !id.is_empty() && !id.starts_with('#') && !id.contains(|c: char| c == ' ' || c.is_control())
}
