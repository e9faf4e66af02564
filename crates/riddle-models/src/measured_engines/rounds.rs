//! What several rounds of both engines say about which is faster.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runtime::EncoderEngine;

/// Rounds of one attempt. Each engine runs so often, one after the other.
pub(super) const ROUNDS: usize = 7;
/// After so many rounds an attempt is over where each of them was far from even, as on most machines. A server waits
/// for this at its first start.
const FEW: usize = 3;
/// As a ratio.
const FAR: f64 = 1.25;
/// One round that was so far from even is enough: what else a machine does slows both engines, and another round may
/// take many seconds.
const VERY_FAR: f64 = 4.0;
/// So often a machine that is busy is measured anew.
const ATTEMPTS: usize = 3;
/// The middle half of the rounds of a quiet machine agree to within this, as a ratio.
const QUIET: f64 = 1.1;
/// Less is no difference, however quiet the machine is.
const CLEAR: f64 = 1.02;

/// What both engines took for the same texts, one directly after the other, so that whatever else the machine did in
/// these moments slowed both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Round {
    pub(super) native: Duration,
    pub(super) onnxruntime: Duration,
}

/// The rounds of one attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Rounds(Vec<Round>);

impl Round {
    /// How many times as fast ONNX Runtime was.
    fn ratio(self) -> f64 {
        self.native.as_secs_f64() / self.onnxruntime.as_secs_f64().max(1e-9)
    }
}

impl Rounds {
    /// Measures until an attempt was quiet or few rounds leave no doubt, three times at most, and keeps the quietest.
    /// `pause` waits between two attempts for a quieter moment.
    pub(super) fn measure<E>(
        mut round: impl FnMut(usize) -> Result<Round, E>,
        mut pause: impl FnMut(),
    ) -> Result<Self, E> {
        let mut attempt = || {
            let mut rounds = Self(Vec::with_capacity(ROUNDS));
            while rounds.0.len() < ROUNDS && !rounds.leave_no_doubt() {
                rounds.0.push(round(rounds.0.len())?);
            }
            Ok(rounds)
        };
        let mut best: Self = attempt()?;
        for _ in 1..ATTEMPTS {
            if best.leave_no_doubt() || best.is_quiet() {
                break;
            }
            pause();
            let next = attempt()?;
            if next.leave_no_doubt() || next.spread() < best.spread() {
                best = next;
            }
        }
        Ok(best)
    }

    /// Whether the first few rounds were all won by the same engine, and by far, or the first one by very far.
    fn leave_no_doubt(&self) -> bool {
        self.first_are_beyond(VERY_FAR, 1) || self.first_are_beyond(FAR, FEW)
    }

    /// Whether the same engine won each of the first `count` rounds by more than this ratio.
    fn first_are_beyond(&self, far: f64, count: usize) -> bool {
        let first = self.0.get(..count).unwrap_or_default();
        let all = |wins: &dyn Fn(f64) -> bool| first.iter().all(|round| wins(round.ratio()));
        !first.is_empty() && (all(&|ratio| ratio > far) || all(&|ratio| ratio < 1.0 / far))
    }

    /// The engine to use: ONNX Runtime where it was clearly faster in three rounds of four, else our own, which needs
    /// no conversion and less memory.
    pub(super) fn fastest(&self) -> EncoderEngine {
        if self.quartile(1) > CLEAR {
            EncoderEngine::OnnxRuntime
        } else {
            EncoderEngine::Native
        }
    }

    /// Why it is that one, as an English clause.
    pub(super) fn reason(&self) -> String {
        let [low, middle, high] = [1, 2, 3].map(|quarter| self.quartile(quarter));
        let clause = if low > CLEAR {
            format!("ONNX Runtime was {middle:.2} times as fast as the native engine")
        } else if high < 1.0 / CLEAR {
            let ratio = 1.0 / middle.max(1e-9);
            format!("the native engine was {ratio:.2} times as fast as ONNX Runtime")
        } else {
            format!(
                "no engine was clearly faster (ONNX Runtime was {low:.2} to {high:.2} times as fast), and then it is the native one"
            )
        };
        if self.is_quiet() {
            clause
        } else {
            format!("{clause}, on a busy machine")
        }
    }

    /// What our own engine takes: the median of all rounds.
    pub(super) fn native(&self) -> Duration {
        self.median(|round| round.native)
    }

    /// What ONNX Runtime takes.
    pub(super) fn onnxruntime(&self) -> Duration {
        self.median(|round| round.onnxruntime)
    }

    fn is_quiet(&self) -> bool {
        self.spread() < QUIET
    }

    /// The upper quartile of the ratios divided by the lower.
    fn spread(&self) -> f64 {
        self.quartile(3) / self.quartile(1).max(1e-9)
    }

    /// The first, second or third quartile of the ratios.
    fn quartile(&self, quarter: usize) -> f64 {
        let mut ratios: Vec<f64> = self.0.iter().map(|round| round.ratio()).collect();
        ratios.sort_by(f64::total_cmp);
        let last = ratios.len().saturating_sub(1);
        ratios.get(quarter * last / 4).copied().unwrap_or(1.0)
    }

    fn median(&self, of: impl Fn(&Round) -> Duration) -> Duration {
        let mut times: Vec<Duration> = self.0.iter().map(of).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Rounds of these milliseconds, ours first.
    fn rounds(times: &[(u64, u64)]) -> Rounds {
        let round = |&(native, onnxruntime)| Round {
            native: Duration::from_millis(native),
            onnxruntime: Duration::from_millis(onnxruntime),
        };
        Rounds(times.iter().map(round).collect())
    }

    /// As often as an attempt has rounds.
    fn always(native: u64, onnxruntime: u64) -> Rounds {
        rounds(&[(native, onnxruntime); ROUNDS])
    }

    #[test]
    fn the_faster_one_wins_and_what_is_as_fast_goes_to_our_own() {
        for (native, onnxruntime) in [(129, 113), (388, 360), (125, 115)] {
            let rounds = always(native, onnxruntime);
            assert_eq!(rounds.fastest(), EncoderEngine::OnnxRuntime, "{rounds:?}");
        }
        for (native, onnxruntime) in [(100, 99), (100, 100), (100, 101), (48, 72)] {
            let rounds = always(native, onnxruntime);
            assert_eq!(rounds.fastest(), EncoderEngine::Native, "{rounds:?}");
        }
    }

    #[test]
    fn what_rounds_disagree_about_is_no_difference() {
        let rounds = rounds(&[
            (100, 80),
            (100, 85),
            (100, 90),
            (100, 95),
            (100, 104),
            (100, 110),
            (100, 120),
        ]);
        assert_eq!(rounds.fastest(), EncoderEngine::Native);
        assert_eq!(
            rounds.reason(),
            "no engine was clearly faster (ONNX Runtime was 0.91 to 1.11 times as fast), and then it is the native one, on a busy machine"
        );
    }

    #[test]
    fn one_disturbed_round_decides_nothing() {
        let mut times = [(100, 80); ROUNDS];
        times[3] = (100, 900);
        let rounds = rounds(&times);
        assert_eq!(rounds.fastest(), EncoderEngine::OnnxRuntime);
        assert_eq!(
            rounds.reason(),
            "ONNX Runtime was 1.25 times as fast as the native engine"
        );
        assert_eq!(
            (rounds.native(), rounds.onnxruntime()),
            (Duration::from_millis(100), Duration::from_millis(80))
        );
        assert_eq!(
            always(50, 75).reason(),
            "the native engine was 1.50 times as fast as ONNX Runtime"
        );
    }

    #[test]
    fn a_busy_moment_is_waited_for_and_the_quietest_attempt_counts() {
        let measure = |times: &[(u64, u64)]| {
            let mut all = rounds(times).0.into_iter().cycle();
            let (mut run, mut pauses) = (0, 0);
            let measured = Rounds::measure(
                |_| {
                    run += 1;
                    Ok::<_, Infallible>(all.next().expect("they are repeated"))
                },
                || pauses += 1,
            );
            let Ok(measured) = measured;
            (measured, run, pauses)
        };
        let (_, run, pauses) = measure(&[(100, 90)]);
        assert_eq!((run, pauses), (ROUNDS, 0), "a quiet machine");
        for busy_but_clear in [
            [(100, 300), (100, 130), (100, 200)],
            [(300, 100), (130, 100), (200, 100)],
        ] {
            let (measured, run, pauses) = measure(&busy_but_clear);
            assert_eq!((run, pauses), (FEW, 0));
            assert_eq!(measured, rounds(&busy_but_clear));
        }

        for very_far in [(410, 100), (100, 410)] {
            let (measured, run, pauses) = measure(&[very_far, (100, 100)]);
            assert_eq!((run, pauses), (1, 0), "one round is enough");
            assert_eq!(measured, rounds(&[very_far]));
        }

        let busy = [
            (100, 300),
            (300, 90),
            (100, 200),
            (250, 90),
            (100, 100),
            (180, 90),
            (100, 150),
        ];
        let mut then_quiet = busy.to_vec();
        then_quiet.extend([(100, 90); ROUNDS]);
        let (measured, run, pauses) = measure(&then_quiet);
        assert_eq!((run, pauses), (2 * ROUNDS, 1));
        assert_eq!(measured, always(100, 90));

        let (measured, run, pauses) = measure(&busy);
        assert_eq!((run, pauses), (3 * ROUNDS, 2), "it is not waited for ever");
        assert_eq!(measured, rounds(&busy));
    }
}
