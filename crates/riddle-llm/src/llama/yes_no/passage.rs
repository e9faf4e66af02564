//! A passage as tokens that know their places.

use std::ops::Range;

use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use riddle_core::{ScoreOptions, Span, TruncationSide, Window, windows};

use super::super::prompt::content_tokens;
use super::frame::first_tokens;

/// A passage as it is scored: whole, truncated, or one window of it.
pub(super) struct PassageTokens {
    /// The tokens, with those of the label before the passage.
    pub(super) tokens: Vec<LlamaToken>,
    pub(super) truncated: bool,
    pub(super) window: Option<Window>,
}

/// Bytes of a passage that show which tokens are the label's.
const BEGINNING: usize = 64;

/// What fits into `room` tokens, with the label, and into the passage's own limit.
pub(super) fn cut(
    vocab: &LlamaVocab<'_>,
    label: &str,
    passage: &str,
    (room, options): (usize, &ScoreOptions),
) -> PassageTokens {
    let room = match options.passage_tokens {
        Some(limit) => {
            let beginning = &passage[..passage.floor_char_boundary(BEGINNING)];
            let labelled = LabelledTokens::new(vocab, label, beginning).label.len();
            room.min(labelled.saturating_add(limit))
        }
        None => room,
    };
    let (tokens, truncated) = match options.truncation_side {
        TruncationSide::Right => first_tokens(vocab, &format!("{label}{passage}"), room),
        TruncationSide::Left => {
            let all = LabelledTokens::new(vocab, label, passage);
            let kept = room.saturating_sub(all.label.len());
            let surplus = all.content.len().saturating_sub(kept);
            (all.with_label(surplus..all.content.len()), surplus > 0)
        }
    };
    PassageTokens {
        tokens,
        truncated,
        window: None,
    }
}

/// Overlapping windows of at most `room` tokens that cover the whole passage. A passage that fits gets no
/// [`Window`].
pub(super) fn all_windows(
    vocab: &LlamaVocab<'_>,
    label: &str,
    passage: &str,
    room: usize,
) -> Vec<PassageTokens> {
    let all = LabelledTokens::new(vocab, label, passage);
    let windows = windows(all.content.len(), room.saturating_sub(all.label.len()));
    let count = u32::try_from(windows.len()).unwrap_or(u32::MAX);
    let window = |(index, range): (u32, Range<usize>)| PassageTokens {
        tokens: all.with_label(range.clone()),
        truncated: false,
        window: (count > 1).then(|| Window {
            index,
            count,
            span: all.span(passage, &range),
        }),
    };
    (0..).zip(windows).map(window).collect()
}

/// The tokens of a passage and of the label before it.
struct LabelledTokens {
    /// Tokens that hold nothing but the label. A blank at its end often belongs to the first word.
    label: Vec<LlamaToken>,
    content: Vec<LlamaToken>,
    /// Where each token of the content ends, in bytes of the passage.
    ends: Vec<usize>,
}

impl LabelledTokens {
    fn new(vocab: &LlamaVocab<'_>, label: &str, passage: &str) -> Self {
        let text = format!("{label}{passage}");
        let tokens = content_tokens(vocab, &text);
        let lengths: Vec<usize> = tokens
            .iter()
            .map(|&token| vocab.token_to_piece(token, false, None).len())
            .collect();
        // Some vocabularies put a blank before every text.
        let added = lengths.iter().sum::<usize>().saturating_sub(text.len());
        let label_end = label.len() + added;
        let mut end = 0;
        let ends: Vec<usize> = lengths
            .iter()
            .map(|length| {
                end += length;
                end
            })
            .collect();
        let in_label = ends.iter().take_while(|end| **end <= label_end).count();
        Self {
            label: tokens[..in_label].to_vec(),
            content: tokens[in_label..].to_vec(),
            ends: ends[in_label..].iter().map(|end| end - label_end).collect(),
        }
    }

    fn with_label(&self, content: Range<usize>) -> Vec<LlamaToken> {
        [&self.label, &self.content[content]].concat()
    }

    /// Characters of the passage that these tokens of its content hold.
    fn span(&self, passage: &str, content: &Range<usize>) -> Span {
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let characters = |byte: usize| count(&passage[..passage.floor_char_boundary(byte)]);
        let start = match content.start.checked_sub(1) {
            Some(previous) => characters(self.ends[previous]),
            None => 0,
        };
        // A character may be cut inside; the window that has its first byte shows it.
        let last = content
            .end
            .checked_sub(1)
            .and_then(|last| self.ends.get(last));
        let end = match last {
            Some(_) if content.end == self.content.len() => count(passage),
            Some(end) => characters(passage.ceil_char_boundary(*end)),
            None => start,
        };
        Span { start, end }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use llama_cpp_2::model::LlamaModel;
    use llama_cpp_2::model::params::LlamaModelParams;

    use super::super::super::backend;
    use super::*;

    #[test]
    fn windows_cover_all_characters_of_a_passage() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/yes-no/tiny.gguf");
        let backend = backend::get(false).expect("it starts");
        let params = LlamaModelParams::default().with_vocab_only(true);
        let model = LlamaModel::load_from_file(backend, &file, &params).expect("it is committed");
        let vocab = model.vocab();
        for passage in [
            "重排序🙂🐼 ".repeat(9),
            "  the sieve\n\n".repeat(9),
            "x".repeat(50),
        ] {
            let characters = u32::try_from(passage.chars().count()).expect("it is short");
            for (label, room) in [(" ", 7), ("B: ", 12), ("B: ", 40), (" ", 1)] {
                let windows = all_windows(&vocab, label, &passage, room);
                let spans: Vec<Span> = windows
                    .iter()
                    .filter_map(|tokens| tokens.window.map(|window| window.span))
                    .collect();
                assert_eq!(spans.len(), windows.len(), "{label:?} {room}");
                assert_eq!(spans.first().map(|span| span.start), Some(0));
                assert_eq!(spans.last().map(|span| span.end), Some(characters));
                for two in spans.windows(2) {
                    assert!(two[1].start <= two[0].end, "{label:?} {room} {two:?}");
                    assert!(two[0].start <= two[1].start && two[0].end <= two[1].end);
                }
            }
        }
    }
}
