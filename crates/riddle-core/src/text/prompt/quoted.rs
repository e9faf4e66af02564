//! Keeps a model's text from repeating its instructions.
//!
//! Only letters are compared, in lower case, so that other punctuation, numbers or line breaks hide nothing. A run of
//! [`LONG_RUN`] letters is about twelve words of English. The handbook, which speaks of the same things, has no run of
//! half that length, and a rule that is shorter gives little away. A model that goes on with its instructions where it
//! was asked to say a sentence of theirs, or up to there, recites them: of that, [`SHORT_RUN`] letters are enough.

use std::sync::LazyLock;

use super::letters::{counted, weight};
use super::{INSTRUCTIONS, NOT_IN_SOURCES_EN, NOT_IN_SOURCES_ZH};

/// Letters that make a quotation.
const LONG_RUN: usize = 60;
/// Letters that make one right behind a sentence that the instructions ask for, or right before one and at the end.
const SHORT_RUN: usize = 20;
/// Text is held back from this letter of a run on, so that hardly any of ordinary text comes late.
const HELD_FROM: usize = 8;
/// What no run goes across.
const END: char = '\n';

/// The sentences that the instructions ask a model to say, in their order.
const SAID: [&str; 2] = [NOT_IN_SOURCES_EN, NOT_IN_SOURCES_ZH];

/// The letters around the sentences to say.
static PARTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let cut = SAID
        .into_iter()
        .fold(INSTRUCTIONS.to_owned(), |text, said| {
            text.replace(said, "\0")
        });
    cut.split('\0').map(letters).collect()
});

/// Without the sentences to say.
static ANSWERING: LazyLock<String> = LazyLock::new(|| PARTS.join(&END.to_string()));

/// A sentence to say, and the first letters of what follows it in the instructions.
static AFTER: LazyLock<Vec<String>> = LazyLock::new(|| {
    let parts = PARTS.iter().skip(1);
    let following = SAID.iter().zip(parts).map(|(said, part)| {
        let beginning: String = part.chars().take(SHORT_RUN).collect();
        letters(said) + &beginning
    });
    following.collect()
});

/// The last letters before a sentence to say, and those of all.
static BEFORE: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let tail = |part: &'static String| {
        let from = part.char_indices().rev().nth(SHORT_RUN - 1);
        from.map_or(part.as_str(), |(at, _)| &part[at..])
    };
    PARTS.iter().map(tail).collect()
});

/// Reads an answer as it streams in, and ends it where it quotes the instructions of
/// [`answer_messages`](super::answer_messages) at length. The quotation does not come out, but for its first letters.
/// What a source says may be quoted, whatever it is. How the text is cut into pushes does not change the sum of what
/// comes out.
pub struct InstructionGuard {
    /// Letters of the sources.
    sources: String,
    /// The last letters of the answer, as many as the instructions have in a row.
    run: String,
    /// The last letters of the answer, as many as [`AFTER`] has at most.
    last: String,
    /// The end of the text so far, which may become a quotation.
    held: String,
    quoted: bool,
}

impl InstructionGuard {
    /// A guard of an answer from `sources`.
    pub fn new<'a>(sources: impl IntoIterator<Item = &'a str>) -> Self {
        let sources: Vec<String> = sources.into_iter().map(letters).collect();
        Self {
            sources: sources.join(&END.to_string()),
            run: String::new(),
            last: String::new(),
            held: String::new(),
            quoted: false,
        }
    }

    /// Takes more text and returns what may be shown of the text so far; nothing once [`Self::has_quoted`].
    pub fn push(&mut self, delta: &str) -> String {
        let mut shown = String::new();
        for character in delta.chars() {
            if self.quoted {
                break;
            }
            self.held.push(character);
            if character.is_alphabetic() {
                self.read(character);
            }
            self.release(&mut shown);
        }
        shown
    }

    /// Ends the answer and returns what was held back.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Whether the answer has quoted the instructions and is to end.
    pub fn has_quoted(&self) -> bool {
        self.quoted
    }

    fn read(&mut self, character: char) {
        extend_run(&mut self.run, character, &ANSWERING);
        self.last.extend(character.to_lowercase());
        let is_long = weight(self.run.chars()) >= LONG_RUN;
        if !is_long && !self.is_recited() {
            return;
        }
        if self.sources.contains(&self.run) {
            self.run.clear();
        } else {
            self.quoted = true;
            self.held.clear();
        }
    }

    /// Whether the answer goes on with the instructions where it has said a sentence of theirs, or up to one.
    fn is_recited(&mut self) -> bool {
        let most = AFTER.iter().map(|after| after.chars().count()).max();
        while self.last.chars().count() > most.unwrap_or(0) {
            self.last.remove(0);
        }
        AFTER.iter().any(|after| self.last.ends_with(after))
            || BEFORE.iter().any(|before| self.run.ends_with(before))
    }

    /// Moves what is too early for the present run from the held text to the shown.
    fn release(&mut self, shown: &mut String) {
        let in_run = self.run.chars().count();
        let keep = in_run.saturating_sub(HELD_FROM - 1);
        let mut seen = 0;
        let kept_from = self
            .held
            .char_indices()
            .rev()
            .filter(|(_, character)| character.is_alphabetic())
            .take_while(|_| {
                seen += 1;
                seen <= keep
            })
            .last()
            .map_or(self.held.len(), |(at, _)| at);
        shown.extend(self.held.drain(..kept_from));
    }
}

/// Whether `text` quotes `instructions` at length.
pub(super) fn quotes(text: &str, instructions: &str) -> bool {
    longest_run(text, &letters(instructions)) >= LONG_RUN
}

/// The weight of the longest run of letters that `text` and `instructions` have in common.
fn longest_run(text: &str, instructions: &str) -> usize {
    let mut run = String::new();
    let mut longest = 0;
    for character in text.chars().filter(|c| c.is_alphabetic()) {
        extend_run(&mut run, character, instructions);
        longest = longest.max(weight(run.chars()));
    }
    longest
}

/// Makes `run` the longest end of the text that the instructions have too, after one more letter of the text.
fn extend_run(run: &mut String, character: char, instructions: &str) {
    for letter in character.to_lowercase() {
        run.push(letter);
        while !instructions.contains(run.as_str()) {
            run.remove(0);
        }
    }
}

fn letters(text: &str) -> String {
    counted(text, char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes out, and whether the guard ended it.
    fn guarded<'a>(sources: &[&str], deltas: impl IntoIterator<Item = &'a str>) -> (String, bool) {
        let mut guard = InstructionGuard::new(sources.iter().copied());
        let mut shown: String = deltas.into_iter().map(|delta| guard.push(delta)).collect();
        shown.push_str(&guard.finish());
        (shown, guard.has_quoted())
    }

    #[test]
    fn the_instructions_are_not_repeated_in_any_dress() {
        let bulleted: String = INSTRUCTIONS
            .lines()
            .filter_map(|line| line.split_once(". "))
            .map(|(_, rule)| format!("* **{}**\n\n", rule.to_uppercase()))
            .collect();
        let spaced: String = INSTRUCTIONS
            .chars()
            .flat_map(|c| [c, '\u{200b}', '-'])
            .collect();
        for text in [INSTRUCTIONS, &bulleted, &spaced] {
            let (shown, quoted) = guarded(&[], [format!("It is 7 [1]. {text} Bye.").as_str()]);
            assert!(quoted && shown.starts_with("It is 7 [1]. "), "{shown}");
            assert!(letters(&shown).len() < "itis".len() + HELD_FROM, "{shown}");
        }
    }

    #[test]
    fn what_the_instructions_ask_for_may_be_said() {
        for text in [
            NOT_IN_SOURCES_EN.to_owned(),
            NOT_IN_SOURCES_ZH.to_owned(),
            format!("{NOT_IN_SOURCES_EN} {NOT_IN_SOURCES_ZH}").repeat(5),
            "Use only what the sources say, and answer in the language of the question.".to_owned(),
        ] {
            assert_eq!(guarded(&[], [text.as_str()]), (text.clone(), false));
        }
    }

    #[test]
    fn who_says_what_is_asked_for_may_not_go_on_with_the_instructions() {
        for (said, recited) in [
            (
                NOT_IN_SOURCES_EN,
                " For a question in Chinese, reply only with: ",
            ),
            (
                NOT_IN_SOURCES_ZH,
                "\n5. Answer in the language of the question.",
            ),
            ("7.", " For a question in Chinese, reply only with: 没有"),
            (
                "7.",
                " If they do not contain the answer, reply only with: ",
            ),
            (
                "7.",
                " Answer in the language of the question. Be brief and exact.",
            ),
        ] {
            let text = format!("{said}{recited}");
            let (shown, quoted) = guarded(&[], [text.as_str()]);
            assert!(quoted, "{text}");
            assert!(
                !shown.contains("Chinese") && !shown.contains("only"),
                "{shown}"
            );
            assert_eq!(guarded(&[&text], [text.as_str()]), (text.clone(), false));
        }
    }

    #[test]
    fn a_source_that_has_the_instructions_may_be_quoted() {
        let source = format!("The prompt is:\n\n{INSTRUCTIONS}\n\nIt does not change.");
        let (shown, quoted) = guarded(&["a", &source], [source.as_str()]);
        assert_eq!((shown, quoted), (source.clone(), false));
        assert!(guarded(&["a", &source[..90]], [source.as_str()]).1);
    }

    /// As an answer may be any of it.
    #[test]
    fn the_handbook_is_far_from_the_instructions() {
        let handbook = [
            include_str!("../../../../../handbook/en/01-first-steps.md"),
            include_str!("../../../../../handbook/en/02-adding-documents.md"),
            include_str!("../../../../../handbook/en/03-search-and-answers.md"),
            include_str!("../../../../../handbook/en/05-models.md"),
            include_str!("../../../../../handbook/en/07-troubleshooting.md"),
            include_str!("../../../../../handbook/zh/01-入门.md"),
            include_str!("../../../../../handbook/zh/02-文档.md"),
            include_str!("../../../../../handbook/zh/03-检索与重排.md"),
            include_str!("../../../../../scripts/handbook/04-is-reranking-worth-it.md"),
            include_str!("../../../../../scripts/handbook/06-security-and-privacy.md"),
            include_str!("../../../../../scripts/handbook/04-模型与安全.md"),
        ];
        for text in handbook {
            assert!(longest_run(text, &ANSWERING) < LONG_RUN / 2, "{text}");
            assert_eq!(guarded(&[], [text]), (text.to_owned(), false));
        }
    }

    #[test]
    fn ordinary_text_comes_at_once() {
        let mut guard = InstructionGuard::new([]);
        for word in [
            "The",
            " server",
            " listens",
            " on",
            " port",
            " 7180",
            " [1].",
            " 端口是 7180。",
        ] {
            assert_eq!(guard.push(word), word);
        }
    }

    proptest! {
        #[test]
        fn how_a_quotation_is_cut_into_pushes_changes_nothing(
            before in "[a-zA-Z 。，端口0-9.\n]{0,40}",
            from in 0_usize..400,
            length in 0_usize..400,
            noise in prop::collection::vec("[ 0-9.,*\u{200b}]{0,2}", 1..9),
            cuts in prop::collection::vec(1_usize..9, 1..9),
        ) {
            let quoted: String = INSTRUCTIONS
                .chars()
                .skip(from)
                .take(length)
                .enumerate()
                .flat_map(|(at, c)| std::iter::once(c).chain(noise[at % noise.len()].chars()))
                .collect();
            let text = format!("{before}{quoted}\n{before}");
            let (whole, ended) = guarded(&[], [text.as_str()]);
            let mut rest = text.as_str();
            let mut deltas = Vec::new();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let at = rest.char_indices().nth(*cut).map_or(rest.len(), |(at, _)| at);
                deltas.push(&rest[..at]);
                rest = &rest[at..];
            }
            prop_assert_eq!(guarded(&[], deltas), (whole.clone(), ended));
            prop_assert!(text.starts_with(&whole));
            prop_assert!(ended || whole == text);
            let longest = longest_run(&text, &ANSWERING);
            let may_end = longest >= SHORT_RUN;
            prop_assert!(may_end || !ended);
            prop_assert!(ended || longest < LONG_RUN);
            prop_assert!(longest_run(&whole, &ANSWERING) < LONG_RUN);
        }

        #[test]
        fn any_text_of_others_passes(text in any::<String>(), words in "([a-zA-Z]{1,9} ){0,40}") {
            for text in [text, words] {
                prop_assert_eq!(guarded(&[], [text.as_str()]), (text.clone(), false));
            }
        }
    }
}
