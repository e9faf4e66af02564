use serde::{Deserialize, Serialize};

use super::interval::Estimate;
use super::power::{questions_for_same, questions_needed};

/// Differences up to this size are not worth anything.
pub const MARGIN: f64 = 0.01;
/// A corrected p-value up to which a difference is not left to chance.
pub(crate) const SIGNIFICANT: f64 = 0.05;

/// Fewest questions that can say "the same": of a handful without a difference the interval has no width.
const FEWEST_FOR_SAME: u32 = 30;

/// What a difference from the baseline says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The interval is above 0, and the test says so too.
    Better,
    /// The interval is below 0, and the test says so too.
    Worse,
    /// The interval is within the margin around 0 in which nobody would notice: take the cheaper.
    Same,
    /// These questions cannot tell.
    NotDistinguishable {
        /// How many questions of this kind would settle it, in all; `None` where no number can be named.
        questions_needed: Option<u32>,
    },
}

/// Judges a difference by its interval, its p-value corrected for the number of arms, and its standard error.
pub(crate) fn verdict(difference: &Estimate, p_holm: f64, standard_error: Option<f64>) -> Verdict {
    if let Some(interval) = difference.interval {
        if interval.low >= -MARGIN && interval.high <= MARGIN {
            return match difference.n >= FEWEST_FOR_SAME {
                true => Verdict::Same,
                false => Verdict::NotDistinguishable {
                    questions_needed: Some(FEWEST_FOR_SAME),
                },
            };
        }
        if interval.low > 0.0 && p_holm <= SIGNIFICANT {
            return Verdict::Better;
        }
        if interval.high < 0.0 && p_holm <= SIGNIFICANT {
            return Verdict::Worse;
        }
    }
    let needed = standard_error.and_then(|error| {
        let sd = error * f64::from(difference.n).sqrt();
        let told_apart = questions_needed(sd, difference.mean);
        let told_same = questions_for_same(sd, difference.mean, MARGIN);
        told_apart.into_iter().chain(told_same).min()
    });
    Verdict::NotDistinguishable {
        // The formula does not correct for several arms, so it may ask for fewer than were too few.
        questions_needed: needed.map(|needed| needed.max(difference.n.saturating_add(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    fn estimate(mean: f64, low: f64, high: f64) -> Estimate {
        Estimate {
            n: 100,
            mean,
            interval: Some(Interval { low, high }),
        }
    }

    #[test]
    fn interval_and_test_have_to_agree() {
        let wide = estimate(0.05, 0.02, 0.08);
        assert_eq!(verdict(&wide, 0.01, Some(0.015)), Verdict::Better);
        let unsure = verdict(&wide, 0.2, Some(0.015));
        assert_eq!(
            unsure,
            Verdict::NotDistinguishable {
                questions_needed: Some(101)
            }
        );
        assert_eq!(
            verdict(&estimate(-0.05, -0.08, -0.02), 0.01, Some(0.015)),
            Verdict::Worse
        );
        assert_eq!(
            verdict(&estimate(0.004, 0.001, 0.008), 0.001, Some(0.001)),
            Verdict::Same
        );
    }

    #[test]
    fn what_cannot_be_told_says_how_many_questions_would() {
        let unsure = verdict(&estimate(0.02, -0.01, 0.05), 0.3, Some(0.015));
        assert_eq!(
            unsure,
            Verdict::NotDistinguishable {
                questions_needed: Some(441)
            }
        );
        let few = Estimate {
            n: FEWEST_FOR_SAME - 1,
            ..estimate(0.0, 0.0, 0.0)
        };
        assert_eq!(
            verdict(&few, 1.0, Some(0.0)),
            Verdict::NotDistinguishable {
                questions_needed: Some(FEWEST_FOR_SAME)
            }
        );
        let single = Estimate {
            n: 1,
            mean: 0.3,
            interval: None,
        };
        assert_eq!(
            verdict(&single, 1.0, None),
            Verdict::NotDistinguishable {
                questions_needed: None
            }
        );
    }
}
