use actix_multipart::{Field, Multipart};
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use riddle_api::MetadataDto;
use riddle_core::Metadata;

use super::batch::Batch;
use super::file_name::file_name;
use crate::dto::metadata_from_json;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Bounds, Carries, next_within, parse_json};

/// What browsers and tools send when they do not know a type.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Takes the parts of a form as they come: no file is held in memory.
pub(super) async fn receive(
    mut parts: Multipart,
    batch: &mut Batch,
    bounds: &Bounds,
) -> Result<(), ApiError> {
    let mut metadata = Metadata::new();
    let mut received = 0_usize;
    let mut files = 0_usize;
    while let Some(part) = next_within(&mut parts, bounds.idle).await? {
        let mut part = part?;
        received += 1;
        if received > bounds.max_upload_parts {
            let limit = bounds.max_upload_parts;
            return Err(ApiError::new(
                ErrorCode::TOO_LARGE,
                format!("more than {limit} parts in one request; send fewer files at once"),
            ));
        }
        match part.name() {
            Some("file") => {
                files += 1;
                receive_file(&mut part, batch, &metadata, bounds).await?;
            }
            Some("metadata") if files > 0 => {
                return Err(ApiError::invalid("metadata", "must come before the files"));
            }
            Some("metadata") => metadata = receive_metadata(&mut part, bounds).await?,
            other => {
                let name = other
                    .unwrap_or_default()
                    .chars()
                    .take(100)
                    .collect::<String>();
                return Err(ApiError::invalid(
                    &name,
                    "is not a part that is known; use `file` and `metadata`",
                ));
            }
        }
    }
    Ok(())
}

async fn receive_file(
    part: &mut Field,
    batch: &mut Batch,
    metadata: &Metadata,
    bounds: &Bounds,
) -> Result<(), ApiError> {
    let disposition = part.headers().get(CONTENT_DISPOSITION);
    let name = file_name(disposition.map_or(&[], HeaderValue::as_bytes));
    let media_type = part
        .content_type()
        .map(|kind| kind.essence_str().to_owned())
        .filter(|kind| kind != UNKNOWN_TYPE);
    let mut incoming = batch.begin(name, media_type, metadata.clone()).await?;
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

async fn receive_metadata(part: &mut Field, bounds: &Bounds) -> Result<Metadata, ApiError> {
    let mut body = Vec::new();
    while let Some(bytes) = next_within(part, bounds.idle).await? {
        body.extend_from_slice(&bytes?);
        if body.len() > bounds.max_bytes(Carries::Request) {
            return Err(ApiError::invalid(
                "metadata",
                "is larger than this server allows",
            ));
        }
    }
    Carries::Request.check_shape(&body)?;
    let json: MetadataDto = parse_json(&body).map_err(|error| {
        ApiError::invalid(
            "metadata",
            format!("must be a JSON object: {}", error.message),
        )
    })?;
    metadata_from_json(json)
}
