//! Bounds that hold however often they are looked at.

use proptest::prelude::*;
use riddle_evaluation::ConfidenceSequence;

/// Streams that are simulated.
const STREAMS: u64 = 1_000;
/// Values of each, looked at one by one.
const VALUES: u32 = 400;

/// SplitMix64, so that each stream is the same at every run.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Whether the interval that is right for one look leaves out `mean` after so many values.
fn misses_at_one_look(sum: f64, count: u32, mean: f64) -> bool {
    let found = sum / f64::from(count);
    let half = 1.96 * (found * (1.0 - found) / f64::from(count)).sqrt();
    count >= 30 && (found - mean).abs() > half
}

/// Of streams of 0 and 1 with this mean: how many are ever left out by the sequence, and by intervals for one look.
fn ever_missed(mean: f64) -> (u32, u32) {
    let (mut by_sequence, mut by_intervals) = (0, 0);
    for stream in 0..STREAMS {
        let mut state = stream.wrapping_mul(0x5851_f42d_4c95_7f2d);
        let mut sequence = ConfidenceSequence::new();
        let (mut sum, mut left_out, mut left_out_once) = (0.0, false, false);
        for count in 1..=VALUES {
            let value = f64::from(u8::from(uniform(&mut state) < mean));
            sequence.add(value);
            sum += value;
            let interval = sequence.interval();
            left_out |= !(interval.low..=interval.high).contains(&mean);
            left_out_once |= misses_at_one_look(sum, count, mean);
        }
        by_sequence += u32::from(left_out);
        by_intervals += u32::from(left_out_once);
    }
    (by_sequence, by_intervals)
}

#[test]
fn the_truth_is_inside_at_every_look_where_other_intervals_lose_it() {
    for mean in [0.1, 0.3, 0.5, 0.9] {
        let (by_sequence, by_intervals) = ever_missed(mean);
        assert!(
            u64::from(by_sequence) * 20 <= STREAMS,
            "{by_sequence} of {STREAMS} streams with the mean {mean}"
        );
        assert!(
            u64::from(by_intervals) * 20 > 3 * STREAMS,
            "looking often would do no harm: {by_intervals} of {STREAMS}"
        );
    }
}

#[test]
fn bounds_close_in_on_the_mean() {
    let mut sequence = ConfidenceSequence::new();
    let mut state = 7;
    let mut widths = Vec::new();
    for count in 1..=2_000_u32 {
        sequence.add(f64::from(u8::from(uniform(&mut state) < 0.2)));
        if [100, 500, 2_000].contains(&count) {
            let interval = sequence.interval();
            widths.push(interval.high - interval.low);
        }
    }
    assert!(
        widths[0] < 0.35 && widths[1] < 0.17 && widths[2] < 0.09,
        "{widths:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the values: bounds are bounds, hold the mean of a constant stream, and are known before any value.
    #[test]
    fn bounds_are_in_order_and_in_range(values in prop::collection::vec(0.0_f64..=1.0, 0..300)) {
        let mut sequence = ConfidenceSequence::new();
        for value in values {
            sequence.add(value);
            let interval = sequence.interval();
            prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
        }
    }

    /// A mean without any spread is inside too.
    #[test]
    fn a_constant_stream_is_held(value in 0.0_f64..=1.0, count in 1_usize..500) {
        let mut sequence = ConfidenceSequence::new();
        for _ in 0..count {
            sequence.add(value);
            let interval = sequence.interval();
            prop_assert!((interval.low - 1e-12..=interval.high + 1e-12).contains(&value));
        }
    }
}
