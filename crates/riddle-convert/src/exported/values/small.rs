use crate::exported::constant::{Number, count};

/// A tensor whose numbers are known.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::exported) struct Small {
    pub(in crate::exported) shape: Vec<usize>,
    numbers: Numbers,
    pub(super) kind: Number,
    /// Whether another text of as many tokens might give other numbers.
    pub(in crate::exported) of_text: bool,
}

/// Masks are as long as a text squared, and every number of them the same.
#[derive(Clone, PartialEq, Debug)]
enum Numbers {
    Same(f64),
    Each(Vec<f64>),
}

/// Tensors of more different numbers are not looked at.
pub(super) const MOST: usize = 1 << 16;

impl Small {
    /// Row-major numbers, as many as the shape has.
    pub(super) fn new(shape: Vec<usize>, numbers: Vec<f64>, kind: Number) -> Self {
        let numbers = match numbers.split_first() {
            Some((first, rest)) if rest.iter().all(|number| number == first) => {
                Numbers::Same(*first)
            }
            _ => Numbers::Each(numbers),
        };
        Self {
            shape,
            numbers,
            kind,
            of_text: false,
        }
    }

    pub(super) fn same(shape: Vec<usize>, number: f64, kind: Number) -> Self {
        Self {
            shape,
            numbers: Numbers::Same(number),
            kind,
            of_text: false,
        }
    }

    /// A list of integers.
    pub(super) fn integers(numbers: Vec<f64>) -> Self {
        Self::new(vec![numbers.len()], numbers, Number::Integer)
    }

    /// The number that all of them are.
    pub(in crate::exported) fn only(&self) -> Option<f64> {
        match &self.numbers {
            Numbers::Same(number) if count(&self.shape)? > 0 => Some(*number),
            _ => None,
        }
    }

    /// All numbers, row-major, where they are not too many.
    pub(in crate::exported) fn all(&self) -> Option<Vec<f64>> {
        match &self.numbers {
            Numbers::Each(numbers) => Some(numbers.clone()),
            Numbers::Same(number) => {
                let count = count(&self.shape).filter(|count| *count <= MOST)?;
                Some(vec![*number; count])
            }
        }
    }

    /// How many numbers are kept for it.
    pub(super) fn kept(&self) -> usize {
        match &self.numbers {
            Numbers::Same(_) => 1,
            Numbers::Each(numbers) => numbers.len(),
        }
    }

    /// The same numbers in another shape of as many.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Option<Self> {
        let fits = count(&shape) == count(&self.shape);
        fits.then(|| Self {
            shape,
            ..self.clone()
        })
    }

    /// Each number made another one.
    pub(super) fn map(&self, kind: Number, change: impl Fn(f64) -> f64) -> Self {
        let numbers = match &self.numbers {
            Numbers::Same(number) => return Self::same(self.shape.clone(), change(*number), kind),
            Numbers::Each(numbers) => numbers.iter().map(|number| change(*number)).collect(),
        };
        Self::new(self.shape.clone(), numbers, kind)
    }
}
