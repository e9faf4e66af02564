//! Keeps a model's thinking out of its answer while both stream.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Removes `<think>…</think>` blocks from the start of an answer, wherever the pieces are cut.
///
/// Only the start counts: a thinking model thinks before it answers, and an answer that mentions the tags later on
/// must keep them.
#[derive(Default)]
pub(crate) struct ThinkFilter {
    state: State,
    held: String,
    removed: bool,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    BeforeAnswer,
    Thinking,
    Answer,
}

impl ThinkFilter {
    /// Takes the next piece and returns what of the answer is certain now.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        if matches!(self.state, State::Answer) {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        loop {
            match self.state {
                State::Answer => return std::mem::take(&mut self.held),
                State::Thinking => match self.held.find(CLOSE) {
                    Some(at) => {
                        self.held.drain(..at + CLOSE.len());
                        self.state = State::BeforeAnswer;
                    }
                    None => {
                        let keep = partial_tag(&self.held);
                        self.held.drain(..self.held.len() - keep);
                        return String::new();
                    }
                },
                State::BeforeAnswer => {
                    if !self.decide() {
                        return String::new();
                    }
                }
            }
        }
    }

    /// The rest of the answer, once nothing follows. Thinking that never ended is no answer.
    pub(crate) fn finish(self) -> String {
        match self.state {
            State::Thinking => String::new(),
            State::BeforeAnswer if self.removed => self.held.trim_start().to_owned(),
            State::BeforeAnswer | State::Answer => self.held,
        }
    }

    /// Leaves `BeforeAnswer` or drops a tag; `false` when more text is needed to know.
    fn decide(&mut self) -> bool {
        let start = self.held.trim_start();
        if let Some(thinking) = start.strip_prefix(OPEN) {
            self.held = thinking.to_owned();
            self.state = State::Thinking;
            self.removed = true;
        } else if let Some(rest) = start.strip_prefix(CLOSE) {
            self.held = rest.to_owned();
            self.removed = true;
        } else if OPEN.starts_with(start) || CLOSE.starts_with(start) {
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

/// Bytes at the end of `text` that may be the beginning of the closing tag.
fn partial_tag(text: &str) -> usize {
    (1..CLOSE.len())
        .rev()
        .find(|&length| text.ends_with(&CLOSE[..length]))
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
                output.push_str(&filter.push(&piece.iter().collect::<String>()));
            }
            output.push_str(&filter.finish());
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
    fn endless_thinking_gives_nothing() {
        check("<think>forever </thin", "");
    }

    #[test]
    fn an_answer_streams_at_once() {
        let mut filter = ThinkFilter::default();
        assert_eq!(filter.push("The"), "The");
        assert_eq!(filter.push(" <"), " <");
    }
}
