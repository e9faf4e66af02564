//! The failures of extraction, each with one sentence that says what to do.

use std::io;

use riddle_core::{Failure, FailureCode};

pub(crate) fn empty_file() -> Failure {
    failure(
        FailureCode::NoText,
        "the file is empty; upload it again with its content",
    )
}

/// `how` says what to do to have pictures read.
pub(crate) fn no_text(how: &str) -> Failure {
    failure(
        FailureCode::NoText,
        &format!("no text was found, as in a scan; {how}"),
    )
}

/// Of a document without text, whose pictures are not read, by what may help.
pub(crate) fn blank(media_type: &str) -> Failure {
    let how = match media_type {
        "application/pdf" => return no_text(RECOGNISE_ELSEWHERE),
        "text/html" | "application/xhtml+xml" => {
            "if a script fills in the page, open it in a browser, save it there as PDF and upload that"
        }
        text if text.starts_with("text/") || text.contains("json") => {
            "check that it is the right file, and upload it again"
        }
        _ => "if its words are in pictures, save it as PDF and upload that",
    };
    failure(FailureCode::NoText, &format!("no text was found; {how}"))
}

/// The same of a document whose pictures were read.
pub(crate) fn no_text_in_pictures() -> Failure {
    failure(
        FailureCode::NoText,
        "no text was found, and none was recognised in pictures; scan it again, larger or with more contrast, and upload that",
    )
}

/// `how` says what to do to have pictures read.
pub(crate) fn image(how: &str) -> Failure {
    failure(FailureCode::NoText, &format!("the file is an image; {how}"))
}

/// Of a picture that nothing here opens.
pub(crate) fn image_format() -> Failure {
    failure(
        FailureCode::NoText,
        "the file is an image of a format that is not read; save it as PNG, JPEG or PDF and upload that",
    )
}

/// What to do where no reader of pictures is known.
pub(crate) const RECOGNISE_ELSEWHERE: &str =
    "run text recognition (OCR) on it and upload the result as PDF or text";

pub(crate) fn picture_too_large(most_pixels: u64) -> Failure {
    let most = most_pixels / 1_000_000;
    failure(
        FailureCode::TooLarge,
        &format!(
            "the picture has more than {most} megapixels; make it smaller and upload it again, or raise `ocr.max_megapixels`"
        ),
    )
}

/// Of a page that took longer to read than it may.
pub(crate) fn picture_timeout() -> Failure {
    failure(
        FailureCode::ParserTimeout,
        "reading the text in the document's pictures took too long; scan it again with a lower resolution, or raise `ocr.page_seconds`",
    )
}

pub(crate) fn picture_memory() -> Failure {
    failure(
        FailureCode::ParserMemory,
        "reading the text in the document's pictures took too much memory; scan it again with a lower resolution, or raise `ocr.memory_mib`",
    )
}

pub(crate) fn picture_reader(why: &str) -> Failure {
    if ran_out_of_memory(why) {
        return picture_reader_memory();
    }
    failure(
        FailureCode::Internal,
        &format!("the model for text recognition (OCR) cannot be used: {why}"),
    )
}

/// Of a reader that cannot even start.
fn picture_reader_memory() -> Failure {
    failure(
        FailureCode::ParserMemory,
        "the model for text recognition (OCR) does not start with the memory that it may have; raise `ocr.memory_mib` \
         in the configuration, restart the server and retry the document",
    )
}

/// What allocators, the thread library and ONNX Runtime say when address space runs out.
pub(crate) fn ran_out_of_memory(words: &str) -> bool {
    [
        "memory allocation of",
        "Cannot allocate memory",
        "out of memory",
        "bad_alloc",
        "Failed to allocate memory",
        "pthread_create",
        "Resource temporarily unavailable",
    ]
    .iter()
    .any(|phrase| words.contains(phrase))
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

/// What is said of a picture in place of what is said of other documents.
pub(crate) fn of_picture(failed: Failure) -> Failure {
    match failed.code {
        FailureCode::ParserTimeout => picture_timeout(),
        FailureCode::ParserMemory => picture_memory(),
        _ => failed,
    }
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

/// The error is for the log alone.
pub(crate) fn unreadable(error: &io::Error) -> Failure {
    tracing::warn!(%error, "a stored file cannot be read");
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
