use actix_multipart::Multipart;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, post, web};
use riddle_api::{AcceptedListDto, TextDocument, TextDocuments};

use super::batch::Batch;
use super::multipart;
use crate::dto::{metadata_from_json, parse_text_documents};
use crate::error::{ApiError, ErrorBody, ErrorCode};
use crate::extract::{Bounds, Carries, parse_aside, read_json};
use crate::state::ServerState;

/// A form with files.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form in the OpenAPI document; it is read as a stream"
)]
pub(super) struct UploadForm {
    /// Metadata of all files, as a JSON object; comes once, before the files. At most 16 KiB in all: the bytes of keys
    /// and texts, and 8 for each key and each value.
    #[schema(value_type = Option<String>, example = "{\"team\": \"net\"}")]
    metadata: Option<String>,
    /// The files, each under its file name.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// Add documents
///
/// Takes files as multipart/form-data, or texts as JSON. Answers when every accepted document is durable; parsing and
/// indexing follow, see its events. A name is a path with folders, of which a knowledge base has one document: another
/// file of the same name replaces the first, and the same bytes under another name are another document. Names are kept
/// in one spelling: composed letters, `/` between folders, no `.`, `..`, drive or slash in front.
/// The same bytes with other metadata are read anew, which is refused where text was recognised in pictures and there
/// is no model for that.
/// A file that is refused does not lose the others; when all are refused, the answer is the first one's error.
#[utoipa::path(
    tag = "documents",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (TextDocuments = "application/json"),
    )),
    responses(
        (status = 202, description = "Accepted", body = AcceptedListDto),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 409, description = "Text of it was recognised in pictures, which cannot be done now", body = ErrorBody),
        (status = 413, description = "Larger than allowed", body = ErrorBody),
        (status = 415, description = "Neither multipart nor JSON", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases/{kb}/documents")]
pub(super) async fn add_documents(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let mut batch = Batch::new(state.engine.clone(), kb.into_inner());
    if is_multipart(&request) {
        let parts = Multipart::new(request.headers(), payload);
        let received = multipart::receive(parts, &mut batch, &request).await;
        received.map_err(|error| batch.broken_off(error))?;
    } else {
        let body = read_json(&request, payload.into_inner(), Carries::Texts).await?;
        let documents = parse_aside(body, parse_text_documents).await?.into_vec();
        let limit = Bounds::of(&request)?.max_upload_parts;
        if documents.len() > limit {
            return Err(ApiError::new(
                ErrorCode::TOO_LARGE,
                format!("more than {limit} documents in one request; send fewer at once"),
            ));
        }
        for document in documents {
            add_text(&mut batch, document).await?;
        }
    }
    Ok(HttpResponse::Accepted().json(batch.finish()?))
}

async fn add_text(batch: &mut Batch, document: TextDocument) -> Result<(), ApiError> {
    let TextDocument {
        name,
        text,
        metadata,
    } = document;
    let mut upload = match metadata_from_json(metadata) {
        Ok(metadata) => {
            batch
                .begin(name, Some("text/plain".to_owned()), metadata)
                .await?
        }
        Err(error) => return batch.refuse(name, error),
    };
    upload.write(text.as_bytes()).await;
    batch.end(upload).await
}

fn is_multipart(request: &HttpRequest) -> bool {
    let value = request.headers().get(CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("multipart/")
        })
}
