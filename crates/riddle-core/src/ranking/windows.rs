use std::ops::Range;

/// Longest overlap of neighbouring windows in tokens, as RAG-Retrieval has it.
const MOST_OVERLAP: usize = 80;

/// Overlapping windows of at most `room` tokens that cover a passage of `tokens` tokens, in order. Neighbours share
/// `min(80, room / 4)` tokens. A passage that fits is one window, and so is an empty one. A `room` of 0 counts as 1.
pub fn windows(tokens: usize, room: usize) -> Vec<Range<usize>> {
    let room = room.max(1);
    let step = room - MOST_OVERLAP.min(room / 4);
    let mut windows = Vec::with_capacity(1 + tokens.saturating_sub(room).div_ceil(step));
    let mut start = 0_usize;
    loop {
        let end = start.saturating_add(room).min(tokens);
        windows.push(start..end);
        if end == tokens {
            return windows;
        }
        start += step;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_is_one_window() {
        assert_eq!(windows(0, 10), vec![0..0; 1]);
        assert_eq!(windows(10, 10), vec![0..10; 1]);
        assert_eq!(windows(11, 10), [0..10, 8..11]);
        assert_eq!(windows(3, 0), [0..1, 1..2, 2..3]);
    }

    proptest! {
        #[test]
        fn they_cover_the_passage_and_overlap(tokens in 0_usize..5_000, room in 1_usize..600) {
            let windows = windows(tokens, room);
            prop_assert_eq!(windows[0].start, 0);
            prop_assert_eq!(windows[windows.len() - 1].end, tokens);
            for window in &windows {
                prop_assert!(window.len() <= room);
            }
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].len(), room);
                prop_assert_eq!(pair[0].end - pair[1].start, (room / 4).min(80));
                prop_assert!(pair[1].end > pair[0].end);
            }
        }
    }
}
