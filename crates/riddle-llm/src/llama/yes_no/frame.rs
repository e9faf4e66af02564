//! The prompt around a query and a passage, with the limits that the references cut by.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use riddle_core::{ChatMessage, FLAG_QUESTION, Role, YesNoPrompt};

use super::super::prompt::content_tokens;
use super::super::template::{Segment, Template};
use super::wording::{JUDGE, QWEN3_END, QWEN3_START, Wording, instruct, wording};

/// A token of more bytes is so rare that a text cut at this many bytes per token nearly always has tokens enough.
const BYTES_PER_TOKEN: usize = 24;
/// Tokens that must be left for query and passage.
const LEAST_ROOM: usize = 16;

/// A prompt with two gaps.
pub(super) struct Frame {
    wording: Wording,
    /// Before the query.
    pub(super) head: Vec<LlamaToken>,
    /// Between query and passage.
    between: Vec<LlamaToken>,
    /// Behind the passage.
    pub(super) tail: Vec<LlamaToken>,
    /// Most tokens of the query, the label before it included.
    query_limit: usize,
    /// Most tokens of everything before the tail.
    body_limit: usize,
    /// Most tokens of the passage, the label before it included.
    passage_limit: usize,
}

impl Frame {
    /// The frame of `prompt` for pairs of `max_tokens` tokens, or what is wrong.
    pub(super) fn new(
        model: &LlamaModel,
        architecture: &str,
        (prompt, instruction): (YesNoPrompt, Option<&str>),
        max_tokens: usize,
    ) -> Result<Self, String> {
        let vocab = model.vocab();
        let (head, tail) = match prompt {
            YesNoPrompt::FlagEmbedding => flag_ends(&vocab),
            YesNoPrompt::Qwen3 => qwen3_ends(&vocab, &instruct(instruction)),
            YesNoPrompt::Chat => chat_ends(model, architecture, &instruct(instruction))?,
        };
        let wording = wording(prompt);
        let between = content_tokens(&vocab, wording.between);
        let (query_limit, body_limit, passage_limit) = if prompt == YesNoPrompt::FlagEmbedding {
            // Its limit is that of the pair; its question comes on top, twice, as in the package.
            (max_tokens * 3 / 4, max_tokens + tail.len(), max_tokens)
        } else {
            let body = max_tokens.saturating_sub(tail.len());
            let room = body.saturating_sub(head.len() + between.len());
            (room * 3 / 4, body, usize::MAX)
        };
        let taken = head.len() + between.len();
        if body_limit < taken + LEAST_ROOM {
            return Err(format!(
                "{max_tokens} tokens leave no room for a passage; give it a max_tokens above {}",
                taken + tail.len() + 4 * LEAST_ROOM
            ));
        }
        Ok(Self {
            wording,
            head,
            between,
            tail,
            query_limit,
            body_limit,
            passage_limit,
        })
    }

    /// Tokens of the longest prompt.
    pub(super) fn longest(&self) -> usize {
        self.body_limit + self.tail.len()
    }

    /// The label before a passage.
    pub(super) fn passage_label(&self) -> &'static str {
        self.wording.before_passage
    }

    /// The words whose logits make the score.
    pub(super) fn answers(&self) -> (&'static str, Option<&'static str>) {
        (self.wording.yes, self.wording.no)
    }

    /// The query with its label and what stands between it and the passage, and whether the query was cut.
    pub(super) fn query(&self, vocab: &LlamaVocab<'_>, query: &str) -> (Vec<LlamaToken>, bool) {
        let text = format!("{}{query}", self.wording.before_query);
        let (mut tokens, is_cut) = first_tokens(vocab, &text, self.query_limit);
        if self.wording.joined && !is_cut {
            let joined = content_tokens(vocab, &format!("{text}{}", self.wording.between));
            return (joined, false);
        }
        tokens.extend(&self.between);
        (tokens, is_cut)
    }

    /// Tokens that a passage, its label included, may have beside this query.
    pub(super) fn passage_room(&self, query: &[LlamaToken]) -> usize {
        let taken = self.head.len() + query.len();
        self.body_limit
            .saturating_sub(taken)
            .min(self.passage_limit)
    }
}

/// The first tokens of a text, and whether there are more. Of a very long text only the beginning is looked at.
pub(super) fn first_tokens(
    vocab: &LlamaVocab<'_>,
    text: &str,
    limit: usize,
) -> (Vec<LlamaToken>, bool) {
    let enough = text.floor_char_boundary(limit.saturating_add(1).saturating_mul(BYTES_PER_TOKEN));
    let mut tokens = content_tokens(vocab, &text[..enough]);
    if enough < text.len() && tokens.len() <= limit.saturating_add(1) {
        tokens = content_tokens(vocab, text);
    }
    let is_cut = tokens.len() > limit;
    tokens.truncate(limit);
    (tokens, is_cut)
}

type Ends = (Vec<LlamaToken>, Vec<LlamaToken>);

fn flag_ends(vocab: &LlamaVocab<'_>) -> Ends {
    let head = match vocab.should_add_bos() {
        true => vec![vocab.bos()],
        false => Vec::new(),
    };
    let mut tail = content_tokens(vocab, "\n");
    tail.extend(content_tokens(vocab, FLAG_QUESTION));
    (head, tail)
}

fn qwen3_ends(vocab: &LlamaVocab<'_>, instruct: &str) -> Ends {
    let start = format!("{}{JUDGE}{}", QWEN3_START.0, QWEN3_START.1);
    let mut head = markup(vocab, &start);
    head.extend(content_tokens(vocab, instruct));
    (head, markup(vocab, QWEN3_END))
}

/// The same question in the model's own chat template.
fn chat_ends(model: &LlamaModel, architecture: &str, instruct: &str) -> Result<Ends, String> {
    let message = |role, content: &str| ChatMessage {
        role,
        content: content.to_owned(),
    };
    let messages = [message(Role::System, JUDGE), message(Role::User, instruct)];
    let template = Template::of(model, architecture);
    let segments = template
        .render(model, &messages, false)
        .map_err(|error| error.to_string())?;
    let user = Segment::Content(instruct.to_owned());
    let place = segments
        .iter()
        .position(|segment| *segment == user)
        .ok_or("its chat template has no place for a user's message; choose another model")?;
    let vocab = model.vocab();
    let tokens = |segments: &[Segment]| -> Vec<LlamaToken> {
        segments
            .iter()
            .flat_map(|segment| match segment {
                Segment::Markup(text) => markup(&vocab, text),
                Segment::Content(text) => content_tokens(&vocab, text),
            })
            .collect()
    };
    let mut head = tokens(&segments[..=place]);
    if vocab.should_add_bos() && head.first() != Some(&vocab.bos()) {
        head.insert(0, vocab.bos());
    }
    Ok((head, tokens(&segments[place + 1..])))
}

fn markup(vocab: &LlamaVocab<'_>, text: &str) -> Vec<LlamaToken> {
    vocab.tokenize(text.as_bytes(), false, true)
}
