//! Tags and control tokens: words between brackets.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::fold::{Folded, Symbol, fold_word};

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
/// Symbols between a word and the bracket that closes it.
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

static WORDS: LazyLock<HashMap<String, Use>> = LazyLock::new(|| {
    let mut words: HashMap<String, Use> = HashMap::new();
    let mut add = |list: &str, set: fn(&mut Use)| {
        for word in list.split_whitespace() {
            set(words.entry(fold_word(word)).or_default());
        }
    };
    add(TAGS, |used| used.tag = true);
    add(CLOSED_TAGS, |used| used.closed_tag = true);
    add(SQUARE, |used| used.square = true);
    words
});

/// Places of the brackets that make marks.
pub(super) fn brackets(symbols: &[Folded]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut gap_start = 0;
    let mut at = 0;
    while at < symbols.len() {
        if !is_letter(symbols[at]) {
            at += 1;
            continue;
        }
        let length = symbols[at..].iter().take_while(|&&s| is_letter(s)).count();
        word_brackets(symbols, gap_start, at..at + length, &mut places);
        at += length;
        gap_start = at;
    }
    places
}

/// Adds the brackets before a word that it makes a mark with, and those that close the mark. The gap before the word
/// has no letters.
fn word_brackets(
    symbols: &[Folded],
    gap_start: usize,
    word: Range<usize>,
    places: &mut Vec<usize>,
) {
    let gap = &symbols[gap_start..word.start];
    if !gap.iter().any(|folded| is_open(folded.symbol)) {
        return;
    }
    let used = usage(&symbols[word.clone()]);
    let behind = &symbols[word.end..];
    let closing = closing(behind, TO_CLOSE);
    let mut opens = false;
    for (at, folded) in gap.iter().enumerate() {
        let between = &gap[at + 1..];
        let barred = between.iter().any(|s| s.symbol == Symbol::Bar);
        let is_mark = match folded.symbol {
            Symbol::Angle => {
                used.tag || used.closed_tag && closing.is_some() || barred && is_tight(between)
            }
            Symbol::Square => {
                closing.is_some() && (used.square || barred && (used.tag || used.closed_tag))
            }
            _ => false,
        };
        if is_mark {
            places.push(folded.place);
            opens = true;
        }
    }
    if opens && let Some(closing) = closing.or_else(|| self::closing(behind, LONGEST_TOKEN)) {
        let closing = behind[closing..].iter();
        let doubled = closing.take_while(|folded| folded.symbol == Symbol::Close);
        places.extend(doubled.map(|folded| folded.place));
    }
}

/// Where the bracket is that closes the mark, at most `within` symbols behind its word. Near the word there are no
/// letters in between.
fn closing(behind: &[Folded], within: usize) -> Option<usize> {
    let letters = within > TO_CLOSE;
    let passes = |symbol| match symbol {
        Symbol::Letter(_) => letters,
        Symbol::Break | Symbol::Close | Symbol::Angle | Symbol::Square => false,
        _ => true,
    };
    let near = behind.iter().take(within);
    let skipped = near.take_while(|folded| passes(folded.symbol)).count();
    let next = behind.get(skipped)?;
    (next.symbol == Symbol::Close).then_some(skipped)
}

/// What a word makes a mark with; a letter at its edge that looks like a bar may be one.
fn usage(word: &[Folded]) -> Use {
    let letters: String = word
        .iter()
        .filter_map(|folded| match folded.symbol {
            Symbol::Letter(letter) => Some(letter),
            _ => None,
        })
        .collect();
    let trimmed = letters.trim_matches('l');
    [letters.as_str(), trimmed]
        .into_iter()
        .find_map(|word| WORDS.get(word).copied())
        .unwrap_or_default()
}

fn is_tight(between: &[Folded]) -> bool {
    let blank = |folded: &Folded| matches!(folded.symbol, Symbol::Space | Symbol::Break);
    !between.iter().any(blank)
}

fn is_letter(folded: Folded) -> bool {
    matches!(folded.symbol, Symbol::Letter(_))
}

fn is_open(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Angle | Symbol::Square)
}
