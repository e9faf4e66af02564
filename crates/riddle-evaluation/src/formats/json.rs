use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::error::ImportProblem;
use super::file::Place;

/// An id: a text, or a whole number, which is taken as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Id(pub(super) String);

/// A text or several.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Texts(pub(super) Vec<String>);

/// Reads a value that begins at a place.
pub(super) fn parse<'de, T: Deserialize<'de>>(
    place: Place<'_>,
    text: &'de str,
) -> Result<T, ImportProblem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let field = Some(path).filter(|path| path != ".");
        problem(place, text, field, error.inner())
    })?;
    let end = deserializer.end();
    end.map_err(|error| problem(place, text, None, &error))?;
    Ok(value)
}

fn problem(
    place: Place<'_>,
    text: &str,
    path: Option<String>,
    error: &serde_json::Error,
) -> ImportProblem {
    let whole = error.to_string();
    let (what, _) = whole.rsplit_once(" at line ").unwrap_or((&whole, ""));
    let line = place.line + (error.line() as u64).saturating_sub(1);
    let place = Place { line, ..place };
    if error.is_syntax() || error.is_eof() {
        let hint = hint(text, error);
        let column = error.column();
        return place.problem_of_line(format!(
            "this is not valid JSON at character {column}: {what}{hint}"
        ));
    }
    for (begin, message) in [
        ("missing field `", "it is missing; add it"),
        (
            "duplicate field `",
            "it is there twice, under this or another of its names; keep one",
        ),
    ] {
        if let Some(field) = what
            .strip_prefix(begin)
            .and_then(|rest| rest.strip_suffix('`'))
        {
            let field = path.map_or(field.to_owned(), |path| format!("{path}.{field}"));
            return place.problem(field, message);
        }
    }
    ImportProblem {
        field: path,
        ..place.problem_of_line(what)
    }
}

/// What often is the cause.
fn hint(text: &str, error: &serde_json::Error) -> &'static str {
    let line = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or(text);
    // The parser stops at the first letter that it does not take, or after it.
    let rest = line
        .get(error.column().saturating_sub(2)..)
        .unwrap_or_default();
    let rest = rest.trim_start_matches([' ', ':', ',', '[', '-']);
    if ["NaN", "aN", "Infinity", "nfinity"]
        .iter()
        .any(|word| rest.starts_with(word))
    {
        return "; JSON has no NaN and no Infinity, write null or leave the field out";
    }
    if error.is_eof() {
        return "; the file may be cut off, or an object goes over several lines where it needs one";
    }
    ""
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        Ok(Id(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_unit<E: Error>(self) -> Result<Texts, E> {
        Ok(Texts::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// A value as a line. What is written here is made of texts, numbers and lists, which never fail.
pub(super) fn line(value: &impl serde::Serialize) -> String {
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}
