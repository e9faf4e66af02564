//! Metadata at the beginning of a Markdown file: YAML between lines of `---`, TOML between lines of `+++`.

/// Where metadata at the beginning of a text ends, and what it says.
#[derive(PartialEq, Eq, Debug)]
pub struct FrontMatter<'a> {
    /// Offset in bytes of what follows it.
    pub end: usize,
    lines: &'a str,
    separator: char,
}

/// Bytes of the front matter that a passage begins with: what an answer does not quote. A passage that ends within it
/// is front matter as a whole. Records with such lines between them, as in YAML, are none.
pub(crate) fn front_matter_of_passage(text: &str) -> usize {
    let Some(front) = FrontMatter::of(text) else {
        return FrontMatter::cut_off(text).map_or(0, |front| front.end);
    };
    let mut rest = text[front.end..]
        .lines()
        .filter(|line| !line.trim().is_empty());
    match rest.next() {
        Some(next) if front.is_field(next) => 0,
        _ => front.end,
    }
}

impl<'a> FrontMatter<'a> {
    /// The metadata that `text` begins with. A line of dashes alone may be a rule, so one of the next lines must be a
    /// field, and there must be an end.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut lines = text.split_inclusive('\n');
        let first = lines.next()?;
        let (separator, closing): (char, &[&str]) = match first.trim_end() {
            "---" => (':', &["---", "..."]),
            "+++" => ('=', &["+++"]),
            _ => return None,
        };
        let mut end = first.len();
        for line in lines {
            let start = end;
            end += line.len();
            if closing.contains(&line.trim_end()) {
                let front = Self {
                    end,
                    lines: &text[first.len()..start],
                    separator,
                };
                return front.is_metadata().then_some(front);
            }
        }
        None
    }

    /// The metadata that `text` begins with and ends within.
    fn cut_off(text: &'a str) -> Option<Self> {
        let first = text.split_inclusive('\n').next()?;
        let separator = match first.trim_end() {
            "---" => ':',
            "+++" => '=',
            _ => return None,
        };
        let front = Self {
            end: text.len(),
            lines: &text[first.len()..],
            separator,
        };
        let is_part = |line: &str| {
            front.is_field(line) || line.starts_with([' ', '\t', '#', '-', '[', ']', '}'])
        };
        let whole = front
            .lines
            .lines()
            .all(|line| is_part(line) && line.len() > 1);
        (whole && !front.lines.is_empty()).then_some(front)
    }

    /// The value of `title`, without quotes.
    pub fn title(&self) -> Option<String> {
        let mut lines = self.lines.lines();
        let value = lines.by_ref().find_map(|line| {
            let (key, value) = line.split_once(self.separator)?;
            let key = key.trim_end().trim_matches('"');
            (key.eq_ignore_ascii_case("title")).then_some(value.trim())
        })?;
        let value = match value.trim_end_matches(['-', '+']) {
            ">" | "|" => {
                let block = lines.take_while(|line| line.starts_with([' ', '\t']));
                block.map(str::trim).collect::<Vec<_>>().join(" ")
            }
            _ => unquoted(value).to_owned(),
        };
        Some(value).filter(|title| !title.is_empty())
    }

    /// Every line of metadata is a field, a comment, blank, or belongs to the field above.
    fn is_metadata(&self) -> bool {
        let mut fields = 0;
        for line in self.lines.lines() {
            if self.is_field(line) {
                fields += 1;
                continue;
            }
            let continued = line.starts_with([' ', '\t', '#', '-', '[', ']', '}']);
            if !continued && !line.trim().is_empty() && fields == 0 {
                return false;
            }
        }
        fields > 0
    }

    fn is_field(&self, line: &str) -> bool {
        line.split_once(self.separator)
            .is_some_and(|(key, _)| is_key(key.trim()))
    }
}

fn is_key(key: &str) -> bool {
    let key = key.trim_matches('"');
    !key.is_empty()
        && key.chars().all(|character| {
            character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ' ')
        })
        && key.split_whitespace().count() <= 3
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote)
            && let Some((inner, _)) = inner.split_once(quote)
        {
            return inner;
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_passage_begins_with_is_front_matter_only_before_text() {
        let of = |text: &str| text[..front_matter_of_passage(text)].to_owned();
        let front = "---\ntitle: A\ntags:\n- b\n---\n";
        assert_eq!(of(&format!("{front}\n# Words\n\nMore.")), front);
        assert_eq!(of(front), front);
        assert_eq!(of("---\ntitle: A\nauthor: B"), "---\ntitle: A\nauthor: B");
        assert_eq!(
            of("+++\ntitle = \"A\"\n+++\nWords"),
            "+++\ntitle = \"A\"\n+++\n"
        );
        for text in [
            "---\nkind: Pod\n---\nkind: Service\n",
            "---\n\nWords",
            "---\nWords of a paragraph.",
            "Words: more\n---\n",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}
