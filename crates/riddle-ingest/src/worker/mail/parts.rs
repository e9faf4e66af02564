//! The texts in a message, decoded here: mail programs declare encodings that are not so, the library reads attached
//! texts as UTF-8 whatever they declare, and tables of pages need their merged cells spread.

mod encoded;
mod head;

use crate::plain;
use crate::worker::html;
use head::Head;

/// Parts in each other, at most; deeper ones stay as they are.
const MAX_DEPTH: usize = 16;
/// Longest page whose tables are spread, in bytes.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// The message with its texts in UTF-8.
pub(in crate::worker) fn in_utf8(message: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(message.len());
    push_part(message.trim_ascii_start(), 0, &mut written);
    written
}

fn push_part(part: &[u8], depth: usize, written: &mut Vec<u8>) {
    let (head, body) = Head::split(part);
    if depth >= MAX_DEPTH {
        written.extend_from_slice(part);
    } else if let Some(boundary) = head.boundary() {
        written.extend_from_slice(head.bytes);
        push_parts(body, &boundary, depth + 1, written);
    } else if head.is_message() {
        written.extend_from_slice(head.bytes);
        push_part(body, depth + 1, written);
    } else if let Some(text) = text(&head, body) {
        head.push_for_utf8(written);
        written.extend_from_slice(text.as_bytes());
        written.extend_from_slice(b"\r\n");
    } else {
        written.extend_from_slice(part);
    }
}

/// Writes parts between lines with their boundary; what stands in front of the first one is no part.
fn push_parts(body: &[u8], boundary: &str, depth: usize, written: &mut Vec<u8>) {
    let mut part = 0..0;
    let mut is_part = false;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let is_delimiter = line
            .strip_prefix(b"--")
            .and_then(|rest| rest.strip_prefix(boundary.as_bytes()))
            .map(<[u8]>::trim_ascii_end);
        let ends = match is_delimiter {
            Some(b"") => Some(true),
            Some(b"--") => Some(false),
            _ => None,
        };
        let at = part.end;
        part.end += line.len();
        let Some(follows) = ends else { continue };
        push_between(&body[part.start..at], is_part, depth, written);
        written.extend_from_slice(line);
        part.start = part.end;
        is_part = follows;
    }
    push_between(&body[part], is_part, depth, written);
}

fn push_between(bytes: &[u8], is_part: bool, depth: usize, written: &mut Vec<u8>) {
    if is_part {
        push_part(bytes, depth, written);
    } else {
        written.extend_from_slice(bytes);
    }
}

/// The text of a part; `None` where it is none, or is in an encoding that only the library may know.
fn text(head: &Head<'_>, body: &[u8]) -> Option<String> {
    if !head.is_text() {
        return None;
    }
    let bytes = encoded::decoded(body, head.transfer_encoding().as_deref())?;
    let is_page = head.is_page();
    let text = match head.charset() {
        Some(label) => html::decode_labelled(&bytes, &label)?,
        None if is_page => html::decode(&bytes)?,
        None => plain::decode(&bytes)?,
    };
    let spread = is_page.then(|| html::with_spread_tables(&text, MAX_PAGE_BYTES));
    Some(spread.flatten().unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &[u8]) -> String {
        String::from_utf8(in_utf8(message)).expect("UTF-8")
    }

    #[test]
    fn a_text_is_decoded_as_it_is_and_not_as_it_declares() {
        for (declared, body) in [
            ("; charset=us-ascii", "Größe der Schläuche".as_bytes()),
            ("; charset=iso-8859-1", "Größe der Schläuche".as_bytes()),
            (
                "; charset=\"ISO-8859-1\"; format=flowed",
                b"Gr\xf6\xdfe der Schl\xe4uche",
            ),
            ("", b"Gr\xf6\xdfe der Schl\xe4uche"),
        ] {
            let head = format!("Subject: a\r\nContent-Type: text/plain{declared}\r\n\r\n");
            let read = read(&[head.as_bytes(), body].concat());
            assert!(read.starts_with("Subject: a\r\n"), "{read}");
            assert!(read.ends_with("\r\n\r\nGröße der Schläuche\r\n"), "{read}");
            assert_eq!(read.matches("charset=utf-8").count(), 1, "{read}");
            assert_eq!(read.matches("charset").count(), 1, "{read}");
        }
        let unknown = "Content-Type: text/plain; charset=utf-7\r\n\r\nGr+APY-";
        assert_eq!(read(unknown.as_bytes()), unknown);
        let old = "Subject: a\n\nIn May\n";
        assert!(read(old.as_bytes()).ends_with("\r\n\r\nIn May\n\r\n"));
    }

    #[test]
    fn parts_are_decoded_and_what_is_no_text_stays() {
        let picture =
            "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n";
        let message = format!(
            "Content-Type: multipart/mixed;\r\n boundary=\"x y\"\r\n\r\nfront\r\n--x y\r\n{picture}--x y \r\n\
             Content-Type: text/plain; name=\"a;b.txt\"; charset=windows-1252\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=F6=\r\n=DFe\r\n--x y\r\n\
             Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Transfer-Encoding: BASE64\r\n\r\n\
             SW4g\r\nTWF5\r\n\
             --x y--\r\nbehind"
        );
        let read = read(message.as_bytes());
        let front = "Content-Type: multipart/mixed;\r\n boundary=\"x y\"\r\n\r\nfront\r\n--x y\r\n";
        let rest = read
            .strip_prefix(&format!("{front}{picture}--x y \r\n"))
            .expect("as it was");
        assert_eq!(
            rest,
            "Content-Type: text/plain; name=\"a;b.txt\"; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
             Größe\n\r\n--x y\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nIn May\r\n\
             --x y--\r\nbehind"
        );
    }

    #[test]
    fn merged_cells_of_pages_are_spread() {
        let page = "Content-Type: text/html\r\n\r\n<table><tr><th>A</th><th>B</th></tr>\
                    <tr><td rowspan=2>quay</td><td>1</td></tr><tr><td>2</td></tr></table>";
        assert_eq!(read(page.as_bytes()).matches("quay").count(), 2);
    }

    #[test]
    fn hostile_parts_end() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(10_000);
        assert_eq!(read(nested.as_bytes()), nested);
        let open = "Content-Type: multipart/mixed; boundary=\"\r\n\r\n--\r\n--\r\n";
        assert!(read(open.as_bytes()).starts_with("Content-Type: multipart"));
    }
}
