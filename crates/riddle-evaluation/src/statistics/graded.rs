use std::collections::BTreeMap;

/// A passage that a language model has graded, and perhaps a person too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GradedPassage {
    /// Number of its question: what is found for passages of one question says something about the others.
    pub(crate) question: u32,
    /// The model's grade.
    pub(crate) model: u8,
    /// A person's.
    pub(crate) person: Option<u8>,
}

/// Adds up numbers of passages by question.
pub(super) fn by_question<const N: usize>(
    graded: &[GradedPassage],
    numbers: impl Fn(&GradedPassage) -> [f64; N],
) -> Vec<[f64; N]> {
    let mut rows: BTreeMap<u32, [f64; N]> = BTreeMap::new();
    for passage in graded {
        let row = rows.entry(passage.question).or_insert([0.0; N]);
        for (cell, number) in row.iter_mut().zip(numbers(passage)) {
            *cell += number;
        }
    }
    rows.into_values().collect()
}
