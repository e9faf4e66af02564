mod answers;
mod shape;

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::check::{self, Names};
use super::collector::{Collector, imported};
use super::documents::{DocumentNames, Documents, title};
use super::error::{ImportError, ImportProblem};
use super::file::{InputFile, LineCounter, Place};
use super::json;
use super::limits::MAX_ANSWERS;
use super::problems::Problems;
use super::select::data_files;
use super::set::{CorpusDocument, ImportedSet};

use answers::Context;
use shape::{Article, Paragraph, Question};

const NAMES: Names = Names {
    id: "id",
    question: "question",
    answers: "answers",
    golds: "answers",
};
const DOCUMENT_NAMES: DocumentNames = DocumentNames {
    name: "title",
    title: "title",
    text: "context",
};

/// A set in the making.
struct Reading<'a> {
    set: Collector<'a>,
    documents: Documents<'a>,
    /// How many paragraphs a title has so far.
    numbers: HashMap<String, u64>,
    /// Names of paragraphs by title and text.
    known: HashMap<(String, String), String>,
    problems: Problems,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    let mut reading = Reading {
        set: Collector::new(NAMES),
        documents: Documents::new(DOCUMENT_NAMES),
        numbers: HashMap::new(),
        known: HashMap::new(),
        problems: Problems::default(),
    };
    for file in data_files(files, &mut reading.set.notes)? {
        let source = file.source()?;
        let articles = shape::articles(source)?;
        let mut lines = LineCounter::new(source);
        for raw in articles {
            let article = reading.article(&mut lines, raw);
            reading.problems.keep(article);
            if reading.problems.is_full() {
                break;
            }
        }
    }
    reading.problems.finish()?;
    reading.set.finish(Some(reading.documents.finish()))
}

impl<'a> Reading<'a> {
    fn article(
        &mut self,
        lines: &mut LineCounter<'a>,
        raw: &'a RawValue,
    ) -> Result<(), ImportProblem> {
        let article: Article = json::parse(lines.place_of(raw.get()), raw.get())?;
        let title = title(article.title);
        let Some(paragraphs) = article.paragraphs else {
            // CMRC 2018 has a paragraph for each article, without a level of its own.
            return self.paragraph(lines, title, raw);
        };
        for paragraph in paragraphs {
            let taken = self.paragraph(lines, title.clone(), paragraph);
            self.problems.keep(taken);
            if self.problems.is_full() {
                break;
            }
        }
        Ok(())
    }

    fn paragraph(
        &mut self,
        lines: &mut LineCounter<'a>,
        title: Option<String>,
        raw: &'a RawValue,
    ) -> Result<(), ImportProblem> {
        let place = lines.place_of(raw.get());
        let paragraph: Paragraph = json::parse(place, raw.get())?;
        if paragraph.context.trim().is_empty() {
            return Err(place.problem("context", "it is empty; fill it in or remove the paragraph"));
        }
        let document = self.document(place, title, &paragraph.context)?;
        let context = Context::new(&document, &paragraph.context);
        for raw in paragraph.qas {
            let place = lines.place_of(raw.get());
            let taken = self.question(place, &context, raw);
            self.problems.keep(taken);
            if self.problems.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// The name of the paragraph's document: the title and a number.
    fn document(
        &mut self,
        place: Place<'a>,
        title: Option<String>,
        text: &str,
    ) -> Result<String, ImportProblem> {
        let key = (title.clone().unwrap_or_default(), text.to_owned());
        if let Some(name) = self.known.get(&key) {
            return Ok(name.clone());
        }
        let number = self.numbers.entry(key.0.clone()).or_insert(0);
        *number += 1;
        let name = format!("{} {number}", title.as_deref().unwrap_or("Paragraph"));
        let document = CorpusDocument {
            name: name.clone(),
            title,
            text: text.to_owned(),
        };
        self.documents.add(place, document, &mut self.set.notes)?;
        self.known.insert(key, name.clone());
        Ok(name)
    }

    fn question(
        &mut self,
        place: Place<'a>,
        context: &Context<'_>,
        raw: &RawValue,
    ) -> Result<(), ImportProblem> {
        let question: Question = json::parse(place, raw.get())?;
        if question.is_impossible && !question.answers.is_empty() {
            let message = "is_impossible is true, so there must be no answers; remove them, or set it to false";
            return Err(place.problem("answers", message));
        }
        if question.answers.len() > MAX_ANSWERS {
            let message = check::too_many(question.answers.len(), "answers", MAX_ANSWERS);
            return Err(place.problem("answers", message));
        }
        let id = question.id.0;
        let golds = if question.is_impossible {
            Vec::new()
        } else {
            context.golds(&id, &question.answers, &mut self.set.notes)
        };
        let mut texts: Vec<String> = Vec::new();
        for answer in question.answers {
            if !texts.contains(&answer.text) {
                texts.push(answer.text);
            }
        }
        let mut taken = imported(id, question.question, texts, golds);
        taken.unanswerable = question.is_impossible;
        self.set.add(place, taken)
    }
}
