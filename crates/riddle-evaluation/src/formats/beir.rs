mod write;

use serde::Deserialize;

use super::check::Names;
use super::documents::{DocumentNames, Documents, title};
use super::error::{ImportError, ImportProblem};
use super::file::{InputFile, Place};
use super::grade::grade;
use super::json::{self, Id, Texts};
use super::judgments::{Judgment, Judgments, Query, join};
use super::note::NoteKind;
use super::notes::Notes;
use super::problems::Problems;
use super::set::{CorpusDocument, ImportedSet};

pub(super) use write::export;

const NAMES: Names = Names {
    id: "_id",
    question: "text",
    answers: "metadata.answers",
    golds: "score",
};
const DOCUMENT_NAMES: DocumentNames = DocumentNames {
    name: "_id",
    title: "title",
    text: "text",
};
/// What the columns of a qrels file are called in a first line that is no judgment.
const HEADS: [&str; 4] = ["query-id", "query_id", "qid", "query"];

/// The files of a folder.
struct Folder<'a> {
    corpus: Option<&'a InputFile>,
    queries: &'a InputFile,
    qrels: &'a InputFile,
}

#[derive(Deserialize)]
struct DocumentLine {
    _id: Id,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct QueryLine {
    _id: Id,
    text: String,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    answers: Texts,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    let mut notes = Notes::default();
    let mut problems = Problems::default();
    let folder = folder(files, &mut notes)?;
    let corpus = folder
        .corpus
        .map(|file| documents(file, &mut problems, &mut notes));
    let corpus = corpus.transpose()?;
    let queries = queries(folder.queries, &mut problems)?;
    let judgments = judgments(folder.qrels, &mut problems)?;
    problems.finish()?;
    join(queries, judgments, corpus, NAMES, notes)
}

fn folder<'a>(files: &'a [InputFile], notes: &mut Notes) -> Result<Folder<'a>, ImportError> {
    let corpus = only(files, "corpus.jsonl")?;
    let Some(queries) = only(files, "queries.jsonl")? else {
        let message = "queries.jsonl is missing; a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv";
        return Err(ImportProblem::of_all(message).into());
    };
    let qrels = qrels(files)?;
    let read = [Some(queries), Some(qrels), corpus];
    for file in files {
        if !read.iter().flatten().any(|read| std::ptr::eq(*read, file)) {
            notes.add(NoteKind::FilesIgnored, &file.name);
        }
    }
    Ok(Folder {
        corpus,
        queries,
        qrels,
    })
}

fn only<'a>(files: &'a [InputFile], name: &str) -> Result<Option<&'a InputFile>, ImportError> {
    let found: Vec<&InputFile> = files
        .iter()
        .filter(|file| file.base_name() == name)
        .collect();
    match found.as_slice() {
        [] => Ok(None),
        [file] => Ok(Some(file)),
        [first, second, ..] => {
            let message = format!(
                "{} and {} are there; give one folder at a time",
                first.name, second.name
            );
            Err(ImportProblem::of_all(message).into())
        }
    }
}

/// The judgments of the test split, or the only ones.
fn qrels(files: &[InputFile]) -> Result<&InputFile, ImportError> {
    let all: Vec<&InputFile> = files
        .iter()
        .filter(|file| file.has_extension(&["tsv"]))
        .collect();
    if let [file] = all.as_slice() {
        return Ok(file);
    }
    let mut tests = all.iter().filter(|file| file.base_name() == "test.tsv");
    if let (Some(file), None) = (tests.next(), tests.next()) {
        return Ok(file);
    }
    let names: Vec<&str> = all.iter().map(|file| file.name.as_str()).collect();
    let message = if names.is_empty() {
        "qrels/test.tsv is missing; a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv".to_owned()
    } else {
        format!(
            "it is not clear which judgments are meant of {}; leave one of the files",
            names.join(", ")
        )
    };
    Err(ImportProblem::of_all(message).into())
}

fn documents(
    file: &InputFile,
    problems: &mut Problems,
    notes: &mut Notes,
) -> Result<Vec<CorpusDocument>, ImportError> {
    let mut documents = Documents::new(DOCUMENT_NAMES);
    for (place, text) in file.source()?.lines() {
        let document = json::parse::<DocumentLine>(place, text).map(|line| CorpusDocument {
            name: line._id.0,
            title: title(line.title),
            text: line.text.unwrap_or_default(),
        });
        problems.keep(document.and_then(|document| documents.add(place, document, notes)));
        if problems.is_full() {
            break;
        }
    }
    Ok(documents.finish())
}

fn queries<'a>(
    file: &'a InputFile,
    problems: &mut Problems,
) -> Result<Vec<Query<'a>>, ImportError> {
    let mut queries = Vec::new();
    for (place, text) in file.source()?.lines() {
        let query = json::parse::<QueryLine>(place, text).map(|line| Query {
            place,
            id: line._id.0,
            text: line.text,
            answers: line
                .metadata
                .map(|metadata| metadata.answers.0)
                .unwrap_or_default(),
        });
        queries.extend(problems.keep(query));
        if problems.is_full() {
            break;
        }
    }
    Ok(queries)
}

fn judgments<'a>(
    file: &'a InputFile,
    problems: &mut Problems,
) -> Result<Judgments<'a>, ImportError> {
    let mut judgments = Judgments::default();
    for (index, (place, text)) in file.source()?.lines().enumerate() {
        if index == 0 && is_head(text) {
            continue;
        }
        problems.keep(judgment(place, text).and_then(|judgment| judgments.add(place, judgment)));
        if problems.is_full() {
            break;
        }
    }
    Ok(judgments)
}

/// Whether a line names columns. Files without such a line begin with a judgment.
fn is_head(line: &str) -> bool {
    let first = line.split('\t').next().unwrap_or_default();
    HEADS.contains(&first.trim().to_ascii_lowercase().as_str())
}

fn judgment<'a>(place: Place<'a>, line: &'a str) -> Result<Judgment<'a>, ImportProblem> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [question, document, score] = columns[..] else {
        let message = format!(
            "the line has {} columns; it needs three with tabs between them: id of the question, id of the document, \
             grade",
            columns.len()
        );
        return Err(place.problem_of_line(message));
    };
    let grade = grade(score.trim()).map_err(|message| place.problem("score", message))?;
    Ok(Judgment {
        question,
        document,
        grade,
    })
}
