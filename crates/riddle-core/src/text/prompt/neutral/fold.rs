//! Characters as they look.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Brackets beyond those that UTS 39 holds for `<`, `>`, `[` and `]`. Quotation marks around a plain word are none.
const ANGLES: &str = "‹«〈《⟨⟪❬❮❰⦑⧼〈≺≪⋘⋖⪡˂ᐸᚲ︿︽﹤";
const SQUARES: &str = "【〖⟦〚⁅⦋⦍⦏︻︗";
const CLOSES: &str = "›»〉》⟩⟫❭❯❱⦒⧽〉≻≫⋙⋗⪢˃ᐳ﹀︾﹥】〗⟧〛⁆⦌⦎⦐︼︘";
/// UTS 39 holds a bar for the letter `l`, which would hide it. As which of the two it is read is for the search to say.
const BARS: &str = "|¦ǀǁ∣∥│┃║❘❙❚⎸⎹⏐⏽丨ㅣ︱︳⫾⫿￤￨";
/// Bars that stand for two letters each.
const DOUBLE_BARS: &str = "ǁ∥║";
/// Characters that have a width but show nothing: the blanks of braille, music, Khitan and Egyptian.
const EMPTY: &str = "\u{2800}\u{1d159}\u{16fe4}\u{13441}\u{13442}";
/// Small capitals, which UTS 39 mostly tells apart from the letters that they are read as.
const SMALL_CAPITALS: &str = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz";
/// First letters of the alphabets of signs that have no decomposition: circled and squared in white, flags.
const SIGN_ALPHABETS: [u32; 3] = [0x1f150, 0x1f170, 0x1f1e6];
/// Ideographs, none of which looks like a letter or a sign of a mark.
const IDEOGRAPHS: std::ops::RangeInclusive<char> = '\u{4e50}'..='\u{9fff}';
/// From here on are the scripts in which joiners and variation selectors change what is read.
const JOINING_SCRIPTS: char = '\u{590}';

/// What a character is for the search for marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Symbol {
    /// A letter, a digit or `_`. In lower case, and one for all that look alike.
    Letter(char),
    /// An opening angle bracket.
    Angle,
    /// An opening square bracket.
    Square,
    /// An opening round bracket, which is what those of marks become.
    Round,
    /// A closing angle or square bracket.
    Close,
    /// A vertical bar.
    Bar,
    /// A colon.
    Colon,
    /// The end of a line.
    Break,
    /// Any other white space.
    Space,
    /// Any other sign.
    Sign,
}

/// A symbol of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folded {
    pub(super) symbol: Symbol,
    /// The character that it comes from; one character may give several.
    pub(super) place: usize,
}

/// Reads a text as it looks.
pub(super) fn fold_text(text: &[char]) -> Vec<Folded> {
    let mut symbols = Vec::with_capacity(text.len() + text.len() / 8);
    for (place, &character) in text.iter().enumerate() {
        fold(character, |symbol| symbols.push(Folded { symbol, place }));
    }
    symbols
}

/// The letters of a word of the lists of marks.
pub(super) fn fold_word(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    for character in word.chars() {
        fold(character, |symbol| {
            if let Symbol::Letter(letter) = symbol {
                letters.push(letter);
            }
        });
    }
    letters
}

/// The first symbol of a character; `None` if it has none.
pub(super) fn symbol(character: char) -> Option<Symbol> {
    let mut first = None;
    fold(character, |symbol| {
        first.get_or_insert(symbol);
    });
    first
}

/// Whether a prompt goes without this character: it shows nothing, and nothing is written otherwise without it.
pub(super) fn is_dropped(character: char, before: Option<char>) -> bool {
    match character {
        '\n' | '\t' | '\r' => false,
        ' '..='~' => false,
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => {
            before.is_none_or(|before| before < JOINING_SCRIPTS)
        }
        '\u{fff9}'..='\u{fffb}' => true,
        // A line can end with these.
        '\u{b}' | '\u{c}' | '\u{85}' => false,
        _ => character.is_control() || is_ignorable(character),
    }
}

fn is_ignorable(character: char) -> bool {
    if IDEOGRAPHS.contains(&character) {
        return false;
    }
    let mut bytes = [0; 4];
    skeleton(character.encode_utf8(&mut bytes)).next().is_none()
}

fn fold(character: char, mut push: impl FnMut(Symbol)) {
    if character.is_ascii() {
        return fold_ascii(character, &mut push);
    }
    if IDEOGRAPHS.contains(&character) {
        return push(Symbol::Letter(character));
    }
    if EMPTY.contains(character) {
        return;
    }
    // Compatibility takes some characters, such as the lunate sigma, away from what they look like.
    let known = |c: char| c.is_ascii() || listed(c).is_some();
    if !known(character) && !character.nfkc().any(known) && looks_ascii(character) {
        return fold_by_look(character, &mut push);
    }
    for compatible in character.nfkc() {
        if compatible.is_ascii() {
            fold_ascii(compatible, &mut push);
        } else if let Some(symbol) = listed(compatible) {
            push(symbol);
            if DOUBLE_BARS.contains(compatible) {
                push(symbol);
            }
        } else if let Some(letter) = named_letter(compatible) {
            fold_ascii(letter, &mut push);
        } else {
            fold_by_look(compatible, &mut push);
        }
    }
}

fn fold_ascii(character: char, push: &mut impl FnMut(Symbol)) {
    let lower = character.to_ascii_lowercase();
    if lower == 'm' {
        push(Symbol::Letter('r'));
        return push(Symbol::Letter('n'));
    }
    push(match lower {
        'i' | '1' => Symbol::Letter('l'),
        '0' => Symbol::Letter('o'),
        letter @ ('a'..='z' | '2'..='9' | '_') => Symbol::Letter(letter),
        '<' => Symbol::Angle,
        '[' => Symbol::Square,
        '(' => Symbol::Round,
        '>' | ']' => Symbol::Close,
        '|' => Symbol::Bar,
        ':' => Symbol::Colon,
        '\n' | '\r' | '\u{b}' | '\u{c}' => Symbol::Break,
        ' ' | '\t' => Symbol::Space,
        _ => Symbol::Sign,
    });
}

fn listed(character: char) -> Option<Symbol> {
    let lists = [
        (ANGLES, Symbol::Angle),
        (SQUARES, Symbol::Square),
        (CLOSES, Symbol::Close),
        (BARS, Symbol::Bar),
        ("\u{85}\u{2028}\u{2029}", Symbol::Break),
    ];
    let mut lists = lists.into_iter();
    let (_, symbol) = lists.find(|(list, _)| list.contains(character))?;
    Some(symbol)
}

/// The letter that a small capital or a sign of an alphabet is read as.
fn named_letter(character: char) -> Option<char> {
    if let Some(at) = SMALL_CAPITALS.find(character) {
        return SMALL_CAPITALS[at..].chars().nth(1);
    }
    let code = u32::from(character);
    let offset = SIGN_ALPHABETS
        .into_iter()
        .find_map(|first| code.checked_sub(first).filter(|offset| *offset < 26))?;
    char::from_u32(u32::from('a') + offset)
}

/// By what UTS 39 holds it for. Where that is no letter of ASCII, by its capital, which may look like one.
fn fold_by_look(character: char, push: &mut impl FnMut(Symbol)) {
    let mut bytes = [0; 4];
    let looks: Vec<char> = skeleton(character.encode_utf8(&mut bytes)).collect();
    if !looks.iter().any(char::is_ascii)
        && let Some(capital) = ascii_capital(character)
    {
        return fold_ascii(capital, push);
    }
    for look in looks {
        match look {
            ascii if ascii.is_ascii() => fold_ascii(ascii, push),
            mark if is_combining_mark(mark) => {}
            space if space.is_whitespace() => push(Symbol::Space),
            letter if letter.is_alphanumeric() => {
                letter.to_lowercase().for_each(|c| push(Symbol::Letter(c)));
            }
            other => push(listed(other).unwrap_or(Symbol::Sign)),
        }
    }
}

fn looks_ascii(character: char) -> bool {
    let mut bytes = [0; 4];
    skeleton(character.encode_utf8(&mut bytes)).all(|look| look.is_ascii())
}

fn ascii_capital(character: char) -> Option<char> {
    let mut capitals = character.to_uppercase();
    let capital = capitals.next().filter(|capital| *capital != character)?;
    let mut bytes = [0; 4];
    let mut looks = skeleton(capital.encode_utf8(&mut bytes));
    let first = looks.next().filter(char::is_ascii)?;
    (capitals.next().is_none() && looks.next().is_none()).then_some(first)
}
