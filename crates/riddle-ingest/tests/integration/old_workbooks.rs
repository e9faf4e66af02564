//! Workbooks of the format XLS, made here byte by byte.

use riddle_core::{Extractor, Unwatched};

use crate::support::{extractor, temporary};

const SECTOR: usize = 512;
const END_OF_CHAIN: u32 = 0xffff_fffe;
const FREE: u32 = 0xffff_ffff;

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let place = numbers(&[row, column, 0, u16::try_from(text.len()).unwrap()]);
    record(0x0204, &[&place[..], &[0], text.as_bytes()].concat())
}

/// A number in a cell of the second format, which shows days.
fn day(row: u16, column: u16, days: f64) -> Vec<u8> {
    record(
        0x0203,
        &[&numbers(&[row, column, 1])[..], &days.to_le_bytes()].concat(),
    )
}

/// The stream of a workbook: the names of its sheets, whether they are hidden, and the records of each.
fn stream(sheets: &[(&str, bool, Vec<u8>)]) -> Vec<u8> {
    let begin = |kind: u16| record(0x0809, &numbers(&[0x0600, kind, 0, 0, 0, 0, 0, 0]));
    let end = record(0x000a, &[]);
    let formats = [0, 14].map(|format| record(0x00e0, &numbers(&[0, format, 0, 0])));
    let named = |at: u32, name: &str, hidden: bool| {
        let head = [u8::from(hidden), 0, u8::try_from(name.len()).unwrap(), 0];
        record(
            0x0085,
            &[&at.to_le_bytes()[..], &head, name.as_bytes()].concat(),
        )
    };
    let entries = sheets
        .iter()
        .map(|(name, hidden, _)| named(0, name, *hidden).len());
    let mut at = begin(5).len() + formats.concat().len() + entries.sum::<usize>() + end.len();
    let mut globals = [begin(5), formats.concat()].concat();
    let mut bodies = Vec::new();
    for (name, hidden, records) in sheets {
        globals.extend(named(u32::try_from(at).unwrap(), name, *hidden));
        let body = [begin(16), records.clone(), end.clone()].concat();
        at += body.len();
        bodies.extend(body);
    }
    let mut stream = [globals, end, bodies].concat();
    // A shorter one would lie in a stream of small sectors.
    stream.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    stream
}

fn directory_entry(name: &str, kind: u8, child: u32, start: u32, length: usize) -> Vec<u8> {
    let mut entry = vec![0; 128];
    let name = numbers(&name.encode_utf16().chain([0]).collect::<Vec<_>>());
    entry[..name.len()].copy_from_slice(&name);
    entry[64] = u8::try_from(name.len()).unwrap();
    entry[66..68].copy_from_slice(&[kind, 1]);
    for (at, number) in [(68, FREE), (72, FREE), (76, child), (116, start)] {
        entry[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    entry[120..124].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
    entry
}

/// A compound file of one stream: its header, the table of sectors, the directory, and the stream.
fn compound(stream: &[u8]) -> Vec<u8> {
    let mut header = vec![0; SECTOR];
    header[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    header[24..34].copy_from_slice(&numbers(&[0x3e, 3, 0xfffe, 9, 6]));
    for (at, number) in [
        (44, 1),
        (48, 1),
        (56, 4096),
        (60, END_OF_CHAIN),
        (68, END_OF_CHAIN),
    ] {
        header[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
    }
    header[80..].fill(0xff);
    let last = u32::try_from(1 + stream.len() / SECTOR).unwrap();
    let mut table = vec![0xffff_fffd, END_OF_CHAIN];
    table.extend(3..=last);
    table.push(END_OF_CHAIN);
    table.resize(SECTOR / 4, FREE);
    let mut directory = directory_entry("Root Entry", 5, 1, END_OF_CHAIN, 0);
    directory.extend(directory_entry("Workbook", 2, FREE, 2, stream.len()));
    directory.resize(SECTOR, 0);
    let table: Vec<u8> = table.into_iter().flat_map(u32::to_le_bytes).collect();
    [&header[..], &table, &directory, stream].concat()
}

#[test]
fn old_workbooks_have_titles_merged_cells_days_and_hidden_sheets() {
    let fuel = [
        label(0, 0, "Fuel of the harbour, litres"),
        label(1, 0, "Depot"),
        label(1, 1, "Boat"),
        label(1, 2, "Day"),
        label(2, 0, "Quay"),
        label(2, 1, "Heron"),
        day(2, 2, 46_086.0),
        label(3, 1, "Teal"),
        day(3, 2, 46_086.75),
        record(0x00e5, &numbers(&[2, 0, 0, 0, 2, 2, 3, 0, 0])),
    ];
    let rates = label(0, 0, "Internal");
    let workbook = stream(&[("Fuel", false, fuel.concat()), ("Rates", true, rates)]);
    let file = temporary(&compound(&workbook));
    let read = extractor().extract(file.path(), "a.xls", None, &Unwatched);
    assert_eq!(
        read.unwrap().text,
        "## Fuel\n\nFuel of the harbour, litres\n\n| Depot | Boat | Day |\n| --- | --- | --- |\n\
         | Quay | Heron | 2026-03-05 |\n| Quay | Teal | 2026-03-05 18:00 |\n\n\
         ## Rates (hidden sheet)\n\nInternal"
    );
}
