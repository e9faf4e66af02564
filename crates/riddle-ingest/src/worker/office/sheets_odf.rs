//! Workbooks of the format ODS, whose cells say themselves what they show.

use std::collections::HashSet;

use riddle_core::Failure;

use super::merged::Merge;
use super::opendocument::{MAX_TREE_BYTES, paragraphs};
use super::package::Package;
use super::sheet::{Row, Sheet, write};
use super::xml::Element;
use crate::failure;

const MAX_COLUMNS: usize = 16_384;
const MAX_ROWS: usize = 1_048_576;

/// The text of a workbook; `None` where it cannot be read here.
///
/// # Errors
/// It unpacks to more than is allowed, or its text is longer than `output_bytes`.
pub(super) fn read(document: &[u8], output_bytes: usize) -> Result<Option<String>, Failure> {
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let text = package.text("content.xml")?;
    let text = text.filter(|text| text.len() <= MAX_TREE_BYTES);
    let Some(root) = text.as_deref().and_then(Element::parse) else {
        return Ok(None);
    };
    let hidden = hidden_tables(&root);
    let Some(workbook) = root
        .child("body")
        .and_then(|body| body.child("spreadsheet"))
    else {
        return Ok(None);
    };
    let mut sheets = Vec::new();
    let mut left = output_bytes;
    for table in workbook.children_named("table") {
        let mut sheet = Sheet {
            name: table.attribute("name").unwrap_or_default(),
            hidden: table
                .attribute("style-name")
                .is_some_and(|style| hidden.contains(&style)),
            ..Sheet::default()
        };
        let mut number = 0;
        read_rows(table, &mut sheet, &mut number, &mut left)?;
        sheets.push(sheet);
    }
    write(sheets, output_bytes).map(Some)
}

/// Names of the styles of sheets that are not displayed.
fn hidden_tables(root: &Element<'_>) -> HashSet<String> {
    let mut hidden = HashSet::new();
    let styles = root.child("automatic-styles");
    for style in styles.iter().flat_map(|all| all.children_named("style")) {
        let properties = style.child("table-properties");
        let display = properties.and_then(|properties| properties.attribute("display"));
        if display.as_deref() == Some("false") {
            hidden.extend(style.attribute("name"));
        }
    }
    hidden
}

fn read_rows(
    parent: &Element<'_>,
    sheet: &mut Sheet,
    number: &mut usize,
    left: &mut usize,
) -> Result<(), Failure> {
    for child in parent.elements() {
        match child.local() {
            "table-header-rows" | "table-rows" | "table-row-group" => {
                read_rows(child, sheet, number, left)?;
            }
            "table-row" => {
                let repeated = child.number("number-rows-repeated").unwrap_or(1);
                let repeated = repeated.min(MAX_ROWS - (*number).min(MAX_ROWS));
                let cells = read_cells(child, sheet, *number);
                let bytes: usize = cells.iter().map(|(_, text)| text.len() + 16).sum();
                if !cells.is_empty() {
                    for offset in 0..repeated {
                        *left = left.checked_sub(bytes).ok_or_else(failure::too_much_text)?;
                        sheet.rows.push(Row {
                            number: saturated(*number + offset),
                            cells: cells.clone(),
                            ..Row::default()
                        });
                    }
                }
                *number += repeated;
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_cells(row: &Element<'_>, sheet: &mut Sheet, number: usize) -> Vec<(u32, String)> {
    let mut cells = Vec::new();
    let mut column = 0;
    for cell in row.elements() {
        let covered = cell.local() == "covered-table-cell";
        if cell.local() != "table-cell" && !covered {
            continue;
        }
        let repeated = cell.number("number-columns-repeated").unwrap_or(1);
        let repeated = repeated.min(MAX_COLUMNS - column);
        let text = if covered {
            String::new()
        } else {
            paragraphs(cell)
        };
        let spans = (
            cell.number("number-rows-spanned").unwrap_or(1),
            cell.number("number-columns-spanned").unwrap_or(1),
        );
        if spans.0 > 1 || spans.1 > 1 {
            let last = |first: usize, span: usize, most: usize| {
                saturated(first.saturating_add(span.saturating_sub(1)).min(most))
            };
            sheet.merges.push(Merge {
                rows: (saturated(number), last(number, spans.0, MAX_ROWS)),
                columns: (saturated(column), last(column, spans.1, MAX_COLUMNS)),
            });
        }
        if !text.trim().is_empty() {
            cells.extend((0..repeated).map(|offset| (saturated(column + offset), text.clone())));
        }
        column += repeated;
    }
    cells
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
