//! Metadata at the beginning of a Markdown file: YAML between lines of `---`, TOML between lines of `+++`.

mod entries;
mod scalar;
mod value;

use self::entries::{Entry, entries};
use self::value::{Value, read};
use crate::domain::metadata::OwnMetadata;

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

    /// The value of `title`, on one line. Where it is no YAML, as behind a word in brackets, it is what its line says.
    pub fn title(&self) -> Option<String> {
        let (entries, _strays) = entries(self.lines, self.separator);
        let is_title = |entry: &&Entry<'_>| entry.key.eq_ignore_ascii_case("title");
        let entry = entries.iter().find(is_title)?;
        let title = match read(entry) {
            Some(Value::One(title)) if !title.is_null() => one_line(&title.text),
            None if self.separator == ':' => one_line(entry.value),
            _ => return None,
        };
        Some(title).filter(|title| !title.is_empty())
    }

    /// What it says about the document: texts, numbers, truth values and lists of them; dates are texts.
    pub fn metadata(&self) -> OwnMetadata {
        let (entries, strays) = entries(self.lines, self.separator);
        let mut own = OwnMetadata::default();
        own.leave_out(strays);
        for entry in &entries {
            match read(entry).map(Value::into_metadata) {
                Some(Some(value)) => own.add(entry.key, value),
                Some(None) => {}
                None => own.leave_out(1),
            }
        }
        own
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

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_key(key: &str) -> bool {
    let key = key.trim_matches('"');
    !key.is_empty()
        && key.chars().all(|character| {
            character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ' ')
        })
        && key.split_whitespace().count() <= 3
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    fn metadata(yaml: &str) -> (serde_json::Value, u32) {
        let text = format!("---\n{yaml}\n---\nWords");
        let own = FrontMatter::of(&text).expect("front matter").metadata();
        let values = serde_json::to_value(own.values).expect("JSON");
        (values, own.left_out)
    }

    #[test]
    fn fields_are_metadata() {
        let yaml = "title: \"Leave \\u2014 and \\\"more\\\"\"\nauthor: O'Neill # who\nyear: 2024\nshare: -0.5\n\
                    date: 2024-03-01\npostcode: 01234\nversion: 1.2.3\ndraft: false\nnone: ~\nempty:\n\
                    tags: [a, \"b, c\", 3, # last\n  'it''s']\nteams:\n- red\n- \"blue: sky\"\n  # none\n-\n\
                    summary: >-\n  Two\n  lines\nlong: it goes\n  on\n\"quoted: key\": yes\n";
        let expected = json!({
            "title": "Leave \u{2014} and \"more\"", "author": "O'Neill", "year": 2024.0, "share": -0.5,
            "date": "2024-03-01", "postcode": "01234", "version": "1.2.3", "draft": false,
            "tags": ["a", "b, c", "3", "it's"], "teams": ["red", "blue: sky"], "summary": "Two lines",
            "long": "it goes on", "quoted: key": "yes"
        });
        assert_eq!(metadata(yaml), (expected, 0));
    }

    #[test]
    fn what_is_nested_damaged_or_looked_up_is_left_out_and_counted() {
        for (yaml, left_out) in [
            ("nested:\n  inner: 1\n  list:\n    - 2", 1),
            ("maps:\n- name: x\n  value: y", 1),
            ("lists: [[1], [2]]\nmap: {a: 1}", 2),
            ("open: \"no end\nlist: [a, b\nstray line", 3),
            (
                "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\nd: *a\ne: !!binary eA==",
                5,
            ),
            ("deep: [[[[[[[[[[[[[[[[", 1),
        ] {
            let (values, found) = metadata(&format!("{yaml}\nkept: 1"));
            assert_eq!((values, found), (json!({"kept": 1.0}), left_out), "{yaml}");
        }
    }

    #[test]
    fn the_bounds_of_metadata_hold() {
        let (long, longer) = ("x".repeat(4_000), "x".repeat(4_001));
        let key = "k".repeat(101);
        let items = "- a\n".repeat(257);
        let (values, left_out) = metadata(&format!(
            "a: {long}\nb: {longer}\n{key}: 1\nlist:\n{items}c: 1e400"
        ));
        assert_eq!((values, left_out), (json!({"a": long, "c": "1e400"}), 3));
        let many: String = (0..10_000).map(|key| format!("key{key}: 1\n")).collect();
        let (values, left_out) = metadata(&many);
        assert_eq!(values.as_object().map(|values| values.len()), Some(64));
        assert_eq!(left_out, 10_000 - 64);
    }

    #[test]
    fn a_title_that_is_no_yaml_is_its_line() {
        let title = |said: &str| {
            let text = format!("---\nauthor: A\ntitle: {said}\nyear: 2024\n---\nWords");
            FrontMatter::of(&text).expect("front matter").title()
        };
        for said in ["[Draft] Leave policy", "@ops", "*Name*", "`ls` in brief"] {
            assert_eq!(title(said).as_deref(), Some(said));
        }
        for said in ["", "~", "[a, b]", "\n  en: Leave"] {
            assert_eq!(title(said), None, "{said}");
        }
    }

    #[test]
    fn of_long_front_matter_the_first_lines_are_read() {
        // The bound is within a character.
        let line = format!("more: {}\n", "\u{4e2d}".repeat(1_001));
        let text = format!("---\ntitle: A\n{}last: 1\n---\nWords", line.repeat(500));
        let front = FrontMatter::of(&text).expect("front matter");
        assert_eq!(front.title().as_deref(), Some("A"));
        let own = front.metadata();
        assert_eq!(own.values.keys().collect::<Vec<_>>(), ["more", "title"]);
        assert_eq!(own.left_out, 1);
        assert_eq!(&text[front.end..], "Words");
    }

    #[test]
    fn a_comment_behind_a_list_of_toml_ends_it() {
        let text = "+++\ntags = [\"a\"] # topics\nmarks = [\n  \"C #\", # [1]\n  'x]' # last\n] # end\n\
                    title = \"A\"\nyear = 2024\n+++\nWords";
        let front = FrontMatter::of(text).expect("front matter");
        assert_eq!(front.title().as_deref(), Some("A"));
        let own = front.metadata();
        let values = serde_json::to_value(own.values).expect("JSON");
        let expected = json!({"tags": ["a"], "marks": ["C #", "x]"], "title": "A", "year": 2024.0});
        assert_eq!((values, own.left_out), (expected, 0));
    }

    #[test]
    fn toml_is_metadata_up_to_its_tables() {
        let text = "+++\ntitle = \"A\"\ntags = [\n\"a\",\n\"b\"\n]\nyear = 2024\n[more]\nx = 1\n+++\nWords";
        let own = FrontMatter::of(text).expect("front matter").metadata();
        let values = serde_json::to_value(own.values).expect("JSON");
        let expected = json!({"title": "A", "tags": ["a", "b"], "year": 2024.0});
        assert_eq!((values, own.left_out), (expected, 1));
    }
}
