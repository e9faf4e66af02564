//! What a line says: for each of its columns the network gives the likelihood of each character, or of none between two
//! (connectionist temporal classification).

use riddle_core::Picture;

use super::ReadLine;
use super::crop;
use super::network::Network;
use super::rectangle::Rectangle;

/// Height in which the network is shown a line.
const HEIGHT: usize = 48;
/// Widths in which it is shown one. Shorter lines have room behind them; longer ones are squeezed.
const NARROWEST: usize = 320;
const WIDEST: usize = 3_200;
/// Under this name the file has its characters, each on a line of its own.
const CHARACTERS: &str = "character";

/// Reads lines.
pub(super) struct Recogniser {
    network: Network,
    characters: Vec<String>,
}

impl Recogniser {
    pub(super) fn new(network: Network) -> Result<Self, String> {
        let listed = network.said(CHARACTERS);
        let listed = listed.ok_or("the network that reads lines does not say its characters")?;
        let mut characters: Vec<String> = listed.lines().map(str::to_owned).collect();
        // Not in the list, and the last one.
        characters.push(" ".to_owned());
        Ok(Self {
            network,
            characters,
        })
    }

    pub(super) fn read(&mut self, page: &Picture, region: &Rectangle) -> Result<ReadLine, String> {
        let (long, short) = match region.is_tall() {
            false => (region.width, region.height),
            true => (region.height, region.width),
        };
        let width = (HEIGHT as f32 * long / short.max(1.0)).ceil() as usize;
        let width = width.clamp(1, WIDEST);
        let room = NARROWEST.saturating_sub(width);
        let planes = crop::planes(page, region, (width, HEIGHT), room);
        let output = self.network.run(HEIGHT, width + room, planes)?;
        let [1, columns, classes] = output.shape[..] else {
            return Err("the network that reads lines gives no line".to_owned());
        };
        if classes != self.characters.len() + 1 || output.values.len() != columns * classes {
            return Err(
                "the network that reads lines has other characters than it says".to_owned(),
            );
        }
        Ok(decoded(&output.values, &self.characters))
    }
}

/// The most likely character of each column, without repetitions and without the class 0, which means none.
fn decoded(values: &[f32], characters: &[String]) -> ReadLine {
    let mut text = String::new();
    let (mut sum, mut count, mut before) = (0.0, 0_u16, 0);
    for column in values.chunks_exact(characters.len() + 1) {
        let best = column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let (class, likelihood) = best.map_or((0, 0.0), |(class, value)| (class, *value));
        if class != before
            && let Some(character) = class.checked_sub(1).and_then(|at| characters.get(at))
        {
            text.push_str(character);
            sum += likelihood;
            count = count.saturating_add(1);
        }
        before = class;
    }
    ReadLine {
        text,
        confidence: sum / f32::from(count.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(columns: &[(usize, f32)]) -> ReadLine {
        let characters = ["a", "l", " "].map(str::to_owned);
        let values: Vec<f32> = columns
            .iter()
            .flat_map(|(class, likelihood)| {
                (0..4).map(move |at| if at == *class { *likelihood } else { 0.01 })
            })
            .collect();
        decoded(&values, &characters)
    }

    #[test]
    fn repetitions_are_one_unless_there_is_none_between_them() {
        let line = read(&[
            (0, 0.9),
            (1, 0.9),
            (1, 0.7),
            (2, 0.8),
            (0, 0.9),
            (2, 0.7),
            (3, 0.6),
        ]);
        assert_eq!(line.text, "all ");
        assert!((line.confidence - 0.75).abs() < 1e-6, "{}", line.confidence);
    }

    #[test]
    fn nothing_read_is_not_certain() {
        for columns in [&[][..], &[(0, 0.99)]] {
            let line = read(columns);
            assert_eq!((line.text.as_str(), line.confidence), ("", 0.0));
        }
    }
}
