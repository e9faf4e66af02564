mod claim;
mod group;

use crate::chunk::Span;

pub use claim::cited_sentence;

use group::{GroupState, Numbers};

/// A piece of an answer whose citations are checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnswerPiece {
    /// More text, the `[n]` of citations included.
    Text(String),
    /// The text so far ends with a citation.
    Citation {
        /// Its number, from 1 to the number of sources.
        number: u32,
        /// Where its `[n]` stands in the whole text, in characters.
        span: Span,
    },
}

/// Checks the citations of an answer while it streams in. Citations in any usual form (`[1]`, `[1, 2]`, `[1-3]`, `【1】`,
/// `[Source 1]`) come out as `[n]`; numbers without a source are removed and counted. Text that may yet become a
/// citation is held back, so that half of one is never shown. Code between backticks is left alone. Space before and
/// after the answer is dropped. How the text is cut into pushes does not change the sum of what comes out.
pub struct CitationParser {
    sources: u32,
    emitted: u32,
    space: String,
    group: Option<GroupState>,
    code: CodeState,
    removed: u32,
    just_removed: bool,
    text: String,
    pieces: Vec<AnswerPiece>,
}

/// Backticks: how many are in the present run of them, and how many opened the code that is being read.
#[derive(Clone, Copy, Default)]
struct CodeState {
    run: usize,
    open: usize,
}

impl CitationParser {
    /// A parser for an answer to which sources 1 to `sources` were given.
    pub fn new(sources: u32) -> Self {
        Self {
            sources,
            emitted: 0,
            space: String::new(),
            group: None,
            code: CodeState::default(),
            removed: 0,
            just_removed: false,
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    /// Takes more text and returns what no later text can change.
    pub fn push(&mut self, delta: &str) -> Vec<AnswerPiece> {
        delta.chars().for_each(|character| self.read(character));
        self.take_pieces()
    }

    /// Ends the answer and returns what was held back.
    pub fn finish(&mut self) -> Vec<AnswerPiece> {
        self.give_up_group();
        self.space.clear();
        self.take_pieces()
    }

    /// Citations taken out so far because they named no source.
    pub fn removed(&self) -> u32 {
        self.removed
    }

    fn read(&mut self, character: char) {
        if let Some(group) = &mut self.group {
            if group.closes(character) {
                self.close_group();
                return;
            }
            if group.accept(character) {
                return;
            }
            self.give_up_group();
        }
        self.code.read(character);
        if self.code.is_text() && GroupState::opens(character) {
            self.group = Some(GroupState::new(character));
        } else {
            self.emit(character);
        }
    }

    fn close_group(&mut self) {
        let Some(mut group) = self.group.take() else {
            return;
        };
        group.close();
        let Some(Numbers(numbers)) = group.numbers() else {
            group.text().chars().for_each(|c| self.emit(c));
            return;
        };
        for number in numbers {
            if (1..=self.sources).contains(&number) {
                self.emit_citation(number);
            } else {
                self.removed = self.removed.saturating_add(1);
                self.just_removed = true;
            }
        }
    }

    fn give_up_group(&mut self) {
        if let Some(group) = self.group.take() {
            group.text().chars().for_each(|c| self.emit(c));
        }
    }

    fn emit_citation(&mut self, number: u32) {
        let digits = format!("[{number}]");
        self.just_removed = false;
        digits.chars().for_each(|c| self.emit(c));
        let span = Span {
            start: self.emitted - digits.len() as u32,
            end: self.emitted,
        };
        self.flush_text();
        self.pieces.push(AnswerPiece::Citation { number, span });
    }

    /// Holds space back until the next character is known, because the space before a removed citation goes with it.
    fn emit(&mut self, character: char) {
        if character.is_whitespace() {
            if self.just_removed {
                self.space.clear();
                self.just_removed = false;
            }
            self.space.push(character);
            return;
        }
        if self.just_removed && is_closing_mark(character) || self.emitted == 0 {
            self.space.clear();
        }
        self.just_removed = false;
        let added = self.space.chars().count() as u32 + 1;
        self.emitted = self.emitted.saturating_add(added);
        self.text.push_str(&self.space);
        self.space.clear();
        self.text.push(character);
    }

    fn flush_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(AnswerPiece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn take_pieces(&mut self) -> Vec<AnswerPiece> {
        self.flush_text();
        std::mem::take(&mut self.pieces)
    }
}

impl CodeState {
    fn read(&mut self, character: char) {
        if character == '`' {
            self.run += 1;
            return;
        }
        if self.run > 0 {
            if self.open == 0 {
                self.open = self.run;
            } else if self.run == self.open || self.open >= 3 && self.run >= self.open {
                self.open = 0;
            }
            self.run = 0;
        }
        // Inline code ends with its line: an unpaired backtick must not hide all later citations.
        if character == '\n' && self.open < 3 {
            self.open = 0;
        }
    }

    fn is_text(self) -> bool {
        self.open == 0
    }
}

fn is_closing_mark(character: char) -> bool {
    matches!(
        character,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | '。'
            | '，'
            | '；'
            | '：'
            | '！'
            | '？'
            | '、'
            | '）'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Read {
        text: String,
        citations: Vec<(u32, Span)>,
        removed: u32,
    }

    fn read<'a>(sources: u32, deltas: impl IntoIterator<Item = &'a str>) -> Read {
        let mut parser = CitationParser::new(sources);
        let mut pieces = Vec::new();
        for delta in deltas {
            pieces.extend(parser.push(delta));
        }
        pieces.extend(parser.finish());
        let (mut text, mut citations) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                AnswerPiece::Text(more) => text.push_str(&more),
                AnswerPiece::Citation { number, span } => {
                    assert_eq!(span.end as usize, text.chars().count());
                    citations.push((number, span));
                }
            }
        }
        Read {
            text,
            citations,
            removed: parser.removed(),
        }
    }

    fn check(sources: u32, answer: &str, text: &str, numbers: &[u32], removed: u32) {
        let read = read(sources, [answer]);
        let found: Vec<u32> = read.citations.iter().map(|c| c.0).collect();
        assert_eq!(
            (read.text.as_str(), &found[..], read.removed),
            (text, numbers, removed)
        );
    }

    #[test]
    fn all_usual_forms_become_one() {
        check(3, "A [1]. B [2][3].", "A [1]. B [2][3].", &[1, 2, 3], 0);
        check(
            3,
            "A [1, 3]; B [2，3].",
            "A [1][3]; B [2][3].",
            &[1, 3, 2, 3],
            0,
        );
        check(3, "A [1-3].", "A [1][2][3].", &[1, 2, 3], 0);
        check(3, "甲【１】乙［２］。", "甲[1]乙[2]。", &[1, 2], 0);
        check(
            3,
            "甲[来源1] B [Source 2] C [^3]",
            "甲[1] B [2] C [3]",
            &[1, 2, 3],
            0,
        );
    }

    #[test]
    fn numbers_without_a_source_are_taken_out() {
        check(2, "A [9].", "A.", &[], 1);
        check(2, "A [9] and B [0][2].", "A and B [2].", &[2], 2);
        check(2, "A [1, 7].", "A [1].", &[1], 1);
        check(2, "A [99999999999].", "A.", &[], 1);
        check(2, "甲【7】。", "甲。", &[], 1);
        check(0, "A [1]", "A", &[], 1);
    }

    #[test]
    fn other_brackets_stay() {
        for text in [
            "a [b] c",
            "[]",
            "[ ]",
            "x [1",
            "[2",
            "[see [x]]",
            "[1.5]",
            "[1--]",
            "[a-1]",
        ] {
            check(1, text, text, &[], 0);
        }
        check(1, "[[1]]", "[[1]]", &[1], 0);
    }

    #[test]
    fn code_is_left_alone() {
        check(1, "`a[0]` is first [1].", "`a[0]` is first [1].", &[1], 0);
        check(
            1,
            "```\nx[7]\n```\nyes [1]",
            "```\nx[7]\n```\nyes [1]",
            &[1],
            0,
        );
        check(1, "a ` b\nc [9] d", "a ` b\nc d", &[], 1);
    }

    #[test]
    fn spans_count_characters() {
        let read = read(2, ["重排 [1]，很好 [2]"]);
        assert_eq!(
            read.citations,
            [
                (1, Span { start: 3, end: 6 }),
                (2, Span { start: 10, end: 13 })
            ]
        );
    }

    #[test]
    fn half_a_citation_is_held_back() {
        let mut parser = CitationParser::new(1);
        assert_eq!(parser.push("yes ["), [AnswerPiece::Text("yes".to_owned())]);
        assert_eq!(parser.push("1"), []);
        assert_eq!(
            parser.push("]"),
            [
                AnswerPiece::Text(" [1]".to_owned()),
                AnswerPiece::Citation {
                    number: 1,
                    span: Span { start: 4, end: 7 }
                }
            ]
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(
            parts in prop::collection::vec("(\\[[0-9]{1,2}\\]|【[0-9]】|\\[[0-9], ?[0-9]\\]|[a-z]{1,4}| |\\.|\\[|\\]|`|```|\\n|重|，|Source|-){0,6}", 0..12)
        ) {
            let whole = parts.concat();
            let streamed = read(4, parts.iter().map(String::as_str));
            let by_char: Vec<String> = whole.chars().map(String::from).collect();
            let by_char = read(4, by_char.iter().map(String::as_str));
            let at_once = read(4, [whole.as_str()]);
            for other in [streamed, by_char] {
                prop_assert_eq!(&other.text, &at_once.text);
                prop_assert_eq!(&other.citations, &at_once.citations);
                prop_assert_eq!(other.removed, at_once.removed);
            }
        }

        #[test]
        fn every_span_holds_its_number(answer in "([a-z重 ]{0,5}(\\[[0-9]\\]|【[0-9]】|\\[[0-9],[0-9]\\])?[.。]?){0,12}") {
            let read = read(5, [answer.as_str()]);
            let chars: Vec<char> = read.text.chars().collect();
            for (number, span) in read.citations {
                let cut: String = chars[span.start as usize..span.end as usize].iter().collect();
                prop_assert_eq!(cut, format!("[{}]", number));
            }
        }
    }
}
