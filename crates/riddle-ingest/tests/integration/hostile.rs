//! Documents and workers that misbehave: the caller gets a reason, in time, and the next document works.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use riddle_core::{ExtractedText, Extractor, Failure, FailureCode, Unwatched};
use riddle_ingest::{ExtractionLimits, ExtractorOptions, WorkerExtractor};
use zip::write::SimpleFileOptions;

use crate::support::{LIMITS, extractor, extractor_with, failure_of};

const HTML: &[u8] = b"<!DOCTYPE html><html><body><h1>Title</h1><p>Words.</p></body></html>";

fn extract(
    extractor: &WorkerExtractor,
    bytes: &[u8],
    name: &str,
) -> Result<ExtractedText, Failure> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let outcome = extractor.extract(file.path(), name, None, &Unwatched);
    outcome.map_err(failure_of)
}

fn code(extractor: &WorkerExtractor, bytes: &[u8], name: &str) -> FailureCode {
    let failure = extract(extractor, bytes, name).unwrap_err();
    assert!(!failure.message.ends_with('.') && !failure.message.contains('/'));
    failure.code
}

/// An extractor whose worker is a shell script.
fn scripted(script: &str) -> WorkerExtractor {
    WorkerExtractor::new(ExtractorOptions {
        program: "/bin/sh".into(),
        pictures: None,
        arguments: vec!["-c".to_owned(), script.to_owned()],
        limits: ExtractionLimits {
            wall_time: Duration::from_millis(700),
            ..LIMITS
        },
    })
}

/// A container with these entries.
pub(crate) fn container(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

#[test]
fn the_worker_serves_many_documents() {
    let extractor = extractor_with(ExtractionLimits {
        documents_per_worker: 3,
        ..LIMITS
    });
    for _ in 0..8 {
        let text = extract(&extractor, HTML, "a.html").unwrap();
        assert_eq!(text.text, "# Title\n\nWords.");
        assert_eq!(text.media_type, "text/html");
    }
}

#[test]
fn threads_share_an_extractor() {
    let extractor = extractor();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert!(extract(&extractor, HTML, "a.html").is_ok());
                }
            });
        }
    });
}

#[test]
fn bombs_are_refused_before_they_are_opened() {
    let extractor = extractor();
    let zeros = vec![b' '; 400 * 1024 * 1024];
    let sheet = container(&[
        TYPES,
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/worksheets/sheet1.xml", &zeros),
    ]);
    assert_eq!(code(&extractor, &sheet, "bomb.xlsx"), FailureCode::TooLarge);
    let letter = container(&[TYPES, ("word/document.xml", &zeros)]);
    assert_eq!(
        code(&extractor, &letter, "bomb.docx"),
        FailureCode::TooLarge
    );
}

#[test]
fn bombs_that_lie_about_their_size_meet_the_memory_limit_or_the_parser_s() {
    let zeros = vec![b' '; 300 * 1024 * 1024];
    let mut letter = container(&[TYPES, ("word/document.xml", &zeros)]);
    let claimed = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let lie = 1000_u32.to_le_bytes();
    let places: Vec<usize> = letter
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == claimed)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        letter[at..at + 4].copy_from_slice(&lie);
    }
    let extractor = extractor_with(ExtractionLimits {
        memory_bytes: 512 * 1024 * 1024,
        ..LIMITS
    });
    let code = code(&extractor, &letter, "bomb.docx");
    assert!(
        matches!(
            code,
            FailureCode::Malformed | FailureCode::TooLarge | FailureCode::ParserMemory
        ),
        "{code:?}"
    );
    assert!(extract(&extractor, HTML, "a.html").is_ok());
}

#[test]
fn archives_and_encrypted_containers_are_named() {
    let extractor = extractor();
    let archive = container(&[("a.txt", b"words"), ("inner.zip", b"PK\x03\x04")]);
    assert_eq!(
        code(&extractor, &archive, "a.zip"),
        FailureCode::UnsupportedFormat
    );
    assert_eq!(
        code(&extractor, &archive, "a.docx"),
        FailureCode::UnsupportedFormat
    );
    assert_eq!(
        code(&extractor, b"PK\x03\x04 and nothing more", "a.docx"),
        FailureCode::Malformed
    );
}

/// Arrays in arrays, as deep as the file is long, where the page's content should be.
fn deep_pdf(depth: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/X ".to_vec();
    pdf.extend(std::iter::repeat_n(b'[', depth));
    pdf.extend(std::iter::repeat_n(b']', depth));
    pdf.extend_from_slice(b">> endobj\n4 0 obj ");
    pdf.extend(b"<</A ".repeat(depth));
    pdf.extend_from_slice(b"\nendobj\ntrailer <</Root 1 0 R/Size 5>>\n%%EOF");
    pdf
}

#[test]
fn deep_nesting_ends_with_a_reason() {
    let extractor = extractor();
    for depth in [1_000, 100_000, 1_000_000] {
        let code = code(&extractor, &deep_pdf(depth), "deep.pdf");
        assert!(
            matches!(
                code,
                FailureCode::Malformed
                    | FailureCode::NoText
                    | FailureCode::ParserCrashed
                    | FailureCode::ParserMemory
                    | FailureCode::ParserTimeout
            ),
            "{code:?}"
        );
    }
    let html = format!("<!DOCTYPE html><html>{}words", "<div>".repeat(300_000));
    if let Err(failure) = extract(&extractor, html.as_bytes(), "deep.html") {
        assert_ne!(failure.code, FailureCode::Internal, "{}", failure.message);
    }
    let xml = format!("<?xml version=\"1.0\"?>{}", "<a>".repeat(500_000));
    if let Err(failure) = extract(&extractor, xml.as_bytes(), "deep.xml") {
        assert_ne!(failure.code, FailureCode::Internal, "{}", failure.message);
    }
    assert!(extract(&extractor, HTML, "a.html").is_ok());
}

#[test]
fn entities_do_not_explode() {
    let mut xml = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e0 \"lol\">".to_owned();
    for level in 1..12 {
        let inner = format!("&e{};", level - 1).repeat(10);
        xml.push_str(&format!("<!ENTITY e{level} \"{inner}\">"));
    }
    xml.push_str("]><a>&e11;</a>");
    if let Ok(text) = extract(&extractor(), xml.as_bytes(), "a.xml") {
        assert!(text.text.len() < 100_000);
    }
}

#[test]
fn local_files_named_in_a_document_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "the password is swordfish").unwrap();
    let path = secret.display();
    let documents = [
        (
            "a.tex",
            format!(
                "\\documentclass{{article}}\\begin{{document}}words \\input{{{path}}} \\include{{{path}}}\\end{{document}}"
            ),
        ),
        ("a.org", format!("* Title\n#+INCLUDE: \"{path}\"\nwords")),
        (
            "a.rst",
            format!("Title\n=====\n\n.. include:: {path}\n\nwords"),
        ),
        ("a.adoc", format!("= Title\n\ninclude::{path}[]\n\nwords")),
        (
            "a.xml",
            format!(
                "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file://{path}\">]><a>words &x;</a>"
            ),
        ),
        (
            "a.html",
            format!(
                "<html><body>words<iframe src=\"file://{path}\"></iframe><object data=\"{path}\"></object></body></html>"
            ),
        ),
    ];
    let extractor = extractor();
    for (name, document) in documents {
        if let Ok(text) = extract(&extractor, document.as_bytes(), name) {
            assert!(!text.text.contains("swordfish"), "{name} read a local file");
        }
    }
}

#[test]
fn little_memory_is_a_memory_failure() {
    let extractor = extractor_with(ExtractionLimits {
        memory_bytes: 400 * 1024 * 1024,
        ..LIMITS
    });
    let html = format!(
        "<!DOCTYPE html><html><body>{}</body></html>",
        "<p>word <b>bold</b></p>".repeat(3_000_000)
    );
    assert_eq!(
        code(&extractor, html.as_bytes(), "a.html"),
        FailureCode::ParserMemory
    );
    assert!(extract(&extractor, HTML, "a.html").is_ok());
}

#[test]
fn long_output_is_too_large() {
    let extractor = extractor_with(ExtractionLimits {
        output_bytes: 1000,
        ..LIMITS
    });
    let html = format!(
        "<!DOCTYPE html><html><body>{}</body></html>",
        "<p>word</p>".repeat(1000)
    );
    assert_eq!(
        code(&extractor, html.as_bytes(), "a.html"),
        FailureCode::TooLarge
    );
}

#[test]
fn a_worker_that_hangs_is_a_timeout() {
    let extractor = scripted("exec sleep 600");
    assert_eq!(code(&extractor, HTML, "a.html"), FailureCode::ParserTimeout);
    // It does not even read the document, which is longer than a pipe holds.
    let long = HTML.repeat(20_000);
    assert_eq!(
        code(&extractor, &long, "a.html"),
        FailureCode::ParserTimeout
    );
}

#[test]
fn a_worker_that_crashes_is_a_crash() {
    for signal in ["SEGV", "ABRT", "BUS", "ILL"] {
        let extractor = scripted(&format!("kill -{signal} $$"));
        assert_eq!(
            code(&extractor, HTML, "a.html"),
            FailureCode::ParserCrashed,
            "{signal}"
        );
    }
}

#[test]
fn a_worker_that_is_killed_or_aborts_for_memory_is_a_memory_failure() {
    let killed = scripted("kill -KILL $$");
    assert_eq!(code(&killed, HTML, "a.html"), FailureCode::ParserMemory);
    let aborted = scripted("echo 'memory allocation of 42 bytes failed' >&2; kill -ABRT $$");
    assert_eq!(code(&aborted, HTML, "a.html"), FailureCode::ParserMemory);
}

#[test]
fn a_worker_out_of_processor_time_is_a_timeout() {
    let extractor = scripted("kill -XCPU $$");
    assert_eq!(code(&extractor, HTML, "a.html"), FailureCode::ParserTimeout);
}

#[test]
fn a_worker_that_talks_nonsense_is_not_believed() {
    for script in [
        "echo garbage; exec sleep 600",
        "printf '\\002\\000\\000\\000{}'; exec sleep 600",
        "printf '\\377\\377\\377\\377xx'; exec sleep 600",
        "exit 3",
    ] {
        assert_eq!(
            code(&scripted(script), HTML, "a.html"),
            FailureCode::Internal,
            "{script}"
        );
    }
    let absent = WorkerExtractor::new(ExtractorOptions {
        program: "/nonexistent/program".into(),
        pictures: None,
        arguments: Vec::new(),
        limits: LIMITS,
    });
    assert_eq!(code(&absent, HTML, "a.html"), FailureCode::Internal);
}

#[test]
fn a_missing_file_is_an_internal_failure() {
    let refused = extractor().extract(Path::new("/nonexistent/file"), "a.txt", None, &Unwatched);
    let failure = failure_of(refused.unwrap_err());
    assert_eq!(failure.code, FailureCode::Internal);
}

#[test]
fn workers_end_with_their_parent() {
    let mut worker = std::process::Command::new(env!("CARGO_BIN_EXE_riddle-extract-worker"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert!(worker.try_wait().unwrap().is_none());
    drop(worker.stdin.take());
    assert!(worker.wait().unwrap().success());
}
