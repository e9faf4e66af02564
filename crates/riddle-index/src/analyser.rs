//! From text to terms, the same way for chunks and for queries.
//!
//! Words are NFKC-normalised, lower-cased, freed of accents and vowel marks and stemmed as English; identifiers give
//! their parts as well, and numbers, dates, names and acronyms the forms that they are also written in. Scripts without
//! spaces give each character and each pair of neighbours; Chinese is simplified and also gives the words of a
//! dictionary.
//! Of a query, words that only carry grammar are left out.

mod chain;
mod highlight;
mod normal;
mod numbers;
mod question;
mod runs;
mod script;
mod unspaced;
mod words;

use std::ops::Range;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

pub(crate) use highlight::highlights;
use normal::{normalised, normalised_as_written};
pub(crate) use question::{query_terms, query_terms_as_written};
use runs::{Unit, for_each_unit};

/// To be raised whenever the same text gives other terms than before. The chunks of an
/// index of an earlier version are analysed anew.
pub(crate) const ANALYSER_VERSION: u32 = 2;

/// The terms of a text, in order, with repetitions.
pub(crate) fn analyse(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for_each_term(text, &mut |term| terms.push(term.to_owned()));
    terms
}

/// As [`analyse`], with Chinese as it is written.
fn analyse_as_written(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for_each_term_of_normalised(&normalised_as_written(text), &mut |term| {
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
    for_each_term_of_normalised(&normalised(text), sink);
}

fn for_each_term_of_normalised(text: &str, sink: &mut dyn FnMut(&str)) {
    for_each_unit(text, &mut |unit| match unit {
        Unit::Words(runs) => {
            chain::for_each_term(text, runs, sink);
            if let [year] = &**runs {
                chinese_date(text, year.clone(), sink);
            }
        }
        Unit::Unspaced(run) => unspaced::for_each_term(&text[run.clone()], sink),
    });
}

/// A date as it is written in Chinese and Japanese, such as 2026年3月5日, gives its digits as any other date does.
fn chinese_date(text: &str, year: Range<usize>, sink: &mut dyn FnMut(&str)) {
    if year.len() != 4 || !text[year.end..].starts_with('年') {
        return;
    }
    let rest = &text[year.end + '年'.len_utf8()..];
    let Some((month, rest)) = rest.split_once('月') else {
        return;
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let day = &rest[..end];
    if month
        .bytes()
        .chain(day.bytes())
        .all(|byte| byte.is_ascii_digit())
        && let Some(digits) = numbers::date_digits(&text[year], month, day)
    {
        sink(&digits);
    }
}

#[cfg(test)]
mod tests;
