//! The token ids at the beginning and at the end of a text, for which no more of it is read than they take.

use super::HfTokenizer;
use super::parts::{first_boundary, last_boundary, parts};

/// A token of more bytes is so rare that a text cut at this many bytes per token nearly always has tokens enough.
const BYTES_PER_TOKEN: usize = 24;
/// At least so many bytes are read, so that a word that is cut at their end is none of those that are wanted.
const LEAST_BYTES: usize = 1 << 10;

type Ids = Result<Vec<u32>, tokenizers::Error>;

impl HfTokenizer {
    /// The ids that a text begins with, special ones left out: all of them, or more than `most`.
    pub(crate) fn first_ids(&self, text: &str, most: usize) -> Ids {
        let end = text.floor_char_boundary(bytes_of(most));
        if end < text.len() {
            let end = last_boundary(text, end / 2..end).unwrap_or(end);
            let ids = self.ids(&text[..end])?;
            // One more than is asked for, because the last one may go on where the text was cut.
            if ids.len() > most + 1 {
                return Ok(ids);
            }
        }
        let mut ids = Vec::new();
        for part in calls(text, most) {
            ids.extend(self.ids(part)?);
            if ids.len() > most {
                break;
            }
        }
        Ok(ids)
    }

    /// The ids that a text ends with: all of them, or more than `most`.
    pub(crate) fn last_ids(&self, text: &str, most: usize) -> Ids {
        let start = text.len().saturating_sub(bytes_of(most));
        let start = text.ceil_char_boundary(start);
        if start > 0 {
            let middle = start + (text.len() - start) / 2;
            let start = first_boundary(text, start..middle).unwrap_or(start);
            let ids = self.ids(&text[start..])?;
            if ids.len() > most + 1 {
                return Ok(ids);
            }
        }
        let (mut ends, mut tokens) = (Vec::new(), 0);
        for part in calls(text, most).into_iter().rev() {
            let ids = self.ids(part)?;
            tokens += ids.len();
            ends.push(ids);
            if tokens > most {
                break;
            }
        }
        ends.reverse();
        Ok(ends.concat())
    }
}

/// A text in one call of the tokenizer if it is no longer than so many tokens may be, else in parts.
fn calls(text: &str, most: usize) -> Vec<&str> {
    if text.len() <= bytes_of(most) {
        return vec![text];
    }
    parts(text).into_iter().map(|(_, part)| part).collect()
}

fn bytes_of(tokens: usize) -> usize {
    let bytes = tokens.saturating_add(1).saturating_mul(BYTES_PER_TOKEN);
    bytes.max(LEAST_BYTES)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use riddle_core::{Span, Tokenizer as _};

    use super::*;

    fn tokenizer(model: &str) -> HfTokenizer {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny");
        HfTokenizer::open(model, &folder.join(model)).expect("it is committed")
    }

    #[test]
    fn endless_texts_are_read_in_parts() {
        for model in ["bert", "roberta", "xlm-roberta"] {
            let tokenizer = tokenizer(model);
            for run in ["字", " ", "a", "中文"] {
                let text = run.repeat(200_000);
                for ids in [tokenizer.first_ids(&text, 5), tokenizer.last_ids(&text, 5)] {
                    let ids = ids.expect("it is text");
                    assert!(ids.len() < 40_000, "{model}: {} of {run}", ids.len());
                }
            }
        }
    }

    #[test]
    fn an_unspaced_text_has_as_many_tokens_as_in_one_call() {
        let tokenizer = tokenizer("bert");
        let text = "字典".repeat(20_000);
        let whole = tokenizer.ids(&text).expect("it is text");
        assert_eq!(tokenizer.token_starts(&text).len(), whole.len());
        let (ids, spans) = tokenizer.ids_with_spans(&text).expect("it is text");
        assert_eq!(ids, whole);
        let places = (0..).map(|start| Span {
            start,
            end: start + 1,
        });
        assert_eq!(spans, places.take(40_000).collect::<Vec<_>>());
    }

    #[test]
    fn tokens_of_long_texts_stand_where_they_stood_in_one_call() {
        let text = "中文 and words, more  words ".repeat(2_000);
        for model in ["bert", "roberta", "xlm-roberta"] {
            let tokenizer = tokenizer(model);
            let whole = tokenizer.inner().encode_char_offsets(&*text, false);
            let whole = whole.expect("it is text");
            let (ids, spans) = tokenizer.ids_with_spans(&text).expect("it is text");
            assert_eq!(ids, whole.get_ids(), "{model}");
            let mut moved = 0;
            for (span, &(start, end)) in spans.iter().zip(whole.get_offsets()) {
                let by = (start - span.start as usize, end - span.end as usize);
                assert!(
                    by.0 <= 1 && by.1 <= by.0,
                    "{model}: {span:?}, {start} to {end}"
                );
                moved += usize::from(by != (0, 0));
            }
            // Some tokenizers count the space before a word to it at the beginning of a part.
            assert!(moved < parts(&text).len(), "{model}: {moved}");
            assert_eq!(spans.len(), whole.len(), "{model}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_has_the_ids_of_the_whole(
            words in prop::collection::vec("[a-z]{1,12}|[a-z]{90,130}|[字典中文]{1,30}|[,.!]", 0..120),
            most in 0_usize..60,
        ) {
            let text = words.join(" ");
            for model in ["bert", "roberta", "xlm-roberta"] {
                let tokenizer = tokenizer(model);
                let whole = tokenizer.ids(&text).expect("it is text");
                let first = tokenizer.first_ids(&text, most).expect("it is text");
                let last = tokenizer.last_ids(&text, most).expect("it is text");
                let kept = most.min(whole.len());
                prop_assert_eq!(first.len() > most, whole.len() > most);
                prop_assert_eq!(last.len() > most, whole.len() > most);
                prop_assert_eq!(&first[..kept], &whole[..kept], "{}", model);
                prop_assert_eq!(&last[last.len() - kept..], &whole[whole.len() - kept..], "{}", model);
            }
        }
    }
}
