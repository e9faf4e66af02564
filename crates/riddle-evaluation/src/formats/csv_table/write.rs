use riddle_core::EvaluationQuestion;

use super::columns::Column;
use crate::formats::error::ExportError;
use crate::formats::file::OutputFile;
use crate::formats::note::NoteKind;
use crate::formats::notes::Notes;
use crate::formats::set::{Export, ExportedSet};
use crate::formats::written_judgments::has_details;

const COLUMNS: [Column; 7] = [
    Column::Id,
    Column::Question,
    Column::Answer,
    Column::Document,
    Column::Quote,
    Column::Grade,
    Column::Unanswerable,
];

pub(in crate::formats) fn export(set: &ExportedSet<'_>) -> Result<Export, ExportError> {
    let mut notes = Notes::default();
    // Spreadsheets take a file without a byte order mark for one in the language's old encoding.
    let mut content = "\u{FEFF}".to_owned();
    push_row(
        &mut content,
        &COLUMNS.map(|column| column.name().to_owned()),
    );
    for question in set.questions {
        if has_details(question) {
            notes.add(NoteKind::DetailsLeftOut, &question.id);
        }
        for row in rows(question) {
            push_row(&mut content, &row);
        }
    }
    Ok(Export {
        files: vec![OutputFile {
            name: "questions.csv".to_owned(),
            content,
        }],
        notes: notes.list(),
    })
}

/// A row for each judgment and for each answer, side by side. The text is in the first of them, since each row has the
/// id, by which it is found again.
fn rows(question: &EvaluationQuestion) -> Vec<[String; 7]> {
    let count = question.golds.len().max(question.answers.len()).max(1);
    let row = |index: usize| {
        let gold = question.golds.get(index);
        let quote = gold.and_then(|gold| gold.quote.as_ref());
        let text = |text: Option<&String>| text.map(|text| cell(text)).unwrap_or_default();
        [
            cell(&question.id),
            match index {
                0 => cell(&question.text),
                _ => String::new(),
            },
            text(question.answers.get(index)),
            text(gold.map(|gold| &gold.document)),
            text(quote.map(|quote| &quote.text)),
            gold.map(|gold| gold.grade.to_string()).unwrap_or_default(),
            if question.unanswerable { "yes" } else { "" }.to_owned(),
        ]
    };
    (0..count).map(row).collect()
}

fn push_row(content: &mut String, cells: &[String; 7]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            content.push(',');
        }
        if cell.contains(['"', ',', ';', '\t', '\r', '\n']) {
            content.push('"');
            content.push_str(&cell.replace('"', "\"\""));
            content.push('"');
        } else {
            content.push_str(cell);
        }
    }
    content.push_str("\r\n");
}

/// A text as a cell. Spreadsheets run what begins like a formula, so it gets an apostrophe, which they do not show.
fn cell(text: &str) -> String {
    if is_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text of a cell.
pub(super) fn shown(cell: &str) -> String {
    let text = cell
        .strip_prefix('\'')
        .filter(|text| is_formula(text))
        .unwrap_or(cell);
    text.to_owned()
}

/// Whether a text begins like a formula, or like one that is quoted by apostrophes already.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r'])
}
