//! Which texts hold the words of a search that is no question: a list is looked through by them.

use crate::text::function_words::{function_word_form, function_words};
use crate::text::language::is_east_asian;
use crate::text::terms::{folded, unjoined, without_ending};

/// More words of a search say nothing more.
const MOST: usize = 64;

/// The words of a search, for texts that are folded by [`folded`]. Each is a list of pieces: a word is in a text, or in
/// texts that belong together, where one of its pieces is. The order of the words means nothing.
///
/// A word of letters is one piece, without its ending, and is found within others too. What Chinese and Japanese write
/// without spaces has a word for each character: the pairs that it is in, so that several words in a row are found
/// apart, and in another order. Words that only carry grammar are left out beside others.
///
/// What may be the beginning of a longer number is looked for with its signs too.
pub fn sought_words(search: &str) -> Vec<Vec<String>> {
    let mut words = words_of(&folded(search), search);
    let with_signs = words_of(&unjoined(search), search);
    if with_signs.len() == words.len() {
        for (word, pieces) in words.iter_mut().zip(with_signs) {
            word.extend(pieces);
            word.dedup();
        }
    }
    words
}

/// The words of a search that is folded.
fn words_of(folded: &str, search: &str) -> Vec<Vec<String>> {
    let idle = function_words(search);
    let mut words = Vec::new();
    let mut left_out = Vec::new();
    for word in folded.split(is_between) {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let unspaced = is_east_asian(first);
            let end = rest.find(|c| is_east_asian(c) != unspaced);
            let (run, others) = rest.split_at(end.unwrap_or(rest.len()));
            rest = others;
            if unspaced {
                add_characters(run, &mut words);
            } else if let Some(word) = bare(run) {
                let is_idle = idle.contains(&function_word_form(word));
                let into = if is_idle { &mut left_out } else { &mut words };
                into.push(vec![word.to_owned()]);
            }
        }
    }
    if words.is_empty() {
        words = left_out;
    }
    // Signs are looked for only where there is nothing else.
    if words.is_empty() {
        words.extend(
            folded
                .split_whitespace()
                .map(|signs| vec![signs.to_owned()]),
        );
    }
    words.dedup();
    words.truncate(MOST);
    words
}

/// Spaces, the signs of Chinese and Japanese, around which there are none, and particles that only join words.
fn is_between(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '的' | '了' | '吗' | '呢')
        || matches!(character, '\u{3000}'..='\u{303F}' | '\u{2018}'..='\u{201F}' | '\u{2014}' | '\u{2026}')
}

/// A word without the signs of a sentence around it and without its ending.
fn bare(word: &str) -> Option<&str> {
    let word = word.trim_matches(|character| ".,;:!?¡¿\"'`()[]{}<>«»*_".contains(character));
    let is_word = word.chars().all(char::is_alphabetic);
    (!word.is_empty()).then(|| if is_word { without_ending(word) } else { word })
}

fn add_characters(run: &str, words: &mut Vec<Vec<String>>) {
    let characters: Vec<char> = run.chars().collect();
    let pair = |first: usize| characters.get(first..first + 2).map(String::from_iter);
    if let [only] = characters[..] {
        words.push(vec![only.to_string()]);
        return;
    }
    for place in 0..characters.len() {
        let before = place.checked_sub(1).and_then(pair);
        let mut pairs: Vec<String> = before.into_iter().chain(pair(place)).collect();
        pairs.dedup();
        words.push(pairs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(search: &str, text: &str) -> bool {
        let text = folded(text);
        let words = sought_words(search);
        let is_there = |word: &Vec<String>| word.iter().any(|piece| text.contains(piece));
        words.iter().all(is_there)
    }

    #[test]
    fn words_are_found_in_any_order_and_however_they_are_written() {
        for (search, text) in [
            ("invoices approve", "Who may approve an invoice?"),
            ("CAFÉ", "when does the cafe open"),
            ("cafe", "Öffnungszeiten: Cafe\u{301}"),
            ("ｆｕｌｌ width", "Full-width letters"),
            ("com\u{AD}pressor?", "the compressors run"),
            ("报销 发票", "发票怎么报销？"),
            ("报销发票", "发票怎么报销？"),
            ("報銷發票", "发票怎么报销？"),
            ("发票，报销", "報銷單和發票"),
            ("VPN的密码", "密码：VPN 上的"),
            ("٤٥ kPa", "at most 45 kPa"),
            ("1.3.2", "since version 1.3.2"),
            (
                "How do I approve an invoice?",
                "The invoice: who approves it",
            ),
            ("the", "the end"),
            ("的", "我的"),
            ("%", "100 % of it"),
            ("C++", "in c++ or rust"),
            ("prin", "the printer"),
            ("مدرسة", "مَدْرَسَة"),
            ("strasse", "Die Straße ist zu"),
            ("STRASSE", "straße"),
            ("ΟΔΥΣΣΕΥΣ", "ο Οδυσσεύς"),
            ("lodz", "nach Łódź"),
            ("vpn", "the V.P.N. is down"),
            ("V.P.N.", "my vpn"),
            ("1250000", "1.250.000 EUR"),
            ("1,250,000", "1 250 000 EUR"),
            ("192.168", "at 192.168.1.100"),
            ("3.141", "pi is 3.14159"),
        ] {
            assert!(is_in(search, text), "{search}: {:?}", sought_words(search));
        }
    }

    #[test]
    fn every_word_has_to_be_there() {
        for (search, text) in [
            ("invoice holiday", "Who may approve an invoice?"),
            ("报销单", "发票怎么报销？"),
            ("发酵", "发票怎么报销？"),
            ("1.3.2", "since version 1.3"),
        ] {
            assert!(!is_in(search, text), "{search}: {:?}", sought_words(search));
        }
        assert_eq!(sought_words("  "), Vec::<Vec<String>>::new());
        assert_eq!(sought_words(&"词".repeat(300)).len(), 1);
        let many: String = ('\u{4E00}'..'\u{4F00}').collect();
        assert_eq!(sought_words(&many).len(), MOST);
    }
}
