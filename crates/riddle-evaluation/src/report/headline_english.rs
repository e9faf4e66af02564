use super::headline::{Compared, Facts, Found, Subject, about, duration, share, signed};
use super::slice_names::english_slice;
use super::types::Difference;
use crate::statistics::{Interval, Verdict};

pub(super) fn english(facts: &Facts<'_>) -> String {
    match &facts.found {
        Found::NothingRanked => format!(
            "None of the {} has a relevant passage to look for, so rankings cannot be measured.",
            questions(facts.asked)
        ),
        Found::NothingThere => format!(
            "Nothing that is judged relevant to the {} is in the knowledge base, so nothing can be found; look at the \
             names of the documents.",
            questions(facts.questions)
        ),
        Found::NotReranked { why } => format!(
            "Nothing was reranked in any of the {}{}, so they do not tell what reranking is worth.",
            questions(facts.asked),
            reason(why)
        ),
        Found::Failed => "No question has a result to report.".to_owned(),
        Found::Alone {
            top_n,
            found,
            ndcg_10,
        } => format!(
            "Of {}, {} puts a right source into the top {top_n} for {found}; nDCG@10 {}{}. There is nothing to compare \
             it with.",
            questions(facts.questions),
            subject(facts.subject),
            share(ndcg_10.mean, 2),
            ndcg_10.interval.map_or(String::new(), |interval| {
                format!(
                    " ({} to {})",
                    share(interval.low, 2),
                    share(interval.high, 2)
                )
            }),
        ),
        Found::Compared(compared) => {
            let sentence = sentence(facts.subject, compared);
            format!(
                "{sentence}{}{}{}.",
                costs(compared),
                losing(compared),
                missing(facts)
            )
        }
    }
}

/// What the figures lack.
fn missing(facts: &Facts<'_>) -> String {
    let mut text = String::new();
    if facts.lost > 0 {
        text.push_str(&format!(
            "; {} of {} judged passages are not in the knowledge base",
            facts.lost, facts.golds
        ));
    }
    if facts.not_reranked > 0 {
        let count = questions(facts.not_reranked);
        text.push_str(&format!("; in {count} nothing was reranked"));
    }
    if facts.stand_in > 0 {
        let count = questions(facts.stand_in);
        text.push_str(&format!(
            "; in {count} the embedder stood in for a reranker that is not on this machine"
        ));
    }
    text
}

fn reason(code: &str) -> String {
    match code {
        "" => String::new(),
        "language_unknown" => " (the reranker does not know their language)".to_owned(),
        "too_few_candidates" => " (there were no two candidates)".to_owned(),
        "clear_lead" => " (the first candidate always led clearly)".to_owned(),
        "deadline_passed" => " (the deadline passed first)".to_owned(),
        "found_by_name" => " (they name numbers that are found as they are written)".to_owned(),
        "no_reranker" => " (no reranker is on this machine)".to_owned(),
        "loading" => " (the reranker was still being loaded)".to_owned(),
        "load_failed" => " (the reranker cannot be loaded)".to_owned(),
        other => format!(" ({other})"),
    }
}

fn sentence(name: Subject<'_>, compared: &Compared<'_>) -> String {
    let name = subject(name);
    let all = questions(compared.sources.questions);
    let (counts, quality) = (counts(compared), quality(compared));
    let baseline = compared.baseline;
    match compared.ndcg_10.verdict {
        Verdict::Better => format!("Of {all}, {name} {counts}; {quality} against “{baseline}”"),
        Verdict::Worse => {
            format!("Of {all}, {name} {counts}; {quality}, which is worse than “{baseline}”")
        }
        Verdict::Same => format!(
            "Of {all}, {name} {counts}; {quality}: the same as “{baseline}” within ±.01, so take the cheaper"
        ),
        Verdict::NotDistinguishable { .. } => {
            let more = match compared.more {
                Some(1) => "; about 1 more would settle it".to_owned(),
                Some(more) => format!("; about {} more would settle it", about(more)),
                None => String::new(),
            };
            let more = format!("{more}{}", unsure(compared.ndcg_10));
            format!(
                "{all} cannot tell whether {name} is better than “{baseline}”{more}: it {counts}; {quality}"
            )
        }
    }
}

/// Why an interval on one side of 0 is not enough.
fn unsure(difference: &Difference) -> String {
    let one_sided = |interval: Interval| interval.low > 0.0 || interval.high < 0.0;
    match difference.difference.interval.is_some_and(one_sided) {
        true => format!(
            " (the interval leaves out 0, but chance would do as much with p {})",
            share(difference.p_holm, 2)
        ),
        false => String::new(),
    }
}

fn subject(subject: Subject<'_>) -> String {
    match subject {
        Subject::Reranking => "reranking".to_owned(),
        Subject::PresentSetting => "the present setting".to_owned(),
        Subject::Arm(name) => format!("“{name}”"),
    }
}

fn questions(count: u32) -> String {
    if count == 1 {
        "1 question".to_owned()
    } else {
        format!("{count} questions")
    }
}

fn counts(compared: &Compared<'_>) -> String {
    let sources = compared.sources;
    let (gained, lost) = (sources.gained.len(), sources.lost.len());
    format!(
        "puts a right source into the top {} for {gained} more and loses it for {lost}",
        sources.top_n
    )
}

fn quality(compared: &Compared<'_>) -> String {
    let difference = compared.ndcg_10;
    let fine = difference.verdict == Verdict::Same;
    let digits = if fine { 3 } else { 2 };
    let range = difference
        .difference
        .interval
        .map_or(String::new(), |Interval { low, high }| {
            format!(" ({} to {})", signed(low, digits), signed(high, digits))
        });
    format!(
        "nDCG@10 {} → {}{range}",
        share(difference.baseline, 2),
        share(difference.arm, 2)
    )
}

fn costs(compared: &Compared<'_>) -> String {
    let mut text = String::new();
    match compared.first_token {
        Some((ratio, other)) if ratio > 0.0 && ratio < 0.95 => {
            text.push_str(&format!(
                "; answers start {:.1} times sooner than with “{other}”",
                1.0 / ratio
            ));
        }
        Some((ratio, other)) if ratio > 1.05 => {
            text.push_str(&format!(
                "; answers start {ratio:.1} times later than with “{other}”"
            ));
        }
        _ => {}
    }
    if let Some(ms) = compared.rerank_ms {
        let (number, seconds) = duration(ms);
        let unit = if seconds { "s" } else { "ms" };
        text.push_str(&format!("; {number} {unit} of reranking at the median"));
    }
    text
}

fn losing(compared: &Compared<'_>) -> String {
    let Some(slice) = compared
        .losing
        .filter(|_| compared.ndcg_10.verdict != Verdict::Worse)
    else {
        return String::new();
    };
    let difference = &slice.difference;
    let range = difference
        .interval
        .map_or(String::new(), |Interval { low, high }| {
            format!(" ({} to {})", signed(low, 2), signed(high, 2))
        });
    format!(
        "; but it loses on {}, {}{range}",
        questions(difference.n),
        english_slice(slice.kind, &slice.value)
    )
}
