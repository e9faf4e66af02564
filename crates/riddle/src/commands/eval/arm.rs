use crate::api::ApiError;

/// Which of the arms is meant: by its name, by it in another case or with `-` or `_` for blanks, or by its beginning.
pub(super) fn find_arm(names: &[&str], given: &str) -> Result<usize, ApiError> {
    if let Some(exact) = names.iter().position(|name| *name == given) {
        return Ok(exact);
    }
    let given_plain = plain(given);
    let places = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let named = names.iter().enumerate();
        named
            .filter(|(_, name)| fits(&plain(name)))
            .map(|(place, _)| place)
            .collect()
    };
    let same = places(&|name| name == given_plain);
    let beginning = places(&|name| !given_plain.is_empty() && name.starts_with(&given_plain));
    match (same.as_slice(), beginning.as_slice()) {
        ([place], _) | ([], [place]) => Ok(*place),
        ([], []) => Err(ApiError::invalid(format!(
            "no arm is named `{given}`; there are {}",
            quoted(names)
        ))),
        _ => Err(ApiError::invalid(format!(
            "`{given}` may be several arms; give more of the name, of {}",
            quoted(names)
        ))),
    }
}

fn plain(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | ','));
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = [
        "present",
        "without rerank",
        "present, again",
        "tuned fusion, no rerank",
        "重排 50",
    ];

    #[test]
    fn names_need_no_quotes() {
        for (given, place) in [
            ("present", 0),
            ("Present", 0),
            ("without rerank", 1),
            ("without-rerank", 1),
            ("WITHOUT_rerank", 1),
            ("without", 1),
            ("present-again", 2),
            ("tuned", 3),
            ("tuned-fusion-no-rerank", 3),
            ("重排-50", 4),
        ] {
            assert_eq!(find_arm(&NAMES, given).expect(given), place, "{given}");
        }
    }

    #[test]
    fn what_is_not_one_arm_is_refused_with_the_names() {
        for (given, says) in [
            ("", "no arm is named"),
            ("-", "no arm is named"),
            ("rerank", "no arm is named"),
            ("pre", "several arms"),
        ] {
            let error = find_arm(&NAMES, given).expect_err(given);
            assert_eq!(error.code, "invalid_request");
            assert!(error.message.contains(says), "{given}: {error}");
            assert!(
                error.message.contains("`tuned fusion, no rerank`"),
                "{error}"
            );
        }
    }
}
