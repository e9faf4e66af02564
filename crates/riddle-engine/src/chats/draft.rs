use riddle_core::{
    Answer, AnswerEvent, AnswerMode, CitationRecord, ContextRecord, SearchResponse, Usage,
};

/// An answer as far as it is written.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) text: String,
    found: Option<(Box<SearchResponse>, Vec<ContextRecord>)>,
    citations: Vec<CitationRecord>,
}

impl Draft {
    /// Adds an event that goes to the reader.
    pub(super) fn add(&mut self, event: &AnswerEvent) {
        match event {
            AnswerEvent::Retrieval { search, contexts } => {
                self.found = Some((search.clone(), contexts.clone()));
            }
            AnswerEvent::Token(text) => self.text.push_str(text),
            AnswerEvent::Citation(citation) => self.citations.push((**citation).clone()),
            AnswerEvent::Restart => {
                self.text.clear();
                self.citations.clear();
            }
            AnswerEvent::Done(_) => {}
        }
    }

    /// The answer where something was written.
    pub(super) fn answer(&self, model: Option<String>) -> Option<Box<Answer>> {
        self.so_far(model).filter(|answer| !answer.text.is_empty())
    }

    /// The answer so far, with the citations that its text has; `None` before the search has ended. `model` is the name
    /// of the language model, if there is one.
    pub(super) fn so_far(&self, model: Option<String>) -> Option<Box<Answer>> {
        let (search, contexts) = self.found.as_ref()?;
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
