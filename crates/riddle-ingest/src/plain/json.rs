//! JSON as lines of `path: value`, so that a chunk from the middle still says what it is about.

use std::fmt;

use riddle_core::{Failure, TextFormat};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::failure;

/// Flattens one JSON value, or one on each line; text that is not JSON stays as it is.
///
/// # Errors
/// The text would exceed `limit` bytes.
pub(super) fn flatten(text: String, limit: u64) -> Result<(String, TextFormat), Failure> {
    match flatten_value(&text, Unit::File, limit) {
        Ok(lines) => Ok((lines, TextFormat::Plain)),
        Err(Flattening::NotJson) if are_lines(&text) => flatten_lines(text, limit),
        Err(Flattening::NotJson) => Ok((text, TextFormat::Code)),
        Err(Flattening::TooLong) => Err(failure::too_much_text()),
    }
}

/// Whether each of the first two lines of a text is a JSON object, as in logs and exports.
pub(crate) fn are_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut is_object = || {
        let line = lines.next().filter(|line| line.starts_with('{'));
        line.is_some_and(|line| serde_json::from_str::<IgnoredAny>(line).is_ok())
    };
    is_object() && is_object()
}

/// Flattens one JSON value on each line; lines that are not JSON stay as they are.
///
/// # Errors
/// The text would exceed `limit` bytes.
pub(super) fn flatten_lines(text: String, limit: u64) -> Result<(String, TextFormat), Failure> {
    let mut all = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match flatten_value(line, Unit::Line, limit) {
            Ok(lines) => all.push_str(&lines),
            Err(Flattening::NotJson) => {
                all.push_str(line);
                all.push('\n');
            }
            Err(Flattening::TooLong) => return Err(failure::too_much_text()),
        }
        all.push('\n');
        if all.len() as u64 > limit {
            return Err(failure::too_much_text());
        }
    }
    Ok((all, TextFormat::Plain))
}

enum Flattening {
    NotJson,
    TooLong,
}

/// What a value is all of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    File,
    /// A record, which stays whole.
    Line,
}

fn flatten_value(text: &str, unit: Unit, limit: u64) -> Result<String, Flattening> {
    let mut output = Output {
        lines: String::with_capacity(text.len()),
        path: String::new(),
        depth: 0,
        unit,
        limit,
        too_long: false,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Node {
        output: &mut output,
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end());
    match parsed {
        Ok(()) => Ok(output.lines),
        Err(_) if output.too_long => Err(Flattening::TooLong),
        Err(_) => Err(Flattening::NotJson),
    }
}

struct Output {
    lines: String,
    path: String,
    depth: usize,
    unit: Unit,
    limit: u64,
    too_long: bool,
}

impl Output {
    fn leaf<E: serde::de::Error>(&mut self, value: &str) -> Result<(), E> {
        if value.trim().is_empty() {
            return Ok(());
        }
        if !self.path.is_empty() {
            self.lines.push_str(&self.path);
            self.lines.push_str(": ");
        }
        self.lines.push_str(value.trim_end());
        self.lines.push('\n');
        if self.lines.len() as u64 > self.limit {
            self.too_long = true;
            return Err(E::custom("too long"));
        }
        Ok(())
    }

    /// Whether what is written from byte `from` on is an element of the outermost list: of a file that is one, or an
    /// object in the list of another one.
    fn is_record(&self, from: usize, index: usize) -> bool {
        let written = &self.lines[from..];
        let is_outermost = self.unit == Unit::File && !self.path.contains('[');
        let is_object = || written.starts_with(&format!("{}[{index}].", self.path));
        !written.is_empty() && (self.depth == 0 || is_outermost && is_object())
    }

    /// Makes a paragraph of what is written from byte `from` on, so that a chunk begins with a record.
    fn part(&mut self, from: usize) {
        if from > 0 && !self.lines[..from].ends_with("\n\n") {
            self.lines.insert(from, '\n');
        }
        self.lines.push('\n');
    }
}

/// Writes each value as soon as it is parsed: this needs no tree, and keys keep their order.
struct Node<'a> {
    output: &'a mut Output,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.output.leaf(if value { "true" } else { "false" })
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.output.leaf(&value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.output.leaf(&value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.output.leaf(&value.to_string())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.output.leaf(value)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let length = self.output.path.len();
        self.output.depth += 1;
        while let Some(key) = map.next_key::<String>()? {
            if length > 0 {
                self.output.path.push('.');
            }
            self.output.path.push_str(&key);
            map.next_value_seed(Node {
                output: &mut *self.output,
            })?;
            self.output.path.truncate(length);
        }
        self.output.depth -= 1;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let length = self.output.path.len();
        let mut index = 0_usize;
        loop {
            self.output.path.push_str(&format!("[{index}]"));
            let before = self.output.lines.len();
            let more = sequence.next_element_seed(Node {
                output: &mut *self.output,
            })?;
            self.output.path.truncate(length);
            if more.is_none() {
                return Ok(());
            }
            if self.output.is_record(before, index) {
                self.output.part(before);
            }
            index += 1;
        }
    }
}
