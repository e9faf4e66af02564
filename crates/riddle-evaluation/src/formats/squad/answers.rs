use riddle_core::{Gold, Quote, Span, sentences};

use super::shape::Answer;
use crate::formats::note::NoteKind;
use crate::formats::notes::Notes;

/// A paragraph that questions are asked of.
pub(super) struct Context<'a> {
    document: &'a str,
    text: &'a str,
    /// Byte offset of every character, and of the end.
    offsets: Vec<usize>,
    sentences: Vec<Span>,
}

/// Where an answer is.
enum Found {
    At(Span),
    /// At several places, of which the file does not say the right one.
    Somewhere,
    Nowhere,
}

impl<'a> Context<'a> {
    pub(super) fn new(document: &'a str, text: &'a str) -> Self {
        let starts = text.char_indices().map(|(offset, _)| offset);
        Self {
            document,
            text,
            offsets: starts.chain([text.len()]).collect(),
            sentences: sentences(text)
                .into_iter()
                .map(|sentence| sentence.span)
                .collect(),
        }
    }

    /// What is relevant to a question: the sentences of its answers, or the paragraph if they cannot be told.
    pub(super) fn golds(&self, question: &str, answers: &[Answer], notes: &mut Notes) -> Vec<Gold> {
        let mut quotes: Vec<Quote> = Vec::new();
        for answer in answers {
            let quote = match self.find(answer) {
                Found::At(span) => {
                    if answer
                        .start
                        .is_some_and(|start| start >= 0 && start != i64::from(span.start))
                    {
                        notes.add(NoteKind::AnswersMoved, question);
                    }
                    self.quote(self.whole_sentences(span))
                }
                Found::Somewhere => Quote {
                    text: answer.text.clone(),
                    span: None,
                },
                Found::Nowhere => {
                    notes.add(NoteKind::AnswersNotFound, question);
                    continue;
                }
            };
            if !quotes.contains(&quote) {
                quotes.push(quote);
            }
        }
        let gold = |quote| Gold {
            document: self.document.to_owned(),
            quote,
            grade: 1,
        };
        if quotes.is_empty() {
            return vec![gold(None)];
        }
        quotes.into_iter().map(|quote| gold(Some(quote))).collect()
    }

    /// The place that the file names if the answer is there, else the nearest place, or the only one.
    fn find(&self, answer: &Answer) -> Found {
        let text = answer.text.as_str();
        let start = answer.start.and_then(|start| usize::try_from(start).ok());
        let offset = start.and_then(|start| self.offsets.get(start));
        if offset.is_some_and(|offset| !text.is_empty() && self.text[*offset..].starts_with(text)) {
            return self.at(start.unwrap_or_default(), text);
        }
        if text.trim().is_empty() {
            return Found::Nowhere;
        }
        let places = self.text.match_indices(text);
        let places: Vec<usize> = places
            .map(|(offset, _)| self.offsets.partition_point(|o| *o < offset))
            .collect();
        match (places.as_slice(), start) {
            ([], _) => Found::Nowhere,
            ([place], _) => self.at(*place, text),
            (places, Some(start)) => {
                let nearest = places.iter().min_by_key(|place| place.abs_diff(start));
                nearest.map_or(Found::Nowhere, |place| self.at(*place, text))
            }
            (_, None) => Found::Somewhere,
        }
    }

    fn at(&self, start: usize, text: &str) -> Found {
        let end = start + text.chars().count();
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Found::At(Span { start, end }),
            _ => Found::Nowhere,
        }
    }

    /// The span with the rest of the sentences that it touches, so that short answers have their surroundings.
    fn whole_sentences(&self, span: Span) -> Span {
        let touched = self
            .sentences
            .iter()
            .filter(|other| other.start < span.end && span.start < other.end);
        touched.fold(span, |whole, sentence| Span {
            start: whole.start.min(sentence.start),
            end: whole.end.max(sentence.end),
        })
    }

    fn quote(&self, span: Span) -> Quote {
        let (start, end) = (
            self.offsets[span.start as usize],
            self.offsets[span.end as usize],
        );
        Quote {
            text: self.text[start..end].to_owned(),
            span: Some(span),
        }
    }
}
