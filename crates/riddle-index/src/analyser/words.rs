use std::borrow::Cow;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::script::is_accent;

/// Longer words are cut. They are encoded data, and a prefix tells them apart well enough.
const LONGEST_WORD: usize = 96;

static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// Terms of a run of letters, digits, underscores and inner apostrophes.
pub(super) fn for_each_term(run: &str, sink: &mut dyn FnMut(&str)) {
    if run.bytes().all(|byte| byte.is_ascii_lowercase()) {
        emit(run, sink);
        return;
    }
    let run = without_apostrophes(run);
    let parts = identifier_parts(&run);
    match parts.as_slice() {
        [] => {}
        [word] => emit(&folded(word), sink),
        parts => {
            let whole: String = parts.iter().map(|part| folded(part)).collect();
            emit(&whole, sink);
            for part in parts {
                // The single letters of `mRNA` or `pH` say nothing alone.
                if part.len() > 1 {
                    emit(&folded(part), sink);
                }
            }
        }
    }
}

fn emit(word: &str, sink: &mut dyn FnMut(&str)) {
    let word = match word.char_indices().nth(LONGEST_WORD) {
        Some((end, _)) => &word[..end],
        None => word,
    };
    if word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        sink(&ENGLISH.stem(word));
    } else if !word.is_empty() {
        sink(word);
    }
}

/// Removes the possessive; `don't` becomes `dont`, as people write it in haste.
fn without_apostrophes(run: &str) -> Cow<'_, str> {
    let is_apostrophe = |character| matches!(character, '\'' | '\u{2019}');
    let Some(last) = run.rfind(is_apostrophe) else {
        return Cow::Borrowed(run);
    };
    let tail = run[last..].trim_start_matches(is_apostrophe);
    let run = if tail.eq_ignore_ascii_case("s") {
        &run[..last]
    } else {
        run
    };
    Cow::Owned(run.replace(is_apostrophe, ""))
}

/// Cuts at underscores and before capitals that begin a word: `getHTTPServer_name` → get, HTTP, Server, name.
fn identifier_parts(run: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for piece in run.split('_') {
        let mut start = 0;
        let characters: Vec<(usize, char)> = piece.char_indices().collect();
        for index in 1..characters.len() {
            if begins_word(&characters, index) {
                parts.push(&piece[start..characters[index].0]);
                start = characters[index].0;
            }
        }
        if start < piece.len() {
            parts.push(&piece[start..]);
        }
    }
    parts
}

fn begins_word(characters: &[(usize, char)], index: usize) -> bool {
    let here = characters[index].1;
    if !here.is_uppercase() {
        return false;
    }
    let before = characters[index - 1].1;
    if before.is_lowercase() {
        return true;
    }
    // The last capital of a run belongs to the word after it, except in a plural such as `DNAs`.
    let after = characters.get(index + 1).map(|(_, character)| *character);
    let plural = after == Some('s') && index + 2 == characters.len();
    before.is_uppercase() && after.is_some_and(char::is_lowercase) && !plural
}

fn folded(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Owned(word.to_ascii_lowercase());
    }
    let mut folded = String::with_capacity(word.len());
    for character in word
        .chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|character| !is_accent(*character))
    {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            other => folded.push(other),
        }
    }
    Cow::Owned(folded)
}
