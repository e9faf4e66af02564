//! Prompts as tokens. No text of people or documents becomes a control token here.

use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;

use super::template::Segment;

/// Tokens of a chat, beginning of text included where the model wants it.
pub(super) fn chat_tokens(vocab: &LlamaVocab<'_>, segments: &[Segment]) -> Vec<LlamaToken> {
    let mut tokens = Vec::new();
    for segment in segments {
        match segment {
            Segment::Markup(markup) => {
                tokens.extend(vocab.tokenize(markup.as_bytes(), false, true));
            }
            Segment::Content(content) => tokens.extend(content_tokens(vocab, content)),
        }
    }
    let bos = vocab.bos();
    if vocab.should_add_bos() && tokens.first() != Some(&bos) {
        tokens.insert(0, bos);
    }
    tokens
}

/// Tokens of a bare text, for completion without a template.
pub(super) fn raw_tokens(vocab: &LlamaVocab<'_>, text: &str) -> Vec<LlamaToken> {
    let mut tokens = Vec::new();
    if vocab.should_add_bos() {
        tokens.push(vocab.bos());
    }
    if !text.is_empty() {
        tokens.extend(content_tokens(vocab, text));
    }
    tokens
}

/// Tokens of `content` without a control token among them.
///
/// The tokenizer is told not to look for them, yet one can still come about: by merging the characters of its name,
/// where a vocabulary allows that, or because a conversion marked it as an ordinary token. Such a token is spelled out
/// character by character.
pub(super) fn content_tokens(vocab: &LlamaVocab<'_>, content: &str) -> Vec<LlamaToken> {
    let tokens = vocab.tokenize(content.as_bytes(), false, false);
    if !tokens.iter().any(|&token| is_control(vocab, token)) {
        return tokens;
    }
    let mut safe = Vec::with_capacity(tokens.len() + 16);
    for token in tokens {
        if is_control(vocab, token) {
            safe.extend(spelled_out(vocab, token));
        } else {
            safe.push(token);
        }
    }
    safe
}

fn spelled_out(vocab: &LlamaVocab<'_>, token: LlamaToken) -> Vec<LlamaToken> {
    let name = String::from_utf8_lossy(&vocab.token_to_piece(token, true, None)).into_owned();
    let mut character_bytes = [0; 4];
    name.chars()
        .flat_map(|character| {
            let bytes = character.encode_utf8(&mut character_bytes).as_bytes();
            vocab.tokenize(bytes, false, false)
        })
        .filter(|&spelled| !is_control(vocab, spelled))
        .collect()
}

fn is_control(vocab: &LlamaVocab<'_>, token: LlamaToken) -> bool {
    let looks_like_one = || {
        vocab.text(token).is_some_and(|text| {
            let text = text.to_bytes();
            text.starts_with(b"<|") && text.ends_with(b"|>")
        })
    };
    vocab.is_control(token) || vocab.is_eog(token) || looks_like_one()
}
