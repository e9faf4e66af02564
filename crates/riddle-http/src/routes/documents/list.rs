use actix_web::{HttpResponse, get, web};
use riddle_api::DocumentListDto;
use riddle_core::{DocumentOrder, DocumentQuery, DocumentStatus, InFolder, folder_name};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::bounds::{MAX_FOLDER_CHARS, MAX_NAME_SEARCH_CHARS, MAX_STATUS_CHARS};
use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::documents::flag::flag;
use crate::routes::paging::{DEFAULT_LIMIT, check_chars, page_cursor, page_limit};
use crate::state::ServerState;

/// The folder that all others lie in.
const OUTERMOST: &str = "";

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only these statuses, separated by commas.
    #[param(example = "queued,failed")]
    status: Option<String>,
    /// Only names that hold this; the case of ASCII letters does not matter.
    #[param(example = "handbook")]
    search: Option<String>,
    /// Only those of this folder, which is what names begin with; empty for the outermost one.
    #[param(example = "handbook/hr")]
    folder: Option<String>,
    /// With `folder`: also those of the folders below it; `false` if left out, and then the folders are listed instead.
    /// Without it the folders of all documents are meant, which lists them all.
    #[param(value_type = Option<bool>, example = false)]
    recursive: Option<String>,
    /// `newest` (if left out), `oldest`, `name`, `size` (the largest first) or `status`.
    #[param(example = "name")]
    sort: Option<String>,
    /// Documents on the page, 1 to 1000; 50 if left out.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before, in whose order the list goes on.
    cursor: Option<String>,
}

/// List documents
///
/// All of a knowledge base, or as a tree: `folder` lists what lies in one, with the folders below it and how many
/// documents each has.
#[utoipa::path(
    tag = "documents",
    params(("kb" = String, Path, description = "Id or name", example = "handbook"), ListParams),
    responses(
        (status = 200, description = "A page", body = DocumentListDto),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/knowledge-bases/{kb}/documents")]
pub(super) async fn list_documents(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    params: web::Query<ListParams>,
) -> Result<HttpResponse, ApiError> {
    let params = params.into_inner();
    check_chars("search", params.search.as_deref(), MAX_NAME_SEARCH_CHARS)?;
    check_chars("status", params.status.as_deref(), MAX_STATUS_CHARS)?;
    let query = DocumentQuery {
        statuses: statuses(params.status.as_deref())?,
        name_contains: params.search,
        folder: folder(params.folder.as_deref(), params.recursive.as_deref())?,
        order: order(params.sort.as_deref())?,
        cursor: page_cursor(params.cursor)?,
        limit: page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?,
    };
    let page = state.engine.list_documents(&kb, &query).await?;
    Ok(HttpResponse::Ok().json(DocumentListDto::convert_from(page)))
}

fn folder(name: Option<&str>, recursive: Option<&str>) -> Result<Option<InFolder>, ApiError> {
    let recursive = flag("recursive", recursive)?.unwrap_or(false);
    let Some(name) = name.or(recursive.then_some(OUTERMOST)) else {
        return Ok(None);
    };
    check_chars("folder", Some(name), MAX_FOLDER_CHARS)?;
    let name =
        folder_name(name).map_err(|problem| ApiError::invalid("folder", problem.to_string()))?;
    Ok(Some(InFolder { name, recursive }))
}

fn order(name: Option<&str>) -> Result<DocumentOrder, ApiError> {
    let Some(name) = name else {
        return Ok(DocumentOrder::default());
    };
    DocumentOrder::parse(name)
        .ok_or_else(|| ApiError::invalid("sort", "must be newest, oldest, name, size or status"))
}

fn statuses(text: Option<&str>) -> Result<Vec<DocumentStatus>, ApiError> {
    let words = text.unwrap_or_default().split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            DocumentStatus::parse(word).ok_or_else(|| {
                ApiError::invalid(
                    "status",
                    "must be of queued, parsing, embedding, indexing, ready, failed",
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_separated_by_commas() {
        assert_eq!(statuses(None).expect("all"), []);
        assert_eq!(
            statuses(Some("queued, failed")).expect("known"),
            [DocumentStatus::Queued, DocumentStatus::Failed]
        );
        assert_eq!(
            statuses(Some("done"))
                .expect_err("unknown")
                .param
                .as_deref(),
            Some("status")
        );
    }
}
