//! Office documents: what the library gets wrong about them is put right in their own XML, before it reads them, and
//! sheets are read here altogether.

mod changes;
mod dates;
mod deck;
mod epub;
mod merged;
mod merged_xlsb;
mod notes;
mod notes_odf;
mod number_format;
mod opendocument;
mod package;
mod sheet;
mod sheet_notes;
mod sheets_binary;
mod sheets_odf;
mod sheets_xlsx;
mod styles;
mod text_tables;
mod xml;

pub(super) use deck::{Slide, slides};
use riddle_core::Failure;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const XLS: &str = "application/vnd.ms-excel";
const XLSB: &str = "application/vnd.ms-excel.sheet.binary.macroEnabled.12";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ODT: &str = "application/vnd.oasis.opendocument.text";
const ODP: &str = "application/vnd.oasis.opendocument.presentation";
const EPUB: &str = "application/epub+zip";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// What is to be done with a document.
pub(super) enum Prepared {
    /// The library reads these bytes.
    Document(Vec<u8>),
    /// The library reads these one after the other.
    Slides(Vec<Slide>),
    /// There is nothing left to read: this is the text.
    Text(String),
}

/// Prepares a document; what cannot be prepared is left to the library as it is.
///
/// # Errors
/// It unpacks to more than is allowed, or its text is longer than `output_bytes`.
pub(super) fn prepare(
    media_type: &str,
    document: Vec<u8>,
    output_bytes: usize,
) -> Result<Prepared, Failure> {
    let sheets = match media_type {
        XLSX => sheets_xlsx::read(&document, output_bytes)?,
        XLS => sheets_binary::read_xls(&document, output_bytes)?,
        XLSB => sheets_binary::read_xlsb(&document, output_bytes)?,
        ODS => sheets_odf::read(&document, output_bytes)?,
        _ => None,
    };
    if let Some(text) = sheets {
        return Ok(Prepared::Text(text));
    }
    Ok(match media_type {
        PPTX => match slides(&document)? {
            Some(slides) => Prepared::Slides(slides),
            None => Prepared::Document(document),
        },
        EPUB => Prepared::Document(epub::spread(&document)?.unwrap_or(document)),
        DOCX => Prepared::Document(changes::accept(&document)?.unwrap_or(document)),
        ODT | ODP => Prepared::Document(opendocument::settle(&document)?.unwrap_or(document)),
        _ => Prepared::Document(document),
    })
}
