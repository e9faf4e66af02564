use std::fmt::Write as _;

use serde::Serialize;

use crate::formats::error::ExportError;
use crate::formats::file::OutputFile;
use crate::formats::format::Format;
use crate::formats::json;
use crate::formats::notes::Notes;
use crate::formats::set::{CorpusDocument, Export, ExportedSet};
use crate::formats::written_judgments::{Judged, carries, ids, judged};

#[derive(Serialize)]
struct QueryLine<'a> {
    _id: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    answers: &'a [String],
}

#[derive(Serialize)]
struct DocumentLine<'a> {
    _id: &'a str,
    title: &'a str,
    text: &'a str,
}

pub(in crate::formats) fn export(set: &ExportedSet<'_>) -> Result<Export, ExportError> {
    let mut notes = Notes::default();
    let judged = judged(set.questions, &mut notes);
    carries(Format::Beir, ids(&judged), |id| {
        !id.contains(char::is_control)
    })?;
    let mut files = vec![
        file("queries.jsonl", judged.iter().map(query).collect()),
        file("qrels/test.tsv", qrels(&judged)),
    ];
    if let Some(corpus) = set.corpus {
        files.push(file("corpus.jsonl", corpus.iter().map(document).collect()));
    }
    Ok(Export {
        files,
        notes: notes.list(),
    })
}

fn file(name: &str, content: String) -> OutputFile {
    OutputFile {
        name: name.to_owned(),
        content,
    }
}

fn query(judged: &Judged<'_>) -> String {
    let answers = &judged.question.answers;
    json::line(&QueryLine {
        _id: &judged.question.id,
        text: &judged.question.text,
        metadata: (!answers.is_empty()).then_some(Metadata { answers }),
    })
}

fn document(document: &CorpusDocument) -> String {
    json::line(&DocumentLine {
        _id: &document.name,
        title: document.title.as_deref().unwrap_or_default(),
        text: &document.text,
    })
}

fn qrels(judged: &[Judged<'_>]) -> String {
    let mut lines = "query-id\tcorpus-id\tscore\n".to_owned();
    for Judged {
        question,
        documents,
    } in judged
    {
        for (document, grade) in documents {
            // A String takes whatever is written to it.
            let _ = writeln!(lines, "{}\t{document}\t{grade}", question.id);
        }
    }
    lines
}
