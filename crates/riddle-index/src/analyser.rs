//! From text to terms, the same way for chunks and for queries.
//!
//! Words are NFKC-normalised, lower-cased, freed of accents and stemmed as English; identifiers give their parts as
//! well. Scripts without spaces give each character and each pair of neighbours; Chinese also gives the words of a
//! dictionary.

mod highlight;
mod script;
mod unspaced;
mod words;

use std::borrow::Cow;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

pub(crate) use highlight::highlights;
use script::{Class, class_of};

/// To be raised whenever the same text gives other terms than before. An index of another version is built anew.
pub(crate) const ANALYSER_VERSION: u32 = 1;

/// The terms of a text, in order, with repetitions.
pub(crate) fn analyse(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for_each_term(text, &mut |term| terms.push(term.to_owned()));
    terms
}

/// Makes the analyser known to tantivy.
#[derive(Clone, Default)]
pub(crate) struct ChunkTokenizer;

impl Tokenizer for ChunkTokenizer {
    type TokenStream<'a> = TermStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream {
        let mut stream = TermStream::default();
        for_each_term(text, &mut |term| {
            stream.terms.push_str(term);
            stream.ends.push(stream.terms.len());
        });
        stream
    }
}

/// All terms of one text in one buffer: an allocation for each term would take most of the time of indexing.
#[derive(Default)]
pub(crate) struct TermStream {
    terms: String,
    ends: Vec<usize>,
    next: usize,
    token: Token,
}

impl TokenStream for TermStream {
    fn advance(&mut self) -> bool {
        let Some(end) = self.ends.get(self.next) else {
            return false;
        };
        let start = match self.next {
            0 => 0,
            n => self.ends[n - 1],
        };
        self.token.text.clear();
        self.token.text.push_str(&self.terms[start..*end]);
        self.token.position = self.next;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn for_each_term(text: &str, sink: &mut dyn FnMut(&str)) {
    let text = normalised(text);
    let mut rest = text.as_ref();
    while let Some(first) = rest.chars().next() {
        let class = class_of(first);
        let end = run_end(rest, class);
        let (run, tail) = rest.split_at(end);
        match class {
            Class::Word => words::for_each_term(run, sink),
            Class::Unspaced => unspaced::for_each_term(run, sink),
            Class::Apostrophe | Class::Separator => {}
        }
        rest = tail;
    }
}

fn normalised(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Where the run of characters of one class ends. An apostrophe between two word characters belongs to the word.
fn run_end(text: &str, class: Class) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let found = class_of(character);
        if found == class {
            continue;
        }
        let joins_word = class == Class::Word
            && found == Class::Apostrophe
            && characters
                .peek()
                .is_some_and(|(_, next)| class_of(*next) == Class::Word);
        if !joins_word {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
