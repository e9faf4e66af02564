use actix_web::{HttpResponse, get, web};
use riddle_api::ExampleListDto;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::bounds::MAX_LANGUAGE_CHARS;
use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::check_chars;
use crate::state::ServerState;

/// Which questions come first.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExampleParams {
    /// Language of the reader, as in `en` or `zh-CN`; questions in it come before others of the same source.
    #[param(example = "en")]
    language: Option<String>,
}

/// Questions to begin with
///
/// At most three that the documents answer: the knowledge base's own ones first, then some made of headings. A question
/// made of a heading is given only if a search for it, without rerank, finds a passage under that heading among its
/// first three. There are none before a document is ready; while documents are in work, those that were made before.
#[utoipa::path(
    tag = "knowledge bases",
    params(("kb" = String, Path, description = "Id or name", example = "handbook"), ExampleParams),
    responses(
        (status = 200, description = "The questions", body = ExampleListDto),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/knowledge-bases/{kb}/examples")]
pub(super) async fn example_questions(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    params: web::Query<ExampleParams>,
) -> Result<HttpResponse, ApiError> {
    let language = params.language.as_deref().map(code).transpose()?;
    let examples = state.engine.examples(&kb, language.as_deref()).await?;
    Ok(HttpResponse::Ok().json(ExampleListDto::convert_from(examples)))
}

/// The language of a tag such as `zh-Hans-CN`.
fn code(tag: &str) -> Result<String, ApiError> {
    let language = tag.split(['-', '_']).next().unwrap_or_default();
    check_chars("language", Some(tag), MAX_LANGUAGE_CHARS)?;
    let fits = matches!(language.len(), 2 | 3) && language.chars().all(|c| c.is_ascii_alphabetic());
    if fits {
        return Ok(language.to_ascii_lowercase());
    }
    Err(ApiError::invalid(
        "language",
        "must be the code of a language, such as en or zh-CN",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_begins_with_the_code_of_a_language() {
        for (tag, language) in [
            ("en", "en"),
            ("zh-CN", "zh"),
            ("ZH_hans", "zh"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(code(tag).expect(tag), language);
        }
        for bad in ["", "e", "english", "-en", "e1", "中文"] {
            let error = code(bad).expect_err(bad);
            assert_eq!(error.param.as_deref(), Some("language"));
        }
    }
}
