use std::ops::Range;

use riddle_core::{LongPassages, PairScore, Span, Window};

/// Bytes of a wide window for each token of the model's limit: some four windows of the model.
const BYTES_PER_TOKEN: usize = 16;
/// Bytes that neighbouring wide windows share: more than those of the tokens that two windows of the model share.
const OVERLAP: usize = 1_024;
/// A wide window ends between two words if there is such a place in so many of its last bytes.
const LAST_WORD: usize = 128;

/// Very long passages, cut into wide windows so that the model is free for other requests between them. The reranker
/// scores each wide window in windows of its own size.
#[derive(Debug)]
pub(super) struct WideWindows {
    /// The wide windows of each passage.
    passages: Vec<Range<usize>>,
    /// The place of each wide window in its passage, in characters.
    spans: Vec<Span>,
}

impl WideWindows {
    /// Cuts passages that are scored in windows. Passages that are truncated stay whole, because the model reads only
    /// their beginning or end.
    pub(super) fn cut(
        passages: Vec<String>,
        way: LongPassages,
        max_tokens: usize,
    ) -> (Self, Vec<String>) {
        let longest = match way {
            LongPassages::Truncate => usize::MAX,
            LongPassages::MaxSlice => (BYTES_PER_TOKEN * max_tokens).max(4 * OVERLAP),
        };
        let mut wide = Self {
            passages: Vec::with_capacity(passages.len()),
            spans: Vec::with_capacity(passages.len()),
        };
        let mut texts = Vec::with_capacity(passages.len());
        for passage in passages {
            let first = texts.len();
            if passage.len() <= longest {
                wide.spans.push(Span { start: 0, end: 0 });
                texts.push(passage);
            } else {
                for range in ranges(&passage, longest) {
                    let text = passage[range.clone()].to_owned();
                    let start = characters(&passage[..range.start]);
                    let end = start + characters(&text);
                    wide.spans.push(Span { start, end });
                    texts.push(text);
                }
            }
            wide.passages.push(first..texts.len());
        }
        (wide, texts)
    }

    /// A score for each passage: that of its best window, with the tokens of all. A passage stays unscored if one of
    /// its wide windows is, because that one may have the answer.
    pub(super) fn join(&self, scores: &[Option<PairScore>]) -> Vec<Option<PairScore>> {
        let joined = |range: &Range<usize>| match range.len() {
            1 => scores.get(range.start).copied().flatten(),
            _ => self.best(range.clone(), scores),
        };
        self.passages.iter().map(joined).collect()
    }

    fn best(&self, range: Range<usize>, scores: &[Option<PairScore>]) -> Option<PairScore> {
        let (mut best, mut tokens, mut windows): (Option<PairScore>, u32, u32) = (None, 0, 0);
        for index in range {
            let score = scores.get(index).copied().flatten()?;
            let span = self.spans.get(index)?;
            let window = placed(score.window, *span, windows);
            windows = windows.saturating_add(score.window.map_or(1, |window| window.count));
            tokens = tokens.saturating_add(score.tokens);
            if best.is_none_or(|best| score.raw > best.raw) {
                let window = Some(window);
                best = Some(PairScore { window, ..score });
            }
        }
        let best = best?;
        let window = best.window.map(|window| Window {
            count: windows,
            ..window
        });
        Some(PairScore {
            tokens,
            window,
            ..best
        })
    }
}

/// A window of a wide window as one of the passage. A wide window that fits the model is a window itself.
fn placed(window: Option<Window>, wide: Span, before: u32) -> Window {
    let (index, span) = match window {
        Some(Window { index, span, .. }) => (
            index,
            Span {
                start: wide.start.saturating_add(span.start),
                end: wide.start.saturating_add(span.end),
            },
        ),
        None => (0, wide),
    };
    Window {
        index: before.saturating_add(index),
        count: 0,
        span,
    }
}

/// Overlapping ranges of at most `longest` bytes that cover a text.
fn ranges(text: &str, longest: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    loop {
        let most = text.floor_char_boundary(start + longest);
        if most == text.len() {
            ranges.push(start..most);
            return ranges;
        }
        let end = between_words(text, most);
        ranges.push(start..end);
        start = between_words(text, text.floor_char_boundary(end - OVERLAP));
    }
}

fn between_words(text: &str, most: usize) -> usize {
    let tail = text.floor_char_boundary(most.saturating_sub(LAST_WORD));
    let space = text[tail..most].rfind(char::is_whitespace);
    space.map_or(most, |at| tail + at)
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(raw: f32, window: Option<Window>) -> PairScore {
        PairScore {
            raw,
            tokens: 10,
            truncated: false,
            window,
        }
    }

    fn window(index: u32, count: u32, start: u32, end: u32) -> Option<Window> {
        Some(Window {
            index,
            count,
            span: Span { start, end },
        })
    }

    #[test]
    fn only_windows_are_cut() {
        let long = "word ".repeat(10_000);
        let passages = vec![long.clone(), "short".to_owned()];
        let (_, whole) = WideWindows::cut(passages.clone(), LongPassages::Truncate, 512);
        assert_eq!(whole, passages);
        let (_, texts) = WideWindows::cut(passages, LongPassages::MaxSlice, 512);
        assert!(texts.len() > 6, "{}", texts.len());
        assert_eq!(texts.last().map(String::as_str), Some("short"));
    }

    #[test]
    fn the_best_window_of_all_wide_ones_wins() {
        let passages = vec!["short".to_owned(), "字".repeat(5_000)];
        let (wide, texts) = WideWindows::cut(passages, LongPassages::MaxSlice, 512);
        assert_eq!(texts.len(), 3);
        let scores = [
            Some(score(0.5, None)),
            Some(score(1.0, window(0, 4, 0, 700))),
            Some(score(2.0, window(1, 2, 600, 900))),
        ];
        let joined = wide.join(&scores);
        assert_eq!(joined[0], scores[0]);
        let best = joined[1].expect("it is scored");
        assert_eq!((best.raw, best.tokens), (2.0, 20));
        let start = 5_000 - characters(&texts[2]);
        assert_eq!(best.window, window(5, 6, start + 600, start + 900));

        let missing = wide.join(&[scores[0], scores[1], None]);
        assert_eq!(missing, [scores[0], None]);
    }

    #[test]
    fn a_wide_window_that_fits_the_model_is_its_window() {
        let passages = vec!["a b ".repeat(3_000)];
        let (wide, texts) = WideWindows::cut(passages, LongPassages::MaxSlice, 512);
        assert_eq!(texts.len(), 2);
        let joined = wide.join(&[Some(score(1.0, None)), Some(score(0.0, None))]);
        let end = characters(&texts[0]);
        let best = joined[0].expect("it is scored");
        assert_eq!(best.window, window(0, 2, 0, end));
    }

    proptest! {
        #[test]
        fn wide_windows_cover_the_passage_and_overlap(words in prop::collection::vec("[a-z字é]{0,300}", 0..200)) {
            let text = words.join(" ");
            let ranges = ranges(&text, 5_000);
            prop_assert_eq!(ranges[0].start, 0);
            prop_assert_eq!(ranges[ranges.len() - 1].end, text.len());
            for range in &ranges {
                prop_assert!(range.len() <= 5_000);
                prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            }
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].end - pair[1].start >= OVERLAP);
                prop_assert!(pair[1].start > pair[0].start);
            }
        }
    }
}
