//! How sure a figure is.

mod bootstrap;
mod clusters;
mod columns;
mod confidence_sequence;
mod corrected_difference;
mod corrected_mean;
mod corrections;
mod graded;
mod interval;
mod power;
mod prediction_powered;
mod quantile;
mod random;
mod sign_flips;
mod spread;
mod verdict;
mod weighted_kappa;

pub use bootstrap::bootstrap;
pub use clusters::Clusters;
pub use confidence_sequence::ConfidenceSequence;
pub(crate) use corrected_difference::{TwiceGraded, corrected_difference};
pub(crate) use corrected_mean::corrected_mean;
pub use corrections::{benjamini_hochberg, holm};
pub(crate) use graded::GradedPassage;
pub use interval::{Estimate, Interval};
pub use power::{TYPICAL_SD, questions_needed};
pub(crate) use power::{half_width, minimum_detectable, spread_of_detectable};
pub use quantile::{quantile, quantile_interval};
pub use sign_flips::sign_flips;
pub use spread::{effect_size, standard_error};
pub use verdict::{MARGIN, Verdict};
pub(crate) use verdict::{SIGNIFICANT, verdict};
pub(crate) use weighted_kappa::weighted_kappa;
