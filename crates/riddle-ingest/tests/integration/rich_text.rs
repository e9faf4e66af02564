//! Rich text.

use riddle_core::{Extractor, Unwatched};

use crate::support::{extractor, failure_of, temporary};

fn text(document: &str) -> String {
    let file = temporary(document.as_bytes());
    let outcome = extractor().extract(file.path(), "stock.rtf", None, &Unwatched);
    outcome.map_err(failure_of).expect("text").text
}

/// As word processors write it: what a row is like stands in front of it, and once more behind its cells.
const STOCK: &str = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}
\pard\plain\f0 The depot keeps these parts.\par
\u24211?\u23384?\par
\u28165?\u21333?\par
\trowd\cellx3000\cellx6000\pard\plain\intbl{\b Part}\cell\pard\intbl{\b Bin}\cell
{\trowd\cellx3000\cellx6000\row}
\trowd\cellx3000\cellx6000\pard\plain\intbl Nut\cell\pard\intbl A1\par upper shelf\cell
{\trowd\cellx3000\cellx6000\row}
\trowd\cellx3000\cellx6000\pard\plain\intbl Bolt\cell\pard\intbl\cell\row
\pard\plain Ask Ida Brandt for the key.\par}";

#[test]
fn rows_of_tables_are_rows_where_they_stand() {
    let read = text(STOCK);
    let table = "| Part | Bin |\n| --- | --- |\n| Nut | A1 upper shelf |\n| Bolt |  |";
    for expected in [
        "The depot keeps these parts.",
        "库存",
        "清单",
        table,
        "Ask Ida Brandt for the key.",
    ] {
        assert_eq!(read.matches(expected).count(), 1, "{expected}: {read}");
    }
    let at = |words: &str| read.find(words);
    assert!(
        at("清单") < at(table) && at(table) < at("Ask Ida"),
        "{read}"
    );
    assert!(!read.contains("TABLE_ROW"), "{read}");
    assert!(!read.contains(['\u{fdd0}', '\u{fdd1}']), "{read}");
}

#[test]
fn text_without_tables_stays_as_it_is() {
    let read = text(r"{\rtf1\ansi First \b bold\b0  words.\par Second.\par}");
    assert!(!read.contains('|'), "{read}");
    for expected in ["First", "bold", "words.", "Second."] {
        assert!(read.contains(expected), "{expected}: {read}");
    }
}

#[test]
fn tracked_changes_count_as_accepted() {
    let read = text(r"{\rtf1\ansi The rent is {\deleted\revauthdel1 forty}{\revised fifty}.\par}");
    assert_eq!(read.trim(), "The rent is fifty.");
}

#[test]
fn bytes_of_a_code_page_are_read() {
    let (words, ..) = encoding_rs::WINDOWS_1251.encode("Ключ лежит в сейфе.");
    let document = [br"{\rtf1\ansi\ansicpg1251 ".as_slice(), &words, br"\par}"].concat();
    let file = temporary(&document);
    let outcome = extractor().extract(file.path(), "key.rtf", None, &Unwatched);
    let read = outcome.map_err(failure_of).expect("text").text;
    assert_eq!(read.trim(), "Ключ лежит в сейфе.");
}
