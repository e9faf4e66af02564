//! What the head of a part says of its body.

/// The lines of a head, with the blank one that ends it.
pub(super) struct Head<'a> {
    pub(super) bytes: &'a [u8],
    /// Names in small letters, values in one line, and the lines as they are written.
    fields: Vec<(String, String, &'a [u8])>,
}

impl<'a> Head<'a> {
    /// The head of a part, and its body.
    pub(super) fn split(part: &'a [u8]) -> (Self, &'a [u8]) {
        let mut fields: Vec<(String, String, &[u8])> = Vec::new();
        let mut at = 0;
        let mut begin = 0;
        for line in part.split_inclusive(|byte| *byte == b'\n') {
            let words = String::from_utf8_lossy(line);
            let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
            let is_blank = words.trim().is_empty();
            at += line.len();
            if is_blank {
                break;
            }
            match fields.last_mut().filter(|_| goes_on) {
                Some((_, value, lines)) => {
                    value.push_str(words.trim_end());
                    *lines = &part[begin..at];
                }
                None => {
                    begin = at - line.len();
                    let (name, value) = words.split_once(':').unwrap_or((&*words, ""));
                    let name = name.trim().to_ascii_lowercase();
                    fields.push((name, value.trim().to_owned(), line));
                }
            }
        }
        let (bytes, body) = part.split_at(at);
        (Self { bytes, fields }, body)
    }

    fn field(&self, wanted: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(name, ..)| name == wanted);
        found.map(|(_, value, _)| value.as_str())
    }

    /// What the body is, in small letters.
    fn media_type(&self) -> String {
        let value = self.field("content-type").unwrap_or("text/plain");
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    fn parameter(&self, field: &str, name: &str) -> Option<String> {
        let pieces = pieces(self.field(field)?);
        let mut values = pieces.iter().skip(1).filter_map(|piece| {
            let (key, value) = piece.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().trim_matches('"').to_owned())
        });
        values.find(|value| !value.is_empty())
    }

    /// What stands between the parts of the body, if it has any.
    pub(super) fn boundary(&self) -> Option<String> {
        let has_parts = self.media_type().starts_with("multipart/");
        has_parts
            .then(|| self.parameter("content-type", "boundary"))
            .flatten()
    }

    /// Whether the body is a message as it is.
    pub(super) fn is_message(&self) -> bool {
        self.media_type() == "message/rfc822" && self.transfer_encoding().is_none()
    }

    pub(super) fn is_page(&self) -> bool {
        self.media_type() == "text/html"
    }

    /// Whether the body is text, by what it says it is, or by the name of its file where it says nothing.
    pub(super) fn is_text(&self) -> bool {
        const ENDS: [&str; 5] = [".txt", ".csv", ".tsv", ".md", ".log"];
        /// They say within themselves how their letters are to be read.
        const OTHERS: [&str; 3] = ["text/xml", "text/rtf", "text/richtext"];
        let media_type = self.media_type();
        if media_type != "application/octet-stream" {
            return media_type.starts_with("text/") && !OTHERS.contains(&media_type.as_str());
        }
        let name = self.parameter("content-disposition", "filename");
        let name = name.or_else(|| self.parameter("content-type", "name"));
        let name = name.unwrap_or_default().to_ascii_lowercase();
        ENDS.iter().any(|end| name.ends_with(end))
    }

    /// The encoding that the text declares; ASCII is what programs declare that do not know.
    pub(super) fn charset(&self) -> Option<String> {
        let label = self
            .parameter("content-type", "charset")?
            .to_ascii_lowercase();
        Some(label).filter(|label| !["us-ascii", "ascii", "unknown-8bit"].contains(&label.as_str()))
    }

    /// How the body is written, in small letters; `None` where it is written as it is.
    pub(super) fn transfer_encoding(&self) -> Option<String> {
        let encoding = self
            .field("content-transfer-encoding")?
            .trim()
            .to_ascii_lowercase();
        Some(encoding).filter(|name| !["", "7bit", "8bit", "binary"].contains(&name.as_str()))
    }

    /// Writes the head for the body in UTF-8.
    pub(super) fn push_for_utf8(&self, written: &mut Vec<u8>) {
        for (name, _, lines) in &self.fields {
            if !matches!(name.as_str(), "content-type" | "content-transfer-encoding") {
                written.extend_from_slice(lines);
            }
        }
        if written.last().is_some_and(|byte| *byte != b'\n') {
            written.extend_from_slice(b"\r\n");
        }
        let value = self.field("content-type").unwrap_or("text/plain");
        let is_charset = |piece: &&str| {
            let key = piece.split('=').next().unwrap_or_default();
            key.trim().eq_ignore_ascii_case("charset")
        };
        let kept: Vec<&str> = pieces(value)
            .into_iter()
            .filter(|piece| !is_charset(piece))
            .collect();
        let kept = kept.join(";");
        let head = format!(
            "Content-Type: {kept}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        );
        written.extend_from_slice(head.as_bytes());
    }
}

/// A value cut at its semicolons, but for those in quotes.
fn pieces(value: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let pieces = value.split(|character: char| {
        is_quoted ^= character == '"';
        character == ';' && !is_quoted
    });
    pieces.filter(|piece| !piece.trim().is_empty()).collect()
}
