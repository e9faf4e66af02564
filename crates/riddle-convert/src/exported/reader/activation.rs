//! The non-linearity of the feed-forward layers.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

use riddle_checkpoint::Activation;

use super::{From, Reader, near};

/// Of the approximation by a hyperbolic tangent.
const CUBIC: f64 = 0.044_715;

impl<'g> Reader<'g> {
    pub(super) fn activation(&self, value: &'g str) -> Option<From<'g, Activation>> {
        if let Some(node) = self.made_by(value, "Relu") {
            return Some(From {
                input: self.through(node.input(0)?),
                found: Activation::Relu,
            });
        }
        if let Some(node) = self.made_by(value, "Gelu") {
            let approximate = node.attribute("approximate");
            let approximate = approximate.and_then(|name| name.string.as_deref());
            return Some(From {
                input: self.through(node.input(0)?),
                found: match approximate {
                    None | Some(b"none") => Activation::Gelu,
                    Some(b"tanh") => Activation::GeluTanh,
                    Some(_) => return None,
                },
            });
        }
        let (half, factors) = self.factors(value)?;
        let [a, b] = *factors else {
            return None;
        };
        if !near(half, 0.5) {
            return None;
        }
        [[a, b], [b, a]].into_iter().find_map(|[input, gate]| {
            let mut orders = self.orders(gate, "Add");
            let curve =
                orders.find_map(|[curve, one]| (self.only(one)? == 1.0).then_some(curve))?;
            let found = if self.is_error_function(curve, input) {
                Activation::Gelu
            } else if self.is_tangent(curve, input) {
                Activation::GeluTanh
            } else {
                return None;
            };
            Some(From { input, found })
        })
    }

    /// Numbers of a product, multiplied, and its other factors.
    fn factors(&self, value: &'g str) -> Option<(f64, Vec<&'g str>)> {
        const MOST: usize = 4;
        let (mut number, mut factors) = (1.0, Vec::new());
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            let (factor, value) = self.scaled(value);
            number *= factor;
            match self.pair(value, "Mul") {
                Some(pair) => open.extend(pair),
                None => factors.push(value),
            }
            if open.len() + factors.len() > MOST {
                return None;
            }
        }
        Some((number, factors))
    }

    fn is_error_function(&self, curve: &'g str, input: &str) -> bool {
        let of = self.made_by(curve, "Erf").and_then(|node| node.input(0));
        of.is_some_and(|of| {
            let (factor, of) = self.scaled(of);
            of == input && near(factor, FRAC_1_SQRT_2)
        })
    }

    fn is_tangent(&self, curve: &'g str, input: &'g str) -> bool {
        let of = self.made_by(curve, "Tanh").and_then(|node| node.input(0));
        of.is_some_and(|of| {
            let (factor, of) = self.scaled(of);
            let mut orders = self.orders(of, "Add");
            near(factor, FRAC_2_PI.sqrt())
                && orders.any(|[plain, cubic]| plain == input && self.is_cubic(cubic, input))
        })
    }

    fn is_cubic(&self, value: &'g str, input: &'g str) -> bool {
        let Some((number, factors)) = self.factors(value) else {
            return false;
        };
        let powers = factors.iter().map(|factor| {
            if *factor == input {
                return Some(1.0);
            }
            let [base, power] = self.pair(factor, "Pow")?;
            self.only(power).filter(|_| base == input)
        });
        let power: Option<f64> = powers.sum();
        near(number, CUBIC) && power == Some(3.0)
    }
}
