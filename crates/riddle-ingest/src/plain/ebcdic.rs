//! EBCDIC, international code page 500: mainframes still send it, and nothing else reads it.

/// Characters of the bytes from 0x40, in rows of 32.
const ROWS: [&str; 6] = [
    " \u{a0}âäàáãåçñ[.<(+!&éêëèíîïìß]$*);^",
    "-/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"",
    "Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤",
    "µ~stuvwxyz¡¿ÐÝÞ®¢£¥·©§¶¼½¾¬|¯¨´×",
    "{ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ",
    "\\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ\u{9f}",
];

/// Whether the bytes are EBCDIC: its space is frequent, ASCII's is absent, and letters have the high bit.
pub(super) fn looks_like_ebcdic(bytes: &[u8]) -> bool {
    let share = |accept: fn(&u8) -> bool| {
        bytes.iter().filter(|byte| accept(byte)).count() * 100 / bytes.len().max(1)
    };
    share(|byte| *byte == 0x40) >= 5
        && share(|byte| *byte == 0x20) == 0
        && share(|byte| *byte >= 0x80) >= 50
}

/// Decodes, new lines in either of their two forms included; other control characters become spaces.
pub(super) fn decode_ebcdic(bytes: &[u8]) -> String {
    let table: Vec<char> = ROWS.iter().flat_map(|row| row.chars()).collect();
    bytes
        .iter()
        .map(|byte| match byte {
            0x15 | 0x25 | 0x0d => '\n',
            0x05 => '\t',
            0x40.. => table
                .get(usize::from(byte - 0x40))
                .copied()
                .unwrap_or(char::REPLACEMENT_CHARACTER),
            _ => ' ',
        })
        .collect()
}
