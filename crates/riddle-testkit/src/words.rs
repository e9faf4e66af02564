use riddle_core::Tokenizer;

/// Numbers of the vectors.
pub(crate) const DIMENSIONS: usize = 64;

/// Splits at blanks.
pub(crate) struct Words;

impl Tokenizer for Words {
    fn token_starts(&self, text: &str) -> Vec<usize> {
        let first = (!text.is_empty()).then_some(0);
        let others = text.match_indices(' ').map(|(at, _)| at + 1);
        first.into_iter().chain(others).collect()
    }
}

/// The words of a text in lower case.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A vector with the number of times that a text has each word; the more words, the longer it is.
pub(crate) fn counts(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    for word in words(text) {
        vector[bucket(&word)] += 1.0;
    }
    vector
}

/// A vector of length 1 with a share for each word, so that texts with words in common are near each other.
pub fn vector(text: &str) -> Vec<f32> {
    let vector = counts(text);
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
    vector.iter().map(|x| x / length).collect()
}

fn bucket(word: &str) -> usize {
    let hash = |hash: usize, byte: u8| (hash * 31 + usize::from(byte)) % 1_000_003;
    word.bytes().fold(7, hash) % DIMENSIONS
}
