//! The sentences of passages with what stands around them.

use std::collections::HashSet;

use super::ExtractivePassage;
use super::row::Columns;
use crate::domain::chunk::Span;
use crate::text::front_matter::front_matter_of_passage;
use crate::text::sentences::{LONGEST_SENTENCE, Sentence, SentenceKind, sentences};
use crate::text::terms::terms;

/// A sentence that may be quoted.
pub(super) struct ReadSentence {
    /// Index of its passage.
    pub(super) passage: usize,
    pub(super) span: Span,
    pub(super) kind: SentenceKind,
    /// Its words; of a row with the names of its columns.
    pub(super) text: String,
    /// The headings above it.
    pub(super) path: String,
    /// Whether it holds something to be typed.
    pub(super) has_code: bool,
    pub(super) words: Words,
}

/// The words in a sentence and around it.
pub(super) struct Words {
    pub(super) own: HashSet<String>,
    pub(super) heading: HashSet<String>,
    /// Those of the sentence before, in the same section.
    pub(super) before: HashSet<String>,
}

/// The sentences of a passage; `question` has the words of the question, `seen` the texts read so far, each of which is
/// given once. Headings, front matter and fragments without content words are left out.
pub(super) fn read(
    index: usize,
    passage: &ExtractivePassage<'_>,
    question: &HashSet<String>,
    seen: &mut HashSet<String>,
) -> Vec<ReadSentence> {
    let mut place = Surroundings::of(passage);
    let mut characters = passage.text.chars();
    let mut at = 0;
    let mut found = Vec::new();
    let front = &passage.text[..front_matter_of_passage(passage.text)];
    let front = u32::try_from(front.chars().count()).unwrap_or(u32::MAX);
    for sentence in sentences(passage.text) {
        let raw = cut(&mut characters, &mut at, sentence.span);
        if sentence.span.start < front {
            continue;
        }
        let (span, kind) = (sentence.span, sentence.kind);
        let Some(text) = place.text_of(sentence, &raw, question) else {
            continue;
        };
        let own = terms(&text);
        let before = place.before(kind, &own);
        // A table or a list that the splitter did not recognise.
        let too_long = text.chars().count() > LONGEST_SENTENCE;
        if own.is_empty() || too_long || !seen.insert(normalised(&text)) {
            continue;
        }
        found.push(ReadSentence {
            passage: index,
            span,
            kind,
            text,
            path: place.path.clone(),
            has_code: kind == SentenceKind::Code || raw.contains('`'),
            words: Words {
                own,
                heading: place.heading.clone(),
                before,
            },
        });
    }
    found
}

/// What stands around the sentence that is being read.
struct Surroundings {
    /// The headings above it.
    path: String,
    /// The words of those.
    heading: HashSet<String>,
    columns: Columns,
    /// The words of the sentence before, in the same section.
    before: HashSet<String>,
}

impl Surroundings {
    fn of(passage: &ExtractivePassage<'_>) -> Self {
        let path = passage.heading_path.join(" › ");
        Self {
            heading: terms(&path),
            path,
            columns: Columns::default(),
            before: HashSet::new(),
        }
    }

    /// A sentence as it may be quoted; `None` for a heading or the head of a table, which say something about those
    /// that follow.
    fn text_of(
        &mut self,
        sentence: Sentence,
        raw: &str,
        question: &HashSet<String>,
    ) -> Option<String> {
        match sentence.kind {
            SentenceKind::Heading => {
                // This heading is nearer to what follows than those above the passage.
                self.heading = terms(&sentence.text);
                self.path = sentence.text;
                self.columns.clear();
                self.before.clear();
                None
            }
            SentenceKind::TableHead => {
                self.columns = Columns::of_head(raw);
                None
            }
            SentenceKind::TableRow => Some(self.columns.row(raw, question)),
            _ => {
                self.columns.clear();
                Some(sentence.text)
            }
        }
    }

    /// The words of the sentence before, where this one follows on it. One of running text takes its place.
    fn before(&mut self, kind: SentenceKind, own: &HashSet<String>) -> HashSet<String> {
        match kind {
            SentenceKind::Prose => std::mem::replace(&mut self.before, own.clone()),
            SentenceKind::ListItem => self.before.clone(),
            _ => HashSet::new(),
        }
    }
}

/// The next part of a text, for spans that ascend.
fn cut(characters: &mut std::str::Chars<'_>, at: &mut u32, span: Span) -> String {
    let skipped = span.start.saturating_sub(*at) as usize;
    let length = span.end.saturating_sub(span.start) as usize;
    *at = span.end;
    characters.skip(skipped).take(length).collect()
}

fn normalised(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
