//! Workbooks of the format XLSX.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use riddle_core::Failure;

use super::merged::Merge;
use super::package::{Package, Relation};
use super::sheet::{Row, Sheet, write};
use super::sheet_notes::notes_beside;
use super::styles::Formats;
use super::xml::{Element, unescaped};
use crate::failure;

/// Columns and rows of the largest sheet.
pub(super) const MAX_COLUMNS: u32 = 16_384;
pub(super) const MAX_ROWS: u32 = 1_048_576;

/// The text of a workbook; `None` where it cannot be read here.
///
/// # Errors
/// It unpacks to more than is allowed, or its text is longer than `output_bytes`.
pub(super) fn read(document: &[u8], output_bytes: usize) -> Result<Option<String>, Failure> {
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let main = package.main_part()?;
    let name = main.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let Some(workbook) = package.text(&name)? else {
        return Ok(None);
    };
    let Some(workbook) = Element::parse(&workbook) else {
        return Ok(None);
    };
    let relations = package.relations(&name)?;
    let shared = Shared::read(&mut package, &workbook, &relations)?;
    let sheets = sheets(&mut package, &workbook, &relations, &shared, output_bytes)?;
    if sheets.is_empty() {
        return Ok(None);
    }
    write(sheets, output_bytes).map(Some)
}

/// What all sheets of a workbook refer to.
struct Shared {
    strings: Vec<String>,
    formats: Formats,
}

impl Shared {
    fn read(
        package: &mut Package<'_>,
        workbook: &Element<'_>,
        relations: &HashMap<String, Relation>,
    ) -> Result<Self, Failure> {
        let mut text_of = |kind: &str| {
            let mut all = relations.values();
            match all.find(|relation| relation.kind == kind) {
                Some(relation) => package.text(&relation.target),
                None => Ok(None),
            }
        };
        let strings = text_of("sharedStrings")?.unwrap_or_default();
        let styles = text_of("styles")?.unwrap_or_default();
        Ok(Self {
            strings: shared_strings(&strings),
            formats: Formats::of_workbook(&styles, counts_from_1904(workbook)),
        })
    }
}

/// The sheets in the order of the workbook. Together they have no more text than `output_bytes`.
fn sheets(
    package: &mut Package<'_>,
    workbook: &Element<'_>,
    relations: &HashMap<String, Relation>,
    shared: &Shared,
    output_bytes: usize,
) -> Result<Vec<Sheet>, Failure> {
    let mut sheets = Vec::new();
    let mut left = output_bytes;
    for entry in workbook
        .child("sheets")
        .iter()
        .flat_map(|all| all.children_named("sheet"))
    {
        let relation = entry.attribute("id").and_then(|id| relations.get(&id));
        let known = ["worksheet", "chartsheet"];
        let Some(part) = relation.filter(|relation| known.contains(&relation.kind.as_str())) else {
            continue;
        };
        let Some(xml) = package.text(&part.target)? else {
            continue;
        };
        let hidden = entry
            .attribute("state")
            .is_some_and(|state| state != "visible");
        let mut reading = Reading::new(&shared.strings, &shared.formats, left);
        reading.read(&xml)?;
        left = reading.left;
        sheets.push(Sheet {
            name: entry.attribute("name").unwrap_or_default(),
            hidden,
            notes: notes_beside(package, &part.target, &mut left)?,
            ..reading.sheet
        });
    }
    Ok(sheets)
}

/// Whether the first day of the workbook's calendar is in 1904.
fn counts_from_1904(workbook: &Element<'_>) -> bool {
    workbook
        .child("workbookPr")
        .and_then(|properties| properties.attribute("date1904"))
        .is_some_and(|value| value == "1" || value == "true")
}

/// The shared strings, without the readings of Japanese words.
fn shared_strings(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut strings = Vec::new();
    let mut text = String::new();
    let mut in_text = false;
    let mut in_reading = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => match start.local_name().as_ref() {
                "si" => text.clear(),
                "t" => in_text = true,
                "rPh" => in_reading = true,
                _ => {}
            },
            Ok(Event::Empty(empty)) if empty.local_name().as_ref() == "si" => {
                strings.push(String::new());
            }
            Ok(Event::End(end)) => match end.local_name().as_ref() {
                "si" => strings.push(shown(&text)),
                "t" => in_text = false,
                "rPh" => in_reading = false,
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => return strings,
            Ok(event) if in_text && !in_reading => push_event(&mut text, &event),
            Ok(_) => {}
        }
    }
}

/// Adds what an event says as text.
fn push_event(text: &mut String, event: &Event<'_>) {
    match event {
        Event::Text(piece) => text.push_str(piece),
        Event::CData(piece) => text.push_str(piece),
        Event::GeneralRef(name) => text.push_str(&unescaped(&format!("&{};", &**name))),
        _ => {}
    }
}

/// Characters that XML cannot hold are written as `_x000D_` in sheets.
fn shown(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        shown.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6);
        let closed = rest.as_bytes().get(at + 6) == Some(&b'_');
        let character = code
            .filter(|code| closed && code.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = character {
            shown.push(character);
            rest = &rest[at + 7..];
        } else {
            shown.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    shown + rest
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    column: u32,
    kind: String,
    style: usize,
    value: String,
}

/// A sheet that is being read.
struct Reading<'a> {
    strings: &'a [String],
    formats: &'a Formats,
    sheet: Sheet,
    cell: Cell,
    row: Row,
    next_row: u32,
    next_column: u32,
    /// Bytes of text that may still come.
    left: usize,
}

impl<'a> Reading<'a> {
    fn new(strings: &'a [String], formats: &'a Formats, left: usize) -> Self {
        Self {
            strings,
            formats,
            sheet: Sheet::default(),
            cell: Cell::default(),
            row: Row::default(),
            next_row: 0,
            next_column: 0,
            left,
        }
    }

    /// Reads as far as the sheet is sound.
    fn read(&mut self, xml: &str) -> Result<(), Failure> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut in_value = false;
        let mut in_reading = false;
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => match start.local_name().as_ref() {
                    "row" => self.begin_row(&start),
                    "c" => self.begin_cell(&start),
                    "v" | "t" => in_value = true,
                    "rPh" => in_reading = true,
                    "mergeCell" => self.sheet.merges.extend(merge_of(&start)),
                    _ => {}
                },
                Ok(Event::End(end)) => match end.local_name().as_ref() {
                    "row" => self.end_row(),
                    "c" => self.end_cell()?,
                    "v" | "t" => in_value = false,
                    "rPh" => in_reading = false,
                    _ => {}
                },
                Ok(Event::Eof) | Err(_) => {
                    self.end_row();
                    return Ok(());
                }
                Ok(event) if in_value && !in_reading => push_event(&mut self.cell.value, &event),
                Ok(_) => {}
            }
        }
    }

    fn begin_row(&mut self, start: &BytesStart<'_>) {
        let number = attribute(start, "r").and_then(|number| number.parse::<u32>().ok());
        let number = number.map_or(self.next_row, |number| number.saturating_sub(1));
        self.next_row = number.min(MAX_ROWS) + 1;
        self.next_column = 0;
        self.row = Row {
            number: number.min(MAX_ROWS),
            ..Row::default()
        };
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if !row.cells.is_empty() {
            self.sheet.rows.push(row);
        }
    }

    fn begin_cell(&mut self, start: &BytesStart<'_>) {
        let reference = attribute(start, "r");
        let place = reference.as_deref().and_then(place_of);
        let column = place.map_or(self.next_column, |(_, column)| column);
        self.next_column = column.saturating_add(1).min(MAX_COLUMNS);
        self.cell = Cell {
            column,
            kind: attribute(start, "t").unwrap_or_default(),
            style: attribute(start, "s")
                .and_then(|style| style.parse().ok())
                .unwrap_or_default(),
            value: String::new(),
        };
    }

    fn end_cell(&mut self) -> Result<(), Failure> {
        let cell = std::mem::take(&mut self.cell);
        let value = cell.value.trim();
        let text = match cell.kind.as_str() {
            "s" => {
                let index = value.parse::<usize>().ok();
                let string = index.and_then(|index| self.strings.get(index));
                string.cloned().unwrap_or_default()
            }
            "str" | "inlineStr" => shown(&cell.value),
            "b" => if value == "1" || value == "true" {
                "TRUE"
            } else {
                "FALSE"
            }
            .to_owned(),
            "e" | "d" => value.to_owned(),
            _ => self.formats.show(cell.style, value),
        };
        if text.trim().is_empty() {
            return Ok(());
        }
        self.left = self
            .left
            .checked_sub(text.len())
            .ok_or_else(failure::too_much_text)?;
        self.row.cells.push((cell.column, text));
        Ok(())
    }
}

fn attribute(start: &BytesStart<'_>, local: &str) -> Option<String> {
    let mut attributes = start.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == local)?;
    Some(unescaped(&found.value).into_owned())
}

fn merge_of(start: &BytesStart<'_>) -> Option<Merge> {
    let reference = attribute(start, "ref")?;
    let (first, last) = reference.split_once(':')?;
    let (first, last) = (place_of(first)?, place_of(last)?);
    Some(Merge {
        rows: (first.0.min(last.0), first.0.max(last.0)),
        columns: (first.1.min(last.1), first.1.max(last.1)),
    })
}

/// Row and column of a reference such as `B12`, from 0.
fn place_of(reference: &str) -> Option<(u32, u32)> {
    let mut column = 0_u32;
    let digits = reference.find(|character: char| character.is_ascii_digit())?;
    for letter in reference[..digits].bytes() {
        let value = u32::from(letter.to_ascii_uppercase().checked_sub(b'A')?);
        column = (column.checked_mul(26)?).checked_add(value + 1)?;
        if value > 25 || column > MAX_COLUMNS {
            return None;
        }
    }
    let row: u32 = reference[digits..].parse().ok()?;
    (row <= MAX_ROWS).then_some((row.checked_sub(1)?, column.checked_sub(1)?))
}
