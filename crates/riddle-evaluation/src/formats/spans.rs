use std::collections::BTreeMap;

use riddle_core::{EvaluationQuestion, Quote, Span};

use super::check;
use super::error::{ImportError, ImportProblem, beginning};
use super::limits::{MAX_FILLED_BYTES, MAX_QUOTE_CHARS};
use super::problems::Problems;

/// Characters between two places of a text that are known.
const STRIDE: usize = 1_024;

/// Gives passages that are known by their place alone their words, one document after the other.
#[derive(Debug)]
pub struct QuoteFiller {
    questions: Vec<EvaluationQuestion>,
    /// Where such passages are, by document: the question's number and the judgment's.
    open: BTreeMap<String, Vec<(usize, usize)>>,
    problems: Problems,
    /// Bytes of words that may still come.
    room: usize,
}

impl QuoteFiller {
    /// For the questions of a set.
    pub fn new(questions: Vec<EvaluationQuestion>) -> Self {
        let mut open: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (place, question) in questions.iter().enumerate() {
            for (judgment, gold) in question.golds.iter().enumerate() {
                if gold.quote.as_ref().is_some_and(is_wordless) {
                    let places = open.entry(gold.document.clone()).or_default();
                    places.push((place, judgment));
                }
            }
        }
        Self {
            questions,
            open,
            problems: Problems::default(),
            room: MAX_FILLED_BYTES,
        }
    }

    /// The documents whose texts are needed.
    pub fn documents(&self) -> Vec<String> {
        self.open.keys().cloned().collect()
    }

    /// Takes the words of its passages from a document.
    pub fn fill(&mut self, document: &str, text: &str) {
        let text = Characters::new(text);
        for place in self.open.remove(document).unwrap_or_default() {
            if self.is_full() {
                return;
            }
            let filled = self.fill_one(place, document, &text);
            self.problems.keep(filled);
        }
    }

    /// Whether there are so many faults that no other document need be read.
    pub fn is_full(&self) -> bool {
        self.problems.is_full()
    }

    /// The questions.
    ///
    /// # Errors
    ///
    /// If a document was not there, ends before a passage, or if there are too many words.
    pub fn finish(mut self) -> Result<Vec<EvaluationQuestion>, ImportError> {
        for (document, places) in std::mem::take(&mut self.open) {
            for (place, _judgment) in places {
                if self.is_full() {
                    break;
                }
                let name = beginning(&document);
                let reason =
                    format!("there is no document {name:?} to take the words from; give the quote");
                self.problems
                    .keep::<()>(Err(fault(&self.questions[place].id, &reason)));
            }
        }
        self.problems.finish()?;
        Ok(self.questions)
    }

    fn fill_one(
        &mut self,
        (place, judgment): (usize, usize),
        document: &str,
        text: &Characters<'_>,
    ) -> Result<(), ImportProblem> {
        let EvaluationQuestion { id, golds, .. } = &mut self.questions[place];
        let Some(quote) = golds.get_mut(judgment).and_then(|gold| gold.quote.as_mut()) else {
            return Ok(());
        };
        let words = quote.span.and_then(|span| text.of(span));
        let Some(words) = words.filter(|words| !words.trim().is_empty()) else {
            let (name, end) = (beginning(document), text.count);
            let reason = format!("the span holds no words of {name:?}, which has {end} characters");
            return Err(fault(id, &reason));
        };
        check::text(words, MAX_QUOTE_CHARS).map_err(|reason| fault(id, &reason))?;
        let Some(room) = self.room.checked_sub(words.len()) else {
            let reason = format!(
                "with this span the spans of the set have more than {} MiB of words; shorten some, or divide the set",
                MAX_FILLED_BYTES >> 20
            );
            return Err(fault(id, &reason));
        };
        self.room = room;
        words.clone_into(&mut quote.text);
        Ok(())
    }
}

fn is_wordless(quote: &Quote) -> bool {
    quote.text.is_empty()
}

fn fault(question: &str, reason: &str) -> ImportProblem {
    ImportProblem {
        field: Some("relevant.span".to_owned()),
        ..ImportProblem::of_all(format!("question {:?}: {reason}", beginning(question)))
    }
}

/// A text whose characters are found by their numbers, without a walk through all that is before them.
struct Characters<'a> {
    text: &'a str,
    /// Offsets of the characters 0, 1,024, 2,048 and so on.
    known: Vec<usize>,
    count: usize,
}

impl<'a> Characters<'a> {
    fn new(text: &'a str) -> Self {
        let mut known = Vec::new();
        let mut count = 0;
        for (offset, _) in text.char_indices() {
            if count % STRIDE == 0 {
                known.push(offset);
            }
            count += 1;
        }
        Self { text, known, count }
    }

    /// The characters of a span, unless the text ends before it does.
    fn of(&self, span: Span) -> Option<&'a str> {
        let (start, end) = (
            self.offset(span.start as usize)?,
            self.offset(span.end as usize)?,
        );
        self.text.get(start..end)
    }

    /// Where a character begins, or the end of the text behind the last one.
    fn offset(&self, number: usize) -> Option<usize> {
        if number == self.count {
            return Some(self.text.len());
        }
        let known = *self.known.get(number / STRIDE)?;
        let mut after = self.text.get(known..)?.char_indices();
        let (offset, _) = after.nth(number % STRIDE)?;
        Some(known + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_by_their_numbers() {
        let text: String = (0..5_000)
            .map(|n| if n % 3 == 0 { '你' } else { 'a' })
            .collect();
        let characters = Characters::new(&text);
        let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        for number in [0, 1, 1_023, 1_024, 1_025, 2_048, 4_999] {
            assert_eq!(characters.offset(number), Some(offsets[number]), "{number}");
        }
        assert_eq!(characters.offset(5_000), Some(text.len()));
        assert_eq!(characters.offset(5_001), None);
        assert_eq!(characters.offset(usize::MAX), None);
        assert_eq!(Characters::new("").offset(0), Some(0));
        assert_eq!(Characters::new("").offset(1), None);
    }
}
