use std::collections::HashSet;

use riddle_core::Span;

use super::script::{Class, class_of};
use super::{analyse, run_end};

/// Where a text has one of these terms, in characters, in order and without overlaps. In scripts with spaces the whole
/// word counts, else the term itself. A single character of a script without spaces says little, so it counts only
/// where no longer term is sought.
pub(crate) fn highlights(terms: &[String], text: &str) -> Vec<Span> {
    let wanted: HashSet<&str> = terms.iter().map(String::as_str).collect();
    let unspaced = |term: &&&str| term.chars().all(|c| class_of(c) == Class::Unspaced);
    let mut sought: Vec<&str> = wanted.iter().filter(unspaced).copied().collect();
    if sought.iter().any(|term| term.chars().nth(1).is_some()) {
        sought.retain(|term| term.chars().nth(1).is_some());
    }
    let mut spans = Vec::new();
    let (mut rest, mut at) = (text, 0_u32);
    while let Some(first) = rest.chars().next() {
        let class = class_of(first);
        let (run, tail) = rest.split_at(run_end(rest, class));
        let length = characters(run);
        match class {
            Class::Word if analyse(run).iter().any(|term| wanted.contains(&**term)) => {
                spans.push(Span {
                    start: at,
                    end: at + length,
                });
            }
            Class::Unspaced => spans.extend(within(run, at, &sought)),
            Class::Word | Class::Apostrophe | Class::Separator => {}
        }
        at += length;
        rest = tail;
    }
    spans
}

/// The places of the terms in a run that starts at character `at`; those that touch are joined.
fn within(run: &str, at: u32, sought: &[&str]) -> Vec<Span> {
    let mut found: Vec<(usize, usize)> = sought
        .iter()
        .flat_map(|term| run.match_indices(term))
        .map(|(start, term)| (start, start + term.len()))
        .collect();
    found.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in found {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    let place = |byte: usize| at + characters(run.get(..byte).unwrap_or_default());
    let span = |(start, end)| Span {
        start: place(start),
        end: place(end),
    };
    joined.into_iter().map(span).collect()
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(query: &str, text: &str) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        let part = |span: Span| characters[span.start as usize..span.end as usize].iter();
        let spans = highlights(&analyse(query), text);
        spans.into_iter().map(|span| part(span).collect()).collect()
    }

    #[test]
    fn words_are_marked_in_any_form_of_theirs() {
        // The stem of engineers is that of engines, so BM25 finds them, and this shows it.
        assert_eq!(
            marked("search engines", "An ENGINE searches; engineers don't."),
            ["ENGINE", "searches", "engineers"]
        );
        assert_eq!(marked("naïve", "NAIVE, naïve"), ["NAIVE", "naïve"]);
        assert!(marked("nothing", "something else").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_marked_by_their_words() {
        assert_eq!(marked("重排序", "模型重排序了，排名"), ["重排序"]);
        assert_eq!(marked("排", "重排序"), ["排"]);
        assert_eq!(marked("北京 hotel", "🐼北京的Hotels"), ["北京", "Hotels"]);
    }

    proptest! {
        #[test]
        fn spans_are_within_the_text_and_ascend(query in "[a-c北京 ']{0,12}", text in "[a-cé北京🐼 '.]{0,40}") {
            let spans = highlights(&analyse(&query), &text);
            let length = characters(&text);
            prop_assert!(spans.iter().all(|span| span.start < span.end && span.end <= length));
            prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
