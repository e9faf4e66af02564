use std::ops::Range;

use riddle_core::{ModelError, ScoreOptions, Span, TruncationSide, Window, windows};

use super::token_cache::TokenCache;
use crate::tokenizer::HfTokenizer;
use riddle_checkpoint::Source;

/// Longer passages are cut before they are tokenized, so that their ids are not those of the whole.
const LONGEST_KEPT: usize = 16 << 10;

/// One input of an encoder: a text, or a query and a passage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct EncodedText {
    pub(crate) ids: Vec<i64>,
    pub(crate) types: Vec<i64>,
    /// Where the tokens of the (last) text are, special tokens left out.
    pub(crate) content: Range<usize>,
    /// How many tokens from the first on all tokens attend to.
    pub(crate) attended: usize,
    /// Whether the (last) text was cut.
    pub(crate) truncated: bool,
}

/// Special tokens around and between texts, with the token types of everything.
struct Frame {
    /// Special tokens before the first text, between texts, and after the last.
    gaps: Vec<Vec<(i64, i64)>>,
    /// Token type of each text.
    types: Vec<i64>,
}

/// Builds inputs as the tokenizer's own template does, but cuts texts by rules of our own.
pub(crate) struct InputBuilder {
    tokenizer: HfTokenizer,
    single: Frame,
    pair: Frame,
    passages: Option<TokenCache>,
}

/// An input, and which window of its text it holds where there are several.
pub(crate) type InputOfWindow = (EncodedText, Option<Window>);

/// A query, tokenized once for all its passages.
pub(crate) struct EncodedQuery {
    ids: Vec<u32>,
    max_tokens: usize,
    /// Whether it was cut.
    pub(crate) truncated: bool,
}

/// How a text is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub(crate) side: TruncationSide,
    /// Most tokens that are left of it where more would fit.
    pub(crate) most: usize,
}

impl Cut {
    /// The end goes, as far as it does not fit.
    pub(crate) const END: Self = Self {
        side: TruncationSide::Right,
        most: usize::MAX,
    };

    /// How passages are cut.
    pub(crate) fn of(options: &ScoreOptions) -> Self {
        Self {
            side: options.truncation_side,
            most: options.passage_tokens.unwrap_or(usize::MAX),
        }
    }
}

impl InputBuilder {
    pub(crate) fn new(source: &Source<'_>, tokenizer: HfTokenizer) -> Result<Self, ModelError> {
        let frame = |texts: usize| {
            Frame::probe(&tokenizer, texts).map_err(|problem| {
                source.damaged("tokenizer.json", &format!("cannot be used: {problem}"))
            })
        };
        let (single, pair) = (frame(1)?, frame(2)?);
        Ok(Self {
            tokenizer,
            single,
            pair,
            passages: None,
        })
    }

    /// Keeps the token ids of passages in at most so many bytes.
    pub(crate) fn keep_passages(&mut self, bytes: usize) {
        self.passages = Some(TokenCache::new(bytes));
    }

    /// One text in at most `max_tokens` tokens, special tokens included.
    pub(crate) fn single(
        &self,
        text: &str,
        max_tokens: usize,
        cut: Cut,
    ) -> Result<EncodedText, tokenizers::Error> {
        let room = max_tokens.saturating_sub(self.single.specials());
        let (ids, truncated) = self.cut(text, room.min(cut.most), cut.side)?;
        Ok(self.single.fill(&[&ids], truncated))
    }

    /// How many tokens a text begins with that begins with `prefix`, special ones included; as sentence-transformers
    /// counts them.
    pub(crate) fn prefix_tokens(&self, prefix: &str) -> Result<usize, tokenizers::Error> {
        let tokens = self.tokenizer.ids(prefix.trim())?.len() + self.single.specials();
        let ends = self.single.gaps.last().is_some_and(|gap| !gap.is_empty());
        Ok(tokens.saturating_sub(usize::from(ends)))
    }

    /// A query for pairs of at most `max_tokens` tokens, cut to three quarters of them, and so far that a window of the
    /// passage has one token at least.
    pub(crate) fn query(
        &self,
        query: &str,
        max_tokens: usize,
    ) -> Result<EncodedQuery, tokenizers::Error> {
        let least = self.pair.specials() + 1;
        let room = (max_tokens * 3 / 4).min(max_tokens.saturating_sub(least));
        let (ids, truncated) = self.cut(query, room, TruncationSide::Right)?;
        Ok(EncodedQuery {
            ids,
            max_tokens,
            truncated,
        })
    }

    /// The pair of a query and a passage; the passage alone is cut.
    pub(crate) fn pair(
        &self,
        query: &EncodedQuery,
        passage: &str,
        Cut { side, most }: Cut,
    ) -> Result<EncodedText, tokenizers::Error> {
        let room = self.room(query).min(most);
        if let Some(passages) = &self.passages
            && passage.len() <= LONGEST_KEPT
        {
            let all = passages.get_or_tokenize(passage, || self.tokenizer.ids(passage))?;
            let kept = kept(all.len(), room, side);
            let truncated = kept.len() < all.len();
            return Ok(self.pair.fill(&[&query.ids, &all[kept]], truncated));
        }
        let (ids, truncated) = self.cut(passage, room, side)?;
        Ok(self.pair.fill(&[&query.ids, &ids], truncated))
    }

    /// The pairs of a query with windows that cover the whole passage. One that fits gives one pair and no window.
    pub(crate) fn windows(
        &self,
        query: &EncodedQuery,
        passage: &str,
    ) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let fill = |ids: &[u32]| self.pair.fill(&[&query.ids, ids], false);
        self.windows_of(passage, self.room(query), fill)
    }

    /// Windows of at most `max_tokens` tokens that cover a whole text. One that fits gives one input and no window.
    pub(crate) fn single_windows(
        &self,
        text: &str,
        max_tokens: usize,
    ) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let room = max_tokens.saturating_sub(self.single.specials());
        self.windows_of(text, room, |ids| self.single.fill(&[ids], false))
    }

    fn windows_of(
        &self,
        text: &str,
        room: usize,
        fill: impl Fn(&[u32]) -> EncodedText,
    ) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let (ids, spans) = self.tokenizer.ids_with_spans(text)?;
        let windows = windows(ids.len(), room);
        let count = u32::try_from(windows.len()).unwrap_or(u32::MAX);
        let input = |(index, tokens): (u32, Range<usize>)| {
            let window = (count > 1).then(|| Window {
                index,
                count,
                span: Span {
                    start: spans[tokens.start].start,
                    end: spans[tokens.end - 1].end,
                },
            });
            (fill(&ids[tokens]), window)
        };
        Ok((0..).zip(windows).map(input).collect())
    }

    /// Tokens that are left for a passage.
    fn room(&self, query: &EncodedQuery) -> usize {
        let taken = self.pair.specials() + query.ids.len();
        query.max_tokens.saturating_sub(taken)
    }

    /// At most `room` tokens, and whether there are more. Of a very long text only its kept side is looked at.
    fn cut(
        &self,
        text: &str,
        room: usize,
        side: TruncationSide,
    ) -> Result<(Vec<u32>, bool), tokenizers::Error> {
        let mut ids = match side {
            TruncationSide::Right => self.tokenizer.first_ids(text, room)?,
            TruncationSide::Left => self.tokenizer.last_ids(text, room)?,
        };
        let tokens = ids.len();
        let kept = kept(tokens, room, side);
        ids.truncate(kept.end);
        ids.drain(..kept.start);
        Ok((ids, tokens > room))
    }
}

/// Which of so many tokens are left in `room`.
fn kept(tokens: usize, room: usize, side: TruncationSide) -> Range<usize> {
    let surplus = tokens.saturating_sub(room);
    match side {
        TruncationSide::Right => 0..tokens - surplus,
        TruncationSide::Left => surplus..tokens,
    }
}

impl Frame {
    /// Learns the template from what the tokenizer does to a short text.
    fn probe(tokenizer: &HfTokenizer, texts: usize) -> Result<Self, String> {
        const WORD: &str = "a";
        let encoding = match texts {
            1 => tokenizer.inner().encode(WORD, true),
            _ => tokenizer.inner().encode((WORD, WORD), true),
        }
        .map_err(|error| error.to_string())?;
        let mut gaps = vec![Vec::new()];
        let mut types = Vec::new();
        let tokens = encoding.get_ids().iter().zip(encoding.get_type_ids());
        let mut previous = None;
        for ((id, kind), sequence) in tokens.zip(encoding.get_sequence_ids()) {
            if sequence.is_none() {
                if let Some(gap) = gaps.last_mut() {
                    gap.push((i64::from(*id), i64::from(*kind)));
                }
            } else if sequence != previous {
                types.push(i64::from(*kind));
                gaps.push(Vec::new());
            }
            previous = sequence.or(previous);
        }
        if types.len() == texts {
            Ok(Self { gaps, types })
        } else {
            Err(format!(
                "its template turns {texts} texts into {}",
                types.len()
            ))
        }
    }

    fn specials(&self) -> usize {
        self.gaps.iter().map(Vec::len).sum()
    }

    fn fill(&self, texts: &[&[u32]], truncated: bool) -> EncodedText {
        let length = self.specials() + texts.iter().map(|ids| ids.len()).sum::<usize>();
        let (mut ids, mut types) = (Vec::with_capacity(length), Vec::with_capacity(length));
        let mut content = 0..0;
        for (position, gap) in self.gaps.iter().enumerate() {
            for (id, kind) in gap {
                ids.push(*id);
                types.push(*kind);
            }
            if let (Some(text), Some(kind)) = (texts.get(position), self.types.get(position)) {
                content = ids.len()..ids.len() + text.len();
                ids.extend(text.iter().map(|id| i64::from(*id)));
                types.resize(ids.len(), *kind);
            }
        }
        EncodedText {
            attended: ids.len(),
            ids,
            types,
            content,
            truncated,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn no_input_is_longer_than_the_limit() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny/bert");
        let source = Source::new("tiny", &folder);
        let tokenizer = HfTokenizer::read(&source).expect("it is committed");
        let inputs = InputBuilder::new(&source, tokenizer).expect("it has a template");
        let text = "the question and its passage ".repeat(20);
        for limit in inputs.pair.specials() + 1..40 {
            let query = inputs.query(&text, limit).expect("it is text");
            let windows = inputs.windows(&query, &text).expect("it is text");
            for (window, _) in &windows {
                assert!(window.ids.len() <= limit, "{limit}");
                assert!(!window.content.is_empty(), "{limit}");
            }
            let cut = inputs.pair(&query, &text, Cut::END).expect("it is text");
            assert!(cut.ids.len() <= limit && cut.truncated, "{limit}");
        }
    }
}
