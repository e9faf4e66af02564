//! Workbooks of the format XLSB, made here record by record.

use riddle_core::{Extractor, Unwatched};

use crate::hostile::container;
use crate::support::{extractor, temporary};

const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
    Target=\"worksheets/sheet1.bin\"/></Relationships>";

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    assert!(length < 0x80, "one byte holds it");
    let kind = match kind {
        0..0x80 => vec![kind],
        _ => vec![kind, 1],
    };
    [&kind[..], &[length], body].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
    bytes.collect()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = numbers(&[u32::try_from(units.len()).unwrap()]);
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}

/// The text of a workbook of one sheet with these rows, of cells with their columns, and these merged cells: the first
/// and last row, the first and last column.
fn text(rows: &[&[(u32, &str)]], merges: &[[u32; 4]]) -> String {
    let sheets = [numbers(&[0, 1]), wide("rId1"), wide("Fuel")].concat();
    let workbook = [record(156, &sheets), record(144, &[]), record(157, &[])].concat();
    let mut sheet = [record(148, &numbers(&[0, 9, 0, 9])), record(145, &[])].concat();
    for (number, cells) in (0_u32..).zip(rows) {
        sheet.extend(record(0, &numbers(&[number])));
        for (column, text) in *cells {
            let cell = [numbers(&[*column, 0]), wide(text)].concat();
            sheet.extend(record(6, &cell));
        }
    }
    sheet.extend(record(146, &[]));
    sheet.extend(record(177, &numbers(&[0])));
    for merged in merges {
        sheet.extend(record(176, &numbers(merged)));
    }
    // The last record is cut off.
    sheet.extend([178, 1, 100, 0]);
    let bytes = container(&[
        ("[Content_Types].xml", b"<Types/>".as_slice()),
        ("xl/workbook.bin", workbook.as_slice()),
        ("xl/_rels/workbook.bin.rels", RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.bin", sheet.as_slice()),
    ]);
    let file = temporary(&bytes);
    let read = extractor().extract(file.path(), "a.xlsb", None, &Unwatched);
    read.unwrap().text
}

#[test]
fn merged_cells_of_binary_workbooks_stand_in_each_row() {
    let rows: [&[(u32, &str)]; 3] = [
        &[(0, "Depot"), (1, "Boat")],
        &[(0, "Quay"), (1, "Heron")],
        &[(1, "Teal")],
    ];
    let table = |second: &str| {
        format!("## Fuel\n\n| Depot | Boat |\n| --- | --- |\n| Quay | Heron |\n|{second} | Teal |")
    };
    assert_eq!(text(&rows, &[[1, 2, 0, 0]]), table(" Quay"));
    // Those that no sheet can have are none.
    let wild = [[2, 1, 0, 0], [1, u32::MAX, 0, u32::MAX]];
    assert_eq!(text(&rows, &wild), table(""));
}
