use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use riddle_api::MetadataDto;
use riddle_core::Metadata;

use super::batch::Batch;
use super::file_name::file_name;
use crate::dto::metadata_from_json;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Bounds, Carries, next_within, parse_aside, parse_json, read_bounded};

/// What browsers and tools send when they do not know a type.
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// Characters of an unknown part's name that its error shows.
const SHOWN_CHARS: usize = 100;

/// Takes the parts of a form as they come: no file is held in memory.
pub(super) async fn receive(
    mut parts: Multipart,
    batch: &mut Batch,
    request: &HttpRequest,
) -> Result<(), ApiError> {
    let bounds = Bounds::of(request)?;
    let mut metadata: Option<Metadata> = None;
    let mut files = 0_usize;
    while let Some(part) = next_within(&mut parts, bounds.idle).await? {
        let mut part = part?;
        match part.name() {
            Some("file") => {
                files += 1;
                check_count(files, bounds.max_upload_parts)?;
                let metadata = metadata.clone().unwrap_or_default();
                receive_file(&mut part, batch, metadata, &bounds).await?;
            }
            Some("metadata") if files > 0 => {
                return Err(ApiError::invalid("metadata", "must come before the files"));
            }
            Some("metadata") if metadata.is_some() => {
                return Err(ApiError::invalid("metadata", "may be given once"));
            }
            Some("metadata") => metadata = Some(receive_metadata(&mut part, request).await?),
            other => return Err(unknown_part(other.unwrap_or_default())),
        }
    }
    Ok(())
}

fn check_count(files: usize, most: usize) -> Result<(), ApiError> {
    if files <= most {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::TOO_LARGE,
        format!("more than {most} files in one request; send fewer at once"),
    ))
}

fn unknown_part(name: &str) -> ApiError {
    let name: String = name.chars().take(SHOWN_CHARS).collect();
    ApiError::invalid(
        &name,
        "is not a part that is known; use `file` and `metadata`",
    )
}

async fn receive_file(
    part: &mut Field,
    batch: &mut Batch,
    metadata: Metadata,
    bounds: &Bounds,
) -> Result<(), ApiError> {
    let disposition = part.headers().get(CONTENT_DISPOSITION);
    let name = file_name(disposition.map_or(&[], HeaderValue::as_bytes));
    let media_type = part
        .content_type()
        .map(|kind| kind.essence_str().to_owned())
        .filter(|kind| kind != UNKNOWN_TYPE);
    let mut incoming = batch.begin(name, media_type, metadata).await?;
    let mut let_go = 0_u64;
    while let Some(bytes) = next_within(part, bounds.idle).await? {
        let bytes = bytes?;
        incoming.write(&bytes).await;
        if incoming.has_failed() {
            // Reading on reaches the next file; reading on for ever would serve nobody.
            let_go += bytes.len() as u64;
            if let_go > bounds.max_upload_bytes {
                let message = format!(
                    "`{}` is far larger than this server allows",
                    incoming.name()
                );
                return Err(ApiError::new(ErrorCode::TOO_LARGE, message));
            }
        }
    }
    batch.end(incoming).await
}

async fn receive_metadata(part: &mut Field, request: &HttpRequest) -> Result<Metadata, ApiError> {
    let body = read_bounded(request, part, Carries::Metadata).await;
    let body = body.map_err(|error| error.about("metadata"))?;
    let json: MetadataDto = parse_aside(body, parse_json).await.map_err(|error| {
        ApiError::invalid(
            "metadata",
            format!("must be a JSON object: {}", error.message),
        )
    })?;
    metadata_from_json(json)
}
