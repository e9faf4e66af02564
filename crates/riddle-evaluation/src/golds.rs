//! Where the passages that are judged lie among the chunks of their documents.

mod by_model;

use std::collections::HashSet;

use riddle_core::{ChunkId, Gold, GoldPlace, JudgedItem, KnowledgeBaseId, Quote, Span};

use crate::making::{QUESTION_WORDS, words_of};
use crate::named_document::NamedDocument;

/// A document that golds name, with the chunks that searches can find.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct JudgedDocument {
    /// Its name.
    pub name: String,
    /// Its knowledge base, where that is not the set's.
    pub other: Option<KnowledgeBaseId>,
    /// In order.
    pub chunks: Vec<JudgedChunk>,
}

/// A chunk of a judged document.
#[derive(Clone, PartialEq, Debug)]
pub struct JudgedChunk {
    /// Identity.
    pub id: ChunkId,
    /// Its place in the text of the document, in characters.
    pub span: Span,
    /// Its text.
    pub text: String,
}

/// What is judged, and which chunks are it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ResolvedGolds {
    /// Golds that one chunk holds together are one item.
    pub items: Vec<JudgedItem>,
    /// Chunks of judged passages, and the item that each is.
    chunks: Vec<(ChunkId, u32)>,
    /// Documents that are judged as a whole, with their knowledge base where that is not the set's, and the item that
    /// each is.
    documents: Vec<(String, Option<KnowledgeBaseId>, u32)>,
}

impl ResolvedGolds {
    /// The judged item that a chunk of a document is, if it is one.
    pub fn item<'a>(&self, chunk: ChunkId, document: impl Into<NamedDocument<'a>>) -> Option<u32> {
        let document = document.into();
        let passage = self.chunks.iter().find(|(id, _)| *id == chunk);
        let whole = || {
            let mut documents = self.documents.iter();
            documents.find(|(name, other, _)| name == document.name && *other == document.other)
        };
        passage
            .map(|(_, item)| *item)
            .or_else(|| whole().map(|(_, _, item)| *item))
    }

    /// Whether chunks of one document count as one: so it is where documents are judged and passages are not.
    pub fn by_document(&self) -> bool {
        self.chunks.is_empty() && !self.documents.is_empty()
    }
}

impl JudgedDocument {
    /// Its text as far as its chunks cover it, blank elsewhere.
    pub fn text(&self) -> String {
        document_text(&self.chunks).into_iter().collect()
    }
}

/// Finds golds in the documents that they name. `documents` has those that exist, of each name one; a gold of another
/// one is kept as missing, since it counts as not found.
pub fn resolve_golds(
    question: &str,
    golds: &[Gold],
    documents: &[JudgedDocument],
) -> ResolvedGolds {
    let asked = content_words(question);
    let mut resolved = ResolvedGolds::default();
    for gold in golds {
        let document = documents
            .iter()
            .find(|document| document.name == gold.document);
        match (&gold.quote, document) {
            (None, document) => resolved.add_document(gold, document),
            (Some(_), None) => resolved.add_missing(gold, GoldPlace::DocumentMissing),
            (Some(quote), Some(document)) => {
                resolved.add_passage(&asked, gold, quote, document);
            }
        }
    }
    resolved
}

impl ResolvedGolds {
    fn add_document(&mut self, gold: &Gold, document: Option<&JudgedDocument>) {
        let known = self
            .documents
            .iter()
            .find(|(name, ..)| *name == gold.document);
        if let Some((_, _, item)) = known {
            self.raise(*item, gold.grade);
            return;
        }
        let place = match document {
            Some(document) if !document.chunks.is_empty() => GoldPlace::Found,
            _ => GoldPlace::DocumentMissing,
        };
        let item = self.push(gold, place);
        let other = document.and_then(|document| document.other);
        self.documents.push((gold.document.clone(), other, item));
    }

    fn add_missing(&mut self, gold: &Gold, place: GoldPlace) {
        self.push(gold, place);
    }

    fn add_passage(
        &mut self,
        asked: &HashSet<String>,
        gold: &Gold,
        quote: &Quote,
        document: &JudgedDocument,
    ) {
        let holders = holders(quote, &document.chunks);
        let Some(first) = holders.first() else {
            self.add_missing(gold, GoldPlace::QuoteMissing);
            return;
        };
        let ids = || holders.iter().map(|holder| document.chunks[*holder].id);
        let known = self
            .chunks
            .iter()
            .find(|(id, _)| ids().any(|own| own == *id));
        let item = match known.map(|(_, item)| *item) {
            Some(item) => {
                self.raise(item, gold.grade);
                item
            }
            None => {
                let item = self.push(gold, GoldPlace::Found);
                let whole = document.chunks.iter().map(|chunk| chunk.span.end).max();
                let begins = document.chunks[*first].span.start;
                let shortest = holders
                    .iter()
                    .map(|holder| document.chunks[*holder].text.chars().count());
                let entry = &mut self.items[item as usize];
                entry.position = whole
                    .filter(|end| *end > 0)
                    .map(|end| begins as f32 / end as f32);
                entry.overlap = overlap(asked, &document.chunks[*first].text);
                entry.chunk_chars = shortest.min().and_then(|chars| u32::try_from(chars).ok());
                item
            }
        };
        for id in ids() {
            if self.chunks.iter().all(|(known, _)| *known != id) {
                self.chunks.push((id, item));
            }
        }
    }

    fn push(&mut self, gold: &Gold, place: GoldPlace) -> u32 {
        let item = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(JudgedItem {
            document: gold.document.clone(),
            grade: gold.grade,
            place,
            position: None,
            chunk_chars: None,
            overlap: None,
            judge: None,
            model_grade: None,
        });
        item
    }

    fn raise(&mut self, item: u32, grade: i32) {
        let known = &mut self.items[item as usize].grade;
        *known = (*known).max(grade);
    }
}

/// What a question is about: its words without those that only ask.
fn content_words(question: &str) -> HashSet<String> {
    let words = words_of(question).into_iter();
    words
        .filter(|word| !QUESTION_WORDS.contains(&word.as_str()))
        .collect()
}

fn overlap(asked: &HashSet<String>, passage: &str) -> Option<f32> {
    let own: HashSet<String> = words_of(passage).into_iter().collect();
    let shared = asked.intersection(&own).count();
    (!asked.is_empty()).then(|| shared as f32 / asked.len() as f32)
}

/// The chunks that hold at least half of a quote, or of which a longer quote holds at least half. Where its words stand
/// more than once, its span picks the place.
fn holders(quote: &Quote, chunks: &[JudgedChunk]) -> Vec<usize> {
    let wanted: Vec<char> = squeezed(quote.text.chars()).map(|(_, c)| c).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let text = document_text(chunks);
    let (places, letters): (Vec<usize>, Vec<char>) = squeezed(text.iter().copied()).unzip();
    let found = occurrences(&letters, &wanted);
    let spans = found
        .iter()
        .map(|at| (places[*at], places[at + wanted.len() - 1] + 1));
    let mut spans: Vec<(usize, usize)> = spans.collect();
    if let Some(span) = quote.span {
        let distance = |found: &(usize, usize)| found.0.abs_diff(span.start as usize);
        spans = spans.into_iter().min_by_key(distance).into_iter().collect();
    }
    let share_half = |chunk: &JudgedChunk, whole: fn(usize, usize) -> usize| {
        let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
        spans.iter().any(|(from, to)| {
            let shared = end.min(*to).saturating_sub(start.max(*from));
            shared > 0 && shared * 2 >= whole(to - from, end.saturating_sub(start))
        })
    };
    let of_quote: fn(usize, usize) -> usize = |quote, _chunk| quote;
    for whole in [of_quote, usize::min] {
        let by_place: Vec<usize> = (0..chunks.len())
            .filter(|index| share_half(&chunks[*index], whole))
            .collect();
        if !by_place.is_empty() {
            return by_place;
        }
    }
    // The text of an edited chunk is not the document's any more, and its place says nothing of its words.
    (0..chunks.len())
        .filter(|index| holds_words(&chunks[*index].text, &quote.text))
        .collect()
}

/// The text of a document as far as its chunks cover it, blank elsewhere.
fn document_text(chunks: &[JudgedChunk]) -> Vec<char> {
    let end = chunks.iter().map(|chunk| chunk.span.end as usize).max();
    let mut text = vec![' '; end.unwrap_or(0)];
    for chunk in chunks {
        let start = chunk.span.start as usize;
        let end = (chunk.span.end as usize).min(text.len());
        let Some(place) = text.get_mut(start..end) else {
            continue;
        };
        for (letter, own) in place.iter_mut().zip(chunk.text.chars()) {
            *letter = own;
        }
    }
    text
}

/// Whether a passage holds the words of a quote, whatever their white space and case.
pub fn holds_words(passage: &str, quote: &str) -> bool {
    let letters = |text: &str| -> Vec<char> { squeezed(text.chars()).map(|(_, c)| c).collect() };
    !occurrences(&letters(passage), &letters(quote)).is_empty()
}

/// Letters without white space, in lower case, each with its place.
fn squeezed(text: impl Iterator<Item = char>) -> impl Iterator<Item = (usize, char)> {
    let visible = text
        .enumerate()
        .filter(|(_, letter)| !letter.is_whitespace());
    visible.map(|(place, letter)| (place, letter.to_lowercase().next().unwrap_or(letter)))
}

/// Where `wanted` begins in `letters`.
fn occurrences(letters: &[char], wanted: &[char]) -> Vec<usize> {
    let Some(first) = wanted.first() else {
        return Vec::new();
    };
    let candidates = letters.windows(wanted.len()).enumerate();
    candidates
        .filter(|(_, window)| window.first() == Some(first) && *window == wanted)
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> ChunkId {
        let mut text = String::from("00000000-0000-0000-0000-0000000000");
        text.push_str(&format!("{number:02x}"));
        text.parse().expect("an id")
    }

    /// Chunks of a text by the places at which they begin and end.
    fn document(name: &str, text: &str, spans: &[(usize, usize)]) -> JudgedDocument {
        let letters: Vec<char> = text.chars().collect();
        let chunks = spans
            .iter()
            .zip(1..)
            .map(|((start, end), number)| JudgedChunk {
                id: id(number),
                span: Span {
                    start: *start as u32,
                    end: *end as u32,
                },
                text: letters[*start..*end].iter().collect(),
            });
        JudgedDocument {
            name: name.to_owned(),
            other: None,
            chunks: chunks.collect(),
        }
    }

    fn gold(document: &str, quote: Option<(&str, Option<u32>)>, grade: i32) -> Gold {
        Gold {
            document: document.to_owned(),
            quote: quote.map(|(text, start)| Quote {
                text: text.to_owned(),
                span: start.map(|start| Span {
                    start,
                    end: start + 1,
                }),
            }),
            grade,
        }
    }

    const TEXT: &str = "Cats purr. Dogs bark at night. Cats purr again.";

    #[test]
    fn a_quote_is_found_whatever_its_white_space_and_case() {
        let cats = document("cats.md", TEXT, &[(0, 20), (11, 47)]);
        let resolved = resolve_golds(
            "",
            &[gold("cats.md", Some(("dogs\n  BARK at", None)), 1)],
            &[cats],
        );
        assert_eq!(resolved.items.len(), 1);
        assert_eq!(resolved.items[0].place, GoldPlace::Found);
        // The first chunk has "Dogs bark", which is more than half of it.
        assert_eq!(resolved.item(id(1), "cats.md"), Some(0));
        assert_eq!(resolved.item(id(2), "cats.md"), Some(0));
        assert!(!resolved.by_document());
    }

    #[test]
    fn a_quote_that_is_longer_than_two_chunks_is_all_that_it_covers() {
        let cats = document("cats.md", TEXT, &[(0, 10), (10, 20), (20, 30), (30, 47)]);
        let long = "Cats purr. Dogs bark at night. Cats";
        let golds = [gold("cats.md", Some((long, None)), 1)];
        let resolved = resolve_golds("", &golds, &[cats]);
        assert_eq!(resolved.items.len(), 1);
        assert_eq!(resolved.items[0].place, GoldPlace::Found);
        // Of the last chunk the quote has the least part.
        assert_eq!(
            [1, 2, 3, 4].map(|n| resolved.item(id(n), "cats.md")),
            [Some(0), Some(0), Some(0), None]
        );
    }

    #[test]
    fn a_span_picks_among_equal_words() {
        let cats = || document("cats.md", TEXT, &[(0, 11), (11, 31), (31, 47)]);
        let any = resolve_golds(
            "",
            &[gold("cats.md", Some(("cats purr", None)), 1)],
            &[cats()],
        );
        assert_eq!(
            [1, 2, 3].map(|n| any.item(id(n), "cats.md")),
            [Some(0), None, Some(0)]
        );
        let second = resolve_golds(
            "",
            &[gold("cats.md", Some(("cats purr", Some(31))), 1)],
            &[cats()],
        );
        assert_eq!(
            [1, 2, 3].map(|n| second.item(id(n), "cats.md")),
            [None, None, Some(0)]
        );
        assert!(
            second.items[0]
                .position
                .is_some_and(|at| (at - 31.0 / 47.0).abs() < 1e-6)
        );
        assert_eq!(second.items[0].chunk_chars, Some(16));
    }

    #[test]
    fn what_is_not_there_stays_judged() {
        let cats = document("cats.md", TEXT, &[(0, 47)]);
        let golds = [
            gold("cats.md", Some(("cows moo", None)), 2),
            gold("dogs.md", Some(("dogs bark", None)), 1),
            gold("dogs.md", None, 1),
        ];
        let resolved = resolve_golds("", &golds, &[cats]);
        let places: Vec<GoldPlace> = resolved.items.iter().map(|item| item.place).collect();
        assert_eq!(
            places,
            [
                GoldPlace::QuoteMissing,
                GoldPlace::DocumentMissing,
                GoldPlace::DocumentMissing
            ]
        );
        assert_eq!(resolved.item(id(1), "cats.md"), None);
    }

    #[test]
    fn golds_in_one_chunk_are_one_item_with_the_highest_grade() {
        let cats = document("cats.md", TEXT, &[(0, 31), (31, 47)]);
        let golds = [
            gold("cats.md", Some(("Cats purr.", Some(0))), 1),
            gold("cats.md", Some(("Dogs bark", None)), 3),
        ];
        let resolved = resolve_golds("", &golds, &[cats]);
        assert_eq!(resolved.items.len(), 1);
        assert_eq!(resolved.items[0].grade, 3);
        assert_eq!(resolved.item(id(1), "cats.md"), Some(0));
        assert_eq!(resolved.item(id(2), "cats.md"), None);
    }

    #[test]
    fn whole_documents_are_judged_once() {
        let cats = document("cats.md", TEXT, &[(0, 31), (31, 47)]);
        let golds = [gold("cats.md", None, 1), gold("cats.md", None, 2)];
        let resolved = resolve_golds("", &golds, &[cats]);
        assert_eq!(resolved.items.len(), 1);
        assert_eq!(resolved.items[0].grade, 2);
        assert!(resolved.by_document());
        assert_eq!(resolved.item(id(2), "cats.md"), Some(0));
        assert_eq!(resolved.item(id(2), "other.md"), None);
    }

    #[test]
    fn a_document_of_this_name_in_another_knowledge_base_is_another_one() {
        let other = Some(KnowledgeBaseId(Default::default()));
        let elsewhere = |name| NamedDocument { name, other };
        let golds = [gold("cats.md", None, 1), gold("dogs.md", None, 1)];
        let cats = document("cats.md", TEXT, &[(0, 31)]);
        let dogs = JudgedDocument {
            other,
            ..document("dogs.md", TEXT, &[(0, 31)])
        };
        let resolved = resolve_golds("", &golds, &[cats, dogs]);
        assert_eq!(resolved.item(id(9), "cats.md"), Some(0));
        assert_eq!(resolved.item(id(9), elsewhere("cats.md")), None);
        assert_eq!(resolved.item(id(9), "dogs.md"), None);
        assert_eq!(resolved.item(id(9), elsewhere("dogs.md")), Some(1));
    }

    #[test]
    fn an_edited_chunk_is_found_by_its_words() {
        let mut cats = document("cats.md", TEXT, &[(0, 31), (31, 47)]);
        cats.chunks[1].text = "Parrots talk more than anyone would ever like them to.".to_owned();
        let golds = [gold("cats.md", Some(("would ever like", None)), 1)];
        let resolved = resolve_golds("", &golds, &[cats]);
        assert_eq!(resolved.item(id(2), "cats.md"), Some(0));
    }
}
