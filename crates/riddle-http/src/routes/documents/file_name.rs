use percent_encoding::percent_decode_str;

/// The file's name in the `Content-Disposition` of a part, as HTTP says it: `filename*` (RFC 8187) before `filename`. A
/// backslash of `filename` escapes quotes and backslashes alone, as browsers send the paths of Windows as they are, and
/// what they send for a quote, `%22`, is one; nothing else is decoded, as they encode nothing else that a name may
/// hold.
pub(super) fn file_name(disposition: &[u8]) -> String {
    let Ok(mut rest) = std::str::from_utf8(disposition) else {
        return String::new();
    };
    let mut plain = None;
    let mut extended = None;
    while let Some((_, parameter)) = rest.split_once(';') {
        let Some((name, after)) = parameter.split_once('=') else {
            break;
        };
        let (value, after) = value(after.trim_start());
        rest = after;
        let name = name.trim();
        if name.eq_ignore_ascii_case("filename") {
            plain.get_or_insert(value);
        } else if name.eq_ignore_ascii_case("filename*") {
            extended = extended.or_else(|| decode_extended(&value));
        }
    }
    extended
        .or_else(|| plain.map(|name| name.replace("%22", "\"")))
        .unwrap_or_default()
}

/// The value of a parameter, and what stands behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[place + 1..]),
            '\\' if quoted[place + 1..].starts_with(['"', '\\']) => {
                value.extend(characters.next().map(|(_, escaped)| escaped));
            }
            other => value.push(other),
        }
    }
    (value, "")
}

/// `charset'language'percent-encoded`, in the two charsets that the standard names; nothing in others.
fn decode_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        return bytes.decode_utf8().ok().map(String::from);
    }
    charset
        .eq_ignore_ascii_case("iso-8859-1")
        .then(|| bytes.map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_http_says() {
        for (parameters, name) in [
            (r#"filename="a.txt""#, "a.txt"),
            (r#"filename=a.txt"#, "a.txt"),
            (r#"FileName = "a.txt" "#, "a.txt"),
            (r#"filename="docs\guide.txt""#, r"docs\guide.txt"),
            (r#"filename="docs\\guide.txt""#, r"docs\guide.txt"),
            (r#"filename="a \"b\".txt""#, "a \"b\".txt"),
            (r#"filename="a %22b%22.txt""#, "a \"b\".txt"),
            (r#"filename="100%25 of %C3%BC.txt""#, "100%25 of %C3%BC.txt"),
            (
                r#"filename="semi;colon, comma=.txt"; x=y"#,
                "semi;colon, comma=.txt",
            ),
            (r#"filename="设计 書.md""#, "设计 書.md"),
            (
                r#"filename="f.txt"; filename*=UTF-8''%C3%9Cbersicht.txt"#,
                "Übersicht.txt",
            ),
            (
                r#"filename*=utf-8'de'%C3%9Cbersicht.txt; filename="f.txt""#,
                "Übersicht.txt",
            ),
            (r#"filename*=iso-8859-1''%DCbersicht.txt"#, "Übersicht.txt"),
            (r#"filename="f.txt"; filename*=UTF-8''%FF"#, "f.txt"),
            (r#"filename="f.txt"; filename*=koi8-r''%DC"#, "f.txt"),
            (
                r#"filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"#,
                "../../etc/passwd",
            ),
            (r#"filename="open"#, "open"),
            ("", ""),
            ("filename", ""),
            ("other=1", ""),
        ] {
            let disposition = format!(r#"form-data; name="file"; {parameters}"#);
            assert_eq!(file_name(disposition.as_bytes()), name, "{parameters}");
        }
        assert_eq!(file_name(b"form-data; filename=\"\xfc.txt\""), "");
    }
}
