//! Whether a JPEG is whole. Decoders fill up what is missing of one and say nothing.

/// Marks the end of the picture.
const END: u8 = 0xD9;

/// Whether the bytes end before the picture does.
pub(super) fn is_cut(bytes: &[u8]) -> bool {
    // Behind the mark of the start.
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            END => return false,
            // Nothing belongs to these.
            0x01 | 0xD0..=0xD8 => {}
            _ => match bytes.get(at..at + 2) {
                Some(length) => at += usize::from(length[0]) << 8 | usize::from(length[1]),
                None => return true,
            },
        }
    }
    true
}

/// The next marker; what stands in front of it is the data of the picture.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|byte| *byte == 0xFF)? + 1;
        match *bytes.get(*at)? {
            // Several may fill a gap.
            0xFF => {}
            // A byte of the data.
            0x00 => *at += 1,
            marker => {
                *at += 1;
                return Some(marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: [u8; 6] = [0xFF, 0xDA, 0, 4, 1, 2];

    fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
        [&[&[0xFF, 0xD8][..]], parts].concat().concat()
    }

    #[test]
    fn only_the_mark_behind_the_data_is_an_end() {
        // A small picture of it in front has an end of its own.
        let small = [0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9];
        let data = [7, 0xFF, 0x00, 7, 0xFF, 0xD0, 7];
        let whole = jpeg(&[&small, &SCAN, &data, &[0xFF, 0xFF, 0xD9], b"trailer"]);
        assert!(!is_cut(&whole));
        let end = whole.len() - b"trailer".len();
        for length in 2..end {
            assert!(is_cut(&whole[..length]), "{length}");
        }
    }

    #[test]
    fn several_passes_over_the_picture_are_one() {
        let passes = jpeg(&[&SCAN, &[7, 7], &SCAN, &[7], &[0xFF, 0xD9]]);
        assert!(!is_cut(&passes));
    }
}
