//! Tokens of an answer as text.

use std::num::NonZeroU16;

use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::{LlamaVocab, VocabType};

use crate::think::{Certain, ThinkFilter};
use crate::utf8::Utf8Pieces;

/// The text of an answer as its tokens come: whole characters, no thinking.
pub(super) struct AnswerText<'m> {
    vocab: LlamaVocab<'m>,
    bytes: Vec<u8>,
    characters: Utf8Pieces,
    filter: Option<ThinkFilter>,
    thinking_tags: Vec<LlamaToken>,
    drop_first_space: bool,
}

impl<'m> AnswerText<'m> {
    /// For a chat: thinking is taken out.
    pub(super) fn without_thinking(vocab: LlamaVocab<'m>) -> Self {
        Self {
            thinking_tags: thinking_tags(&vocab),
            vocab,
            bytes: Vec::new(),
            characters: Utf8Pieces::default(),
            filter: Some(ThinkFilter::default()),
            drop_first_space: false,
        }
    }

    /// For a completion: everything that the model writes after `last`, the last token of the prompt.
    pub(super) fn verbatim(vocab: LlamaVocab<'m>, last: Option<LlamaToken>) -> Self {
        // SentencePiece puts a space before every text, which is none of the text at its very beginning.
        let at_beginning = last == Some(vocab.bos());
        let drop_first_space = at_beginning && vocab.vocab_type() == VocabType::SPM;
        Self {
            vocab,
            bytes: Vec::new(),
            characters: Utf8Pieces::default(),
            filter: None,
            thinking_tags: Vec::new(),
            drop_first_space,
        }
    }

    /// The text that is certain after `token`.
    pub(super) fn push(&mut self, token: LlamaToken) -> Certain {
        // Tags must be seen to be taken out, also where a vocabulary calls them control tokens, which print as nothing.
        let is_tag = self.thinking_tags.contains(&token);
        let first_space = NonZeroU16::new(u16::from(self.drop_first_space));
        self.drop_first_space = false;
        self.bytes.clear();
        self.vocab
            .token_to_piece_into(token, &mut self.bytes, is_tag, first_space);
        let text = self.characters.push(&self.bytes);
        match &mut self.filter {
            Some(filter) => filter.push(&text),
            None => Certain {
                restart: false,
                text,
            },
        }
    }

    /// What was held back. A character that never became whole is dropped.
    pub(super) fn finish(self) -> String {
        self.filter
            .map(|filter| filter.finish(true))
            .unwrap_or_default()
    }
}

fn thinking_tags(vocab: &LlamaVocab<'_>) -> Vec<LlamaToken> {
    ["<think>", "</think>"]
        .iter()
        .filter_map(
            |tag| match vocab.tokenize(tag.as_bytes(), false, true)[..] {
                [token] => Some(token),
                _ => None,
            },
        )
        .collect()
}
