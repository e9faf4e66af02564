//! Metadata at the beginning of a Markdown file: YAML between lines of `---`, TOML between lines of `+++`.

/// Where metadata ends, and what it says.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct FrontMatter<'a> {
    /// Offset in bytes of what follows it.
    pub(crate) end: usize,
    lines: &'a str,
    separator: char,
}

impl<'a> FrontMatter<'a> {
    /// The metadata that `text` begins with. A line of dashes alone may be a rule, so one of the next lines must be a
    /// field, and there must be an end.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
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

    /// The value of `title`, without quotes.
    pub(crate) fn title(&self) -> Option<String> {
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
        let is_field = |line: &str| {
            line.split_once(self.separator)
                .is_some_and(|(key, _)| is_key(key.trim()))
        };
        let mut fields = 0;
        for line in self.lines.lines() {
            if is_field(line) {
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
