/// The same JSON with whole numbers in plain digits: `1.0` is as whole as `1`, and some programs write it. `None` if
/// all are.
pub(super) fn in_plain_digits(json: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'.'
            && let Some(end) = after_zeros(after)
        {
            rest = end;
            continue;
        } else {
            in_string = byte == b'"';
        }
        written.push(byte);
    }
    (written.len() < json.len()).then_some(written)
}

/// What follows a fraction of zeros alone, unless an exponent does.
fn after_zeros(fraction: &[u8]) -> Option<&[u8]> {
    let zeros = fraction.iter().take_while(|digit| **digit == b'0');
    let (zeros, rest) = fraction.split_at(zeros.count());
    let goes_on = matches!(rest.first(), Some(b'0'..=b'9' | b'e' | b'E'));
    (!zeros.is_empty() && !goes_on).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fractions_of_nothing_go_and_texts_stay() {
        let cases = [
            (r#"{"a": 1.0}"#, Some(r#"{"a": 1}"#)),
            ("[-20.000,3.0]", Some("[-20,3]")),
            ("7.0", Some("7")),
            (
                r#"{"1.0": ["2.0\" 3.0", 4.0]}"#,
                Some(r#"{"1.0": ["2.0\" 3.0", 4]}"#),
            ),
            (r#"["\\", 1.0]"#, Some(r#"["\\", 1]"#)),
            ("[1.50, 1.05, 1.0e2, 1.0E2, 1, 1., .]", None),
            (r#""1.0""#, None),
            ("", None),
        ];
        for (json, expected) in cases {
            let written = in_plain_digits(json.as_bytes());
            assert_eq!(written.as_deref(), expected.map(str::as_bytes), "{json}");
        }
    }
}
