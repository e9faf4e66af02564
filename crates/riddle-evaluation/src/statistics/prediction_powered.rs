use super::interval::{Estimate, Interval};
use super::power::BOUND;

/// How many there are, the sum of what a model says of them, how many of them people have looked at too, and the sum of
/// what people say of these less what the model does.
pub(super) type Sums = [f64; 4];

/// Of one of which a model says this, and perhaps people that.
pub(super) fn sums(model: f64, person: Option<f64>) -> Sums {
    match person {
        Some(person) => [1.0, model, 1.0, person - model],
        None => [1.0, model, 0.0, 0.0],
    }
}

/// The mean that people would find of all `n`, by what a model says of all and people of some (prediction-powered
/// inference): the mean of the model, and the mean difference between both on those that have two. The 95 % interval is
/// of the variances of both means and of what they share, by row.
///
/// `None` where nothing has two; without an interval where all that have are in one row. It holds as far as those are
/// like the others.
pub(super) fn prediction_powered(rows: &[Sums], n: usize) -> Option<Estimate> {
    let sum = |column: usize| -> f64 { rows.iter().map(|row| row[column]).sum() };
    let (all, both) = (sum(0), sum(2));
    if both == 0.0 {
        return None;
    }
    let (model, difference) = (sum(1) / all, sum(3) / both);
    // How much each row moves the result.
    let moves = rows.iter().map(|[own, said, own_both, differences]| {
        (said - own * model) / all + (differences - own_both * difference) / both
    });
    let squares: f64 = moves.map(|moved| moved * moved).sum();
    let count = rows.len() as f64;
    let several = rows.iter().filter(|row| row[2] > 0.0).count() > 1;
    let mean = model + difference;
    let interval = several.then(|| {
        let half = BOUND * (squares * count / (count - 1.0)).sqrt();
        Interval {
            low: mean - half,
            high: mean + half,
        }
    });
    Some(Estimate {
        n: u32::try_from(n).unwrap_or(u32::MAX),
        mean,
        interval,
    })
}
