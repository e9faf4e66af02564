//! Bytes that are written in letters of ASCII.

use std::borrow::Cow;

/// The bytes of a body that is written so; `None` where it is written in another way.
pub(super) fn decoded<'a>(body: &'a [u8], encoding: Option<&str>) -> Option<Cow<'a, [u8]>> {
    match encoding {
        None => Some(Cow::Borrowed(body)),
        Some("base64") => Some(Cow::Owned(base64(body))),
        Some("quoted-printable") => Some(Cow::Owned(quoted_printable(body))),
        Some(_) => None,
    }
}

/// Whatever is no letter of it is passed over.
fn base64(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend((bits >> count).to_le_bytes().first());
        }
    }
    bytes
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let words = line.trim_ascii_end();
        let (words, goes_on) = match words.strip_suffix(b"=") {
            Some(words) => (words, true),
            None => (words, false),
        };
        let mut at = 0;
        while let Some(byte) = words.get(at) {
            let code = (*byte == b'=').then(|| words.get(at + 1..at + 3)).flatten();
            let code = code.and_then(|code| std::str::from_utf8(code).ok());
            let decoded = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            bytes.push(decoded.unwrap_or(*byte));
            at += if decoded.is_some() { 3 } else { 1 };
        }
        if !goes_on && line.ends_with(b"\n") {
            bytes.push(b'\n');
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_from_letters() {
        let base64 = |body: &str| decoded(body.as_bytes(), Some("base64")).map(Cow::into_owned);
        assert_eq!(base64("SW4g\r\nTWF5"), Some(b"In May".to_vec()));
        assert_eq!(base64("SQ=="), Some(b"I".to_vec()));
        assert_eq!(base64("/+8="), Some(vec![0xff, 0xef]));
        let quoted =
            |body: &str| decoded(body.as_bytes(), Some("quoted-printable")).map(Cow::into_owned);
        assert_eq!(
            quoted("a=3D=\r\nb  \r\nc =F6=zz"),
            Some(b"a=b\nc \xf6=zz".to_vec())
        );
        assert_eq!(decoded(b"x", Some("x-uuencode")), None);
    }
}
