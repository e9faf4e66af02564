use serde_json::{Map, Value};

use super::Format;
use crate::formats::csv_table;
use crate::formats::file::{InputFile, Source};
use crate::formats::select::holds_data;
use crate::formats::trec;

/// The format of a folder by its names, or else of the first file that tells.
pub(super) fn guess(files: &[InputFile]) -> Option<Format> {
    if files.iter().any(|file| file.base_name() == "queries.jsonl") {
        return Some(Format::Beir);
    }
    let alone = files.len() == 1;
    let data = files.iter().filter(|file| alone || holds_data(file));
    data.filter_map(|file| file.source().ok())
        .find_map(of_content)
}

fn of_content(source: Source<'_>) -> Option<Format> {
    let (_, first) = source.lines().next()?;
    if let Ok(Value::Object(object)) = serde_json::from_str(first)
        && let Some(format) = of_object(&object)
    {
        return Some(format);
    }
    if first.trim_start().starts_with(['{', '[']) {
        let squad = ["\"qas\"", "\"paragraphs\"", "\"context_text\""];
        return squad
            .iter()
            .any(|field| source.text.contains(field))
            .then_some(Format::Squad);
    }
    if csv_table::has_head(source) {
        return Some(Format::Csv);
    }
    matches!(
        trec::kind(source),
        Some(trec::Kind::Topics | trec::Kind::Qrels)
    )
    .then_some(Format::Trec)
}

/// The format of a file with an object on each line.
fn of_object(object: &Map<String, Value>) -> Option<Format> {
    let has = |field: &str| object.contains_key(field);
    if has("query") && has("pos") {
        return Some(Format::FlagEmbedding);
    }
    if has("query") && has("hits") {
        return Some(Format::RagRetrieval);
    }
    let asks = ["question", "query", "text"].into_iter().any(has);
    (asks && !has("_id")).then_some(Format::Jsonl)
}
