use actix_web::{HttpResponse, get, web};
use riddle_api::ChatListDto;
use riddle_core::ConversationQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::{DEFAULT_LIMIT, page_cursor, page_limit};
use crate::state::ServerState;

/// Which chats to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words that the title and the messages hold, in any order, at most 200 characters. Capitals, width, accents and
    /// endings mean nothing, nor whether Chinese is traditional or simplified.
    search: Option<String>,
    /// Chats on the page, 1 to 1000; 50 if left out.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List chats, last changed first
#[utoipa::path(
    tag = "chats",
    params(ListParams),
    responses(
        (status = 200, description = "A page", body = ChatListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/chats")]
pub(super) async fn list_chats(
    state: web::Data<ServerState>,
    params: web::Query<ListParams>,
) -> Result<HttpResponse, ApiError> {
    let params = params.into_inner();
    let query = ConversationQuery {
        search: params.search.unwrap_or_default(),
        limit: page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?,
        cursor: page_cursor(params.cursor)?,
    };
    let page = state.engine.list_chats(&query).await?;
    Ok(HttpResponse::Ok().json(ChatListDto::convert_from(page)))
}
