use std::time::Duration;

use riddle_core::{AnswerEvent, CitationRecord, Span, StopStrings, cited_sentence};

use crate::query::answer::sink::Sink;
use crate::query::answer::sources::Context;
use crate::timing::Stopwatch;

/// Collects an answer as it is written and passes it on.
pub(in crate::query) struct AnswerWriter<'a> {
    contexts: &'a [Context],
    sink: &'a Sink,
    watch: &'a Stopwatch,
    /// Where the answer ends by the request's wish.
    stop: StopStrings,
    /// Characters written, those that are held back included.
    written: u32,
    /// Citations in text that is held back, as it may be the beginning of a stop string.
    waiting: Vec<Cited>,
    /// The answer so far.
    pub(in crate::query) text: String,
    pub(in crate::query) citations: Vec<CitationRecord>,
    /// When the first text came, from the start of the request.
    pub(in crate::query) first_token: Option<Duration>,
}

/// A citation as it is written.
#[derive(Clone, Copy)]
struct Cited {
    number: u32,
    answer_span: Span,
    /// The part of the passage that it refers to, if it is known.
    sentence: Option<Span>,
}

impl<'a> AnswerWriter<'a> {
    pub(in crate::query) fn new(
        contexts: &'a [Context],
        stop: &[String],
        sink: &'a Sink,
        watch: &'a Stopwatch,
    ) -> Self {
        Self {
            contexts,
            sink,
            watch,
            stop: StopStrings::new(stop.to_vec()),
            written: 0,
            waiting: Vec::new(),
            text: String::new(),
            citations: Vec::new(),
            first_token: None,
        }
    }

    /// Adds text, as far as no stop string ends the answer before it.
    pub(in crate::query) async fn write(&mut self, text: String) {
        if self.first_token.is_none() {
            self.first_token = Some(self.watch.elapsed());
        }
        self.written = self.written.saturating_add(characters(&text));
        let text = self.stop.push(&text);
        self.pass_on(text).await;
    }

    /// Ends the answer: nothing of it is held back any more.
    pub(in crate::query) async fn finish(&mut self) {
        let text = self.stop.finish();
        self.pass_on(text).await;
    }

    /// Whether a stop string has ended the answer.
    pub(in crate::query) fn has_stopped(&self) -> bool {
        self.stop.has_stopped()
    }

    /// Takes back what was written, and tells it those who have read it.
    pub(in crate::query) async fn restart(&mut self) {
        self.text.clear();
        self.citations.clear();
        self.stop.restart();
        self.waiting.clear();
        self.written = 0;
        self.sink.send(Ok(AnswerEvent::Restart)).await;
    }

    /// Adds a citation at the end of the text so far. Its source is `sentence`, a span in characters of the passage, or
    /// the sentence that is most like the text before the citation.
    pub(in crate::query) async fn cite(
        &mut self,
        number: u32,
        answer_span: Span,
        sentence: Option<Span>,
    ) {
        self.waiting.push(Cited {
            number,
            answer_span,
            sentence,
        });
        self.release().await;
    }

    /// Characters written so far.
    pub(in crate::query) fn length(&self) -> u32 {
        self.written
    }

    async fn pass_on(&mut self, text: String) {
        if !text.is_empty() {
            self.text.push_str(&text);
            self.sink.send(Ok(AnswerEvent::Token(text))).await;
        }
        if !self.waiting.is_empty() {
            self.release().await;
        }
    }

    /// Passes on the citations whose text is shown.
    async fn release(&mut self) {
        let shown = characters(&self.text);
        let is_shown = |cited: &Cited| cited.answer_span.end <= shown;
        let (ready, waiting) = self.waiting.drain(..).partition(is_shown);
        self.waiting = waiting;
        let ready: Vec<Cited> = ready;
        for cited in ready {
            self.show(cited).await;
        }
    }

    async fn show(&mut self, cited: Cited) {
        let Some(context) = self.context(cited.number) else {
            return;
        };
        let like_the_text = || {
            let before = prefix(&self.text, cited.answer_span.start);
            cited_sentence(before, &context.sentences)
        };
        let sentence = cited.sentence.or_else(like_the_text);
        let chunk = &context.record.hit.chunk.chunk;
        let citation = CitationRecord {
            number: cited.number,
            answer_span: cited.answer_span,
            context: context.record.clone(),
            source_span: sentence.map_or(chunk.span, |sentence| chunk.document_span(sentence)),
        };
        self.citations.push(citation.clone());
        let event = AnswerEvent::Citation(Box::new(citation));
        self.sink.send(Ok(event)).await;
    }

    fn context(&self, number: u32) -> Option<&'a Context> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.contexts.get(index)
    }
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn prefix(text: &str, chars: u32) -> &str {
    let end = text
        .char_indices()
        .nth(usize::try_from(chars).unwrap_or(usize::MAX))
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}
