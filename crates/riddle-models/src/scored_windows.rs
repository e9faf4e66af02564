use riddle_core::{ModelError, PairScore, Window, best_windows};

use crate::encoder::{EncodedText, Encoder, InputOfWindow, Output};

/// Runs the inputs of so many pairs, in the order given, while `go_on` says so. `raw` makes the score from what the
/// model gives for an input.
pub(crate) fn score_windows(
    encoder: &mut Encoder,
    inputs: Vec<(usize, InputOfWindow)>,
    pairs: usize,
    go_on: impl Fn() -> bool + Sync,
    raw: impl Fn(&EncodedText, &Output<'_>) -> f32 + Sync,
) -> Result<Vec<Option<PairScore>>, ModelError> {
    let order: Vec<usize> = (0..inputs.len()).collect();
    let (owners, texts): (Vec<(usize, Option<Window>)>, Vec<EncodedText>) = inputs
        .into_iter()
        .map(|(pair, (text, window))| ((pair, window), text))
        .unzip();
    let scores = encoder.map(&texts, &order, go_on, |text, output| PairScore {
        raw: raw(text, &output),
        tokens: u32::try_from(text.ids.len()).unwrap_or(u32::MAX),
        truncated: text.truncated,
        window: None,
    })?;
    Ok(best_windows(pairs, owners.into_iter().zip(scores)))
}

/// The score of the logits that the model gives for a text.
pub(crate) fn of_logits(_text: &EncodedText, output: &Output<'_>) -> f32 {
    riddle_checkpoint::score(output.values).unwrap_or(f32::NAN)
}
