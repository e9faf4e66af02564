//! Names in Latin letters: words with a capital in the middle of a question.

use super::sources::Sources;
use crate::text::function_words::is_english_function_word;
use crate::text::language::is_east_asian;
use crate::text::months::month_of;

/// As many words that all have a capital are a title, in which capitals name nothing.
const TITLE: usize = 4;
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// What joins names of which one may be misspelt or described.
const JOINING: [&str; 3] = ["and", "or", "und"];
/// Before one of these a single word with a capital is a kind of thing: "which Member".
const ASKING: [&str; 3] = ["which", "what", "degrees"];

/// Names in a row that belong together, as "Carl Dunn and Anna Berg".
type Group = Vec<Vec<String>>;

/// Whether a question names something of which the passages have no word.
pub(super) fn are_unknown(question: &str, sources: &Sources) -> bool {
    if !may_name(question) {
        return false;
    }
    let is_known = |name: &Vec<String>| name.iter().any(|word| sources.knows(word));
    let groups = groups(question);
    groups.iter().any(|group| !group.iter().any(is_known))
}

/// The words of all names of a question.
pub(super) fn of(question: &str) -> Vec<String> {
    match may_name(question) {
        true => groups(question).into_iter().flatten().flatten().collect(),
        false => Vec::new(),
    }
}

/// Whether capitals tell something: not where all words have one.
fn may_name(question: &str) -> bool {
    let is_word = |word: &&str| !word.is_empty() && !is_english_function_word(&word.to_lowercase());
    let words: Vec<&str> = words(question).into_iter().filter(is_word).collect();
    let begins_high = |word: &&str| word.starts_with(char::is_uppercase);
    let is_title = words.len() >= TITLE && words.iter().all(begins_high);
    question.chars().any(is_small_or_unspaced) && !is_title
}

fn is_small_or_unspaced(character: char) -> bool {
    character.is_lowercase() || is_east_asian(character)
}

fn words(question: &str) -> Vec<&str> {
    let is_between = |c: char| !c.is_alphanumeric() || is_east_asian(c);
    question.split(is_between).collect()
}

/// The names of a question, those together that "and" or a comma joins. In Latin letters the first word of a sentence
/// has a capital whatever it is.
fn groups(question: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut name: Vec<String> = Vec::new();
    let (mut joins, mut asks, mut first) = (false, false, true);
    let begins_in_capitals = !question.chars().any(is_east_asian);
    let mut rest = question;
    while let Some(start) = rest.find(is_in_word) {
        let gap = &rest[..start];
        let end = rest[start..]
            .find(|c| !is_in_word(c))
            .map_or(rest.len(), |at| start + at);
        let word = &rest[start..end];
        rest = &rest[end..];
        if !gap.trim_matches([' ', '-', '.', '&', '\'', '’']).is_empty() {
            joins = finish(&mut name, &mut groups, joins, asks) && gap.trim() == ",";
        }
        // The dot of "Dr. Meier" ends no sentence.
        let ends = gap.contains(['!', '?', ':']) || gap.contains('.') && name.is_empty();
        first |= ends && gap.ends_with(char::is_whitespace);
        let is_first = std::mem::take(&mut first) && begins_in_capitals;
        if !is_first && is_part_of_name(word) {
            name.push(word.to_owned());
            continue;
        }
        let lower = word.to_lowercase();
        let ended = finish(&mut name, &mut groups, joins, asks);
        joins = (ended || joins) && JOINING.contains(&lower.as_str());
        asks = ASKING.contains(&lower.as_str());
    }
    finish(&mut name, &mut groups, joins, asks);
    groups
}

/// Adds a name that has ended, to the names before it where it is joined to them. Returns whether there was one.
fn finish(name: &mut Vec<String>, groups: &mut Vec<Group>, joins: bool, asks: bool) -> bool {
    if name.is_empty() {
        return false;
    }
    let name = std::mem::take(name);
    if asks && name.len() == 1 {
        return false;
    }
    match groups.last_mut().filter(|_| joins) {
        Some(group) => group.push(name),
        None => groups.push(vec![name]),
    }
    true
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() && !is_east_asian(character)
}

fn is_part_of_name(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.chars().any(char::is_uppercase)
        && word.chars().nth(1).is_some()
        && !is_english_function_word(&lower)
        && !WEEKDAYS.contains(&lower.trim_end_matches('s'))
        && month_of(word).is_none()
}
