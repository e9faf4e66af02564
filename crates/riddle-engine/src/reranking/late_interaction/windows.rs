use std::ops::Range;

use riddle_core::{
    LongPassages, PairScore, ScoreOptions, Span, Tokenizer, TruncationSide, Window, windows,
};

/// A window is tokenized anew, behind the embedder's prefix, and may get some tokens more than were counted: so many
/// per window of that size stay free.
const SPARE_SHARE: usize = 32;

/// Passages as the embedder reads them: whole, cut, or in windows.
#[derive(Debug)]
pub(super) struct PassageTexts {
    /// The texts of each passage.
    passages: Vec<Range<usize>>,
    /// What each text is of its passage.
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Part {
    window: Option<Window>,
    /// Whether something of the passage is left out.
    cut: bool,
}

impl PassageTexts {
    /// Whether passages have to be tokenized to be cut as the options say; else the embedder itself cuts their ends.
    pub(super) fn wanted(options: &ScoreOptions) -> bool {
        options.long_passages == LongPassages::MaxSlice
            || options.passage_tokens.is_some()
            || options.truncation_side == TruncationSide::Left
    }

    /// Cuts the passages for an embedder that reads `room` tokens.
    pub(super) fn cut(
        tokenizer: &dyn Tokenizer,
        passages: Vec<String>,
        room: usize,
        options: &ScoreOptions,
    ) -> (Self, Vec<String>) {
        let mut cut = Self {
            passages: Vec::with_capacity(passages.len()),
            parts: Vec::with_capacity(passages.len()),
        };
        let mut texts = Vec::with_capacity(passages.len());
        for passage in passages {
            let first = texts.len();
            for (text, part) in parts(tokenizer, passage, room, options) {
                texts.push(text);
                cut.parts.push(part);
            }
            cut.passages.push(first..texts.len());
        }
        (cut, texts)
    }

    /// A score for each passage: that of its best window, with the tokens of all. A passage stays unscored if one of
    /// its windows is, because that one may have the answer.
    pub(super) fn join(&self, scores: &[Option<PairScore>]) -> Vec<Option<PairScore>> {
        let of = |range: &Range<usize>| self.best(range.clone(), scores);
        self.passages.iter().map(of).collect()
    }

    fn best(&self, range: Range<usize>, scores: &[Option<PairScore>]) -> Option<PairScore> {
        let (mut best, mut tokens): (Option<PairScore>, u32) = (None, 0);
        for index in range {
            let score = scores.get(index).copied().flatten()?;
            let part = self.parts.get(index).copied().unwrap_or_default();
            tokens = tokens.saturating_add(score.tokens);
            if best.is_none_or(|best| score.raw > best.raw) {
                best = Some(PairScore {
                    window: part.window,
                    truncated: score.truncated || part.cut,
                    ..score
                });
            }
        }
        best.map(|best| PairScore { tokens, ..best })
    }
}

fn parts(
    tokenizer: &dyn Tokenizer,
    passage: String,
    room: usize,
    options: &ScoreOptions,
) -> Vec<(String, Part)> {
    let starts = tokenizer.token_starts(&passage);
    let most = match options.long_passages {
        LongPassages::MaxSlice => room,
        LongPassages::Truncate => options.passage_tokens.map_or(room, |limit| limit.min(room)),
    };
    if starts.len() <= most {
        return vec![(passage, Part::default())];
    }
    let text = |tokens: &Range<usize>| bytes(&passage, &starts, tokens);
    if options.long_passages == LongPassages::MaxSlice {
        let ranges = windows(starts.len(), room - room / SPARE_SHARE);
        return placed(&passage, ranges.iter().map(text).collect());
    }
    let kept = match options.truncation_side {
        TruncationSide::Right => 0..most,
        TruncationSide::Left => starts.len() - most..starts.len(),
    };
    let kept = passage[text(&kept)].to_owned();
    let cut = Part {
        window: None,
        cut: true,
    };
    vec![(kept, cut)]
}

/// The bytes of these tokens with what stands between them and the next. A token may begin within a character.
fn bytes(text: &str, starts: &[usize], tokens: &Range<usize>) -> Range<usize> {
    let place = |token: usize| match token {
        0 => 0,
        token => starts
            .get(token)
            .map_or(text.len(), |at| text.floor_char_boundary(*at)),
    };
    if tokens.is_empty() {
        return 0..0;
    }
    place(tokens.start)..place(tokens.end)
}

/// Windows of a passage with their places in characters.
fn placed(passage: &str, windows: Vec<Range<usize>>) -> Vec<(String, Part)> {
    let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let count = u32::try_from(windows.len()).unwrap_or(u32::MAX);
    let (mut byte, mut start) = (0, 0_u32);
    let mut placed = Vec::with_capacity(windows.len());
    for (index, range) in (0..).zip(windows) {
        start = start.saturating_add(characters(&passage[byte..range.start]));
        byte = range.start;
        let text = passage[range].to_owned();
        let end = start.saturating_add(characters(&text));
        let window = Window {
            index,
            count,
            span: Span { start, end },
        };
        let part = Part {
            window: Some(window),
            cut: false,
        };
        placed.push((text, part));
    }
    placed
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    struct Words;

    impl Tokenizer for Words {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            let first = (!text.is_empty()).then_some(0);
            let others = text.match_indices(' ').map(|(at, _)| at + 1);
            first.into_iter().chain(others).collect()
        }
    }

    /// Tokens of one byte each, as for characters that a vocabulary lacks.
    struct Bytes;

    impl Tokenizer for Bytes {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            (0..text.len()).collect()
        }
    }

    fn options() -> ScoreOptions {
        ScoreOptions::until(Instant::now())
    }

    fn in_windows() -> ScoreOptions {
        ScoreOptions {
            long_passages: LongPassages::MaxSlice,
            ..options()
        }
    }

    fn score(raw: f32) -> Option<PairScore> {
        Some(PairScore {
            raw,
            tokens: 10,
            truncated: false,
            window: None,
        })
    }

    #[test]
    fn a_passage_is_cut_on_its_side() {
        let cut = |most, side| {
            let options = ScoreOptions {
                truncation_side: side,
                passage_tokens: Some(most),
                ..options()
            };
            let passage = vec!["one two three".to_owned()];
            let (texts, cut) = PassageTexts::cut(&Words, passage, 100, &options);
            let joined = texts.join(&[score(0.5)]);
            (cut.concat(), joined[0].expect("scored").truncated)
        };
        let whole = ("one two three".to_owned(), false);
        assert_eq!(cut(3, TruncationSide::Left), whole);
        assert_eq!(cut(2, TruncationSide::Right), ("one two ".to_owned(), true));
        assert_eq!(cut(2, TruncationSide::Left), ("two three".to_owned(), true));
        for side in [TruncationSide::Left, TruncationSide::Right] {
            assert_eq!(cut(0, side), (String::new(), true));
        }
    }

    #[test]
    fn the_best_window_counts_and_says_where_it_stands() {
        let passages = vec!["é ".repeat(12), "short".to_owned()];
        let (texts, cut) = PassageTexts::cut(&Words, passages, 8, &in_windows());
        assert_eq!(cut.len(), 3);
        let joined = texts.join(&[score(0.1), score(0.9), score(0.4)]);
        let best = joined[0].expect("scored");
        assert_eq!((best.raw, best.tokens, best.truncated), (0.9, 20, false));
        let span = Span { start: 12, end: 24 };
        let (index, count) = (1, 2);
        assert_eq!(best.window, Some(Window { index, count, span }));
        assert_eq!(joined[1], score(0.4));
        assert_eq!(texts.join(&[score(0.1), None, score(0.4)])[0], None);
    }

    #[test]
    fn no_character_is_broken() {
        for side in [TruncationSide::Left, TruncationSide::Right] {
            let options = ScoreOptions {
                truncation_side: side,
                passage_tokens: Some(4),
                ..options()
            };
            let (_, cut) = PassageTexts::cut(&Bytes, vec!["字典".to_owned()], 9, &options);
            assert!("字典".contains(&cut[0]) && !cut[0].is_empty(), "{cut:?}");
        }
    }

    proptest! {
        #[test]
        fn windows_cover_the_passage(text in "[a-z é字]{0,200}", room in 1_usize..40) {
            for tokenizer in [&Words as &dyn Tokenizer, &Bytes] {
                let (texts, cut) = PassageTexts::cut(tokenizer, vec![text.clone()], room, &in_windows());
                let mut covered = 0;
                for (part, piece) in texts.parts.iter().zip(&cut) {
                    let Some(window) = part.window else {
                        prop_assert_eq!(piece, &text);
                        covered = text.chars().count();
                        continue;
                    };
                    let (start, end) = (window.span.start as usize, window.span.end as usize);
                    prop_assert!(start <= covered);
                    let there: String = text.chars().skip(start).take(end - start).collect();
                    prop_assert_eq!(&there, piece);
                    covered = covered.max(end);
                }
                prop_assert_eq!(covered, text.chars().count());
            }
        }
    }
}
