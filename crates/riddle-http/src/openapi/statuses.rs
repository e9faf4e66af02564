//! The statuses of errors, listed where they are described: those of the table of errors that an operation may have.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Content, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use crate::error::{ErrorCode, ErrorShape};

/// What stands for all statuses that are not listed.
const DEFAULT: &str = "default";
/// The codes that come of a body: how it is sent, its size, its type.
const OF_BODIES: [ErrorCode; 5] = [
    ErrorCode::INVALID_JSON,
    ErrorCode::INVALID_MULTIPART,
    ErrorCode::REQUEST_TIMEOUT,
    ErrorCode::TOO_LARGE,
    ErrorCode::UNSUPPORTED_MEDIA_TYPE,
];

/// Lists the statuses of every operation that describes no others.
pub(super) fn list(document: &mut OpenApi) {
    let mut described = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        let shape = ErrorShape::of_path(path);
        for (is_read, operation) in operations(item) {
            list_for(operation, is_read, shape, &mut described);
        }
    }
    let components = document.components.get_or_insert_default();
    components.responses.extend(described);
}

/// The operations of a path, and whether each only reads.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let all = [
        (true, &mut item.get),
        (false, &mut item.put),
        (false, &mut item.post),
        (false, &mut item.delete),
        (false, &mut item.patch),
    ];
    all.into_iter()
        .filter_map(|(is_read, operation)| Some((is_read, operation.as_mut()?)))
}

fn list_for(
    operation: &mut Operation,
    is_read: bool,
    shape: ErrorShape,
    described: &mut BTreeMap<String, RefOr<Response>>,
) {
    let has_body = operation.request_body.is_some();
    let has_parameters = operation.parameters.is_some();
    let responses = &mut operation.responses.responses;
    responses.remove(DEFAULT);
    for code in ErrorCode::ALL {
        let occurs = match code.status {
            // Another method is no operation.
            405 => false,
            404 => has_body || has_parameters,
            409 | 507 => !is_read,
            _ => has_body || !OF_BODIES.contains(code),
        };
        let status = shape.status(*code).to_string();
        if !occurs || responses.contains_key(&status) {
            continue;
        }
        let name = format!("{shape:?}{status}");
        responses.insert(status, RefOr::Ref(Ref::from_response_name(&name)));
        described
            .entry(name)
            .or_insert_with(|| RefOr::T(response(shape, shape.status(*code))));
    }
}

/// All codes of a status, in the shape that the clients of an address read.
fn response(shape: ErrorShape, status: u16) -> Response {
    let codes = ErrorCode::ALL
        .iter()
        .filter(|code| shape.status(**code) == status);
    let codes: Vec<String> = codes.map(|code| format!("`{}`", code.name)).collect();
    let body = match shape {
        ErrorShape::Own => Content::new(Some(Ref::from_schema_name("ErrorBody"))),
        _ => Content::new(Some(ObjectBuilder::new().build())),
    };
    ResponseBuilder::new()
        .description(codes.join(", "))
        .content("application/json", body)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_without_a_body_is_described() {
        let document = crate::openapi();
        let paths = &document.paths.paths;
        let set = "/api/v1/evaluations/sets/{set}";
        let export = paths[&format!("{set}/export")].get.as_ref();
        let collect = paths[&format!("{set}/questions/collect")].post.as_ref();
        for operation in [export, collect] {
            let operation = operation.expect("it is there");
            assert!(operation.responses.responses.contains_key("413"));
        }
    }

    #[test]
    fn no_status_is_left_to_a_default_and_all_are_of_the_table() {
        let mut document = crate::openapi();
        for (path, item) in &mut document.paths.paths {
            let shape = ErrorShape::of_path(path);
            for (_, operation) in operations(item) {
                for status in operation.responses.responses.keys() {
                    let status: u16 = status.parse().expect("a number, not `default`");
                    let mut known = ErrorCode::ALL.iter().map(|code| shape.status(*code));
                    assert!(
                        status < 400 || known.any(|of_table| of_table == status),
                        "{path} {status}"
                    );
                }
            }
        }
    }
}
