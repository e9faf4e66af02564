use std::fmt;

use riddle_core::{
    EvaluationQuestion, Gold, QuestionHalf, QuestionOrigin, QuestionReview, Quote, Span,
};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::check::Names;
use super::collector::Collector;
use super::error::ImportError;
use super::file::{InputFile, OutputFile};
use super::grade::Grade;
use super::json::{self, Id, Texts};
use super::problems::Problems;
use super::select::data_files;
use super::set::{Export, ExportedSet, ImportedSet};

const NAMES: Names = Names {
    id: "id",
    question: "question",
    answers: "answers",
    golds: "relevant",
};

/// A question of a file.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<Id>,
    #[serde(alias = "query", alias = "text")]
    question: String,
    #[serde(default, alias = "answer")]
    answers: Texts,
    #[serde(default)]
    relevant: Vec<Relevant>,
    #[serde(default)]
    unanswerable: bool,
    #[serde(default = "imported")]
    origin: QuestionOrigin,
    #[serde(default)]
    review: QuestionReview,
    #[serde(default)]
    half: QuestionHalf,
}

#[derive(Deserialize)]
struct Relevant {
    document: String,
    #[serde(default)]
    quote: Option<String>,
    #[serde(default, deserialize_with = "span")]
    span: Option<Span>,
    #[serde(default = "relevant")]
    grade: Grade,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    let mut set = Collector::new(NAMES);
    let mut problems = Problems::default();
    for file in data_files(files, &mut set.notes)? {
        let source = file.source()?;
        for (place, text) in source.lines() {
            let question = json::parse::<Line>(place, text).map(question);
            problems.keep(question.and_then(|question| set.add(place, question)));
            if problems.is_full() {
                break;
            }
        }
    }
    problems.finish()?;
    set.finish(None)
}

fn question(line: Line) -> EvaluationQuestion {
    EvaluationQuestion {
        id: line.id.map(|id| id.0).unwrap_or_default(),
        text: line.question,
        answers: line.answers.0,
        golds: line.relevant.into_iter().map(gold).collect(),
        unanswerable: line.unanswerable,
        origin: line.origin,
        review: line.review,
        half: line.half,
        model_grades: Vec::new(),
    }
}

fn gold(relevant: Relevant) -> Gold {
    let quote = match (relevant.quote, relevant.span) {
        (None, None) => None,
        (text, span) => Some(Quote {
            text: text.unwrap_or_default(),
            span,
        }),
    };
    Gold {
        document: relevant.document,
        quote,
        grade: relevant.grade.0,
    }
}

fn imported() -> QuestionOrigin {
    QuestionOrigin::Imported
}

fn relevant() -> Grade {
    Grade(1)
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    deserializer.deserialize_any(SpanVisitor)
}

struct SpanVisitor;

impl<'de> Visitor<'de> for SpanVisitor {
    type Value = Option<Span>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a span such as {"start": 0, "end": 10} or [0, 10]"#)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Span>, A::Error> {
        Span::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Span>, A::Error> {
        let (start, end) = (list.next_element()?, list.next_element()?);
        match (start, end, list.next_element::<u32>()?) {
            (Some(start), Some(end), None) => Ok(Some(Span { start, end })),
            _ => Err(A::Error::custom(
                "a span has two numbers: where it begins, and one past its end",
            )),
        }
    }
}

/// A question as it is written. What has its default is left out.
#[derive(Serialize)]
struct WrittenLine<'a> {
    id: &'a str,
    question: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    answers: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relevant: Vec<WrittenRelevant<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unanswerable: bool,
    #[serde(skip_serializing_if = "is_imported")]
    origin: QuestionOrigin,
    #[serde(skip_serializing_if = "is_default")]
    review: QuestionReview,
    #[serde(skip_serializing_if = "is_default")]
    half: QuestionHalf,
}

#[derive(Serialize)]
struct WrittenRelevant<'a> {
    document: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
    grade: i32,
}

fn is_imported(origin: &QuestionOrigin) -> bool {
    *origin == imported()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) fn export(set: &ExportedSet<'_>) -> Export {
    let mut content = String::new();
    for question in set.questions {
        content.push_str(&json::line(&written(question)));
    }
    Export {
        files: vec![OutputFile {
            name: "questions.jsonl".to_owned(),
            content,
        }],
        notes: Vec::new(),
    }
}

fn written(question: &EvaluationQuestion) -> WrittenLine<'_> {
    WrittenLine {
        id: &question.id,
        question: &question.text,
        answers: &question.answers,
        relevant: question.golds.iter().map(written_gold).collect(),
        unanswerable: question.unanswerable,
        origin: question.origin,
        review: question.review,
        half: question.half,
    }
}

fn written_gold(gold: &Gold) -> WrittenRelevant<'_> {
    let quote = gold.quote.as_ref();
    let words = quote.map(|quote| quote.text.as_str());
    WrittenRelevant {
        document: &gold.document,
        quote: words.filter(|words| !words.is_empty()),
        span: quote.and_then(|quote| quote.span),
        grade: gold.grade,
    }
}
