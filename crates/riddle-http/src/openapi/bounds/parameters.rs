use riddle_engine::bounds::{
    MAX_ARM_NAME_CHARS, MAX_MODEL_NAME_CHARS, MAX_NAME_CHARS, MAX_PAGE, MAX_QUESTION_ID_CHARS,
    MAX_RUN_QUESTIONS, MAX_SEARCH_CHARS,
};
use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Required};

use super::Bound::{self, Chars, Pattern, Range, Text};
use super::{bound_by_type, each};
use crate::bounds::{
    MAX_CURSOR_CHARS, MAX_FOLDER_CHARS, MAX_LANGUAGE_CHARS, MAX_NAME_SEARCH_CHARS, MAX_STATUS_CHARS,
};

/// What a list of statuses looks like.
const STATUSES: &str = "^(queued|parsing|embedding|indexing|ready|failed)(,(queued|parsing|embedding|indexing|ready|failed))*$";
const SORTS: &str = "^(newest|oldest|name|size|status)$";
/// The time of an entry and its id, as the server makes them.
const CURSOR: &str = r"^[0-9]{1,18}\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
/// That of a list of documents: its order, the id of a document, and what that is ordered by.
const DOCUMENTS_CURSOR: &str = r"^((newest|oldest|size)\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[0-9]{1,18}|(name|status)\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\..*)$";
/// A language's code, with a script or a region behind it.
const LANGUAGE: &str = "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}$";

/// Bounds the parameters of every operation.
pub(super) fn bound(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    bound_one(path, parameter);
                }
            }
        }
    }
}

/// The operations of a path.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    all.into_iter().flatten()
}

fn bound_one(path: &str, parameter: &mut Parameter) {
    let (name, is_in_path) = (parameter.name.clone(), parameter.required == Required::True);
    let Some(schema) = &mut parameter.schema else {
        return;
    };
    if let Some(bound) = bound_of(path, &name, is_in_path) {
        bound.apply(schema);
    }
    each(schema, &mut bound_by_type);
}

fn bound_of(path: &str, name: &str, is_in_path: bool) -> Option<Bound> {
    let of_documents = path.ends_with("/documents");
    Some(match name {
        "limit" if path.ends_with("/power") => Range(1.0, f64::from(MAX_RUN_QUESTIONS)),
        "limit" if path.ends_with("/to-judge") => return None,
        "limit" => Range(1.0, f64::from(MAX_PAGE)),
        "cursor" if of_documents => Pattern(DOCUMENTS_CURSOR, MAX_CURSOR_CHARS),
        "cursor" => Pattern(CURSOR, MAX_CURSOR_CHARS),
        "search" if of_documents => Chars(MAX_NAME_SEARCH_CHARS),
        "search" => Chars(MAX_SEARCH_CHARS),
        "status" => Pattern(STATUSES, MAX_STATUS_CHARS),
        "sort" => Pattern(SORTS, MAX_STATUS_CHARS),
        "folder" => Chars(MAX_FOLDER_CHARS),
        "arm" | "before_arm" => Chars(MAX_ARM_NAME_CHARS),
        "language" => Pattern(LANGUAGE, MAX_LANGUAGE_CHARS),
        // A longer name names nothing.
        "kb" | "set" => Text(1, MAX_NAME_CHARS),
        "judge" => Text(1, MAX_MODEL_NAME_CHARS),
        "question" if is_in_path => Text(1, MAX_QUESTION_ID_CHARS),
        "question" => Chars(MAX_QUESTION_ID_CHARS),
        "name" | "model" if is_in_path => Text(1, MAX_MODEL_NAME_CHARS),
        _ => return None,
    })
}
