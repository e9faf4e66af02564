use riddle_core::{
    FLAG_QUESTION, LongPassages, Pair, ScoreOptions, Span, TruncationSide, Window, windows,
};

use crate::encoder::{EncodedText, InputOfWindow};
use crate::tokenizer::HfTokenizer;

const QUERY: &str = "A: ";
const PASSAGE: &str = "B: ";
/// Of a passage behind its label, so many bytes tell which tokens are the label's.
const LABEL_BYTES: usize = 256;
/// Tokens that must be left for query and passage.
const LEAST_ROOM: usize = 16;

/// Builds prompts as FlagEmbedding's `LayerWiseFlagLLMReranker` does: query and passage are tokenized apart, the query
/// is cut to three quarters of the longest pair, the passage to what is left of it and as many tokens more as the
/// question has, and the question follows.
pub(super) struct Prompter {
    tokenizer: HfTokenizer,
    beginning: u32,
    separator: Vec<u32>,
    /// The question with the separator before it.
    question: Vec<u32>,
    max_tokens: usize,
}

impl Prompter {
    /// For pairs of so many tokens, as far as the model has positions.
    pub(super) fn new(
        tokenizer: HfTokenizer,
        beginning: u32,
        (max_tokens, positions): (usize, usize),
    ) -> Result<Self, String> {
        let failed = |error: tokenizers::Error| format!("cannot be used: {error}");
        let separator = tokenizer.ids("\n").map_err(failed)?;
        let mut question = separator.clone();
        question.extend(tokenizer.ids(FLAG_QUESTION).map_err(failed)?);
        let max_tokens = max_tokens.min(positions.saturating_sub(2 * question.len()));
        if max_tokens < LEAST_ROOM {
            return Err("leaves no room for a passage beside the question".to_owned());
        }
        Ok(Self {
            tokenizer,
            beginning,
            separator,
            question,
            max_tokens,
        })
    }

    /// Longest query and passage together.
    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The prompt of a pair, or one for each window of a long passage.
    pub(super) fn inputs(
        &self,
        pair: &Pair<'_>,
        options: &ScoreOptions,
    ) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let (head, _) = self.head(pair.query)?;
        let text = format!("{PASSAGE}{}", pair.passage);
        match options.long_passages {
            LongPassages::Truncate => {
                let room = self.cut_room(&head, &text, options)?;
                let (kept, truncated) = self.cut(&text, room, options.truncation_side)?;
                Ok(vec![(self.prompt(&head, &kept, truncated), None)])
            }
            LongPassages::MaxSlice => self.windows(&head, &text, self.room(&head)),
        }
    }

    /// Whether nothing of a pair would be cut.
    pub(super) fn reads_whole(
        &self,
        pair: &Pair<'_>,
        options: &ScoreOptions,
    ) -> Result<bool, tokenizers::Error> {
        let (head, query_is_cut) = self.head(pair.query)?;
        let text = format!("{PASSAGE}{}", pair.passage);
        let room = self.cut_room(&head, &text, options)?;
        Ok(!query_is_cut && self.tokenizer.first_ids(&text, room)?.len() <= room)
    }

    /// What stands before the passage, and whether the query in it was cut.
    fn head(&self, query: &str) -> Result<(Vec<u32>, bool), tokenizers::Error> {
        let mut head = vec![self.beginning];
        let longest = self.max_tokens * 3 / 4;
        let query = self
            .tokenizer
            .first_ids(&format!("{QUERY}{query}"), longest)?;
        head.extend(query.iter().take(longest));
        head.extend(&self.separator);
        Ok((head, query.len() > longest))
    }

    /// Most tokens of a passage and its label.
    fn room(&self, head: &[u32]) -> usize {
        let left = (self.max_tokens + self.question.len()).saturating_sub(head.len());
        left.min(self.max_tokens)
    }

    /// Most tokens of a passage and its label where the passage has a limit of its own.
    fn cut_room(
        &self,
        head: &[u32],
        text: &str,
        options: &ScoreOptions,
    ) -> Result<usize, tokenizers::Error> {
        let room = self.room(head);
        let Some(limit) = options.passage_tokens else {
            return Ok(room);
        };
        let beginning = &text[..text.floor_char_boundary(LABEL_BYTES)];
        let (_, spans) = self.tokenizer.ids_with_spans(beginning)?;
        Ok(room.min(own_tokens(&spans).saturating_add(limit)))
    }

    /// The label stays where the beginning is cut: it says what follows.
    fn cut(
        &self,
        text: &str,
        room: usize,
        side: TruncationSide,
    ) -> Result<(Vec<u32>, bool), tokenizers::Error> {
        let mut ids = self.tokenizer.first_ids(text, room)?;
        let is_cut = ids.len() > room;
        if is_cut && side == TruncationSide::Left {
            let label = self.tokenizer.ids(PASSAGE)?.len().min(room);
            let last = self.tokenizer.last_ids(text, room - label)?;
            ids.truncate(label);
            ids.extend(&last[last.len().saturating_sub(room - label)..]);
        }
        ids.truncate(room);
        Ok((ids, is_cut))
    }

    /// Windows of the passage, each behind the label.
    fn windows(
        &self,
        head: &[u32],
        text: &str,
        room: usize,
    ) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let (ids, spans) = self.tokenizer.ids_with_spans(text)?;
        if ids.len() <= room {
            return Ok(vec![(self.prompt(head, &ids, false), None)]);
        }
        let labelled = PASSAGE.chars().count() as u32;
        let own = own_tokens(&spans);
        let label = self.tokenizer.ids(PASSAGE)?;
        let ranges = windows(ids.len() - own, room.saturating_sub(label.len()));
        let count = u32::try_from(ranges.len()).unwrap_or(u32::MAX);
        let place = |at: u32| at.saturating_sub(labelled);
        let input = |(index, range): (u32, std::ops::Range<usize>)| {
            let range = own + range.start..own + range.end;
            let window = Window {
                index,
                count,
                span: Span {
                    start: place(spans[range.start].start),
                    end: place(spans[range.end - 1].end),
                },
            };
            let kept = [&*label, &ids[range]].concat();
            (self.prompt(head, &kept, false), Some(window))
        };
        Ok((0..).zip(ranges).map(input).collect())
    }

    fn prompt(&self, head: &[u32], passage: &[u32], truncated: bool) -> EncodedText {
        let all = head.iter().chain(passage).chain(&self.question);
        let ids: Vec<i64> = all.map(|id| i64::from(*id)).collect();
        EncodedText {
            types: vec![0; ids.len()],
            content: head.len()..head.len() + passage.len(),
            attended: ids.len(),
            ids,
            truncated,
        }
    }
}

/// Where the tokens of the passage itself begin; one that reaches over the label's end is still the label's.
fn own_tokens(spans: &[Span]) -> usize {
    let labelled = PASSAGE.chars().count() as u32;
    spans.partition_point(|span| span.start < labelled)
}
