//! Messages bring what is attached to them.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use riddle_core::{ExtractedText, Extractor, Unwatched};

use crate::hostile::container;
use crate::support::{extractor, failure_of};

fn text(message: &[u8]) -> String {
    read(message).text
}

fn read(message: &[u8]) -> ExtractedText {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(message).unwrap();
    let outcome = extractor().extract(file.path(), "claim.eml", None, &Unwatched);
    outcome.map_err(failure_of).unwrap()
}

/// A message of these parts, each with its own headers.
fn message(subject: &str, parts: &[String]) -> String {
    let boundary = format!("edge-of-{}", subject.len());
    let mut message = format!(
        "From: Ida Brandt <ida@example.org>\r\nTo: legal@example.org\r\nSubject: {subject}\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"
    );
    for part in parts {
        message.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    message + &format!("--{boundary}--\r\n")
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}")
}

fn attached(kind: &str, name: &str, body: &str, encoding: &str) -> String {
    format!(
        "Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    )
}

fn base64(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    lines.join("\r\n")
}

#[test]
fn files_that_are_attached_are_read_with_their_message() {
    let body = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p>\
                <w:r><w:t>The lease ends on 31 March 2031.</w:t></w:r></w:p></w:body></w:document>";
    let main = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
                Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
                Target=\"word/document.xml\"/></Relationships>";
    let lease = container(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", main.as_bytes()),
        ("word/document.xml", body.as_bytes()),
    ]);
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let read = text(
        message(
            "The claim of May",
            &[
                plain("Please find the papers below."),
                attached(
                    "text/plain",
                    "note.txt",
                    "The damage was seen by Olaf Lund.",
                    "7bit",
                ),
                attached(docx, "lease.docx", &base64(&lease), "base64"),
            ],
        )
        .as_bytes(),
    );
    for expected in [
        "The claim of May",
        "Please find the papers below.",
        "## note.txt",
        "The damage was seen by Olaf Lund.",
        "## lease.docx",
        "The lease ends on 31 March 2031.",
    ] {
        assert_eq!(read.matches(expected).count(), 1, "{expected}: {read}");
    }
    assert!(!read.contains("riddle page"), "{read}");
}

#[test]
fn files_that_are_attached_keep_their_lines_and_tables() {
    let page = "<html><body><h1>Rates</h1><p>In euros.</p><table><tr><th>Zone</th><th>Price</th></tr>\
                <tr><td>North</td><td>3</td></tr></table></body></html>";
    let read = text(
        message(
            "Rates of May",
            &[
                plain("See below."),
                attached("text/html", "rates.html", page, "7bit"),
                attached(
                    "text/plain",
                    "note.txt",
                    "Paid in May.\n\nKept by Ida.",
                    "7bit",
                ),
            ],
        )
        .as_bytes(),
    );
    let lines: Vec<String> = read
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let at = |wanted: &str| lines.iter().position(|line| line == wanted);
    for wanted in [
        "## rates.html",
        "### Rates",
        "| Zone | Price |",
        "| North | 3 |",
        "## note.txt",
        "Paid in May.",
        "Kept by Ida.",
    ] {
        assert!(at(wanted).is_some(), "{wanted}: {read}");
    }
    assert!(at("| North | 3 |") < at("## note.txt"));
    assert_eq!(read.matches("In euros.").count(), 1, "{read}");
}

#[test]
fn texts_of_a_message_are_decoded_as_they_are() {
    let page = "<table><tr><th>Dock</th><th>Shift</th></tr><tr><td rowspan=2>East</td><td>early</td></tr>\
                <tr><td>late</td></tr></table><p>Gr\u{f6}\u{df}e</p>";
    let (page, ..) = encoding_rs::WINDOWS_1252.encode(page);
    let (note, ..) = encoding_rs::GBK.encode("钥匙在保险箱里，由王小明保管。");
    let head =
        |kind: &str| format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n");
    let named = "Content-Disposition: attachment; filename=\"note.txt\"\r\n";
    let read = text(
        message(
            "Shifts",
            &[
                format!(
                    "{}\r\n{}",
                    head("text/html; charset=us-ascii"),
                    base64(&page)
                ),
                format!("{}{named}\r\n{}", head("text/plain"), base64(&note)),
            ],
        )
        .as_bytes(),
    );
    for expected in [
        "| East | early |",
        "| East | late |",
        "Größe",
        "钥匙在保险箱里，由王小明保管。",
    ] {
        assert_eq!(read.matches(expected).count(), 1, "{expected}: {read}");
    }
}

#[test]
fn a_message_in_a_message_is_read_below_its_subject() {
    let innermost = message("Keys", &[plain("The spare key hangs in the shed.")]);
    let forward = |inner: &str| format!("Content-Type: message/rfc822\r\n\r\n{inner}");
    let inner = message(
        "Opening hours",
        &[
            plain("We open at seven on Fridays."),
            attached(
                "text/plain",
                "map.txt",
                "Turn left behind the mill.",
                "7bit",
            ),
            forward(&innermost),
        ],
    );
    let read = text(message("Fwd: all", &[plain("See below."), forward(&inner)]).as_bytes());
    for expected in [
        "See below.",
        "## Opening hours",
        "We open at seven on Fridays.",
        "Turn left behind the mill.",
        "## Keys",
        "The spare key hangs in the shed.",
    ] {
        assert_eq!(read.matches(expected).count(), 1, "{expected}: {read}");
    }
}

#[test]
fn an_attachment_that_cannot_be_read_costs_nothing_else_and_is_counted() {
    let read = read(
        message(
            "Papers",
            &[
                plain("The fee is 40 euros."),
                attached(
                    "application/pdf",
                    "torn.pdf",
                    &base64(b"%PDF-1.7 torn"),
                    "base64",
                ),
                attached(
                    "application/octet-stream",
                    "blob",
                    &base64(&[0, 1, 2, 255]),
                    "base64",
                ),
                attached("text/plain", "note.txt", "Paid in May.", "7bit"),
            ],
        )
        .as_bytes(),
    );
    let words = &read.text;
    assert!(
        words.contains("The fee is 40 euros.") && words.contains("Paid in May."),
        "{words}"
    );
    assert_eq!(read.unread_attachments, 2, "{words}");
    assert_eq!(read.findings().unread_attachments, 2);
}

#[test]
fn attachments_that_are_not_read_are_counted_in_messages_within_messages_too() {
    let picture = |name: &str| {
        let pixel = image::DynamicImage::from(image::RgbImage::new(1, 1));
        let mut png = std::io::Cursor::new(Vec::new());
        pixel.write_to(&mut png, image::ImageFormat::Png).unwrap();
        attached("image/png", name, &base64(&png.into_inner()), "base64")
    };
    let note = attached("text/plain", "note.txt", "Paid in May.", "7bit");
    let inner = message("Inner", &[plain("See the plan."), picture("plan.png")]);
    let forwarded = format!("Content-Type: message/rfc822\r\n\r\n{inner}");
    let parts = [plain("See below."), picture("scan.png"), note, forwarded];
    let all = read(message("All of it", &parts).as_bytes());
    assert_eq!(all.unread_attachments, 2, "{}", all.text);
    let parts = [
        plain("Nothing is missing."),
        attached("text/plain", "a.txt", "It is here.", "7bit"),
        // As mail programs put logos there.
        picture("image001.png"),
        attached(
            "application/pkcs7-signature",
            "smime.p7s",
            &base64(&[0x30, 0x82, 0x01, 0x0a, 0x02, 0x01, 0x01]),
            "base64",
        ),
    ];
    let whole = read(message("Whole", &parts).as_bytes());
    assert_eq!(whole.unread_attachments, 0, "{}", whole.text);
}
