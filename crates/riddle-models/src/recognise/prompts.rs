use serde_json::Value;

use super::{Notes, Snapshot, Wishes};

/// What `document` is called by the models that have a prompt for it, best first.
const DOCUMENTS: [&str; 3] = ["document", "passage", "corpus"];

/// What is put before questions and passages.
pub(super) struct Prompts {
    pub(super) query: String,
    pub(super) passage: String,
}

/// By the caller, by `config_sentence_transformers.json`, or by the family, whose README alone tells them.
pub(super) fn of(
    snapshot: &Snapshot,
    wishes: &Wishes,
    settings: Option<&Value>,
    notes: &mut Notes,
) -> Prompts {
    let told = settings.map(told).unwrap_or_default();
    let family = family(snapshot);
    let mut choose = |what: &str, wished: &Option<String>, told: Option<String>, family: &str| {
        if let Some(wished) = wished {
            return wished.clone();
        }
        if let Some(told) = told {
            if !told.is_empty() {
                notes.found(format!(
                    "puts {told:?} before {what} (config_sentence_transformers.json)"
                ));
            }
            return told;
        }
        if family.is_empty() {
            notes.assumed(format!(
                "no prompt is told for {what}: nothing is put before them"
            ));
        } else {
            notes.assumed(format!(
                "{family:?} is put before {what}, as models of this family have it; its files do not say so"
            ));
        }
        family.to_owned()
    };
    Prompts {
        query: choose("questions", &wishes.query_prefix, told.0, family.0),
        passage: choose("passages", &wishes.passage_prefix, told.1, family.1),
    }
}

/// The prompts of questions and of passages.
fn told(settings: &Value) -> (Option<String>, Option<String>) {
    let Some(prompts) = settings["prompts"]
        .as_object()
        .filter(|prompts| !prompts.is_empty())
    else {
        return (None, None);
    };
    let by = |name: &str| prompts.get(name).and_then(Value::as_str).map(str::to_owned);
    let default = settings["default_prompt_name"].as_str().and_then(by);
    let query = by("query").or_else(|| default.clone());
    let passage = DOCUMENTS.iter().find_map(|name| by(name)).or(default);
    // A model with prompts that has none of these names wants nothing there.
    (
        query.or_else(|| Some(String::new())),
        passage.or_else(|| Some(String::new())),
    )
}

/// Families whose prompts only their README tells, known by their names.
fn family(snapshot: &Snapshot) -> (&'static str, &'static str) {
    let name = snapshot.short_title().to_lowercase();
    let has = |part: &str| name.split(['-', '_']).any(|piece| piece == part);
    if has("e5") && !has("instruct") && !has("mistral") {
        return ("query: ", "passage: ");
    }
    if name.starts_with("nomic-embed-text") {
        return ("search_query: ", "search_document: ");
    }
    if name.starts_with("bge-") && !has("m3") && !has("reranker") {
        if has("zh") {
            return ("为这个句子生成表示以用于检索相关文章：", "");
        }
        if has("en") {
            return (
                "Represent this sentence for searching relevant passages: ",
                "",
            );
        }
    }
    ("", "")
}
