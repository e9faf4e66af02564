use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::error::beginning;
use super::limits::{MAX_GRADE, MIN_GRADE};

/// A grade of a JSON file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Grade(pub(super) i32);

/// The grade that a text says, such as `2` or `2.0`.
pub(super) fn grade(text: &str) -> Result<i32, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let zeros = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_whole = zeros && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole {
        return Err(not_whole(&format!("{:?}", beginning(text))));
    }
    in_range(whole.parse::<i32>().ok(), text)
}

fn not_whole(number: &str) -> String {
    format!(
        "{number} is not a whole number; give 0 for not relevant and 1, 2 or 3 for more and more relevant"
    )
}

fn in_range(number: Option<i32>, text: &str) -> Result<i32, String> {
    let number = number.filter(|number| (MIN_GRADE..=MAX_GRADE).contains(number));
    number.ok_or_else(|| {
        let text = beginning(text);
        format!("{text} is no grade; grades are whole numbers from {MIN_GRADE} to {MAX_GRADE}")
    })
}

impl<'de> Deserialize<'de> for Grade {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GradeVisitor)
    }
}

struct GradeVisitor;

impl Visitor<'_> for GradeVisitor {
    type Value = Grade;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a grade, which is a whole number without quotation marks")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Grade, E> {
        let grade = in_range(i32::try_from(number).ok(), &number.to_string());
        grade.map(Grade).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Grade, E> {
        let grade = in_range(i32::try_from(number).ok(), &number.to_string());
        grade.map(Grade).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Grade, E> {
        if number.fract() != 0.0 {
            return Err(E::custom(not_whole(&number.to_string())));
        }
        // A number outside of the range of grades saturates, and is refused there.
        let grade = in_range(Some(number as i32), &number.to_string());
        grade.map(Grade).map_err(E::custom)
    }
}
