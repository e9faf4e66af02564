use serde_json::json;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::{OpenApi, RefOr};

use super::parameters::operations;
use crate::bounds::{MAX_JSON_BYTES, MAX_REQUEST_BYTES};

/// Where the description says how many bytes a JSON body may have.
pub(super) const MAX_BYTES: &str = "x-max-bytes";

/// Where it says how many bytes a file of a form may have.
pub(super) const MAX_FILE_BYTES: &str = "x-max-file-bytes";
const FILE_BYTES: &str = "`limits.max_upload_mib` of the configuration";

/// Bodies that carry documents, or texts for a model.
const TEXTS: [&str; 10] = [
    "/api/v1/evaluations/runs",
    "/api/v1/evaluations/sets",
    "/api/v1/knowledge-bases/{kb}/documents",
    "/embed",
    "/endpoints/{name}/invocations",
    "/invocations",
    "/rerank",
    "/v1/embeddings",
    "/v1/rerank",
    "/v2/rerank",
];

/// Says of every body how large it may be.
pub(super) fn bound(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let most = match TEXTS.contains(&path.as_str()) {
            true => MAX_JSON_BYTES,
            false => MAX_REQUEST_BYTES,
        };
        for operation in operations(item) {
            let Some(RefOr::T(body)) = &mut operation.request_body else {
                continue;
            };
            for (kind, content) in &mut body.content {
                let RefOr::T(content) = content else {
                    continue;
                };
                let (name, bytes) = match kind.as_str() {
                    "application/json" => (MAX_BYTES, json!(most)),
                    _ => (MAX_FILE_BYTES, json!(FILE_BYTES)),
                };
                let extensions = content.extensions.get_or_insert_with(Extensions::default);
                extensions.insert(name.to_owned(), bytes);
            }
        }
    }
}
