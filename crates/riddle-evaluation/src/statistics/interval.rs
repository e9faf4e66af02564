use serde::{Deserialize, Serialize};

/// Bounds of a 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// A mean and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    /// How many questions, or whatever else has values, it is of; at least 1.
    pub n: u32,
    /// The mean.
    pub mean: f64,
    /// Where the mean would be with other questions of the kind; `None` where there is only one to draw from.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// The same within what the value can be at all, beyond which a correction may lead.
    pub(crate) fn clamped(self, low: f64, high: f64) -> Self {
        let clamp = |value: f64| value.clamp(low, high);
        let interval = self.interval.map(|interval| Interval {
            low: clamp(interval.low),
            high: clamp(interval.high),
        });
        Self {
            mean: clamp(self.mean),
            interval,
            ..self
        }
    }
}
