use std::str::FromStr;

/// The word that stands for no value.
const DEFAULT: &str = "default";

/// A value, or the word `default`, which goes without one that was set before.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum OrDefault<T> {
    Default,
    Value(T),
}

impl<T: FromStr> FromStr for OrDefault<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            DEFAULT => Ok(Self::Default),
            value => value.parse().map(Self::Value),
        }
    }
}

impl<T> From<OrDefault<T>> for Option<T> {
    fn from(given: OrDefault<T>) -> Self {
        match given {
            OrDefault::Default => None,
            OrDefault::Value(value) => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_for_no_value() {
        let layers: Vec<Option<OrDefault<u32>>> =
            ["default", "28", "x"].map(|text| text.parse().ok()).into();
        let expected = vec![Some(OrDefault::Default), Some(OrDefault::Value(28)), None];
        assert_eq!(layers, expected);
    }
}
