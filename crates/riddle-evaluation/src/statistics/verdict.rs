use serde::{Deserialize, Serialize};

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
