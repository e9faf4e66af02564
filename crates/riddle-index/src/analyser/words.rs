use std::borrow::Cow;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use riddle_core::{is_decoration, plain_letter, singular_of_acronym};
use unicode_normalization::UnicodeNormalization;

use super::homorganic::with_anusvara;
use super::script::is_sign_of_word;

/// Longer words are cut. They are encoded data, and a prefix tells them apart well enough.
const LONGEST_WORD: usize = 96;

static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// Shortest word that an elided article is cut from: `l'eau`, but not `we'll`.
const SHORTEST_AFTER_ELISION: usize = 3;
/// Longest article or preposition that is elided: `dell'acqua`.
const LONGEST_ELIDED: usize = 5;
/// Shortest name that an ending follows behind an apostrophe.
const SHORTEST_NAME: usize = 3;
/// What follows an apostrophe in English, and is no ending of a name.
const CONTRACTED: [&str; 3] = ["ll", "ve", "re"];

/// Terms of a run of letters, digits, underscores and inner apostrophes.
pub(super) fn for_each_term(run: &str, sink: &mut dyn FnMut(&str)) {
    if run.bytes().all(|byte| byte.is_ascii_lowercase()) {
        emit(run, sink);
        if let Some(acronym) = singular_of_acronym(run) {
            sink(acronym);
        }
        return;
    }
    if let Some(name) = inflected_name(run) {
        emit_folded(name, sink);
    }
    if let Some((article, rest)) = elided(run) {
        let whole = [article, rest].concat();
        emit_folded(&whole, sink);
        for_each_term(rest, sink);
        return;
    }
    let run = without_apostrophes(run);
    if let Some((before, after)) = letters_and_digits(&run) {
        emit_folded(&run, sink);
        for part in [before, after] {
            // A single letter says nothing alone.
            if part.len() > 1 || part.bytes().all(|byte| byte.is_ascii_digit()) {
                for_each_term(part, sink);
            }
        }
        return;
    }
    let parts = identifier_parts(&run);
    match parts.as_slice() {
        [] => {}
        [word] => emit_folded(word, sink),
        parts => {
            let whole: String = parts.iter().map(|part| folded(part)).collect();
            emit(&whole, sink);
            for part in parts {
                // The single letters of `mRNA` or `pH` say nothing alone.
                if part.len() > 1 {
                    emit_folded(part, sink);
                }
            }
        }
    }
}

/// Gives a word without accents, and in the spelling that letters like `ü` have where they cannot be typed.
pub(super) fn emit_folded(word: &str, sink: &mut dyn FnMut(&str)) {
    let folded = folded(word);
    emit(&folded, sink);
    if word.contains(char::is_lowercase)
        && let Some(acronym) = singular_of_acronym(&folded)
    {
        sink(acronym);
    }
    if let Some(spelt) = spelt_out(word) {
        emit(&spelt, sink);
    }
}

/// `Ankara` of `Ankara'dan`: Turkish puts an apostrophe between a name and its ending.
fn inflected_name(run: &str) -> Option<&str> {
    let (name, ending) = run.split_once(is_sign_of_word)?;
    let letters = |text: &str| text.chars().all(char::is_alphabetic);
    let is_name = name.starts_with(char::is_uppercase) && letters(name);
    let is_ending = letters(ending) && ending.chars().nth(1).is_some();
    let is_other = CONTRACTED
        .iter()
        .any(|end| ending.eq_ignore_ascii_case(end));
    let is_long = name.chars().nth(SHORTEST_NAME - 1).is_some();
    (is_name && is_ending && is_long && !is_other).then_some(name)
}

/// `Mueller` for `Müller`, `Aarhus` for `Århus`; `None` for words without such letters.
fn spelt_out(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let composed: String = word.nfc().flat_map(char::to_lowercase).collect();
    let mut spelt = String::with_capacity(word.len());
    for character in composed.chars() {
        match character {
            'ä' => spelt.push_str("ae"),
            'ö' | 'ø' => spelt.push_str("oe"),
            'ü' => spelt.push_str("ue"),
            'å' => spelt.push_str("aa"),
            other => spelt.push(other),
        }
    }
    (spelt != composed).then(|| folded(&spelt).into_owned())
}

/// Cuts `l'école` in two: many languages write an article or a preposition so.
fn elided(run: &str) -> Option<(&str, &str)> {
    let at = run.find(is_sign_of_word)?;
    let (article, rest) = run.split_at(at);
    let rest = rest.trim_start_matches(is_sign_of_word);
    let letters = |text: &str| text.chars().all(char::is_alphabetic);
    let long_enough = rest.chars().nth(SHORTEST_AFTER_ELISION - 1).is_some();
    let short_enough = article.chars().nth(LONGEST_ELIDED).is_none();
    (long_enough && short_enough && letters(article) && rest.starts_with(char::is_alphabetic))
        .then_some((article, rest))
}

/// Cuts `iPhone15` or `10kg` between letters and digits, where there is one such place. A name has a capital; what is
/// written like `p53`, `x86`, `sha256` or `3rd` is one word.
fn letters_and_digits(run: &str) -> Option<(&str, &str)> {
    let begins_with_digit = run.bytes().next()?.is_ascii_digit();
    let at = run
        .bytes()
        .position(|byte| byte.is_ascii_digit() != begins_with_digit)?;
    let (before, after) = (run.get(..at)?, run.get(at..)?);
    let letters = |text: &str| text.chars().all(char::is_alphabetic);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let many = |text: &str| text.chars().nth(1).is_some();
    if begins_with_digit {
        let ordinal = ["st", "nd", "rd", "th"]
            .iter()
            .any(|end| after.eq_ignore_ascii_case(end));
        let unit = letters(after) && after.chars().nth(3).is_none();
        (unit && !ordinal).then_some((before, after))
    } else {
        let name = many(before) && before.contains(char::is_uppercase);
        (letters(before) && name && digits(after)).then_some((before, after))
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
    let Some(last) = run.rfind(is_sign_of_word) else {
        return Cow::Borrowed(run);
    };
    let tail = run[last..].trim_start_matches(is_sign_of_word);
    let run = if tail.eq_ignore_ascii_case("s") {
        &run[..last]
    } else {
        run
    };
    Cow::Owned(run.replace(is_sign_of_word, ""))
}

/// Cuts at underscores and before capitals that begin a word: `getHTTPServer_name` → get, HTTP, Server, name;
/// `Base64Encoder` → Base64, Encoder.
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
    // The last capital of a run belongs to the word after it, except in a plural such as `DNAs`. Behind a digit the
    // capitals of `7AB2` are part of a name.
    let after = characters.get(index + 1).map(|(_, character)| *character);
    let plural = after == Some('s') && index + 2 == characters.len();
    let may_begin = before.is_uppercase() || before.is_numeric();
    may_begin && after.is_some_and(char::is_lowercase) && !plural
}

pub(super) fn folded(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Owned(word.to_ascii_lowercase());
    }
    let mut folded = String::with_capacity(word.len());
    for character in word
        .chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|character| !is_decoration(*character))
    {
        match plain_letter(character) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    Cow::Owned(with_anusvara(folded))
}
