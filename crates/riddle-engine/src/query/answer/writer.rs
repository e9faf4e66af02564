use std::time::Duration;

use riddle_core::{AnswerEvent, CitationRecord, Span, cited_sentence};

use crate::query::answer::sink::Sink;
use crate::query::answer::sources::Context;
use crate::timing::Stopwatch;

/// Collects an answer as it is written and passes it on.
pub(in crate::query) struct AnswerWriter<'a> {
    contexts: &'a [Context],
    sink: &'a Sink,
    watch: &'a Stopwatch,
    /// The answer so far.
    pub(in crate::query) text: String,
    pub(in crate::query) citations: Vec<CitationRecord>,
    /// When the first text came, from the start of the request.
    pub(in crate::query) first_token: Option<Duration>,
}

impl<'a> AnswerWriter<'a> {
    pub(in crate::query) fn new(
        contexts: &'a [Context],
        sink: &'a Sink,
        watch: &'a Stopwatch,
    ) -> Self {
        Self {
            contexts,
            sink,
            watch,
            text: String::new(),
            citations: Vec::new(),
            first_token: None,
        }
    }

    pub(in crate::query) async fn write(&mut self, text: String) {
        if self.first_token.is_none() {
            self.first_token = Some(self.watch.elapsed());
        }
        self.text.push_str(&text);
        self.sink.send(Ok(AnswerEvent::Token(text))).await;
    }

    /// Takes back what was written. Readers of the stream have it already; the answer at its end is what counts.
    pub(in crate::query) fn restart(&mut self) {
        self.text.clear();
        self.citations.clear();
    }

    /// Adds a citation at the end of the text so far. Its source is the sentence that is most like the text before it.
    pub(in crate::query) async fn cite(&mut self, number: u32, answer_span: Span) {
        let Some(context) = self.context(number) else {
            return;
        };
        let before = prefix(&self.text, answer_span.start);
        let sentence = cited_sentence(before, &context.sentences);
        self.cite_sentence(number, answer_span, sentence).await;
    }

    /// Adds a citation whose source is known: a span in characters of the passage, or the whole passage if `None`.
    pub(in crate::query) async fn cite_sentence(
        &mut self,
        number: u32,
        answer_span: Span,
        sentence: Option<Span>,
    ) {
        let Some(context) = self.context(number) else {
            return;
        };
        let chunk = &context.record.hit.chunk.chunk;
        let citation = CitationRecord {
            number,
            answer_span,
            context: context.record.clone(),
            source_span: sentence.map_or(chunk.span, |sentence| chunk.document_span(sentence)),
        };
        self.citations.push(citation.clone());
        let event = AnswerEvent::Citation(Box::new(citation));
        self.sink.send(Ok(event)).await;
    }

    /// Characters of the answer so far.
    pub(in crate::query) fn length(&self) -> u32 {
        u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX)
    }

    fn context(&self, number: u32) -> Option<&'a Context> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.contexts.get(index)
    }
}

fn prefix(text: &str, chars: u32) -> &str {
    let end = text
        .char_indices()
        .nth(usize::try_from(chars).unwrap_or(usize::MAX))
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}
