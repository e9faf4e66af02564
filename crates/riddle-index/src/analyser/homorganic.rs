//! Two ways to write a nasal in scripts of India: `हिन्दी` and `हिंदी`.

/// Characters between a script and the next one, which has the same letters at the same places.
const BLOCK: u32 = 0x80;
/// The first characters of the scripts in which people write both: Devanagari, Gujarati, Telugu, Kannada.
const SCRIPTS: [u32; 4] = [0x0900, 0x0A80, 0x0C00, 0x0C80];
/// The sign of a nasal above a letter, and that of a letter without a vowel.
const ANUSVARA: u32 = 0x02;
const VIRAMA: u32 = 0x4D;
/// Consonants of one place in the mouth, of which the last is the nasal.
const PLACES: [std::ops::RangeInclusive<u32>; 5] = [
    0x15..=0x19,
    0x1A..=0x1E,
    0x1F..=0x23,
    0x24..=0x28,
    0x2A..=0x2E,
];

/// The word with the sign for each nasal before a consonant of its place.
pub(super) fn with_anusvara(word: String) -> String {
    if word.chars().all(|character| place(character).is_none()) {
        return word;
    }
    let characters: Vec<char> = word.chars().collect();
    let mut kept = String::with_capacity(word.len());
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let sign = match (characters.get(at + 1), characters.get(at + 2)) {
            (Some(&virama), Some(&next)) => sign_for(character, virama, next),
            _ => None,
        };
        kept.push(sign.unwrap_or(character));
        at += if sign.is_some() { 2 } else { 1 };
    }
    kept
}

/// The sign for a nasal that a consonant of its place follows.
fn sign_for(nasal: char, virama: char, next: char) -> Option<char> {
    let (script, letter) = place(nasal)?;
    let (_, following) = place(next).filter(|(other, _)| *other == script)?;
    let is_place = |range: &&std::ops::RangeInclusive<u32>| *range.end() == letter;
    let range = PLACES.iter().find(is_place)?;
    let is_before = range.contains(&following) && following != letter;
    let is_joined = place(virama) == Some((script, VIRAMA));
    char::from_u32(script + ANUSVARA).filter(|_| is_before && is_joined)
}

/// The script of a character, and which of its characters it is.
fn place(character: char) -> Option<(u32, u32)> {
    let code = u32::from(character);
    let script = code - code % BLOCK;
    SCRIPTS.contains(&script).then_some((script, code % BLOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nasal_is_written_in_one_way() {
        for (word, wanted) in [
            ("हिन्दी", "हिंदी"),
            ("सम्पर्क", "संपर्क"),
            ("पण्डित", "पंडित"),
            ("અન્ત", "અંત"),
            ("अन्न", "अन्न"),
            ("जन्म", "जन्म"),
            ("अन्य", "अन्य"),
            ("word", "word"),
        ] {
            assert_eq!(with_anusvara(word.to_owned()), wanted);
        }
    }
}
