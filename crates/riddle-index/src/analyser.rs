//! From text to terms, the same way for chunks and for queries.
//!
//! Words are NFKC-normalised, lower-cased, freed of accents and vowel marks and stemmed as English; identifiers give
//! their parts as well, and numbers, dates, names and acronyms the forms that they are also written in. Scripts without
//! spaces give each character and each pair of neighbours; Chinese is simplified and also gives the words of a
//! dictionary. Languages that write compounds as one word give their parts and the stems of their own grammar.
//! Of a query, words that only carry grammar are left out.

mod chain;
mod compounds;
mod dates;
mod highlight;
mod homorganic;
mod identifiers;
mod normal;
mod numbers;
mod question;
mod runs;
mod script;
mod unspaced;
mod words;

use std::ops::Range;

use compounds::{Compounding, compounding};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

pub(crate) use highlight::highlights;
use normal::{normalised, normalised_as_written};
pub(crate) use question::{QueryTerm, QueryUnit, query_terms, query_terms_as_written, query_units};
use runs::{Unit, for_each_unit};

/// To be raised whenever the same text gives other terms than before. The chunks of an
/// index of an earlier version are analysed anew.
pub(crate) const ANALYSER_VERSION: u32 = 6;

/// The terms of a text, in order, with repetitions.
#[cfg(test)]
fn analyse(text: &str) -> Vec<String> {
    analyse_in(text, compounding(text))
}

/// The terms of a part of a text in a language that writes compounds as one word.
fn analyse_in(text: &str, language: Option<&Compounding>) -> Vec<String> {
    let mut terms = Vec::new();
    for_each_term_of_normalised(&normalised(text), language, &mut |term| {
        terms.push(term.to_owned());
    });
    terms
}

/// The terms of a text with Chinese as it is written.
fn analyse_as_written(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for_each_term_of_normalised(&normalised_as_written(text), None, &mut |term| {
        terms.push(term.to_owned());
    });
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
    for_each_term_of_normalised(&normalised(text), compounding(text), sink);
}

fn for_each_term_of_normalised(
    text: &str,
    language: Option<&Compounding>,
    sink: &mut dyn FnMut(&str),
) {
    for_each_unit(text, &mut |unit| match unit {
        Unit::Words(runs) => {
            chain::for_each_term(text, runs, sink);
            for_each_term_of_language(text, runs, language, sink);
            dates::for_each_term(text, runs, sink);
        }
        Unit::Unspaced(run) => unspaced::for_each_term(&text[run.clone()], sink),
    });
}

fn for_each_term_of_language(
    text: &str,
    runs: &[Range<usize>],
    language: Option<&Compounding>,
    sink: &mut dyn FnMut(&str),
) {
    if let Some(language) = language {
        for run in runs {
            language.for_each_term(&text[run.clone()], sink);
        }
    }
}

#[cfg(test)]
mod tests;
