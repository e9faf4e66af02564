//! From bytes in any encoding to text.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, ISO_2022_JP, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::ebcdic::{decode_ebcdic, looks_like_ebcdic};
use super::terminal::as_shown;

/// Bytes that the guesses look at. They are enough for any language, and they limit the time.
const SAMPLE_BYTES: usize = 256 * 1024;

/// Decodes bytes to text with line feeds only and without control characters. `None` where the bytes are not text.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    let text = decode_raw(bytes)?;
    Some(normalise(as_shown(text)))
}

fn decode_raw(bytes: &[u8]) -> Option<String> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    // UTF-32 goes first: its little-endian mark begins with the mark of UTF-16.
    if let Some(big_endian) = utf32_order(sample) {
        return decode_utf32(bytes, big_endian);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = utf16_order(sample).or_else(|| utf16_by_script(sample)) {
        return decode_as(encoding, bytes);
    }
    if is_binary(sample) {
        return looks_like_ebcdic(sample).then(|| decode_ebcdic(bytes));
    }
    match std::str::from_utf8(bytes) {
        Ok(_) if is_iso_2022_jp(sample) => decode_as(ISO_2022_JP, bytes),
        Ok(text) => Some(text.to_owned()),
        // The bytes may be the start of a file, cut inside a character.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            decode_as(UTF_8, &bytes[..error.valid_up_to()])
        }
        // The guess would give up UTF-8 for one byte that is damaged, and take every other character for two or three.
        Err(_) if is_mostly_utf8(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Err(_) if looks_like_ebcdic(sample) => Some(decode_ebcdic(bytes)),
        Err(_) => decode_as(guess(bytes), bytes),
    }
}

/// Whether the bytes are UTF-8, but for one in ten of the characters that are not ASCII, which may be broken.
pub(crate) fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        let characters = chunk.valid().chars();
        sound += characters.filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken * 10 <= sound
}

/// Whether the bytes are Japanese as mail writes it, in letters of ASCII between sequences that say how to read them.
fn is_iso_2022_jp(sample: &[u8]) -> bool {
    let begins = |bytes: &[u8]| bytes == b"\x1b$B" || bytes == b"\x1b$@";
    sample.windows(3).any(begins) && {
        // Every line ends in ASCII, so that whole lines are whole characters.
        let lines = sample.iter().rposition(|byte| *byte == b'\n');
        let sample = lines.map_or(sample, |end| &sample[..end]);
        let (text, _) = ISO_2022_JP.decode_without_bom_handling(sample);
        !text.contains([char::REPLACEMENT_CHARACTER, '\x1b'])
    }
}

/// Guesses by what stands from the first byte on that is not ASCII, with the word that it may be part of.
fn guess(bytes: &[u8]) -> &'static Encoding {
    const LONGEST_WORD: usize = 64;
    let first = bytes.iter().position(|byte| !byte.is_ascii());
    let from = &bytes[first.unwrap_or(0).saturating_sub(LONGEST_WORD)..];
    let sample = &from[..from.len().min(SAMPLE_BYTES)];
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    // Where more follows, the sample may end inside a character.
    detector.feed(sample, sample.len() == from.len());
    let guessed = detector.guess(None, chardetng::Utf8Detection::Allow);
    if guessed == WINDOWS_1252 && is_iso_8859_15(sample) {
        return ISO_8859_15;
    }
    guessed
}

/// Whether bytes of western languages are in the encoding that has the euro where nobody writes the sign of any
/// currency, and the French ligature where few write a fraction before a letter.
fn is_iso_8859_15(sample: &[u8]) -> bool {
    const EURO: u8 = 0xa4;
    const LIGATURES: [u8; 2] = [0xbc, 0xbd];
    let begins_word = |place: &[u8]| {
        let is_in_word = place[0].is_ascii_alphabetic() || place[2] == b'u';
        LIGATURES.contains(&place[1]) && is_in_word && place[2].is_ascii_lowercase()
    };
    !sample.iter().any(|byte| (0x80..0xa0).contains(byte))
        && (sample.contains(&EURO) || sample.windows(3).any(begins_word))
}

/// Decodes, and refuses if one character in twenty is broken, since then the bytes are not in this encoding.
fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let (text, _had_errors) = encoding.decode_without_bom_handling(bytes);
    let mut broken = 0;
    let mut total = 0;
    for character in text.chars() {
        total += 1;
        broken += usize::from(character == char::REPLACEMENT_CHARACTER);
    }
    (broken * 20 <= total).then(|| text.into_owned())
}

/// Whether the bytes are UTF-32, by mark or by content: `false` is little-endian, `true` big-endian.
fn utf32_order(sample: &[u8]) -> Option<bool> {
    if sample.starts_with(&[0xff, 0xfe, 0, 0]) {
        return Some(false);
    }
    if sample.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Some(true);
    }
    let units = sample.chunks_exact(4);
    let count = units.len();
    if count < 2 {
        return None;
    }
    let little = units
        .clone()
        .filter(|unit| unit[3] == 0 && unit[2] <= 0x10 && (unit[0] | unit[1]) != 0)
        .count();
    let big = units
        .filter(|unit| unit[0] == 0 && unit[1] <= 0x10 && (unit[2] | unit[3]) != 0)
        .count();
    let evident = |matching: usize| matching == count;
    let narrow = sample
        .chunks_exact(4)
        .all(|unit| unit[1] == 0 && unit[2] == 0);
    match (evident(little), evident(big)) {
        (true, _) if narrow || sample.chunks_exact(4).all(|unit| unit[2] <= 2) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

fn decode_utf32(bytes: &[u8], big_endian: bool) -> Option<String> {
    let mut text = String::with_capacity(bytes.len() / 4);
    for unit in bytes.chunks_exact(4) {
        let unit = [unit[0], unit[1], unit[2], unit[3]];
        let value = if big_endian {
            u32::from_be_bytes(unit)
        } else {
            u32::from_le_bytes(unit)
        };
        if value != 0xfeff {
            text.push(char::from_u32(value)?);
        }
    }
    Some(text)
}

/// The byte order of UTF-16 without a mark. It shows by zeros at every second byte: text in any script has spaces,
/// digits and line ends, and one of their two bytes is zero.
fn utf16_order(sample: &[u8]) -> Option<&'static Encoding> {
    let pairs = sample.chunks_exact(2);
    let count = pairs.len();
    if count < 4 {
        return None;
    }
    let zeros_first = pairs
        .clone()
        .filter(|pair| pair[0] == 0 && pair[1] != 0)
        .count();
    let zeros_second = pairs.filter(|pair| pair[1] == 0 && pair[0] != 0).count();
    let (encoding, zeros, others) = if zeros_second > zeros_first {
        (UTF_16LE, zeros_second, zeros_first)
    } else {
        (UTF_16BE, zeros_first, zeros_second)
    };
    let evident = zeros * 10 >= count * 4 || (zeros * 50 >= count && others * 50 <= zeros);
    (evident && others * 10 <= zeros && is_sane_utf16(encoding, sample)).then_some(encoding)
}

/// The byte order of UTF-16 without a mark in scripts of the Far East. A few lines of these may have no byte that is
/// zero, but they have bytes that no other encoding has.
fn utf16_by_script(sample: &[u8]) -> Option<&'static Encoding> {
    let has_controls = sample
        .iter()
        .any(|byte| byte.is_ascii() && is_strange(char::from(*byte)));
    // Pairs of letters of ASCII would be characters of Chinese too.
    let beyond_ascii = sample.iter().filter(|byte| !byte.is_ascii()).count();
    if !has_controls || beyond_ascii * 10 < sample.len() {
        return None;
    }
    let sample = &sample[..sample.len() / 2 * 2];
    [UTF_16LE, UTF_16BE].into_iter().find(|encoding| {
        let (text, _had_errors) = encoding.decode_without_bom_handling(sample);
        let known = text.chars().filter(|character| is_far_eastern(*character));
        !text.is_empty() && known.count() * 20 >= text.chars().count() * 19
    })
}

/// Whether a character is of a script of the Far East, or what stands among its words.
fn is_far_eastern(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{2010}'..='\u{2026}' | '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ffef}'
    )
}

fn is_sane_utf16(encoding: &'static Encoding, sample: &[u8]) -> bool {
    let (text, had_errors) = encoding.decode_without_bom_handling(&sample[..sample.len() / 2 * 2]);
    let strange = text.chars().filter(|c| is_strange(*c)).count();
    !had_errors && strange * 100 <= text.chars().count()
}

/// Whether the bytes are binary data: more than one character in a hundred is a control character without a use in
/// text.
fn is_binary(sample: &[u8]) -> bool {
    let strange = sample
        .iter()
        .filter(|byte| byte.is_ascii() && is_strange(char::from(**byte)))
        .count();
    strange * 100 > sample.len()
}

fn is_strange(character: char) -> bool {
    // What terminals obey does not count, because their recordings are text.
    character.is_control()
        && !matches!(
            character,
            '\t' | '\n' | '\r' | '\x07' | '\x08' | '\x0c' | '\x1b' | '\u{80}'..
        )
}

fn normalise(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if !text
        .bytes()
        .any(|byte| byte < 0x20 && byte != b'\n' && byte != b'\t')
    {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\x0c' => clean.push('\n'),
            '\n' | '\t' => clean.push(character),
            control if control.is_ascii_control() => {}
            other => clean.push(other),
        }
    }
    clean
}
