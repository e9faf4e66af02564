use riddle_core::MAX_DOCUMENT_NAME_CHARS;
use riddle_engine::bounds::{
    MAX_ANSWER_CHARS, MAX_ANSWER_TOKENS, MAX_ARMS, MAX_CHUNK_CHARS, MAX_COMMENT_CHARS,
    MAX_DEADLINE_MS, MAX_DESCRIPTION_CHARS, MAX_EXAMPLE_CHARS, MAX_EXAMPLES, MAX_GOLDS,
    MAX_IMPORTED_RUNS, MAX_INFERENCE_CHARS, MAX_INFERENCE_TEXTS, MAX_KNOWLEDGE_BASES,
    MAX_MESSAGE_CHARS, MAX_MESSAGES, MAX_MODEL_NAME_CHARS, MAX_NAME_CHARS, MAX_OTHER_BASES,
    MAX_QUERY_CHARS, MAX_RUN_QUESTIONS, MAX_SET_FILES, MAX_TEMPERATURE, MAX_TITLE_CHARS, MAX_TOP_K,
};
use serde_json::{Value, json};
use utoipa::openapi::{OpenApi, RefOr, Schema};

use super::Bound::{
    self, Chars, Closed, Distinct, Items, List, OneOf, Only, Pattern, Range, Shape, Text,
};
use super::shapes;
use crate::bounds::{
    MAX_FIELD_CHARS, MAX_HINT_CHARS, MAX_JSON_BYTES, MAX_MODALITIES, MAX_RANK_FIELDS,
    MAX_REQUEST_BYTES, MAX_UPLOAD_PARTS,
};

/// A text that holds more than white space, to which some count U+0085 and some do not.
const WORDS: &str = r"[^\s\x85]";
/// A name, or a question in one line, is such a text without control characters.
const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";
/// That of a knowledge base has no slash either.
const BASE_NAME: &str = r"^[^/\x00-\x1f\x7f-\x9f]*[^/\s\x00-\x1f\x7f-\x9f][^/\x00-\x1f\x7f-\x9f]*$";

/// The name of a document may have folders, and its last part something that is seen.
const DOCUMENT_NAME: &str = concat!(
    r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*",
    r"[^\s./\\\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]",
    r"[^/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
);

/// A field, as `Type.field`, or a whole type.
type Rule = (&'static str, Bound);

/// Bounds every field of the table.
pub(super) fn bound(document: &mut OpenApi) {
    for (place, bound) in table() {
        find(document, place, &mut |field| bound.apply(field));
    }
}

/// All rules.
pub(super) fn table() -> Vec<Rule> {
    [
        questions(),
        chats_and_chunks(),
        knowledge_bases(),
        evaluations(),
        texts(),
        embeddings(),
        completions(),
        wording(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn questions() -> Vec<Rule> {
    let filter = || Shape(Box::new(shapes::filter()));
    let top = || Range(1.0, f64::from(MAX_TOP_K));
    // What is smaller is read as 0, which is no lead.
    let lead = || Range(f64::from(f32::MIN_POSITIVE), 1.0);
    vec![
        ("SearchBody.query", Text(1, MAX_QUERY_CHARS)),
        ("AskBody.question", Text(1, MAX_QUERY_CHARS)),
        ("CompareBody.question", Text(1, MAX_QUERY_CHARS)),
        ("SearchBody.top_k", top()),
        ("SearchBody.top_n", top()),
        ("AskBody.top_k", top()),
        ("AskBody.top_n", top()),
        ("CompareBody.top_k", top()),
        ("CompareBody.top_n", top()),
        ("FusionDto", Closed),
        ("SearchBody.filter", filter()),
        ("AskBody.filter", filter()),
        ("CompareBody.filter", filter()),
        (
            "CompareBody.rerank",
            Shape(Box::new(shapes::rerank_of_comparison())),
        ),
        ("RiddleSettings.filter", filter()),
        ("AskBody.history", Items(MAX_MESSAGES)),
        ("MessageDto.content", Chars(MAX_MESSAGE_CHARS)),
        (
            "AskBody.max_tokens",
            Range(1.0, f64::from(MAX_ANSWER_TOKENS)),
        ),
        (
            "AskBody.temperature",
            Range(0.0, f64::from(MAX_TEMPERATURE)),
        ),
        ("AskBody.chat_model", model_name()),
        ("CompareBody.chat_model", model_name()),
        ("SeveralBases.knowledge_bases", List(1, MAX_KNOWLEDGE_BASES)),
        ("SeveralBases.knowledge_bases", Text(1, MAX_NAME_CHARS)),
        (
            "RerankBody.deadline_ms",
            Range(1.0, f64::from(MAX_DEADLINE_MS)),
        ),
        ("RerankBody.model", model_name()),
        ("RerankBody.skip_lead", lead()),
        ("ArmRerankDto.skip_lead", lead()),
    ]
}

fn chats_and_chunks() -> Vec<Rule> {
    vec![
        ("CreateChat.title", Text(1, MAX_TITLE_CHARS)),
        ("CreateChat.knowledge_bases", List(1, MAX_KNOWLEDGE_BASES)),
        ("CreateChat.knowledge_bases", Text(1, MAX_NAME_CHARS)),
        ("CreateChat.chat_model", model_name()),
        ("PatchChat.title", Text(1, MAX_TITLE_CHARS)),
        ("PatchChat.knowledge_bases", List(1, MAX_KNOWLEDGE_BASES)),
        ("PatchChat.knowledge_bases", Text(1, MAX_NAME_CHARS)),
        ("PatchChat.chat_model", model_name()),
        ("FeedbackBody.comment", Chars(MAX_COMMENT_CHARS)),
        ("PatchChunk.text", Text(1, MAX_CHUNK_CHARS)),
    ]
}

fn knowledge_bases() -> Vec<Rule> {
    let metadata = || Shape(Box::new(shapes::metadata()));
    vec![
        ("CreateKnowledgeBase.name", Text(1, MAX_NAME_CHARS)),
        (
            "CreateKnowledgeBase.description",
            Chars(MAX_DESCRIPTION_CHARS),
        ),
        ("CreateKnowledgeBase.embedder", model_name()),
        ("CreateKnowledgeBase.chat_model", model_name()),
        ("CreateKnowledgeBase.examples", Items(MAX_EXAMPLES)),
        ("CreateKnowledgeBase.examples", Distinct),
        ("CreateKnowledgeBase.examples", Text(1, MAX_EXAMPLE_CHARS)),
        ("PatchKnowledgeBase.name", Text(1, MAX_NAME_CHARS)),
        (
            "PatchKnowledgeBase.description",
            Chars(MAX_DESCRIPTION_CHARS),
        ),
        ("PatchKnowledgeBase.embedder", model_name()),
        ("PatchKnowledgeBase.chat_model", model_name()),
        ("PatchKnowledgeBase.examples", Items(MAX_EXAMPLES)),
        ("PatchKnowledgeBase.examples", Distinct),
        ("PatchKnowledgeBase.examples", Text(1, MAX_EXAMPLE_CHARS)),
        (
            "TextDocument.name",
            Pattern(DOCUMENT_NAME, MAX_DOCUMENT_NAME_CHARS),
        ),
        ("TextDocument.text", Chars(MAX_JSON_BYTES)),
        ("TextDocument.metadata", metadata()),
        ("TextDocuments", List(1, MAX_UPLOAD_PARTS)),
        ("UploadForm", Closed),
        ("UploadForm.file", List(1, MAX_UPLOAD_PARTS)),
        ("UploadForm.metadata", Chars(MAX_REQUEST_BYTES)),
    ]
}

fn evaluations() -> Vec<Rule> {
    vec![
        ("CreateEvaluationSet.name", Text(1, MAX_NAME_CHARS)),
        (
            "CreateEvaluationSet.description",
            Chars(MAX_DESCRIPTION_CHARS),
        ),
        ("CreateEvaluationSet.knowledge_base", Chars(MAX_NAME_CHARS)),
        ("CreateEvaluationSet.files", Items(MAX_SET_FILES)),
        ("EvaluationFileDto.content", Chars(MAX_JSON_BYTES)),
        ("CreateEvaluationRun.set", Text(1, MAX_NAME_CHARS)),
        ("CreateEvaluationRun.name", Text(1, MAX_NAME_CHARS)),
        ("CreateEvaluationRun.arms", Items(MAX_ARMS)),
        ("CreateEvaluationRun.trec_runs", Items(MAX_IMPORTED_RUNS)),
        (
            "CreateEvaluationRun.other_knowledge_bases",
            Items(MAX_OTHER_BASES),
        ),
        (
            "CreateEvaluationRun.other_knowledge_bases",
            Text(1, MAX_NAME_CHARS),
        ),
        (
            "CreateEvaluationRun.limit",
            Range(1.0, f64::from(MAX_RUN_QUESTIONS)),
        ),
        ("CreateEvaluationQuestion.text", Text(1, MAX_QUERY_CHARS)),
        ("CreateEvaluationQuestion.answers", Items(MAX_GOLDS)),
        ("CreateEvaluationQuestion.answers", Chars(MAX_ANSWER_CHARS)),
        ("CreateEvaluationQuestion.relevant", Items(MAX_GOLDS)),
        ("PatchEvaluationQuestion.text", Text(1, MAX_QUERY_CHARS)),
        ("PatchEvaluationQuestion.answers", Items(MAX_GOLDS)),
        ("PatchEvaluationQuestion.answers", Chars(MAX_ANSWER_CHARS)),
        ("PatchEvaluationQuestion.relevant", Items(MAX_GOLDS)),
        ("JudgmentDto.quote", Text(1, MAX_ANSWER_CHARS)),
        ("JudgeByModel.model", Text(1, MAX_MODEL_NAME_CHARS)),
    ]
}

fn texts() -> Vec<Rule> {
    let chars = || Chars(MAX_INFERENCE_CHARS);
    let count = || List(1, MAX_INFERENCE_TEXTS);
    vec![
        ("TeiRerankBody.query", chars()),
        ("TeiRerankBody.texts", count()),
        ("TeiRerankBody.texts", chars()),
        (
            "InvocationsBody.text_pairs",
            Bound::Items(MAX_INFERENCE_TEXTS),
        ),
        ("InvocationsBody.text_pairs", chars()),
        ("CohereRerankBody.query", chars()),
        ("CohereRerankBody.documents", count()),
        ("CohereRerankBody.model", Chars(MAX_MODEL_NAME_CHARS)),
        ("CohereRerankBody.rank_fields", Items(MAX_RANK_FIELDS)),
        ("CohereRerankBody.rank_fields", Distinct),
        ("CohereRerankBody.rank_fields", Chars(MAX_FIELD_CHARS)),
        ("CohereDocument", Shape(Box::new(shapes::document()))),
    ]
}

fn embeddings() -> Vec<Rule> {
    let hint = || Chars(MAX_HINT_CHARS);
    vec![
        ("Inputs", List(1, MAX_INFERENCE_TEXTS)),
        ("Inputs", Chars(MAX_INFERENCE_CHARS)),
        ("EmbeddingsBody.model", Chars(MAX_MODEL_NAME_CHARS)),
        ("EmbeddingsBody.input_type", hint()),
        ("TeiEmbedBody.prompt_name", hint()),
        (
            "TeiEmbedBody.encoding_format",
            Only(values(json!(["float", null]))),
        ),
        ("TeiTokenizeBody.prompt_name", Only(values(json!([null])))),
    ]
}

fn completions() -> Vec<Rule> {
    let top = || Range(1.0, f64::from(MAX_TOP_K));
    let tokens = || Range(1.0, f64::from(MAX_ANSWER_TOKENS));
    let roles = json!([
        "system",
        "developer",
        "user",
        "assistant",
        "tool",
        "function"
    ]);
    let no_tool = || Only(values(json!(["auto", "none", null])));
    let no_tool_shape = || Shape(Box::new(shapes::text_or_null()));
    vec![
        ("ChatCompletionBody.model", Chars(MAX_MODEL_NAME_CHARS)),
        ("ChatCompletionBody.messages", List(1, MAX_MESSAGES + 1)),
        ("Message.role", Only(values(roles))),
        ("Message.content", Shape(Box::new(shapes::content()))),
        ("ChatCompletionBody.max_tokens", tokens()),
        ("ChatCompletionBody.max_completion_tokens", tokens()),
        (
            "ChatCompletionBody.temperature",
            Range(0.0, f64::from(MAX_TEMPERATURE)),
        ),
        ("ChatCompletionBody.stop", Shape(Box::new(shapes::stop()))),
        ("ChatCompletionBody.n", Only(values(json!([1, null])))),
        (
            "ChatCompletionBody.logprobs",
            Only(values(json!([false, null]))),
        ),
        (
            "ChatCompletionBody.response_format",
            Shape(Box::new(shapes::format())),
        ),
        ("ChatCompletionBody.tool_choice", no_tool_shape()),
        ("ChatCompletionBody.tool_choice", no_tool()),
        ("ChatCompletionBody.function_call", no_tool_shape()),
        ("ChatCompletionBody.function_call", no_tool()),
        ("ChatCompletionBody.modalities", Items(MAX_MODALITIES)),
        (
            "ChatCompletionBody.modalities",
            Only(values(json!(["text"]))),
        ),
        ("RiddleSettings.top_k", top()),
        ("RiddleSettings.top_n", top()),
        ("RiddleSettings.chat_model", model_name()),
    ]
}

/// What texts and names look like, besides how long they are.
fn wording() -> Vec<Rule> {
    vec![
        ("SearchBody.query", Pattern(WORDS, MAX_QUERY_CHARS)),
        ("AskBody.question", Pattern(WORDS, MAX_QUERY_CHARS)),
        ("CompareBody.question", Pattern(WORDS, MAX_QUERY_CHARS)),
        ("CreateChat.title", Pattern(WORDS, MAX_TITLE_CHARS)),
        ("PatchChat.title", Pattern(WORDS, MAX_TITLE_CHARS)),
        ("PatchChunk.text", Pattern(WORDS, MAX_CHUNK_CHARS)),
        ("PatchChunk", OneOf(&["text", "enabled"])),
        (
            "CreateKnowledgeBase.name",
            Pattern(BASE_NAME, MAX_NAME_CHARS),
        ),
        (
            "PatchKnowledgeBase.name",
            Pattern(BASE_NAME, MAX_NAME_CHARS),
        ),
        (
            "CreateKnowledgeBase.examples",
            Pattern(NAME, MAX_EXAMPLE_CHARS),
        ),
        (
            "PatchKnowledgeBase.examples",
            Pattern(NAME, MAX_EXAMPLE_CHARS),
        ),
        ("CreateEvaluationSet.name", Pattern(NAME, MAX_NAME_CHARS)),
        ("CreateEvaluationRun.name", Pattern(NAME, MAX_NAME_CHARS)),
        ("PatchEvaluationRun.name", Pattern(NAME, MAX_NAME_CHARS)),
        (
            "CreateEvaluationQuestion.text",
            Pattern(WORDS, MAX_QUERY_CHARS),
        ),
        (
            "PatchEvaluationQuestion.text",
            Pattern(WORDS, MAX_QUERY_CHARS),
        ),
    ]
}

/// No model has an empty name.
fn model_name() -> Bound {
    Text(1, MAX_MODEL_NAME_CHARS)
}

fn values(list: Value) -> Vec<Value> {
    match list {
        Value::Array(values) => values,
        other => vec![other],
    }
}

/// Calls `change` on a field in each type that has it: types that are made of two are written out. Gives how many.
pub(super) fn find(
    document: &mut OpenApi,
    place: &str,
    change: &mut impl FnMut(&mut RefOr<Schema>),
) -> usize {
    let (name, field) = match place.split_once('.') {
        Some((name, field)) => (name, Some(field)),
        None => (place, None),
    };
    let mut found = 0;
    let schemas = document
        .components
        .iter_mut()
        .flat_map(|all| all.schemas.iter_mut());
    for (known, schema) in schemas {
        if !known.split('_').any(|part| part == name) {
            continue;
        }
        match field {
            None => {
                change(schema);
                found += 1;
            }
            Some(field) => found += change_field(schema, field, change),
        }
    }
    found
}

fn change_field(
    schema: &mut RefOr<Schema>,
    field: &str,
    change: &mut impl FnMut(&mut RefOr<Schema>),
) -> usize {
    match schema {
        RefOr::T(Schema::Object(object)) => match object.properties.get_mut(field) {
            Some(property) => {
                change(property);
                1
            }
            None => 0,
        },
        RefOr::T(Schema::AllOf(all)) => {
            let halves = all.items.iter_mut();
            halves.map(|half| change_field(half, field, change)).sum()
        }
        _ => 0,
    }
}
