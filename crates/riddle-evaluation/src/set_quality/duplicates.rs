use std::collections::{BTreeSet, HashMap, HashSet};

use crate::making::{SAME, nearly_equal, words_of};

/// How many texts say nearly what an earlier one says: they share four fifths of the words of both.
///
/// Two such texts must share one of the rarest words of each, so that only texts which do are compared.
pub(super) fn duplicates(texts: &[&str]) -> usize {
    let words: Vec<HashSet<String>> = texts
        .iter()
        .map(|text| words_of(text).into_iter().collect())
        .collect();
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for word in words.iter().flatten() {
        *frequency.entry(word).or_default() += 1;
    }
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut doubled = 0;
    for (index, own) in words.iter().enumerate() {
        let mut rarest: Vec<&str> = own.iter().map(String::as_str).collect();
        rarest.sort_unstable_by_key(|word| (frequency.get(word).copied().unwrap_or(0), *word));
        let must_share = (SAME * own.len() as f64).ceil() as usize;
        rarest.truncate((own.len() + 1).saturating_sub(must_share));
        let near: BTreeSet<usize> = rarest
            .iter()
            .flat_map(|word| holders.get(word).into_iter().flatten().copied())
            .collect();
        doubled += usize::from(
            near.into_iter()
                .any(|other| nearly_equal(own, &words[other])),
        );
        for word in rarest {
            holders.entry(word).or_default().push(index);
        }
    }
    doubled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_second_of_two_is_counted() {
        let texts = [
            "How many days of leave are there in a year?",
            "How many days of leave are there in the year?",
            "Who approves travel?",
            "who approves travel",
            "年假有多少天可以休？",
            "年假有多少天可以休呢？",
        ];
        assert_eq!(duplicates(&texts), 3);
        assert_eq!(duplicates(&[]), 0);
    }

    proptest! {
        /// The shortcut finds what a comparison of all pairs finds.
        #[test]
        fn no_pair_is_missed(texts in prop::collection::vec("[a-d ]{0,14}", 0..24)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let words: Vec<HashSet<String>> =
                texts.iter().map(|text| words_of(text).into_iter().collect()).collect();
            let slow = (0..words.len())
                .filter(|index| {
                    let own = &words[*index];
                    !own.is_empty() && words[..*index].iter().any(|other| nearly_equal(own, other))
                })
                .count();
            prop_assert_eq!(duplicates(&texts), slow);
        }
    }
}
