use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use riddle_core::Span;

use super::compounds::{Compounding, compounding};
use super::normal::replaced;
use super::runs::{Unit, for_each_unit};
use super::script::{Class, class_of};
use super::{analyse_in, chain, dates, normalised};

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
    let mut cursor = Cursor {
        text,
        byte: 0,
        character: 0,
    };
    let language = compounding(text);
    let mut dates = dates_of(text, &wanted).into_iter().peekable();
    let mut marked_to = 0;
    for_each_unit(text, &mut |unit| {
        let Some(place) = place_of(unit) else { return };
        while let Some(date) = dates.next_if(|date| date.start < place.end) {
            if date.start >= marked_to {
                marked_to = date.end;
                spans.push(cursor.span(date));
            }
        }
        // A run without spaces may begin with the end of a date.
        let rest = place.start.max(marked_to)..place.end;
        match unit {
            Unit::Words(runs) if rest == place => {
                let marked = marked_runs(text, runs, &wanted, language);
                spans.extend(marked.into_iter().map(|range| cursor.span(range)));
            }
            Unit::Unspaced(_) if !rest.is_empty() => {
                let span = cursor.span(rest.clone());
                spans.extend(within(&text[rest], span.start, &sought, &lengths));
            }
            _ => {}
        }
    });
    spans
}

/// The dates in several words that one of the terms is found by, in order.
fn dates_of(text: &str, wanted: &HashSet<&str>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for_each_unit(text, &mut |unit| {
        if let Unit::Words(runs) = unit {
            dates::for_each_date(text, runs, &mut |place, term| {
                if wanted.contains(term) {
                    found.push(place);
                }
            });
        }
    });
    found.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    found
}

fn place_of(unit: &Unit) -> Option<Range<usize>> {
    match unit {
        Unit::Words(runs) => Some(runs.first()?.start..runs.last()?.end),
        Unit::Unspaced(run) => Some(run.clone()),
    }
}

/// Counts characters along a text.
struct Cursor<'a> {
    text: &'a str,
    byte: usize,
    character: u32,
}

impl Cursor<'_> {
    /// A range of bytes in characters. It begins at or after the end of the one before.
    fn span(&mut self, range: Range<usize>) -> Span {
        let start = self.character + characters(&self.text[self.byte..range.start]);
        let end = start + characters(&self.text[range.clone()]);
        (self.byte, self.character) = (range.end, end);
        Span { start, end }
    }
}

/// The whole chain where its runs have a term together, else the runs that have one.
fn marked_runs(
    text: &str,
    runs: &[Range<usize>],
    wanted: &HashSet<&str>,
    language: Option<&Compounding>,
) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Vec::new();
    };
    let has = |text: &str| {
        analyse_in(text, language)
            .iter()
            .any(|term| wanted.contains(&**term))
    };
    let whole = first.start..last.end;
    if !has(&text[whole.clone()]) {
        return Vec::new();
    }
    if runs.len() == 1 || has_together(&text[whole.clone()], wanted) {
        return vec![whole];
    }
    let single = |run: &&Range<usize>| has(&text[(*run).clone()]);
    let marked: Vec<Range<usize>> = runs.iter().filter(single).cloned().collect();
    if marked.is_empty() {
        vec![whole]
    } else {
        marked
    }
}

fn has_together(chain: &str, wanted: &HashSet<&str>) -> bool {
    let text = normalised(chain);
    let mut found = false;
    for_each_unit(&text, &mut |unit| {
        if let Unit::Words(runs) = unit {
            chain::for_each_joined_term(&text, runs, &mut |term| {
                found |= wanted.contains(term);
            });
        }
    });
    found
}

/// The places of the terms in a run that starts at character `at`; those that touch are joined. Terms have few lengths,
/// so looking each up at each place takes a time in proportion to the run, however many terms there are.
fn within(run: &str, at: u32, sought: &HashSet<&str>, lengths: &BTreeSet<usize>) -> Vec<Span> {
    if !unicode_normalization::is_nfkc(run) {
        // Its characters are not those of its terms, so that it is marked as a whole.
        let end = at + characters(run);
        let has = analyse_in(run, None)
            .iter()
            .any(|term| sought.contains(&**term));
        return has.then_some(Span { start: at, end }).into_iter().collect();
    }
    let kept: Vec<(u32, char)> = (at..)
        .zip(run.chars())
        .filter_map(|(place, character)| Some((place, replaced(character)?)))
        .collect();
    let text: String = kept.iter().map(|(_, character)| *character).collect();
    let mut bounds: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    bounds.push(text.len());
    let mut joined: Vec<Span> = Vec::new();
    for (start, (place, _)) in kept.iter().enumerate() {
        let longest = lengths.iter().rev().find(|&&length| {
            let ends = bounds.get(start..).and_then(|rest| rest.get(length));
            let term = ends.and_then(|&end| text.get(bounds[start]..end));
            term.is_some_and(|term| sought.contains(term))
        });
        if let Some(last) = longest.and_then(|length| kept.get(start + length - 1)) {
            let end = last.0 + 1;
            match joined.last_mut() {
                Some(last) if *place <= last.end => last.end = last.end.max(end),
                _ => joined.push(Span { start: *place, end }),
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
        let spans = highlights(&analyse_in(query, None), text);
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
    fn other_forms_are_marked_where_they_stand() {
        for (query, text, marks) in [
            (
                "compressor",
                "The com\u{AD}pres\u{AD}sor hums",
                vec!["com\u{AD}pres\u{AD}sor"],
            ),
            ("1250000", "It is $1,250,000 now", vec!["1,250,000"]),
            ("1250.5", "يبلغ ١٬٢٥٠٫٥ الآن", vec!["١٬٢٥٠٫٥"]),
            ("VPN", "the V.P.N. of all", vec!["V.P.N"]),
            ("發票", "请开发票。", vec!["发票"]),
            ("发票", "請開發票。", vec!["發票"]),
            ("AB1234", "part AB-1234/5 is", vec!["AB-1234/5"]),
            ("gate log", "see /opt/gate.log", vec!["gate", "log"]),
            ("ﬂoor", "a floor", vec!["floor"]),
            ("2026-03-05", "on 5 March 2026, late", vec!["5 March 2026"]),
            ("05.03.2026", "On March 5th, 2026.", vec!["March 5th, 2026"]),
            ("2026-03-05", "am 5. März 2026", vec!["5. März 2026"]),
            ("5 March 2026", "将于2026年3月5日开始", vec!["2026年3月5日"]),
            (
                "开始 2026年3月5日",
                "将于2026年3月5日开始",
                vec!["2026年3月5日", "开始"],
            ),
            ("2026年3月5日", "since 2026-03-05", vec!["2026-03-05"]),
            (
                "2026-03",
                "5 March 2026 and May 2026",
                vec!["March 2026", "2026"],
            ),
        ] {
            assert_eq!(marked(query, text), marks, "{query}");
        }
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
        fn spans_are_within_the_text_and_ascend(query in "[a-c1-3北京發 ']{0,12}", text in "[a-cé1-3北京发發้ก🐼\u{ad}\u{200b} ',.-]{0,40}") {
            let spans = highlights(&analyse_in(&query, None), &text);
            let length = characters(&text);
            prop_assert!(spans.iter().all(|span| span.start < span.end && span.end <= length));
            prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
