use riddle_api::{
    AcceptedDto, DocumentDto, DocumentEventDto, DocumentListDto, DocumentWarningDto, FailureDto,
    FolderDto, PagesReadDto, RefusedDto, StageTimesDto, TextDocuments,
};
use riddle_core::{
    Document, DocumentEvent, DocumentPage, Failure, Findings, Folder, MAX_METADATA_CHARS,
    MAX_METADATA_KEYS, MAX_OWN_METADATA_BYTES, PageRanges, PagesRead, StageTimes, rfc3339,
};
use riddle_engine::AcceptedUpload;

use super::convert::{Convert, ConvertFrom};
use super::metadata::metadata_to_json;
use crate::error::ApiError;
use crate::extract::parse_json;

/// Reads either form; serde alone could not say which field is wrong.
pub(crate) fn parse_text_documents(body: &[u8]) -> Result<TextDocuments, ApiError> {
    if body.trim_ascii_start().starts_with(b"[") {
        parse_json(body).map(TextDocuments::Several)
    } else {
        parse_json(body).map(TextDocuments::One)
    }
}

impl ConvertFrom<Document> for DocumentDto {
    fn convert_from(document: Document) -> Self {
        let metadata = metadata_to_json(document.all_metadata());
        Self {
            id: document.id.0,
            knowledge_base_id: document.knowledge_base.0,
            name: document.name,
            media_type: document.media_type,
            sha256: document.sha256.to_string(),
            bytes: document.bytes,
            metadata,
            status: document.status.as_str().to_owned(),
            progress: document.progress,
            pages_read: document.pages_read.map(Convert::convert),
            failure: document.failure.map(Convert::convert),
            warnings: warnings(&document.findings),
            title: document.findings.title,
            stage_times: document.stage_times.convert(),
            chunk_count: document.chunk_count,
            embedded_chunks: document.embedded_chunks,
            created_at: rfc3339(document.created_at),
            updated_at: rfc3339(document.updated_at),
        }
    }
}

const UNREADABLE_CHARACTERS: &str = "unreadable_characters";
const RECOGNISED_TEXT: &str = "recognised_text";
const UNREAD_PAGES: &str = "unread_pages";
const CUT_PAGES: &str = "cut_pages";
const UNREAD_FRAMES: &str = "unread_frames";
const UNREAD_ATTACHMENTS: &str = "unread_attachments";
const UNREAD_METADATA: &str = "unread_metadata";
/// All codes of warnings.
pub(crate) const WARNING_CODES: [&str; 7] = [
    UNREADABLE_CHARACTERS,
    RECOGNISED_TEXT,
    UNREAD_PAGES,
    CUT_PAGES,
    UNREAD_FRAMES,
    UNREAD_ATTACHMENTS,
    UNREAD_METADATA,
];

fn warnings(findings: &Findings) -> Vec<DocumentWarningDto> {
    let warning = |code: &str, count: u32, message: String| {
        (count > 0).then(|| DocumentWarningDto {
            code: code.to_owned(),
            count,
            message,
        })
    };
    let recognised = &findings.recognised_pages;
    let (unreadable, unread) = (findings.unreadable_characters, findings.unread_pages);
    let (cut, frames) = (&findings.missing.cut_pages, findings.missing.unread_frames);
    let attachments = findings.unread_attachments;
    let fields = findings.own_metadata.left_out;
    let warnings = [
        warning(
            UNREADABLE_CHARACTERS,
            unreadable,
            unreadable_text(unreadable),
        ),
        warning(
            RECOGNISED_TEXT,
            recognised.count(),
            recognised_text(recognised),
        ),
        warning(UNREAD_PAGES, unread, unread_text(unread)),
        warning(CUT_PAGES, cut.count(), cut_text(cut)),
        warning(UNREAD_FRAMES, frames, frames_text(frames)),
        warning(
            UNREAD_ATTACHMENTS,
            attachments,
            attachments_text(attachments),
        ),
        warning(UNREAD_METADATA, fields, fields_text(fields)),
    ];
    warnings.into_iter().flatten().collect()
}

fn unreadable_text(count: u32) -> String {
    let characters = if count == 1 {
        "1 character could not be decoded and stands as \u{fffd}".to_owned()
    } else {
        format!("{count} characters could not be decoded and stand as \u{fffd}")
    };
    format!("{characters}; save the document as UTF-8 and add it again")
}

fn recognised_text(pages: &PageRanges) -> String {
    format!(
        "the text of {} was recognised in pictures (OCR); check it against the original where it matters",
        named(pages)
    )
}

fn named(pages: &PageRanges) -> String {
    if pages.count() == 1 {
        format!("page {pages}")
    } else {
        format!("pages {pages}")
    }
}

fn cut_text(pages: &PageRanges) -> String {
    format!(
        "the picture of {} ends before it is whole, as after a broken transfer, and text at its end may be missing; get \
         the whole file and add it again",
        named(pages)
    )
}

fn frames_text(count: u32) -> String {
    let pictures = if count == 1 {
        "1 picture behind it was".to_owned()
    } else {
        format!("{count} pictures behind it were")
    };
    format!(
        "of the animation the first picture was read, and {pictures} not; save those that matter as pictures or as PDF, \
         and add them"
    )
}

fn attachments_text(count: u32) -> String {
    let files = if count == 1 {
        "1 file attached to the message was not read".to_owned()
    } else {
        format!("{count} files attached to the message were not read")
    };
    format!(
        "{files}, as a picture, an archive, or a file that is damaged or has a password; save those that matter and add \
         them as documents"
    )
}

fn fields_text(count: u32) -> String {
    let fields = if count == 1 {
        "1 field of the front matter is".to_owned()
    } else {
        format!("{count} fields of the front matter are")
    };
    format!(
        "{fields} no metadata, as a nested one, a damaged one, or one beyond the bounds ({MAX_METADATA_KEYS} keys, \
         texts of {MAX_METADATA_CHARS} characters, {} KiB in all); write it as a text, a number or a list of texts, or \
         give it when the document is added",
        MAX_OWN_METADATA_BYTES >> 10
    )
}

fn unread_text(count: u32) -> String {
    let pages = if count == 1 {
        "1 page that is a picture was not read".to_owned()
    } else {
        format!("{count} pages that are pictures were not read")
    };
    format!(
        "{pages}; fetch the model for it (`riddle models pull ppocr`) or raise the limits of `ocr` in the configuration, and \
         process the document anew (`riddle docs retry`)"
    )
}

impl ConvertFrom<Failure> for FailureDto {
    fn convert_from(failure: Failure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            message: failure.message,
        }
    }
}

impl ConvertFrom<PagesRead> for PagesReadDto {
    fn convert_from(pages: PagesRead) -> Self {
        Self {
            read: pages.read,
            total: pages.total,
        }
    }
}

impl ConvertFrom<StageTimes> for StageTimesDto {
    fn convert_from(times: StageTimes) -> Self {
        Self {
            queued_ms: times.queued_ms,
            parsing_ms: times.parsing_ms,
            embedding_ms: times.embedding_ms,
            indexing_ms: times.indexing_ms,
        }
    }
}

impl ConvertFrom<DocumentPage> for DocumentListDto {
    fn convert_from(page: DocumentPage) -> Self {
        Self {
            documents: page.documents.into_iter().map(Convert::convert).collect(),
            next_cursor: page.next_cursor,
            total: page.total,
            folders: page.folders.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<Folder> for FolderDto {
    fn convert_from(folder: Folder) -> Self {
        Self {
            name: folder.name,
            documents: folder.documents,
        }
    }
}

impl ConvertFrom<DocumentEvent> for DocumentEventDto {
    fn convert_from(event: DocumentEvent) -> Self {
        Self {
            id: event.document.0,
            status: event.status.as_str().to_owned(),
            progress: event.progress,
            pages_read: event.pages_read.map(Convert::convert),
            chunk_count: event.chunk_count,
            failure: event.failure.map(Convert::convert),
        }
    }
}

impl ConvertFrom<AcceptedUpload> for AcceptedDto {
    fn convert_from(accepted: AcceptedUpload) -> Self {
        Self {
            id: accepted.document.id.0,
            name: accepted.document.name,
            status: accepted.document.status.as_str().to_owned(),
            outcome: accepted.outcome.to_owned(),
        }
    }
}

/// A document that was not accepted, and why.
pub(crate) fn refused(name: String, error: &ApiError) -> RefusedDto {
    RefusedDto {
        name,
        code: error.code.name.to_owned(),
        message: error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_attachments_are_a_warning_with_their_number() {
        let warnings_of = |unread_attachments| {
            warnings(&Findings {
                unread_attachments,
                ..Findings::default()
            })
        };
        assert!(warnings_of(0).is_empty());
        for (count, said) in [
            (1, "1 file attached to the message was not read, as a "),
            (2, "2 files attached to the message were not read, as a "),
        ] {
            let warnings = warnings_of(count);
            let [warning] = &warnings[..] else {
                panic!("{warnings:?}");
            };
            assert_eq!(
                (warning.code.as_str(), warning.count),
                ("unread_attachments", count)
            );
            assert!(warning.message.starts_with(said), "{}", warning.message);
        }
    }
}
