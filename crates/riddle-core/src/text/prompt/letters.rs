use crate::text::language::is_east_asian;

/// A Chinese character says as much as two letters.
const EAST_ASIAN_LETTERS: usize = 2;

/// The characters of a text that count, in lower case.
pub(super) fn counted(text: &str, counts: impl Fn(char) -> bool) -> String {
    text.chars()
        .filter(|character| counts(*character))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters a run is worth.
pub(super) fn weight(run: impl IntoIterator<Item = char>) -> usize {
    run.into_iter()
        .map(|letter| match is_east_asian(letter) {
            true => EAST_ASIAN_LETTERS,
            false => 1,
        })
        .sum()
}
