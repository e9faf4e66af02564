use std::collections::BTreeMap;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition,
    DispositionParam, DispositionType, ExtendedValue,
};
use actix_web::{HttpResponse, get, web};
use riddle_core::DocumentId;
use tokio_util::io::ReaderStream;
use utoipa::IntoResponses;
use utoipa::openapi::{Content, RefOr, Response, ResponseBuilder};
use uuid::Uuid;

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Bytes read from disk at a time.
const READ_BYTES: usize = 64 * 1024;
/// Were a browser tricked into showing the file, it could run and load nothing.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Download the original
///
/// Always as an attachment: nothing that was uploaded is ever shown as a page of this server.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses(
        Original,
        (status = 404, description = "No such document", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/documents/{id}/content")]
pub(super) async fn get_content(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let content = state.engine.document_content(DocumentId(*id)).await?;
    let file = tokio::fs::File::open(&content.path).await;
    let file = file.map_err(|error| {
        ApiError::internal(format!("the original of {id} cannot be opened: {error}"))
    })?;
    let stream = ReaderStream::with_capacity(file, READ_BYTES);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type(content.media_type.as_deref())))
        .insert_header((CONTENT_DISPOSITION, disposition(&content.name)))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(SizedStream::new(content.bytes, stream)))
}

/// The successful response, for the description of the route.
struct Original;

impl IntoResponses for Original {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let kinds = [PLAIN_BYTES].into_iter().chain(HARMLESS);
        let response = ResponseBuilder::new().description("The bytes as they were uploaded");
        let response = kinds.fold(response, |response, kind| {
            response.content(kind, Content::default())
        });
        BTreeMap::from([("200".to_owned(), response.into())])
    }
}

const PLAIN_BYTES: &str = "application/octet-stream";
/// Types that no browser runs.
const HARMLESS: [&str; 5] = [
    "application/pdf",
    "text/plain",
    "text/markdown",
    "text/csv",
    "application/json",
];

/// The stored type if it is one that no browser runs, else plain bytes.
fn media_type(stored: Option<&str>) -> &str {
    stored
        .filter(|kind| HARMLESS.contains(kind))
        .unwrap_or(PLAIN_BYTES)
}

fn disposition(name: &str) -> ContentDisposition {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: last.as_bytes().to_vec(),
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_never_served_as_html() {
        assert_eq!(media_type(Some("text/html")), "application/octet-stream");
        assert_eq!(
            media_type(Some("image/svg+xml")),
            "application/octet-stream"
        );
        assert_eq!(media_type(Some("application/pdf")), "application/pdf");
        assert_eq!(media_type(None), "application/octet-stream");
    }

    #[test]
    fn the_types_that_are_sent_are_described_and_no_others() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let described = &document["paths"]["/api/v1/documents/{id}/content"]["get"]["responses"]["200"]
            ["content"];
        let described = described.as_object().expect("types with their schemas");
        let described: Vec<&str> = described.keys().map(String::as_str).collect();
        let is_sent = |kind: &&str| media_type(Some(*kind)) == *kind;
        assert!(described.iter().all(is_sent), "{described:?}");
        assert_eq!(described.len(), 1 + HARMLESS.len(), "{described:?}");
    }

    #[test]
    fn names_cannot_leave_their_header() {
        let header = disposition("a/b\"; filename=x\r\nSet-Cookie: 知识.html").to_string();
        assert!(
            header.starts_with("attachment; filename*=UTF-8''b%22"),
            "{header}"
        );
        assert!(!header.contains(['\r', '\n']), "{header}");
    }
}
