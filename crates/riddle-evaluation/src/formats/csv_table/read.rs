use std::collections::HashMap;

use riddle_core::{Gold, Quote};

use super::columns::{Column, Columns, Table};
use super::write::shown;
use crate::formats::check::{self, Names};
use crate::formats::collector::{Collector, imported};
use crate::formats::error::{ImportError, ImportProblem, beginning};
use crate::formats::file::{InputFile, LineCounter, Place, Source};
use crate::formats::grade::grade;
use crate::formats::limits::MAX_ANSWERS;
use crate::formats::note::NoteKind;
use crate::formats::notes::Notes;
use crate::formats::problems::Problems;
use crate::formats::select::data_files;
use crate::formats::set::ImportedSet;

const NAMES: Names = Names {
    id: "id",
    question: "question",
    answers: "answer",
    golds: "document",
};

/// A question in the making.
struct Asked<'a> {
    place: Place<'a>,
    id: String,
    text: String,
    answers: Vec<String>,
    golds: Vec<Gold>,
    /// Where the judgment of a document or quote is among them.
    judged: HashMap<(String, Option<String>), usize>,
    unanswerable: bool,
}

/// The questions so far, and where they are.
#[derive(Default)]
struct Rows<'a> {
    questions: Vec<Asked<'a>>,
    by_id: HashMap<String, usize>,
    by_text: HashMap<String, usize>,
}

pub(in crate::formats) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    let mut set = Collector::new(NAMES);
    let mut problems = Problems::default();
    let mut rows = Rows::default();
    for file in data_files(files, &mut set.notes)? {
        table(file.source()?, &mut rows, &mut set.notes, &mut problems)?;
    }
    for asked in rows.questions {
        if problems.is_full() {
            break;
        }
        let mut question = imported(asked.id, asked.text, asked.answers, asked.golds);
        question.unanswerable = asked.unanswerable;
        problems.keep(set.add(asked.place, question));
    }
    problems.finish()?;
    set.finish(None)
}

fn table<'a>(
    source: Source<'a>,
    rows: &mut Rows<'a>,
    notes: &mut Notes,
    problems: &mut Problems,
) -> Result<(), ImportError> {
    let table = Table::new(source);
    let begin = source.text.len() - table.text.len();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(table.separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(table.text.as_bytes());
    let mut lines = LineCounter::new(source);
    let mut columns = None;
    let mut row = csv::StringRecord::new();
    loop {
        // What is between rows counts as the beginning of the next.
        let before = reader.position().byte() as usize;
        let rest = table.text.get(before..).unwrap_or_default();
        let start = before + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let place = lines.place(begin + start);
        let read = reader.read_record(&mut row);
        if !read.map_err(|error| place.problem_of_line(error.to_string()))? {
            break;
        }
        let end = reader.position().byte() as usize;
        let raw = table.text.get(start..end).unwrap_or_default();
        if end >= table.text.len() && is_open(raw, table.separator) {
            let message = "a quotation mark opens a cell and none closes it; add one, or double those within a cell";
            problems.keep::<()>(Err(place.problem_of_line(message)));
            break;
        }
        match &columns {
            None => columns = Some(Columns::new(place, &row)?),
            Some(columns) => {
                problems.keep(rows.add(place, columns, &row, notes));
            }
        }
        if problems.is_full() {
            break;
        }
    }
    Ok(())
}

/// Whether a row ends within a quoted cell.
fn is_open(row: &str, separator: u8) -> bool {
    let (mut quoted, mut begins) = (false, true);
    for byte in row.bytes() {
        if byte == b'"' && (quoted || begins) {
            quoted = !quoted;
            // The second of two marks within a cell opens it again.
            begins = !quoted;
        } else {
            begins = !quoted && (byte == separator || byte == b'\n' || byte == b'\r');
        }
    }
    quoted
}

impl<'a> Rows<'a> {
    fn add(
        &mut self,
        place: Place<'a>,
        columns: &Columns,
        row: &csv::StringRecord,
        notes: &mut Notes,
    ) -> Result<(), ImportProblem> {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if row.len() != columns.count() {
            let message = format!(
                "the row has {} cells and the first row {}; put cells with a separator in them into quotation marks",
                row.len(),
                columns.count()
            );
            return Err(place.problem_of_line(message));
        }
        let gold = gold(place, columns, row)?;
        let unanswerable = unanswerable(place, columns, row)?;
        let asked = self.question(place, columns, row)?;
        asked.unanswerable |= unanswerable;
        if let Some(answer) = columns.cell(row, Column::Answer).map(shown) {
            asked.answer(answer);
        }
        if let Some(gold) = gold {
            asked.judge(gold, notes);
        }
        Ok(())
    }

    /// The question of a row: that with its id, or with its text where the row has no id.
    fn question(
        &mut self,
        place: Place<'a>,
        columns: &Columns,
        row: &csv::StringRecord,
    ) -> Result<&mut Asked<'a>, ImportProblem> {
        let id = columns.cell(row, Column::Id).map(shown);
        let text = columns.cell(row, Column::Question).map(shown);
        let next = self.questions.len();
        let index = match (&id, &text) {
            (Some(id), _) => *self.by_id.entry(id.clone()).or_insert(next),
            (None, Some(text)) => *self.by_text.entry(text.clone()).or_insert(next),
            (None, None) => {
                let message = "it is empty; every row needs the question that it belongs to";
                return Err(place.problem(columns.name(Column::Question), message));
            }
        };
        if index == next {
            let text = text.unwrap_or_default();
            self.by_text.entry(text.clone()).or_insert(next);
            self.questions
                .push(Asked::new(place, id.unwrap_or_default(), text));
        } else if let Some(text) = text.filter(|text| *text != self.questions[index].text) {
            let first = &mut self.questions[index];
            // A table that was sorted in a spreadsheet may have the row with the text behind others.
            if first.text.is_empty() {
                first.text.clone_from(&text);
                self.by_text.entry(text).or_insert(index);
                return Ok(first);
            }
            let message = format!(
                "{:?} has the id {:?} of {:?} in line {}; a question has one text and an id of its own",
                beginning(&text),
                beginning(&first.id),
                beginning(&first.text),
                first.place.line
            );
            return Err(place.problem(columns.name(Column::Question), message));
        }
        Ok(&mut self.questions[index])
    }
}

impl<'a> Asked<'a> {
    fn new(place: Place<'a>, id: String, text: String) -> Self {
        Self {
            place,
            id,
            text,
            answers: Vec::new(),
            golds: Vec::new(),
            judged: HashMap::new(),
            unanswerable: false,
        }
    }

    /// Takes an answer, unless it is there.
    fn answer(&mut self, answer: String) {
        // A question with more answers than this is refused in the end.
        if self.answers.len() <= MAX_ANSWERS && !self.answers.contains(&answer) {
            self.answers.push(answer);
        }
    }

    /// Takes a judgment. Of equal ones the highest grade holds.
    fn judge(&mut self, gold: Gold, notes: &mut Notes) {
        let words = gold.quote.as_ref().map(|quote| quote.text.clone());
        let next = self.golds.len();
        let index = *self
            .judged
            .entry((gold.document.clone(), words))
            .or_insert(next);
        if index == next {
            self.golds.push(gold);
            return;
        }
        notes.add(NoteKind::RepeatedJudgments, &gold.document);
        let same = &mut self.golds[index];
        same.grade = same.grade.max(gold.grade);
    }
}

fn gold(
    place: Place<'_>,
    columns: &Columns,
    row: &csv::StringRecord,
) -> Result<Option<Gold>, ImportProblem> {
    let quote = columns.cell(row, Column::Quote).map(shown);
    let grade = columns
        .cell(row, Column::Grade)
        .map(|cell| grade(cell.trim()));
    let Some(document) = columns.cell(row, Column::Document).map(shown) else {
        if quote.is_some() || grade.is_some() {
            let message = "it is empty, and the row has a quote or a grade; say of which document";
            return Err(place.problem(columns.name(Column::Document), message));
        }
        return Ok(None);
    };
    check::document_name(&document)
        .map_err(|message| place.problem(columns.name(Column::Document), message))?;
    if let Some(quote) = &quote {
        check::quote(quote, None)
            .map_err(|message| place.problem(columns.name(Column::Quote), message))?;
    }
    let grade = grade
        .transpose()
        .map_err(|message| place.problem(columns.name(Column::Grade), message))?;
    Ok(Some(Gold {
        document,
        quote: quote.map(|text| Quote { text, span: None }),
        grade: grade.unwrap_or(1),
    }))
}

fn unanswerable(
    place: Place<'_>,
    columns: &Columns,
    row: &csv::StringRecord,
) -> Result<bool, ImportProblem> {
    let cell = columns.cell(row, Column::Unanswerable).unwrap_or_default();
    match cell.trim().to_lowercase().as_str() {
        "" | "0" | "no" | "false" | "否" => Ok(false),
        "1" | "yes" | "true" | "是" => Ok(true),
        _ => {
            let message = format!(
                "{:?} is neither yes nor no; write one of them",
                beginning(cell)
            );
            Err(place.problem(columns.name(Column::Unanswerable), message))
        }
    }
}
