//! Citations that give the name of a document where its number is wanted, as in `[Source: handbook.md]`.

use std::collections::HashSet;

use super::numbers::is_label;
use crate::text::folding::simplified;
use crate::text::prompt::PromptSource;
use crate::text::terms::terms;

/// Longest ending of a file's name, as in `.xhtml`.
const MAX_ENDING: usize = 5;
/// Labels that nothing but a citation has in front of a name. `[Document: title]` may be a form to fill in.
const SOURCE_LABELS: [&str; 15] = [
    "source",
    "sources",
    "src",
    "citation",
    "citations",
    "quelle",
    "quellen",
    "fuente",
    "fuentes",
    "fonte",
    "источник",
    "출처",
    "来源",
    "出处",
    "出典",
];

/// Names behind a label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    /// As they were written.
    pub(super) names: String,
    /// Whether they are a citation even if no source has such a name.
    pub(super) is_citation: bool,
}

/// Reads a label and what follows its colon, or the name of a file alone, which cites where a source has it.
pub(super) fn named(inner: &str) -> Option<Named> {
    labelled(inner).or_else(|| {
        is_file(inner).then(|| Named {
            names: inner.to_owned(),
            is_citation: false,
        })
    })
}

fn labelled(inner: &str) -> Option<Named> {
    let (label, names) = inner.split_once([':', '：'])?;
    let label = label.trim();
    let mut is_labelled = false;
    for word in label.split([' ', '_', '-']).filter(|word| !word.is_empty()) {
        is_labelled |= is_label(&word.to_lowercase())?;
    }
    let names = names.trim();
    // A number in brackets of its own says more than the name before it.
    let is_name = names.contains(char::is_alphanumeric) && !names.contains(['[', '【', '［']);
    if !is_labelled || !is_name {
        return None;
    }
    let label: String = label.to_lowercase().chars().map(simplified).collect();
    Some(Named {
        names: names.to_owned(),
        is_citation: SOURCE_LABELS.contains(&label.as_str()) || is_file(names),
    })
}

/// Whether a name, or the last one of several, ends as those of files do.
pub(super) fn is_file(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, ending)| {
        let is_word = ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_ending = is_word && ending.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_name = stem.ends_with(char::is_alphanumeric) && !stem.contains("://");
        is_name && is_ending && ending.len() <= MAX_ENDING
    })
}

/// A source as an answer may name it.
pub(super) struct SourceName {
    number: u32,
    /// The document's name, its file's name, and that without its ending.
    keys: [String; 3],
    terms: HashSet<String>,
}

impl SourceName {
    pub(super) fn of(source: &PromptSource<'_>) -> Self {
        let file = source.document.rsplit('/').next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        Self {
            number: source.number,
            keys: [source.document, file, stem].map(key),
            terms: terms(source.text),
        }
    }
}

/// The numbers of the sources that are named, each document's once; none where no source has such a name. Behind a name
/// a page or a heading may stand. Of several passages of a document the one with most words of `claim` is meant.
pub(super) fn numbers_of(names: &str, sources: &[SourceName], claim: &str) -> Vec<u32> {
    let claim = terms(claim);
    if let Some(number) = meant(names, sources, &claim) {
        return vec![number];
    }
    let mut numbers = Vec::new();
    for name in names.split([',', '，', ';', '；', '、', '›', '&']) {
        let number = meant(name, sources, &claim);
        numbers.extend(number.filter(|number| !numbers.contains(number)));
    }
    numbers
}

fn meant(name: &str, sources: &[SourceName], claim: &HashSet<String>) -> Option<u32> {
    let key = key(name);
    let mut best: Option<(usize, u32)> = None;
    for source in sources.iter().filter(|source| source.keys.contains(&key)) {
        let shared = source.terms.intersection(claim).count();
        if !key.is_empty() && best.is_none_or(|(most, _)| shared > most) {
            best = Some((shared, source.number));
        }
    }
    best.map(|(_, number)| number)
}

/// A name without case, spaces and punctuation, which models change.
fn key(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters
        .flat_map(char::to_lowercase)
        .map(simplified)
        .collect()
}
