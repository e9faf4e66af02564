//! Keeps a model's thinking out of its answer while both stream.

use std::mem;

/// How models mark what they think, opening and closing.
const TAGS: [(&str, &str); 6] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
];

/// Removes thinking from the start of an answer, wherever the pieces are cut.
///
/// An opening tag counts at the start alone: a thinking model thinks before it answers, and an answer that mentions the
/// tags later on must keep them. A closing tag without an opening one ends thinking that a chat template has begun in
/// the prompt: all before it is taken back, unless the tag is quoted.
#[derive(Default)]
pub(crate) struct ThinkFilter {
    state: State,
    held: String,
    /// The answer so far, which a lone closing tag would take back.
    given: String,
    removed: bool,
    lone: bool,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    BeforeAnswer,
    /// Until this tag.
    Thinking(&'static str),
    /// As if a tag had opened thinking, for a model that leaves it out.
    Unmarked,
    Answer,
    /// As `Answer`, where tags are part of the text.
    Mentions,
}

/// What is certain of an answer.
#[derive(PartialEq, Eq, Debug, Default)]
pub(crate) struct Certain {
    /// All text that was given out before was thinking.
    pub(crate) restart: bool,
    /// More of the answer.
    pub(crate) text: String,
}

impl ThinkFilter {
    /// For a model that is known to think first without a tag that opens it.
    pub(crate) fn unmarked() -> Self {
        Self {
            state: State::Unmarked,
            ..Self::default()
        }
    }

    /// Whether thinking has ended that no tag had opened.
    pub(crate) fn saw_lone_tag(&self) -> bool {
        self.lone
    }

    /// Takes the next piece and returns what of the answer is certain now.
    pub(crate) fn push(&mut self, piece: &str) -> Certain {
        self.held.push_str(piece);
        let mut certain = Certain::default();
        while self.step(&mut certain) {}
        certain
    }

    /// The rest of the answer, once nothing follows. Thinking that never ended is no answer; `complete` says that the
    /// model ended it itself, so that one that was expected to think has not.
    pub(crate) fn finish(self, complete: bool) -> String {
        match self.state {
            State::Thinking(_) => String::new(),
            State::Unmarked if !complete => String::new(),
            State::BeforeAnswer if self.removed => self.held.trim_start().to_owned(),
            _ => self.held,
        }
    }

    /// Goes on with what is held; `false` when more text is needed.
    fn step(&mut self, certain: &mut Certain) -> bool {
        match self.state {
            State::BeforeAnswer => self.decide(),
            State::Thinking(close) => match self.held.find(close) {
                Some(at) => {
                    self.held.drain(..at + close.len());
                    self.state = State::BeforeAnswer;
                    true
                }
                None => {
                    let keep = partial_tag(&self.held);
                    self.held.drain(..self.held.len() - keep);
                    false
                }
            },
            State::Unmarked => {
                if TAGS
                    .iter()
                    .any(|(open, _)| self.held.trim_start().starts_with(open))
                {
                    self.state = State::BeforeAnswer;
                    return true;
                }
                match closing_tag(&self.held) {
                    Some((_, end)) => {
                        self.drop_thinking(end);
                        true
                    }
                    None => false,
                }
            }
            State::Answer => self.answer(certain),
            State::Mentions => {
                certain.text.push_str(&mem::take(&mut self.held));
                false
            }
        }
    }

    /// Gives out the answer but for what may be a closing tag.
    fn answer(&mut self, certain: &mut Certain) -> bool {
        if let Some((at, end)) = closing_tag(&self.held) {
            let before = format!("{}{}", self.given, &self.held[..at]);
            if is_mentioned(&before) {
                self.state = State::Mentions;
            } else {
                self.drop_thinking(end);
                *certain = Certain {
                    restart: true,
                    text: String::new(),
                };
            }
            return true;
        }
        let rest = self
            .held
            .split_off(self.held.len() - partial_tag(&self.held));
        let text = mem::replace(&mut self.held, rest);
        self.given.push_str(&text);
        certain.text.push_str(&text);
        false
    }

    fn drop_thinking(&mut self, end: usize) {
        self.held.drain(..end);
        self.given.clear();
        self.state = State::BeforeAnswer;
        self.removed = true;
        self.lone = true;
    }

    /// Leaves `BeforeAnswer` or drops a tag; `false` when more text is needed to know.
    fn decide(&mut self) -> bool {
        let start = self.held.trim_start();
        let opened = TAGS
            .iter()
            .find_map(|(open, close)| Some((start.strip_prefix(open)?, close)));
        let closed = TAGS.iter().find_map(|(_, close)| start.strip_prefix(close));
        if let Some((thinking, close)) = opened {
            self.held = thinking.to_owned();
            self.state = State::Thinking(close);
            self.removed = true;
        } else if let Some(rest) = closed {
            self.held = rest.to_owned();
            self.removed = true;
        } else if all_tags().any(|tag| tag.starts_with(start)) {
            return false;
        } else {
            if self.removed {
                self.held = start.to_owned();
            }
            self.state = State::Answer;
        }
        true
    }
}

fn all_tags() -> impl Iterator<Item = &'static str> {
    TAGS.iter().flat_map(|(open, close)| [*open, *close])
}

/// Where the first closing tag begins and ends.
fn closing_tag(text: &str) -> Option<(usize, usize)> {
    TAGS.iter()
        .filter_map(|(_, close)| text.find(close).map(|at| (at, at + close.len())))
        .min()
}

/// Whether a closing tag after this text is something that the text speaks of.
fn is_mentioned(before: &str) -> bool {
    let opened = TAGS.iter().any(|(open, _)| before.contains(open));
    let line = before.rsplit('\n').next().unwrap_or(before);
    let in_code = before.matches("```").count() % 2 == 1 || line.matches('`').count() % 2 == 1;
    let in_sentence = line.ends_with(' ')
        && line
            .trim_end()
            .ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let quoted = line.ends_with(['"', '\'', '“', '「', '(']);
    opened || in_code || in_sentence || quoted
}

/// Bytes at the end of `text` that may be the beginning of a closing tag.
fn partial_tag(text: &str) -> usize {
    TAGS.iter()
        .flat_map(|(_, close)| {
            close
                .char_indices()
                .skip(1)
                .map(|(length, _)| length)
                .filter(|length| text.ends_with(&close[..*length]))
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filtered text must not depend on where the pieces are cut.
    fn check(input: &str, expected: &str) {
        let characters: Vec<char> = input.chars().collect();
        for size in 1..=characters.len().max(1) {
            let mut filter = ThinkFilter::default();
            let mut output = String::new();
            for piece in characters.chunks(size) {
                let certain = filter.push(&piece.iter().collect::<String>());
                if certain.restart {
                    output.clear();
                }
                output.push_str(&certain.text);
            }
            output.push_str(&filter.finish(true));
            assert_eq!(output, expected, "{input:?} in pieces of {size}");
        }
    }

    #[test]
    fn thinking_is_removed_with_the_space_behind_it() {
        check("<think>\nhm 嗯 <b>\n</think>\n\nThe answer.", "The answer.");
        check("\n<think></think>yes", "yes");
        check("<think>a</think>\n<think>b</think>\nyes", "yes");
        check("</think>\n\nyes", "yes");
    }

    #[test]
    fn an_answer_without_thinking_passes_unchanged() {
        check("  Plain <thin air", "  Plain <thin air");
        check("<thinker> is no tag", "<thinker> is no tag");
        check("", "");
        check("\n", "\n");
        check("<thi", "<thi");
    }

    #[test]
    fn tags_inside_an_answer_stay() {
        check(
            "Use <think> and </think> to mark it.",
            "Use <think> and </think> to mark it.",
        );
        check("<think>x</think>Use <think>.", "Use <think>.");
    }

    #[test]
    fn a_lone_closing_tag_takes_back_what_came_before() {
        check(
            "Source 1 says noon.\n</think>\n\nAt noon [1].",
            "At noon [1].",
        );
        check("Hm.</think>At noon.", "At noon.");
        check("嗯，看看。\n</think>\n\n中午。", "中午。");
        check("a\n</think>\nb\n</think>\nc", "c");
        check("a\n</thinking>\nb", "b");
        check("a [/THINK] b", "a [/THINK] b");
        check("a.[/THINK]b", "b");
    }

    #[test]
    fn a_closing_tag_that_is_spoken_of_stays() {
        for text in [
            "The tag </think> ends it.",
            "Write `</think>` behind it.",
            "```\n</think>\n```",
            "a < b </ c",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn other_marks_of_thinking_are_known() {
        for (open, close) in TAGS {
            check(&format!("{open}hm\n{close}\n\nyes"), "yes");
        }
    }

    #[test]
    fn thinking_that_is_expected_is_never_given_out() {
        let mut filter = ThinkFilter::unmarked();
        assert_eq!(filter.push("Hm."), Certain::default());
        let certain = filter.push("\n</think>\n\nyes");
        assert_eq!((certain.restart, certain.text.as_str()), (false, "yes"));
        for (complete, answer) in [(true, "yes"), (false, "")] {
            let mut filter = ThinkFilter::unmarked();
            filter.push("yes");
            assert_eq!(filter.finish(complete), answer);
        }
    }

    #[test]
    fn endless_thinking_gives_nothing() {
        check("<think>forever </thin", "");
    }

    #[test]
    fn an_answer_streams_at_once() {
        let mut filter = ThinkFilter::default();
        assert_eq!(filter.push("The").text, "The");
        assert_eq!(filter.push(" <b").text, " <b");
    }
}
