use serde::{Deserialize, Serialize};

use crate::ranking::maxsim::dot;

/// What ends the fingerprint of an embedder whose vectors are compared by their dot product.
const DOT_MARK: &str = ":dot";

/// How the vectors of an embedder are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// By their directions alone; the vectors have length 1.
    #[default]
    Cosine,
    /// By their dot product; the vectors keep their lengths, which mean something.
    Dot,
}

impl Similarity {
    /// The name used in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Dot => "dot",
        }
    }

    /// The fingerprint of vectors that are compared so. It alone goes with vectors wherever they are kept.
    pub fn mark(self, fingerprint: String) -> String {
        match self {
            Self::Cosine => fingerprint,
            Self::Dot => fingerprint + DOT_MARK,
        }
    }

    /// How vectors of this fingerprint are compared.
    pub fn of_fingerprint(fingerprint: &str) -> Self {
        if fingerprint.ends_with(DOT_MARK) {
            Self::Dot
        } else {
            Self::Cosine
        }
    }
}

/// Makes a vector of length 1; one of zeros stays as it is.
pub fn make_unit(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        for value in vector {
            *value /= norm;
        }
    }
}

/// The cosine of two vectors of any length; 0 where one of them is zero, NaN where they differ in dimensions.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return f32::NAN;
    }
    let lengths = dot(a, a).sqrt() * dot(b, b).sqrt();
    if lengths == 0.0 {
        0.0
    } else {
        dot(a, b) / lengths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_how_vectors_are_compared() {
        for similarity in [Similarity::Cosine, Similarity::Dot] {
            let marked = similarity.mark("a-model:fp32:0123abcd".to_owned());
            assert_eq!(Similarity::of_fingerprint(&marked), similarity);
        }
        // Those that were made before there was another way stay as they are.
        let before = "all-minilm-l6-v2:int8-native3:0123abcd".to_owned();
        assert_eq!(Similarity::Cosine.mark(before.clone()), before);
    }

    #[test]
    fn a_cosine_does_not_depend_on_lengths() {
        assert!((cosine(&[3.0, 4.0], &[30.0, 40.0]) - 1.0).abs() < 1e-6);
        assert!((cosine(&[2.0, 0.0], &[5.0, 5.0]) - 0.5_f32.sqrt()).abs() < 1e-6);
        for length in [1e-15, 1e15] {
            let long = [3.0 * length, 4.0 * length];
            assert!((cosine(&long, &long) - 1.0).abs() < 1e-6, "{length}");
        }
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        assert!(cosine(&[1.0], &[1.0, 0.0]).is_nan());
    }
}
