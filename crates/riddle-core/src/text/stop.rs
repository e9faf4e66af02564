/// Ends a text before the first of some strings that it comes to, though the text comes in pieces.
#[derive(Clone, Debug, Default)]
pub struct StopStrings {
    strings: Vec<String>,
    /// The end of the text so far that may be the beginning of one of the strings.
    held: String,
    stopped: bool,
}

impl StopStrings {
    /// Stops at any of these; empty ones stop nothing.
    pub fn new(mut strings: Vec<String>) -> Self {
        strings.retain(|string| !string.is_empty());
        Self {
            strings,
            ..Self::default()
        }
    }

    /// What may be shown when more text has come.
    pub fn push(&mut self, text: &str) -> String {
        if self.stopped {
            return String::new();
        }
        let mut text = std::mem::take(&mut self.held) + text;
        let first = self.strings.iter().filter_map(|string| text.find(string));
        let shown = match first.min() {
            Some(at) => {
                self.stopped = true;
                at
            }
            None => self.undecided(&text),
        };
        if !self.stopped {
            self.held = text[shown..].to_owned();
        }
        text.truncate(shown);
        text
    }

    /// What was held back, at the end of the text.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Whether one of the strings came.
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }

    /// Forgets the text so far.
    pub fn restart(&mut self) {
        self.held.clear();
        self.stopped = false;
    }

    /// Where the longest end begins with which one of the strings may begin.
    fn undecided(&self, text: &str) -> usize {
        let longest = self.strings.iter().map(String::len).max().unwrap_or(0);
        let from = text.len().saturating_sub(longest.saturating_sub(1));
        let may_begin = |end: &str| self.strings.iter().any(|string| string.starts_with(end));
        let mut places = from..text.len();
        let begins = places.find(|at| text.is_char_boundary(*at) && may_begin(&text[*at..]));
        begins.unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stopping(strings: &[&str]) -> StopStrings {
        StopStrings::new(strings.iter().copied().map(str::to_owned).collect())
    }

    fn shown(strings: &[&str], pieces: &[&str]) -> (String, bool) {
        let mut stop = stopping(strings);
        let mut text: String = pieces.iter().map(|piece| stop.push(piece)).collect();
        text.push_str(&stop.finish());
        (text, stop.has_stopped())
    }

    #[test]
    fn the_first_string_ends_the_text_however_it_is_cut() {
        for (strings, pieces, expected) in [
            (&["pier"][..], &["from pier four"][..], ("from ", true)),
            (&["pier"], &["from p", "ie", "r four"], ("from ", true)),
            (&["four", "pier"], &["from pi", "er four"], ("from ", true)),
            (&["aab"], &["aa", "ab"], ("a", true)),
            (&["码头"], &["四号码", "头"], ("四号", true)),
            (&["pier"], &["from pie"], ("from pie", false)),
            (&["\n\n"], &["one\n", "two\n"], ("one\ntwo\n", false)),
            (&["", "x"], &["text"], ("te", true)),
            (&[], &["text"], ("text", false)),
        ] {
            let (text, stopped) = expected;
            assert_eq!(shown(strings, pieces), (text.to_owned(), stopped));
        }
    }

    #[test]
    fn what_cannot_be_the_beginning_of_a_string_is_shown_at_once() {
        let mut stop = stopping(&["###"]);
        assert_eq!(stop.push("one # two #"), "one # two ");
        assert_eq!(stop.push(" three"), "# three");
    }

    #[test]
    fn a_restart_forgets_everything() {
        let mut stop = stopping(&["ab"]);
        assert_eq!(stop.push("xab"), "x");
        stop.restart();
        assert_eq!(stop.push("y"), "y");
        assert!(!stop.has_stopped());
    }

    proptest! {
        #[test]
        fn pieces_show_what_the_whole_shows(
            pieces in prop::collection::vec("[ab字]{0,4}", 0..12),
            strings in prop::collection::vec("[ab字]{0,3}", 0..4),
        ) {
            let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
            let parts: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let whole = pieces.concat();
            let cut = strings.iter().filter(|s| !s.is_empty()).filter_map(|s| whole.find(s)).min();
            let (text, stopped) = shown(&strings, &parts);
            prop_assert_eq!(stopped, cut.is_some());
            // Of two strings that overlap, the one that was whole first ends the text.
            prop_assert!(whole.starts_with(&text));
            prop_assert!(text.len() >= cut.unwrap_or(whole.len()));
            prop_assert!(strings.iter().all(|s| s.is_empty() || !text.contains(s)));
        }
    }
}
