//! Ends an answer that goes round in circles, as small models do when they always take the likeliest word.

use super::letters::{counted, weight};

/// How often the same words stand one behind the other before it is a circle.
const TIMES: usize = 3;
/// Letters and digits of all these together, where a Chinese character counts as two: about twenty words, so that
/// neither rows of a table nor emphasis are taken for a circle.
const LEAST: usize = 120;
/// Longest part that is looked for, in letters and digits. Three of them are an answer of 300 words.
const LONGEST: usize = 600;
/// The same where digits are left out, for lists whose lines differ by their numbers alone: a list that says something
/// may have the same words in many lines, as a table has.
const LEAST_LETTERS: usize = 400;

/// Reads an answer as it streams in. Only letters and digits are compared, in lower case. What a source repeats may be
/// repeated.
pub struct RepetitionGuard {
    tails: [Tail; 2],
    repeats: bool,
}

/// The end of an answer, as far as some of its characters go.
struct Tail {
    counts: fn(char) -> bool,
    least: usize,
    sources: String,
    /// The last characters that count, as many as are looked at.
    recent: Vec<char>,
}

impl RepetitionGuard {
    /// A guard of an answer from `sources`.
    pub fn new<'a>(sources: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        Self {
            tails: [
                Tail::new(char::is_alphanumeric, LEAST, sources.clone()),
                Tail::new(char::is_alphabetic, LEAST_LETTERS, sources),
            ],
            repeats: false,
        }
    }

    /// Takes more text and returns what of it may be shown: all of it, or what comes before the answer is to end.
    pub fn push<'t>(&mut self, delta: &'t str) -> &'t str {
        for (at, character) in delta.char_indices() {
            if self.repeats {
                return &delta[..at];
            }
            let [both, letters] = &mut self.tails;
            self.repeats = both.goes_round(character) || letters.goes_round(character);
        }
        delta
    }

    /// Whether the answer goes round in circles and is to end.
    pub fn repeats(&self) -> bool {
        self.repeats
    }
}

impl Tail {
    fn new<'a>(
        counts: fn(char) -> bool,
        least: usize,
        sources: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let sources = sources.into_iter().map(|text| counted(text, counts));
        Self {
            counts,
            least,
            sources: sources.collect::<Vec<_>>().join("\n"),
            recent: Vec::new(),
        }
    }

    /// Whether the answer is in a circle with this character.
    fn goes_round(&mut self, character: char) -> bool {
        if !(self.counts)(character) {
            return false;
        }
        self.recent.extend(character.to_lowercase());
        // Twice as many as are looked at, so that most characters move nothing.
        if self.recent.len() > 2 * TIMES * LONGEST {
            self.recent.drain(..TIMES * LONGEST);
        }
        let recent = &self.recent;
        let longest = LONGEST.min(recent.len() / TIMES);
        (1..=longest).any(|part| {
            let equal = recent
                .iter()
                .rev()
                .zip(recent.iter().rev().skip(part))
                .take_while(|(one, other)| one == other)
                .count();
            let whole = &recent[recent.len() - part - equal..];
            whole.len() >= part * TIMES
                && weight(whole.iter().copied()) >= self.least
                && !self.is_quoted(whole)
        })
    }

    fn is_quoted(&self, run: &[char]) -> bool {
        self.sources.contains(&run.iter().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is shown, and whether the guard ended it.
    fn guarded<'a>(sources: &[&str], deltas: impl IntoIterator<Item = &'a str>) -> (String, bool) {
        let mut guard = RepetitionGuard::new(sources.iter().copied());
        let mut shown = String::new();
        for delta in deltas {
            shown.push_str(guard.push(delta));
            if guard.repeats() {
                break;
            }
        }
        (shown, guard.repeats())
    }

    #[test]
    fn circles_are_ended_while_they_are_short() {
        let circles = [
            "The document is a scanned copy of a document that has no text. ",
            "a document that contains ",
            "重排序之后的段落更少。",
            "no ",
            "It is 7 [1]. It is also 7 [2]. ",
        ];
        for circle in circles {
            let text = format!("It is said. {}", circle.repeat(400));
            let (shown, repeats) = guarded(&[], [text.as_str()]);
            assert!(repeats, "{circle}");
            assert!(shown.starts_with("It is said. "));
            assert!(
                counted(&shown, char::is_alphanumeric).chars().count() < 140 + TIMES * circle.len(),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_list_whose_lines_differ_by_their_numbers_is_a_circle() {
        let line = |n| format!("{n}. You can use the command to restore a backup.\n");
        let text: String = (1..60).map(line).collect();
        let (shown, repeats) = guarded(&[], [text.as_str()]);
        assert!(repeats && shown.lines().count() < 16, "{shown}");
        let short: String = (1..6).map(line).collect();
        assert_eq!(guarded(&[], [short.as_str()]), (short.clone(), false));
    }

    #[test]
    fn what_a_person_would_write_is_not_ended() {
        let table = "| port | 7180 | open |\n| port | 7181 | open |\n| port | 7182 | open |\n";
        let list = "1. Open the settings.\n2. Open the models.\n3. Open the settings again.\n";
        let stressed = "No, no, no, no, no! It is very, very, very, very large.";
        for text in [table, list, stressed, &"=-".repeat(300), "哈哈哈哈哈哈"] {
            assert_eq!(guarded(&[], [text]), (text.to_owned(), false));
        }
    }

    #[test]
    fn what_a_source_repeats_may_be_repeated() {
        let song = "We shall meet again, we know not where, we know not when. ".repeat(5);
        assert_eq!(
            guarded(&["x", &song], [song.as_str()]),
            (song.clone(), false)
        );
        assert!(guarded(&["x"], [song.as_str()]).1);
    }

    proptest! {
        #[test]
        fn how_a_text_is_cut_changes_nothing(
            words in proptest::collection::vec("[ab中 ]{1,4}", 1..80),
            times in 1_usize..6,
        ) {
            let text = words.concat().repeat(times);
            let whole = guarded(&[], [text.as_str()]);
            let cut: Vec<String> = text.chars().map(String::from).collect();
            prop_assert_eq!(&guarded(&[], cut.iter().map(String::as_str)), &whole);
            prop_assert!(text.starts_with(&whole.0));
        }
    }
}
