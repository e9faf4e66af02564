use actix_web::body::SizedStream;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition,
    DispositionParam, DispositionType, ExtendedValue,
};
use actix_web::{HttpResponse, get, web};
use riddle_core::DocumentId;
use tokio_util::io::ReaderStream;
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
        (status = 200, description = "The bytes as they were uploaded", content(
            ("application/octet-stream"),
            ("application/pdf"),
            ("text/plain"),
            ("text/markdown"),
            ("text/csv"),
            ("application/json"),
        )),
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

/// Types that no browser runs. The description of the route lists them too.
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
        .unwrap_or("application/octet-stream")
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
    fn every_type_that_is_sent_is_described() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let described = &document["paths"]["/api/v1/documents/{id}/content"]["get"]["responses"]["200"]
            ["content"];
        for kind in HARMLESS.iter().chain(&["application/octet-stream"]) {
            assert!(described.get(kind).is_some(), "{kind}: {described}");
        }
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
