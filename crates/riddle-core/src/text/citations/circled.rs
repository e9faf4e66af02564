//! Numbers in circles: citations behind a sentence, and the numbers of lists before one.

/// The value of a number in a circle.
pub(super) fn circled_number(character: char) -> Option<u32> {
    let from = |first: char, value: u32| u32::from(character) - u32::from(first) + value;
    match character {
        '①'..='⑳' => Some(from('①', 1)),
        '⓫'..='⓴' => Some(from('⓫', 11)),
        '⓵'..='⓾' => Some(from('⓵', 1)),
        '❶'..='❿' => Some(from('❶', 1)),
        '➀'..='➉' => Some(from('➀', 1)),
        '➊'..='➓' => Some(from('➊', 1)),
        _ => None,
    }
}

/// Where a number in a circle stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The character before it on its line, spaces left out.
    pub(super) before: Option<char>,
    /// The character behind it.
    pub(super) next: Option<char>,
}

/// The list that an answer counts with numbers in circles.
#[derive(Clone, Copy, Default)]
pub(super) struct CircledList {
    /// The number of its next item.
    next: Option<u32>,
}

impl CircledList {
    /// Whether a number in a circle is a citation. It is none where it begins a line or stands behind a colon, where it
    /// goes on with such a list, and where words follow it directly within a sentence, as in `如①所示`.
    pub(super) fn is_citation(&mut self, number: u32, place: Place) -> bool {
        let closes = place
            .next
            .is_none_or(|next| next == '\n' || is_mark(next) || circled_number(next).is_some());
        let leads = place
            .before
            .is_none_or(|before| matches!(before, ':' | '：' | '-' | '*' | '•' | '#' | '>' | '|'));
        let goes_on = self.next == Some(number) && !closes;
        if leads || goes_on {
            self.next = Some(number + 1);
            return false;
        }
        let words_follow = !closes && place.next.is_some_and(|next| !next.is_whitespace());
        if words_follow && !place.before.is_some_and(ends_sentence) {
            self.next = (number == 1).then_some(2).or(self.next);
            return false;
        }
        true
    }
}

fn ends_sentence(character: char) -> bool {
    matches!(
        character,
        '.' | '!' | '?' | '。' | '！' | '？' | '"' | '”' | '」' | ')' | '）' | ']'
    )
}

fn is_mark(character: char) -> bool {
    character.is_ascii_punctuation() && !matches!(character, '"' | '\'' | '(' | '[' | '*' | '`')
        || "。，；：！？、）】」』”’…".contains(character)
}
