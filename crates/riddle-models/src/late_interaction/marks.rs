//! How a ColBERT in its own form reads texts: markers, queries that are filled up, and tokens that do not count.

use std::collections::HashSet;

use riddle_checkpoint::Source;
use riddle_core::ModelError;

use crate::catalogue::Colbert;
use crate::encoder::EncodedText;
use crate::tokenizer::HfTokenizer;

/// Where the marker goes: behind the first token, which a template puts before every text.
const PLACE: usize = 1;

/// The tokens of [`Colbert`] as numbers.
pub(super) struct Marks {
    query: Option<i64>,
    passage: Option<i64>,
    query_tokens: usize,
    expansion: Option<i64>,
    attends_to_expansion: bool,
    skipped: HashSet<i64>,
}

impl Marks {
    pub(super) fn new(
        source: &Source<'_>,
        tokenizer: &HfTokenizer,
        form: &Colbert,
    ) -> Result<Self, ModelError> {
        let id = |token: &str| tokenizer.id_of(token);
        let known = |token: &str| {
            let absent = || {
                let problem = format!("has no token `{token}`, with which the model reads texts");
                let remedy = "use the tokenizer that was saved with this model";
                source.bad("tokenizer.json", &problem, remedy)
            };
            id(token).ok_or_else(absent)
        };
        let marker = |token: &str| match token {
            "" => Ok(None),
            _ => known(token).map(Some),
        };
        // For PyLate, what is no token is the token for unknown words, which then does not count either.
        let unknown = tokenizer.unknown_id(source)?;
        let skipped = form.skipped.iter();
        let skipped = skipped.filter_map(|token| id(token).or(unknown));
        Ok(Self {
            query: marker(&form.query_marker)?,
            passage: marker(&form.passage_marker)?,
            query_tokens: form.query_tokens,
            expansion: form.expansion.as_deref().map(known).transpose()?,
            attends_to_expansion: form.attends_to_expansion,
            skipped: skipped.collect(),
        })
    }

    /// Longest query in tokens, marker included.
    pub(super) fn query_tokens(&self) -> usize {
        self.query_tokens
    }

    /// Tokens that a query has to leave for its marker.
    pub(super) fn taken_of_query(&self) -> usize {
        usize::from(self.query.is_some())
    }

    /// Tokens that a passage has to leave for its marker.
    pub(super) fn taken_of_passage(&self) -> usize {
        usize::from(self.passage.is_some())
    }

    /// A query with its marker, filled up to `longest` tokens.
    pub(super) fn query(&self, text: EncodedText, longest: usize) -> EncodedText {
        let mut text = marked(text, self.query);
        if let Some(expansion) = self.expansion
            && text.ids.len() < longest
        {
            text.ids.resize(longest, expansion);
            text.types.resize(longest, 0);
            // Something has to be attended to.
            text.attended = match self.attends_to_expansion {
                true => longest,
                false => text.attended.max(1),
            };
        }
        text
    }

    /// A passage with its marker.
    pub(super) fn passage(&self, text: EncodedText) -> EncodedText {
        marked(text, self.passage)
    }

    /// Whether the vector of the token at this place of a passage is compared.
    pub(super) fn compares(&self, passage: &EncodedText, place: usize) -> bool {
        let id = passage.ids.get(place);
        id.is_none_or(|id| !self.skipped.contains(id))
    }
}

fn marked(mut text: EncodedText, marker: Option<i64>) -> EncodedText {
    let Some(marker) = marker else {
        return text;
    };
    let place = PLACE.min(text.ids.len());
    text.ids.insert(place, marker);
    text.types.insert(place, 0);
    text.attended += 1;
    text.content = text.content.start + 1..text.content.end + 1;
    text
}
