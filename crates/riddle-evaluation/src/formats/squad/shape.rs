use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::formats::error::ImportProblem;
use crate::formats::file::{Place, Source};
use crate::formats::json::{self, Id};

/// The whole file. What is in it is read part by part, so that faults can be told with their lines.
#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Article<'a> {
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default, borrow)]
    pub(super) paragraphs: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
pub(super) struct Paragraph<'a> {
    #[serde(alias = "context_text")]
    pub(super) context: String,
    #[serde(borrow)]
    pub(super) qas: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(alias = "query_id")]
    pub(super) id: Id,
    #[serde(alias = "query_text")]
    pub(super) question: String,
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
    #[serde(default)]
    pub(super) is_impossible: bool,
}

/// An answer. CMRC 2018 has it without its place.
pub(super) struct Answer {
    pub(super) text: String,
    /// Its first character in the paragraph; negative or `None` if that is not known.
    pub(super) start: Option<i64>,
}

/// The articles of a file.
pub(super) fn articles<'a>(source: Source<'a>) -> Result<Vec<&'a RawValue>, ImportProblem> {
    let place = Place {
        file: source.file,
        line: 1,
    };
    if source.text.trim_start().starts_with('[') {
        json::parse(place, source.text)
    } else {
        json::parse::<Top<'a>>(place, source.text).map(|top| top.data)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnswerVisitor)
    }
}

struct AnswerVisitor;

#[derive(Deserialize)]
struct PlacedAnswer {
    text: String,
    #[serde(default)]
    answer_start: Option<i64>,
}

impl<'de> Visitor<'de> for AnswerVisitor {
    type Value = Answer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"an answer such as {"text": "1992", "answer_start": 17}"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Answer, E> {
        Ok(Answer {
            text: text.to_owned(),
            start: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answer, A::Error> {
        let placed = PlacedAnswer::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Answer {
            text: placed.text,
            start: placed.answer_start,
        })
    }
}
