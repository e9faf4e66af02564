use riddle_core::{
    LongPassages, Pair, ScoreOptions, Span, TruncationSide, Window, beginning_of_tokens,
    token_bound, token_bound_starts, windows,
};

/// Special tokens that a cross-encoder puts around question and passage.
const SPECIAL_TOKENS: usize = 4;
/// Tokens that a passage has at least, however long the question is.
const LEAST_ROOM: usize = 8;

/// What is scored of one pair: all of its passage, what fits of it, or a window of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Part<'a> {
    /// Place of the pair in the call.
    pub(crate) pair: usize,
    pub(crate) query: &'a str,
    pub(crate) text: &'a str,
    pub(crate) tokens: usize,
    pub(crate) truncated: bool,
    pub(crate) window: Option<Window>,
}

/// Whether nothing of a pair is cut for a model of `max_tokens`, by a count that is rather too high.
pub(crate) fn fits(pair: &Pair<'_>, options: &ScoreOptions, max_tokens: usize) -> bool {
    let options = ScoreOptions {
        long_passages: LongPassages::Truncate,
        ..*options
    };
    let parts = parts(&[*pair], &options, max_tokens);
    parts.iter().all(|part| !part.truncated)
}

/// The parts of all pairs, in the order of the pairs.
pub(crate) fn parts<'a>(
    pairs: &[Pair<'a>],
    options: &ScoreOptions,
    max_tokens: usize,
) -> Vec<Part<'a>> {
    let pairs = pairs.iter().enumerate();
    pairs
        .flat_map(|(place, pair)| of_pair(place, *pair, options, max_tokens))
        .collect()
}

fn of_pair<'a>(
    place: usize,
    pair: Pair<'a>,
    options: &ScoreOptions,
    max_tokens: usize,
) -> Vec<Part<'a>> {
    // A longer question would leave its passage no room.
    let query = beginning_of_tokens(pair.query, max_tokens * 3 / 4);
    let query_cut = query.len() < pair.query.len();
    let question = token_bound(query) + SPECIAL_TOKENS;
    let room = max_tokens.saturating_sub(question).max(LEAST_ROOM);
    let cut = Cut::of(pair.passage);
    let part = |text: &'a str, tokens: usize, truncated: bool, window| Part {
        pair: place,
        query,
        text,
        tokens: question + tokens,
        truncated: truncated || query_cut,
        window,
    };
    let most = options.passage_tokens.unwrap_or(usize::MAX);
    if options.long_passages == LongPassages::MaxSlice && cut.tokens() > room {
        let windows = windows(cut.tokens(), room);
        let count = u32::try_from(windows.len()).unwrap_or(u32::MAX);
        let windows = (0_u32..).zip(windows).map(|(index, range)| {
            let window = Window {
                index,
                count,
                span: cut.span(range.clone()),
            };
            part(cut.text(range.clone()), range.len(), false, Some(window))
        });
        return windows.collect();
    }
    let kept = cut.tokens().min(room).min(most);
    let range = match options.truncation_side {
        TruncationSide::Right => 0..kept,
        TruncationSide::Left => cut.tokens() - kept..cut.tokens(),
    };
    let truncated = kept < cut.tokens();
    vec![part(cut.text(range), kept, truncated, None)]
}

/// A passage, by the tokens at which it may be cut.
struct Cut<'a> {
    passage: &'a str,
    starts: Vec<usize>,
}

impl<'a> Cut<'a> {
    fn of(passage: &'a str) -> Self {
        Self {
            passage,
            starts: token_bound_starts(passage),
        }
    }

    fn tokens(&self) -> usize {
        self.starts.len()
    }

    /// The offset at which a token starts, or the end. A character is never cut.
    fn offset(&self, token: usize) -> usize {
        let start = self.starts.get(token).copied();
        let start = start.unwrap_or(self.passage.len());
        self.passage.floor_char_boundary(start)
    }

    fn text(&self, tokens: std::ops::Range<usize>) -> &'a str {
        &self.passage[self.offset(tokens.start)..self.offset(tokens.end)]
    }

    /// The characters of the passage.
    fn span(&self, tokens: std::ops::Range<usize>) -> Span {
        let characters = |offset: usize| {
            let count = self.passage[..offset].chars().count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        Span {
            start: characters(self.offset(tokens.start)),
            end: characters(self.offset(tokens.end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Leaves room for ten tokens beside a question of one.
    const MAX_TOKENS: usize = 15;
    const LONG: &str = "一二三四五六七八九十甲乙丙丁";

    fn options() -> ScoreOptions {
        ScoreOptions::until(Instant::now())
    }

    fn parts_of(passage: &str, options: &ScoreOptions) -> Vec<(String, bool)> {
        let pair = Pair {
            query: "问",
            passage,
        };
        let parts = parts(&[pair], options, MAX_TOKENS);
        let told = parts.iter().map(|p| (p.text.to_owned(), p.truncated));
        told.collect()
    }

    #[test]
    fn what_fits_is_scored_whole_and_what_does_not_is_cut_at_its_side() {
        assert_eq!(parts_of("短文", &options()), [("短文".to_owned(), false)]);
        assert_eq!(parts_of("", &options()), [(String::new(), false)]);
        let begin = "一二三四五六七八九十".to_owned();
        assert_eq!(parts_of(LONG, &options()), [(begin, true)]);
        let left = ScoreOptions {
            truncation_side: TruncationSide::Left,
            ..options()
        };
        let end = "五六七八九十甲乙丙丁".to_owned();
        assert_eq!(parts_of(LONG, &left), [(end, true)]);
        let few = ScoreOptions {
            passage_tokens: Some(3),
            ..options()
        };
        assert_eq!(parts_of(LONG, &few), [("一二三".to_owned(), true)]);
    }

    #[test]
    fn a_question_leaves_its_passage_room() {
        let pair = Pair {
            query: LONG,
            passage: "短文",
        };
        let parts = parts(&[pair], &options(), MAX_TOKENS);
        assert_eq!(
            (parts[0].query, parts[0].truncated),
            ("一二三四五六七八九十甲", true)
        );
    }

    #[test]
    fn a_character_of_several_tokens_is_never_cut() {
        assert_eq!(
            parts_of("一二三四五六七八🦀", &options()),
            [("一二三四五六七八".to_owned(), true)]
        );
    }

    #[test]
    fn windows_cover_a_long_passage_and_say_where_they_are() {
        let slices = ScoreOptions {
            long_passages: LongPassages::MaxSlice,
            ..options()
        };
        let pair = Pair {
            query: "问",
            passage: LONG,
        };
        let parts = parts(&[pair], &slices, MAX_TOKENS);
        let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
        assert_eq!(texts, ["一二三四五六七八九十", "九十甲乙丙丁"]);
        let last = parts[1].window.expect("a window");
        assert_eq!((last.index, last.count), (1, 2));
        assert_eq!(last.span, Span { start: 8, end: 14 });
        assert!(!parts[1].truncated);
    }

    #[test]
    fn a_pair_fits_by_all_of_its_tokens() {
        let pair = |passage| Pair {
            query: "问",
            passage,
        };
        assert!(fits(&pair("一二三四五六七八九十"), &options(), MAX_TOKENS));
        assert!(!fits(
            &pair("一二三四五六七八九十甲"),
            &options(),
            MAX_TOKENS
        ));
    }
}
