use crate::formats::error::{ImportProblem, beginning};
use crate::formats::file::{Place, Source};

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Id,
    Question,
    Answer,
    Document,
    Quote,
    Grade,
    Unanswerable,
}

/// Names of columns in lower case; the first is the one that is written.
const NAMES: [(Column, &[&str]); 7] = [
    (
        Column::Id,
        &[
            "id",
            "question_id",
            "question id",
            "qid",
            "query_id",
            "编号",
            "问题编号",
        ],
    ),
    (
        Column::Question,
        &["question", "query", "text", "问题", "提问", "查询"],
    ),
    (Column::Answer, &["answer", "answers", "答案", "回答"]),
    (
        Column::Document,
        &[
            "document",
            "document name",
            "doc",
            "file",
            "source",
            "文档",
            "文件",
            "来源",
        ],
    ),
    (
        Column::Quote,
        &["quote", "passage", "excerpt", "引文", "原文", "段落"],
    ),
    (
        Column::Grade,
        &[
            "grade",
            "relevance",
            "label",
            "score",
            "等级",
            "相关性",
            "评分",
        ],
    ),
    (
        Column::Unanswerable,
        &["unanswerable", "无法回答", "不可回答"],
    ),
];

/// What stands between cells.
const SEPARATORS: [u8; 3] = *b",;\t";

impl Column {
    /// The name that is written.
    pub(super) fn name(self) -> &'static str {
        let names = NAMES.iter().find(|(column, _)| *column == self);
        names
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or_default()
    }
}

/// Where the columns of a table are.
pub(super) struct Columns {
    found: Vec<Option<Column>>,
    /// Names as the file has them, for errors.
    names: Vec<String>,
}

impl Columns {
    /// The columns that a first row names.
    pub(super) fn new(place: Place<'_>, head: &csv::StringRecord) -> Result<Self, ImportProblem> {
        let names: Vec<String> = head.iter().map(|name| name.trim().to_owned()).collect();
        let found: Vec<Option<Column>> = names.iter().map(|name| column(name)).collect();
        let columns = Self { found, names };
        for (index, column) in columns.found.iter().enumerate() {
            if column.is_some() && columns.found[..index].contains(column) {
                let message = "there is another column for the same; rename or remove one";
                return Err(place.problem(columns.names[index].clone(), message));
            }
        }
        for column in [Column::Quote, Column::Grade] {
            if columns.position(column).is_some() && columns.position(Column::Document).is_none() {
                let message = "the table has no column \"document\", which says what the row is about; add it";
                return Err(place.problem(column.name(), message));
            }
        }
        if columns.position(Column::Question).is_none() {
            let message = format!(
                "the first row names no column \"question\"; it has {:?}, and may have id, question, answer, document, \
                 quote, grade and unanswerable",
                beginning(&columns.names.join(", "))
            );
            return Err(place.problem_of_line(message));
        }
        Ok(columns)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// The name that the file has for a column.
    pub(super) fn name(&self, column: Column) -> &str {
        self.position(column)
            .map_or(column.name(), |position| &self.names[position])
    }

    /// The cell of a row, unless it is blank or there is no such column.
    pub(super) fn cell<'r>(&self, row: &'r csv::StringRecord, column: Column) -> Option<&'r str> {
        let cell = row.get(self.position(column)?)?;
        (!cell.trim().is_empty()).then_some(cell)
    }

    fn position(&self, column: Column) -> Option<usize> {
        self.found.iter().position(|found| *found == Some(column))
    }
}

fn column(name: &str) -> Option<Column> {
    let name = name.to_lowercase();
    let known = NAMES
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()));
    known.map(|(column, _)| *column)
}

/// Whether a file begins with the names of columns.
pub(in crate::formats) fn has_head(source: Source<'_>) -> bool {
    let table = Table::new(source);
    let head = table
        .text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut names = head
        .split(char::from(table.separator))
        .map(|name| name.trim().trim_matches('"'));
    names.any(|name| column(name) == Some(Column::Question))
}

/// A table and what separates its cells.
pub(super) struct Table<'a> {
    /// The part of the file after the line that names the separator.
    pub(super) text: &'a str,
    pub(super) separator: u8,
}

impl<'a> Table<'a> {
    /// Takes the separator from a first line such as `sep=;`, which spreadsheets write, or from the names of columns.
    pub(super) fn new(source: Source<'a>) -> Self {
        if let Some(rest) = source.text.strip_prefix("sep=")
            && let Some(separator) = rest.bytes().next().filter(|byte| SEPARATORS.contains(byte))
        {
            let text = rest.split_once('\n').map_or("", |(_, text)| text);
            return Self { text, separator };
        }
        let text = source.text;
        let head = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let count = |separator: &u8| head.bytes().filter(|byte| byte == separator).count();
        // Of several that are there equally often the first is taken.
        let separator = SEPARATORS
            .into_iter()
            .rev()
            .max_by_key(count)
            .unwrap_or(b',');
        Self { text, separator }
    }
}
