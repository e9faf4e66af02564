//! The tokenizer of BERT and its kin, made of a vocabulary where `tokenizer.json` is missing.

use riddle_checkpoint::Source;
use riddle_core::ModelError;
use serde_json::{Map, Value, json};

/// A word piece in each line.
pub(crate) const VOCABULARY: &str = "vocab.txt";
/// How texts are read.
pub(crate) const SETTINGS: &str = "tokenizer_config.json";
/// Special tokens: their names in the settings, and what they are where these do not say.
const SPECIAL: [(&str, &str); 5] = [
    ("pad_token", "[PAD]"),
    ("unk_token", "[UNK]"),
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("mask_token", "[MASK]"),
];
const LONGEST_WORD: usize = 100;

/// The content of the missing `tokenizer.json`, as transformers would write it; `None` where it is there, or no
/// vocabulary.
///
/// # Errors
/// The vocabulary or the settings cannot be used.
pub(super) fn made(source: &Source<'_>) -> Result<Option<Vec<u8>>, ModelError> {
    if source.path(super::FILE).is_file() || !source.path(VOCABULARY).is_file() {
        return Ok(None);
    }
    let words = source.read(VOCABULARY)?;
    let words = std::str::from_utf8(&words)
        .map_err(|_other| source.damaged(VOCABULARY, "is no text in UTF-8"))?;
    let settings = settings(source)?;
    let vocabulary = vocabulary(words);
    let special = special(source, &settings, &vocabulary)?;
    let made = tokenizer(&settings, vocabulary, &special);
    Ok(Some(made.to_string().into_bytes()))
}

/// What the settings say; nothing where there are none.
pub(super) fn settings(source: &Source<'_>) -> Result<Value, ModelError> {
    if !source.path(SETTINGS).is_file() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&source.read(SETTINGS)?)
        .map_err(|error| source.damaged(SETTINGS, &format!("is not valid JSON: {error}")))
}

/// A special token by its name in the settings, where it is a string, or an object with `content`.
pub(crate) fn special_name<'a>(settings: &'a Value, name: &str) -> Option<&'a str> {
    let said = &settings[name];
    said.as_str().or_else(|| said["content"].as_str())
}

/// The pieces with their ids, which are the numbers of their lines.
fn vocabulary(words: &str) -> Map<String, Value> {
    let lines = words.lines().enumerate();
    lines
        .map(|(id, word)| (word.to_owned(), json!(id)))
        .collect()
}

/// The special tokens and their ids.
fn special(
    source: &Source<'_>,
    settings: &Value,
    vocabulary: &Map<String, Value>,
) -> Result<[(String, Value); 5], ModelError> {
    let mut found = SPECIAL.map(|(name, usual)| {
        let token = special_name(settings, name).unwrap_or(usual);
        (token.to_owned(), Value::Null)
    });
    for (token, id) in &mut found {
        let known = vocabulary.get(token.as_str());
        *id = known.cloned().ok_or_else(|| {
            source.damaged(VOCABULARY, &format!("lacks the special token `{token}`"))
        })?;
    }
    Ok(found)
}

fn tokenizer(
    settings: &Value,
    vocabulary: Map<String, Value>,
    special: &[(String, Value); 5],
) -> Value {
    let [_, (unknown, _), (begin, begin_id), (end, end_id), _] = special;
    let added = special.iter().map(|(token, id)| {
        json!({
            "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true
        })
    });
    let mark = |token: &str, kind: u32| json!({"SpecialToken": {"id": token, "type_id": kind}});
    let text = |name: &str, kind: u32| json!({"Sequence": {"id": name, "type_id": kind}});
    let described = |token: &str, id: &Value| json!({"id": token, "ids": [id], "tokens": [token]});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": settings["tokenize_chinese_chars"].as_bool().unwrap_or(true),
            "strip_accents": settings["strip_accents"].as_bool(),
            "lowercase": settings["do_lower_case"].as_bool().unwrap_or(true),
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark(begin, 0), text("A", 0), mark(end, 0)],
            "pair": [mark(begin, 0), text("A", 0), mark(end, 0), text("B", 1), mark(end, 1)],
            "special_tokens": {begin: described(begin, begin_id), end: described(end, end_id)},
        },
        "decoder": null,
        "model": {
            "type": "WordPiece",
            "unk_token": unknown,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": LONGEST_WORD,
            "vocab": vocabulary,
        },
    })
}
