use super::interval::Interval;

/// The bounds hold, at all times together, with a probability of at least 1 less this.
const ALPHA: f64 = 0.05;
/// Most that a single value is bet on.
const LARGEST_BET: f64 = 0.5;

/// Bounds of the mean of values from 0 to 1 that come one after the other. Unlike those of an interval for a number of
/// values that was fixed before, they hold at every look: who watches them day by day and stops where they please is
/// wrong in at most 5 of 100 cases, as long as the mean of each value, given those before it, is the same.
///
/// After `t` values `x`, with `μ̂(i) = (½ + x(1) + … + x(i)) ÷ (i + 1)` and `σ̂²(i) = (¼ + Σ (x(j) − μ̂(j))²) ÷ (i +
/// 1)`, the bounds are
///
/// ```text
///   Σ λ(i) x(i)     ln(2 ÷ α) + Σ v(i) ψ(λ(i))
///   ───────────  ±  ──────────────────────────
///     Σ λ(i)                 Σ λ(i)
///
///   v(i) = 4 (x(i) − μ̂(i − 1))²       ψ(λ) = (−ln(1 − λ) − λ) ÷ 4
///   λ(i) = min(½, √(2 ln(2 ÷ α) ÷ (σ̂²(i − 1) i ln(i + 1))))
/// ```
///
/// and of all bounds so far the tightest count. This is the predictable plug-in empirical Bernstein confidence
/// sequence, theorem 2 of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", Journal
/// of the Royal Statistical Society B 86 (2024). Values that come in bursts of equal ones make the bounds too narrow,
/// since each says less than a value of its own.
#[derive(Clone, Debug)]
pub struct ConfidenceSequence {
    count: u32,
    sum: f64,
    /// Sum of the squared distances from the mean so far.
    squares: f64,
    bets: f64,
    weighted: f64,
    penalty: f64,
    tightest: Interval,
}

impl ConfidenceSequence {
    /// Of no values yet: everything is possible.
    pub fn new() -> Self {
        Self {
            count: 0,
            sum: 0.0,
            squares: 0.0,
            bets: 0.0,
            weighted: 0.0,
            penalty: (2.0 / ALPHA).ln(),
            tightest: Interval {
                low: 0.0,
                high: 1.0,
            },
        }
    }

    /// Takes the next value, from 0 to 1.
    pub fn add(&mut self, value: f64) {
        let value = value.clamp(0.0, 1.0);
        let next = f64::from(self.count) + 1.0;
        let mean_before = (0.5 + self.sum) / next;
        let variance = (0.25 + self.squares) / next;
        let bet = 2.0 * (2.0 / ALPHA).ln() / (variance * next * (next + 1.0).ln());
        let bet = bet.sqrt().min(LARGEST_BET);
        self.bets += bet;
        self.weighted += bet * value;
        self.penalty += (value - mean_before).powi(2) * (-(1.0 - bet).ln() - bet);
        self.count += 1;
        self.sum += value;
        let mean = (0.5 + self.sum) / (next + 1.0);
        self.squares += (value - mean).powi(2);
        self.tighten();
    }

    /// How many values there were.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The mean of the values; `None` of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }

    /// Where the mean of all values, those to come too, lies.
    pub fn interval(&self) -> Interval {
        self.tightest
    }

    /// Bounds that have left each other behind say that the mean has moved; then the latest alone are shown.
    fn tighten(&mut self) {
        let (centre, half) = (self.weighted / self.bets, self.penalty / self.bets);
        let now = Interval {
            low: (centre - half).clamp(0.0, 1.0),
            high: (centre + half).clamp(0.0, 1.0),
        };
        let both = Interval {
            low: self.tightest.low.max(now.low),
            high: self.tightest.high.min(now.high),
        };
        self.tightest = if both.low <= both.high { both } else { now };
    }
}

impl Default for ConfidenceSequence {
    fn default() -> Self {
        Self::new()
    }
}
