//! The failures of extraction, each with one sentence that says what to do.

use riddle_core::{Failure, FailureCode};

pub(crate) fn empty_file() -> Failure {
    failure(
        FailureCode::NoText,
        "the file is empty; upload it again with its content",
    )
}

pub(crate) fn no_text() -> Failure {
    failure(
        FailureCode::NoText,
        "no text was found, as in a scan; run text recognition (OCR) on the document and upload the result",
    )
}

pub(crate) fn image() -> Failure {
    failure(
        FailureCode::NoText,
        "the file is an image; run text recognition (OCR) on it and upload the result as PDF or text",
    )
}

pub(crate) fn encrypted() -> Failure {
    failure(
        FailureCode::Encrypted,
        "the document is protected by a password; remove the protection and upload it again",
    )
}

pub(crate) fn archive() -> Failure {
    failure(
        FailureCode::UnsupportedFormat,
        "the file is an archive; unpack it and upload the documents in it",
    )
}

pub(crate) fn executable() -> Failure {
    failure(
        FailureCode::UnsupportedFormat,
        "the file is a program, not a document; upload a document instead",
    )
}

pub(crate) fn media() -> Failure {
    failure(
        FailureCode::UnsupportedFormat,
        "the file is a sound or video recording; upload a transcript of it as text",
    )
}

pub(crate) fn unknown_format() -> Failure {
    failure(
        FailureCode::UnsupportedFormat,
        "the format is not known; save the document as PDF, DOCX, HTML, Markdown or plain text and upload that",
    )
}

pub(crate) fn malformed() -> Failure {
    failure(
        FailureCode::Malformed,
        "the file is damaged or not what its name says; open it in its own program, save it again and upload that",
    )
}

pub(crate) fn crashed() -> Failure {
    failure(
        FailureCode::ParserCrashed,
        "reading the document made the parser crash; save it in another format, such as PDF or DOCX, and upload that",
    )
}

/// Of a document that took longer to read or to cut than it may.
pub fn timeout() -> Failure {
    failure(
        FailureCode::ParserTimeout,
        "reading the document took too long; split it into smaller documents, or raise the time limit of extraction",
    )
}

pub(crate) fn memory() -> Failure {
    failure(
        FailureCode::ParserMemory,
        "reading the document took too much memory; split it into smaller documents, or raise the memory limit of extraction",
    )
}

pub(crate) fn too_much_text() -> Failure {
    failure(
        FailureCode::TooLarge,
        "the document holds more text than allowed; split it into smaller documents, or raise the output limit of extraction",
    )
}

pub(crate) fn bomb() -> Failure {
    failure(
        FailureCode::TooLarge,
        "the document unpacks to far more than its size, as a decompression bomb does; save it again in its own program and upload that",
    )
}

pub(crate) fn unreadable() -> Failure {
    failure(
        FailureCode::Internal,
        "the stored file cannot be read; check the data folder of the server and upload the document again",
    )
}

pub(crate) fn no_worker() -> Failure {
    failure(
        FailureCode::Internal,
        "the extraction process cannot be started or does not answer; check the server's log and its limits on processes and memory",
    )
}

fn failure(code: FailureCode, message: &str) -> Failure {
    Failure {
        code,
        message: message.to_owned(),
    }
}
