//! Operators that make numbers of numbers, one by one.

use super::shapes::{broadcast, place_in};
use super::small::{MOST, Small};
use crate::exported::constant::{Number, count};

type OfTwo = fn(f64, f64) -> f64;
type OfOne = fn(f64) -> f64;

/// What an operator of two numbers makes of them, and of what kind it is.
pub(super) fn of_two(operator: &str, kind: Number) -> Option<(OfTwo, Number)> {
    let function: OfTwo = match operator {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" if kind == Number::Integer => {
            |a, b| if b == 0.0 { f64::NAN } else { (a / b).trunc() }
        }
        "Div" => |a, b| a / b,
        "Pow" => f64::powf,
        "Min" => f64::min,
        "Max" => f64::max,
        "Equal" => |a, b| f64::from(a == b),
        "Greater" => |a, b| f64::from(a > b),
        "Less" => |a, b| f64::from(a < b),
        "GreaterOrEqual" => |a, b| f64::from(a >= b),
        "LessOrEqual" => |a, b| f64::from(a <= b),
        "And" => |a, b| f64::from(a != 0.0 && b != 0.0),
        "Or" => |a, b| f64::from(a != 0.0 || b != 0.0),
        _ => return None,
    };
    let compares = !matches!(
        operator,
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max"
    );
    Some((function, if compares { Number::Truth } else { kind }))
}

/// What an operator of one number makes of it.
pub(super) fn of_one(operator: &str, kind: Number) -> Option<(OfOne, Number)> {
    Some(match operator {
        "Sqrt" => (f64::sqrt, kind),
        "Neg" => (|value| -value, kind),
        "Not" => (|value| f64::from(value == 0.0), Number::Truth),
        "IsNaN" => (|value| f64::from(value.is_nan()), Number::Truth),
        _ => return None,
    })
}

pub(super) fn two((change, kind): (OfTwo, Number), a: &Small, b: &Small) -> Option<Small> {
    let shape = broadcast(&a.shape, &b.shape)?;
    if let (Some(a), Some(b)) = (a.only(), b.only()) {
        return Some(Small::same(shape, change(a, b), kind));
    }
    let size = count(&shape).filter(|size| *size <= MOST)?;
    let (all_a, all_b) = (a.all()?, b.all()?);
    let at = |place| {
        let a = all_a[place_in(&a.shape, &shape, place)];
        change(a, all_b[place_in(&b.shape, &shape, place)])
    };
    let numbers = (0..size).map(at).collect();
    Some(Small::new(shape, numbers, kind))
}

/// The second where the first is true, else the third.
pub(super) fn chosen(condition: &Small, yes: &Small, no: &Small) -> Option<Small> {
    let shape = broadcast(&broadcast(&condition.shape, &yes.shape)?, &no.shape)?;
    if let Some(condition) = condition.only() {
        let chosen = if condition != 0.0 { yes } else { no };
        return expanded(chosen, shape);
    }
    let size = count(&shape).filter(|size| *size <= MOST)?;
    let all = [condition.all()?, yes.all()?, no.all()?];
    let at = |place| {
        let of = |which: usize, small: &Small| all[which][place_in(&small.shape, &shape, place)];
        if of(0, condition) != 0.0 {
            of(1, yes)
        } else {
            of(2, no)
        }
    };
    let numbers = (0..size).map(at).collect();
    Some(Small::new(shape, numbers, yes.kind))
}

/// In a shape that it can be broadcast to.
pub(super) fn expanded(small: &Small, shape: Vec<usize>) -> Option<Small> {
    if broadcast(&small.shape, &shape)? != shape {
        return None;
    }
    if let Some(number) = small.only() {
        return Some(Small::same(shape, number, small.kind));
    }
    let size = count(&shape).filter(|size| *size <= MOST)?;
    let all = small.all()?;
    let at = |place| all[place_in(&small.shape, &shape, place)];
    let numbers = (0..size).map(at).collect();
    Some(Small::new(shape, numbers, small.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(shape: &[usize], numbers: &[f64]) -> Small {
        Small::new(shape.to_vec(), numbers.to_vec(), Number::Integer)
    }

    #[test]
    fn shapes_are_broadcast_as_numbers_are() {
        let column = small(&[2, 1], &[10.0, 20.0]);
        let row = small(&[3], &[1.0, 2.0, 3.0]);
        let add = of_two("Add", Number::Integer).expect("it is known");
        let sum = two(add, &column, &row).expect("they fit");
        let expected = [11.0, 12.0, 13.0, 21.0, 22.0, 23.0];
        assert_eq!(sum, small(&[2, 3], &expected));
        let condition = small(&[2, 1], &[1.0, 0.0]);
        let choice = chosen(&condition, &row, &column).expect("they fit");
        let expected = [1.0, 2.0, 3.0, 20.0, 20.0, 20.0];
        assert_eq!(choice, small(&[2, 3], &expected));
    }

    #[test]
    fn large_masks_of_one_number_take_no_room() {
        let mask = Small::same(vec![1, 1, 1, 8_192], 1.0, Number::Float);
        let wide = expanded(&mask, vec![1, 12, 8_192, 8_192]).expect("they fit");
        assert_eq!((wide.only(), wide.kept()), (Some(1.0), 1));
        assert_eq!(wide.all(), None);
    }
}
