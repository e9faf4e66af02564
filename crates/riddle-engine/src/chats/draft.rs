use riddle_core::{
    Answer, AnswerEvent, AnswerMode, CitationRecord, ContextRecord, SearchResponse, Usage,
};

/// What is known of an answer in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) text: String,
    found: Option<(Box<SearchResponse>, Vec<ContextRecord>)>,
    citations: Vec<CitationRecord>,
}

impl Draft {
    /// Takes note of an event on its way to the reader.
    pub(super) fn add(&mut self, event: &AnswerEvent) {
        match event {
            AnswerEvent::Retrieval { search, contexts } => {
                self.found = Some((search.clone(), contexts.clone()));
            }
            AnswerEvent::Token(text) => self.text.push_str(text),
            AnswerEvent::Citation(citation) => self.citations.push((**citation).clone()),
            AnswerEvent::Done(_) => {}
        }
    }

    /// The answer as far as it came, so that its citations still lead somewhere; `None` if nothing was written.
    /// `model` writes it, or nobody does.
    pub(super) fn answer(&self, model: Option<String>) -> Option<Box<Answer>> {
        let (search, contexts) = self.found.as_ref()?;
        if self.text.is_empty() {
            return None;
        }
        let mode = match model {
            Some(_) => AnswerMode::Generated,
            None => AnswerMode::Extractive,
        };
        Some(Box::new(Answer {
            text: self.text.clone(),
            model: model.unwrap_or_else(|| mode.as_str().to_owned()),
            mode,
            found: !self.citations.is_empty(),
            citations: self.citations.clone(),
            removed_citations: 0,
            contexts: contexts.clone(),
            truncated: false,
            notices: search.notices.clone(),
            rerank: search.rerank.clone(),
            timings: search.timings,
            usage: Usage::default(),
        }))
    }
}
