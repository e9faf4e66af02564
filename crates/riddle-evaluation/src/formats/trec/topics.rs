use crate::formats::error::ImportProblem;
use crate::formats::file::{LineCounter, Place, Source};
use crate::formats::judgments::Query;
use crate::formats::problems::Problems;

/// The questions of a file of topics.
pub(super) fn topics<'a>(source: Source<'a>, problems: &mut Problems) -> Vec<Query<'a>> {
    let first = source.lines().next();
    if first.is_some_and(|(_, line)| is_marked_up(line)) {
        marked_up(source, problems)
    } else {
        lines(source, problems)
    }
}

/// Whether a file that begins so has its topics between tags.
pub(super) fn is_marked_up(line: &str) -> bool {
    line.trim_start().starts_with("<top>")
}

fn lines<'a>(source: Source<'a>, problems: &mut Problems) -> Vec<Query<'a>> {
    let mut queries = Vec::new();
    for (place, line) in source.lines() {
        let query = line.split_once('\t').ok_or_else(|| {
            place.problem_of_line(
                "there is no tab in this line; a topic is an id, a tab and the question",
            )
        });
        queries.extend(
            problems
                .keep(query)
                .map(|(id, text)| topic(place, id, text)),
        );
        if problems.is_full() {
            break;
        }
    }
    queries
}

fn topic<'a>(place: Place<'a>, id: &str, text: &str) -> Query<'a> {
    Query {
        place,
        id: id.to_owned(),
        text: text.to_owned(),
        answers: Vec::new(),
    }
}

fn marked_up<'a>(source: Source<'a>, problems: &mut Problems) -> Vec<Query<'a>> {
    let mut queries = Vec::new();
    let mut counter = LineCounter::new(source);
    for part in source.text.split("<top>").skip(1) {
        let place = counter.place_of(part);
        let body = part.split("</top>").next().unwrap_or(part);
        queries.extend(problems.keep(between_tags(place, body)));
        if problems.is_full() {
            break;
        }
    }
    queries
}

fn between_tags<'a>(place: Place<'a>, body: &str) -> Result<Query<'a>, ImportProblem> {
    let id = element(place, body, "num", "Number:")?;
    let text = element(place, body, "title", "Topic:")?;
    Ok(topic(place, &id, &text))
}

/// The text after a tag, up to the next, in one line, without the word that some years put in front.
fn element(place: Place<'_>, body: &str, name: &str, label: &str) -> Result<String, ImportProblem> {
    let tag = format!("<{name}>");
    let Some((_, rest)) = body.split_once(&tag) else {
        return Err(place.problem(name, format!("the topic has no {tag}; add it")));
    };
    let text = rest.split('<').next().unwrap_or(rest);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let text = words.join(" ");
    let text = text.strip_prefix(label).unwrap_or(&text).trim_start();
    if text.is_empty() {
        return Err(place.problem(name, format!("there is nothing after {tag}; fill it in")));
    }
    Ok(text.to_owned())
}
