//! What a classification head says of a pair, as one number.

/// The score that two labels, or weights that they are computed with, make: the second, which says that the passage
/// answers, less the first. The sigmoid of it is what the softmax gives the second.
pub fn difference(no: f32, yes: f32) -> f32 {
    yes - no
}

/// The score of a head's logits. One of three labels or more ranks nothing.
pub fn score(logits: &[f32]) -> Option<f32> {
    match *logits {
        [score] => Some(score),
        [no, yes] => Some(difference(no, yes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_label_is_the_score_and_two_are_their_difference() {
        assert_eq!(score(&[1.5]), Some(1.5));
        assert_eq!(score(&[-1.0, 2.5]), Some(3.5));
        assert_eq!(score(&[]), None);
        assert_eq!(score(&[1.0, 2.0, 3.0]), None);
    }
}
