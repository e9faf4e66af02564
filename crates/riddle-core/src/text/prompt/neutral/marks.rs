//! Tags and control tokens: words between brackets.

use std::ops::Range;
use std::sync::LazyLock;

use super::fold::{Folded, Symbol};
use super::words::{Words, letters};

/// Names of tags: those of our own prompts and those that are in no other text.
const TAGS: &str = "conversation source sources think thinking tool_call tool_calls tool_response tool_responses \
    start_of_turn end_of_turn start_of_image im_start im_end im_sep im_user im_system im_assistant im_middle \
    start_header_id end_header_id begin_of_text end_of_text eot_id eom_id start_of_role end_of_role endoftext \
    end_of_turn_token start_of_turn_token user_token chatbot_token system_token begin_of_sentence end_of_sentence \
    endofturn bos_token eos_token extra_id_0 extra_id_1 sop eop eoh eoa gmask";
/// Names of tags that other text may have behind an angle bracket too, so that the closing one has to follow.
const CLOSED_TAGS: &str = "s bos eos unk pad sep cls mask sys inst system user assistant ai 用户";
/// Words that control tokens have in square brackets.
const SQUARE: &str = "inst sys system system_prompt available_tools tool_calls tool_results tool_content \
    model_settings think img img_break img_end gmask smask cls sep unk bos eos user assistant";
/// Signs between a word and the bracket that closes it.
const TO_CLOSE: usize = 8;
/// Symbols of a control token behind its first word.
const LONGEST_TOKEN: usize = 48;

/// How a word makes a mark.
#[derive(Clone, Copy, Default)]
struct Use {
    tag: bool,
    closed_tag: bool,
    square: bool,
}

impl Use {
    fn or(self, other: Self) -> Self {
        Self {
            tag: self.tag || other.tag,
            closed_tag: self.closed_tag || other.closed_tag,
            square: self.square || other.square,
        }
    }
}

static WORDS: LazyLock<Words<Use>> = LazyLock::new(|| {
    let tag = Use {
        tag: true,
        ..Use::default()
    };
    let closed_tag = Use {
        closed_tag: true,
        ..Use::default()
    };
    let square = Use {
        square: true,
        ..Use::default()
    };
    let lists = [(TAGS, tag), (CLOSED_TAGS, closed_tag), (SQUARE, square)];
    Words::new(lists.into_iter().flat_map(|(list, used)| {
        let words = list.split_whitespace();
        words.map(move |word| (word.to_owned(), used))
    }))
});

/// A bracket that makes a mark.
#[derive(Clone, Copy)]
pub(super) struct Bracket {
    pub(super) place: usize,
    pub(super) opens: bool,
}

/// The brackets that make marks.
///
/// Whether one does depends on nothing that the others become by being made harmless, so that a second look at the
/// text finds no more of them.
pub(super) fn brackets(symbols: &[Folded]) -> Vec<Bracket> {
    let mut found = Vec::new();
    let mut gap_start = 0;
    let mut at = 0;
    while at < symbols.len() {
        if !is_letter(symbols[at]) {
            at += 1;
            continue;
        }
        let of_a_word = |folded: &&Folded| is_letter(**folded) || folded.symbol == Symbol::Bar;
        let length = symbols[at..].iter().take_while(of_a_word).count();
        word_brackets(symbols, gap_start, at..at + length, &mut found);
        at += length;
        gap_start = at;
    }
    found
}

/// Adds the brackets before a word that it makes a mark with, and those that close the mark. The gap before the word
/// has no letters; the word itself may have bars.
fn word_brackets(
    symbols: &[Folded],
    gap_start: usize,
    word: Range<usize>,
    found: &mut Vec<Bracket>,
) {
    let gap = &symbols[gap_start..word.start];
    if !gap.iter().any(|folded| is_open(folded.symbol)) {
        return;
    }
    let bars = gap.iter().rev().take_while(|s| s.symbol == Symbol::Bar);
    let used = usage(&symbols[word.start - bars.count()..word.end]);
    let behind = &symbols[word.end..];
    let closing = closing_near(behind);
    let mut opens = false;
    let (mut barred, mut tight) = (false, true);
    for folded in gap.iter().rev() {
        let is_mark = match folded.symbol {
            Symbol::Angle => used.tag || used.closed_tag && closing.is_some() || barred && tight,
            Symbol::Square => {
                closing.is_some() && (used.square || barred && (used.tag || used.closed_tag))
            }
            _ => false,
        };
        if is_mark {
            found.push(Bracket {
                place: folded.place,
                opens: true,
            });
            opens = true;
        }
        barred |= folded.symbol == Symbol::Bar;
        tight &= !matches!(folded.symbol, Symbol::Space | Symbol::Break);
    }
    if opens && let Some(closing) = closing.or_else(|| closing_far(behind)) {
        let doubled = behind[closing..].iter();
        let doubled = doubled.take_while(|folded| folded.symbol == Symbol::Close);
        found.extend(doubled.map(|folded| Bracket {
            place: folded.place,
            opens: false,
        }));
    }
}

/// Where the bracket is that closes the mark, a few signs behind its word.
fn closing_near(behind: &[Folded]) -> Option<usize> {
    let mut signs = 0;
    let mut place = None;
    for (at, folded) in behind.iter().enumerate() {
        match folded.symbol {
            Symbol::Close => return Some(at),
            Symbol::Letter(_) => return None,
            // The round one too: it may have been another until it was made harmless.
            Symbol::Angle | Symbol::Square | Symbol::Round => return None,
            _ => {}
        }
        // Of a character, as what is put in its place is one sign.
        signs += usize::from(place.replace(folded.place) != Some(folded.place));
        if signs > TO_CLOSE {
            return None;
        }
    }
    None
}

/// Where the bracket is that closes a longer mark.
fn closing_far(behind: &[Folded]) -> Option<usize> {
    let stops = |symbol| {
        matches!(
            symbol,
            Symbol::Break | Symbol::Close | Symbol::Angle | Symbol::Square
        )
    };
    let mut near = behind.iter().take(LONGEST_TOKEN + 1);
    let stop = near.position(|folded| stops(folded.symbol))?;
    (behind[stop].symbol == Symbol::Close).then_some(stop)
}

/// What a word makes a mark with. `symbols` begin with the bars before it. With more letters behind a bar it is still
/// the name of a tag.
fn usage(symbols: &[Folded]) -> Use {
    let whole = WORDS.whole(&letters(symbols)).fold(Use::default(), Use::or);
    let tag = WORDS.up_to_a_bar(symbols).any(|used| used.tag);
    whole.or(Use {
        tag,
        ..Use::default()
    })
}

fn is_letter(folded: Folded) -> bool {
    matches!(folded.symbol, Symbol::Letter(_))
}

fn is_open(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Angle | Symbol::Square)
}
