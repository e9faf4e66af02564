//! The merged cells of workbooks of the format XLSB, which the library that reads their values does not give.

use std::collections::HashMap;

use riddle_core::Failure;

use super::merged::{MAX_MERGES, Merge};
use super::package::Package;
use super::sheets_xlsx::{MAX_COLUMNS, MAX_ROWS};

const WORKBOOK: &str = "xl/workbook.bin";
/// The kinds of records that name a sheet and that say which cells are merged.
const SHEET: u32 = 156;
const MERGED: u32 = 176;

/// The merged cells of each sheet by its name, as far as its parts are sound.
///
/// # Errors
/// The workbook unpacks to more than is allowed.
pub(super) fn merges(document: &[u8]) -> Result<HashMap<String, Vec<Merge>>, Failure> {
    let mut merges = HashMap::new();
    let Some(mut package) = Package::open(document) else {
        return Ok(merges);
    };
    let relations = package.relations(WORKBOOK)?;
    let workbook = package.bytes(WORKBOOK)?.unwrap_or_default();
    for (_, body) in Records(&workbook).filter(|(kind, _)| *kind == SHEET) {
        let Some((relation, name)) = sheet_of(body) else {
            continue;
        };
        let Some(relation) = relations.get(&relation) else {
            continue;
        };
        let sheet = package.bytes(&relation.target)?.unwrap_or_default();
        let merged = Records(&sheet).filter(|(kind, _)| *kind == MERGED);
        let merged = merged.filter_map(|(_, body)| merge_of(body));
        merges.insert(name, merged.take(MAX_MERGES).collect());
    }
    Ok(merges)
}

/// The records of a part by their kinds, up to one that is cut off.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = take_packed(&mut self.0, 2)?;
        let length = take_packed(&mut self.0, 4)?;
        let (body, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some((kind, body))
    }
}

/// A number of seven bits in each byte, whose eighth says that another one follows.
fn take_packed(bytes: &mut &[u8], most: u32) -> Option<u32> {
    let mut number = 0;
    for place in 0..most {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(first & 0x7f) << (7 * place);
        if first & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*first))
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let characters = usize::try_from(take_number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(characters.checked_mul(2)?)?;
    *bytes = rest;
    let units: Vec<u16> = text
        .chunks_exact(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .collect();
    Some(String::from_utf16_lossy(&units))
}

/// The id of the relationship to a sheet, and its name, behind its state and number.
fn sheet_of(mut body: &[u8]) -> Option<(String, String)> {
    take_number(&mut body)?;
    take_number(&mut body)?;
    Some((take_text(&mut body)?, take_text(&mut body)?))
}

fn merge_of(mut body: &[u8]) -> Option<Merge> {
    let mut take_range = || Some((take_number(&mut body)?, take_number(&mut body)?));
    let (rows, columns) = (take_range()?, take_range()?);
    let is_sound = rows.0 <= rows.1 && columns.0 <= columns.1;
    let is_inside = rows.1 < MAX_ROWS && columns.1 < MAX_COLUMNS;
    (is_sound && is_inside).then_some(Merge { rows, columns })
}
