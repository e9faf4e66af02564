use std::collections::{BTreeSet, HashSet};

use riddle_core::Span;

use super::script::{Class, class_of};
use super::{analyse, run_end};

/// Where a text has one of these terms, in characters, in order and without overlaps. In scripts with spaces the whole
/// word counts, else the term itself. A single character of a script without spaces says little, so it counts only
/// where no longer term is sought.
pub(crate) fn highlights(terms: &[String], text: &str) -> Vec<Span> {
    let wanted: HashSet<&str> = terms.iter().map(String::as_str).collect();
    let unspaced = |term: &&&str| term.chars().all(|c| class_of(c) == Class::Unspaced);
    let mut sought: HashSet<&str> = wanted.iter().filter(unspaced).copied().collect();
    if sought.iter().any(|term| characters(term) > 1) {
        sought.retain(|term| characters(term) > 1);
    }
    let lengths: BTreeSet<usize> = sought.iter().map(|term| term.chars().count()).collect();
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
            Class::Unspaced => spans.extend(within(run, at, &sought, &lengths)),
            Class::Word | Class::Apostrophe | Class::Separator => {}
        }
        at += length;
        rest = tail;
    }
    spans
}

/// The places of the terms in a run that starts at character `at`; those that touch are joined. Terms have few lengths,
/// so looking each up at each place takes a time in proportion to the run, however many terms there are.
fn within(run: &str, at: u32, sought: &HashSet<&str>, lengths: &BTreeSet<usize>) -> Vec<Span> {
    let mut bounds: Vec<usize> = run.char_indices().map(|(byte, _)| byte).collect();
    bounds.push(run.len());
    let mut joined: Vec<Span> = Vec::new();
    for (place, start) in (at..).zip(0..bounds.len()) {
        let longest = lengths.iter().rev().find(|&&length| {
            let ends = bounds.get(start..).and_then(|rest| rest.get(length));
            let term = ends.and_then(|&end| run.get(bounds[start]..end));
            term.is_some_and(|term| sought.contains(term))
        });
        if let Some(&length) = longest {
            let end = place + u32::try_from(length).unwrap_or(u32::MAX);
            match joined.last_mut() {
                Some(last) if place <= last.end => last.end = last.end.max(end),
                _ => joined.push(Span { start: place, end }),
            }
        }
    }
    joined
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

    #[test]
    fn marks_do_not_depend_on_how_many_terms_and_places_there_are() {
        let terms: Vec<String> = ('一'..='龠').map(|c| format!("{c}排")).collect();
        let text = "模型排序".repeat(20_000);
        let spans = highlights(&terms, &text);
        assert_eq!(spans.len(), 20_000);
        assert_eq!(spans[1], Span { start: 5, end: 7 });
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
