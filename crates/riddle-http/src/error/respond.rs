use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use riddle_api::ErrorBody;

use super::{ApiError, ErrorCode, ErrorShape};

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Headers alone: [`render`] adds the body, because only the outermost layer knows the request id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(methods) = &self.allow {
            response.insert_header((ALLOW, methods.as_ref()));
        }
        if self.code == ErrorCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        response.finish()
    }
}

impl ApiError {
    /// Writes the error to the log, once, if a person has to look at it.
    pub(crate) fn log(&self, request_id: &str) {
        if self.code.status >= 500 && self.code.status != 503 {
            let detail = self.detail.as_deref().unwrap_or(&self.message);
            tracing::error!(request_id, code = self.code.name, detail, "request failed");
        }
    }

    /// The body in Riddle's own shape.
    pub(crate) fn body(&self, request_id: &str) -> ErrorBody {
        ErrorBody {
            code: self.code.name.to_owned(),
            message: self.message.clone(),
            param: self.param.as_deref().map(str::to_owned),
            request_id: request_id.to_owned(),
        }
    }
}

/// Gives a failed response its body, whoever failed: a handler, an extractor or the framework. `name` calls the field
/// at fault what the client calls it.
pub(crate) fn render<B>(
    response: HttpResponse<B>,
    request_id: &str,
    shape: ErrorShape,
    name: impl FnOnce(ApiError) -> ApiError,
) -> HttpResponse<BoxBody>
where
    B: MessageBody + 'static,
{
    let own = response
        .error()
        .and_then(|error| error.as_error::<ApiError>());
    let error = own.cloned().unwrap_or_else(|| from_framework(&response));
    let error = name(error);
    error.log(request_id);
    let (status, body) = shape.of_error(&error, request_id);
    let mut response = response.set_body(BoxBody::new(body.to_string()));
    if let Ok(status) = StatusCode::from_u16(status) {
        response.head_mut().status = status;
    }
    response.headers_mut().remove(CONTENT_LENGTH);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn from_framework<B>(response: &HttpResponse<B>) -> ApiError {
    let status = response.status().as_u16();
    let (code, message) = match status {
        404 => (
            ErrorCode::NOT_FOUND,
            "nothing is at this address; /openapi.json lists what is",
        ),
        405 => (
            ErrorCode::METHOD_NOT_ALLOWED,
            "this address does not take this method",
        ),
        408 => (ErrorCode::REQUEST_TIMEOUT, "the request came too slowly"),
        413 => (
            ErrorCode::TOO_LARGE,
            "the body is larger than this server allows",
        ),
        415 => (
            ErrorCode::UNSUPPORTED_MEDIA_TYPE,
            "this content type is not taken here",
        ),
        431 => (
            ErrorCode::HEADERS_TOO_LARGE,
            "the headers are larger than this server allows",
        ),
        400..=499 => (
            ErrorCode::INVALID_REQUEST,
            "the request is not valid; /openapi.json describes it",
        ),
        _ => {
            let cause = response.error().map(ToString::to_string);
            return ApiError::internal(format!(
                "the framework answered {status}: {}",
                cause.unwrap_or_default()
            ));
        }
    };
    ApiError::new(code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::error::InternalError;
    use serde_json::json;
    use std::convert::identity;

    /// The description lists the statuses of the table alone.
    #[actix_web::test]
    async fn whatever_the_framework_answers_becomes_a_status_of_the_table() {
        for status in 400..600 {
            let status = StatusCode::from_u16(status).expect("a status");
            for shape in [
                ErrorShape::Own,
                ErrorShape::OpenAi,
                ErrorShape::Rerank,
                ErrorShape::Tei,
            ] {
                let failed = HttpResponse::from_error(InternalError::new("no", status));
                let sent = render(failed, "abc", shape, identity).status().as_u16();
                let mut known = ErrorCode::ALL.iter().map(|code| shape.status(*code));
                assert!(
                    known.any(|of_table| of_table == sent),
                    "{shape:?} {status}: {sent}"
                );
            }
        }
    }

    async fn json_of(response: HttpResponse<BoxBody>) -> serde_json::Value {
        let body = actix_web::body::to_bytes(response.into_body())
            .await
            .expect("in memory");
        serde_json::from_slice(&body).expect("JSON")
    }

    #[actix_web::test]
    async fn the_body_is_the_documented_one() {
        let error = ApiError::new(ErrorCode::OVERLOADED, "busy").with_retry_after(7);
        let response = render(
            HttpResponse::from_error(error),
            "abc",
            ErrorShape::Own,
            identity,
        );
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers().get("retry-after").expect("set"), "7");
        assert_eq!(
            json_of(response).await,
            json!({"code": "overloaded", "message": "busy", "param": null, "request_id": "abc"})
        );
    }

    #[actix_web::test]
    async fn the_field_at_fault_is_in_the_body() {
        let error = ApiError::invalid("retrieval.top_n", "must be from 1 to top_k");
        let response = render(
            HttpResponse::from_error(error),
            "abc",
            ErrorShape::Own,
            identity,
        );
        assert_eq!(json_of(response).await["param"], "retrieval.top_n");
    }

    #[actix_web::test]
    async fn openai_clients_get_their_own_shape() {
        let error = ApiError::invalid("n", "must be 1");
        let body = json_of(render(
            HttpResponse::from_error(error),
            "abc",
            ErrorShape::OpenAi,
            identity,
        ))
        .await;
        assert_eq!(body["error"]["type"], "invalid_request_error");
        assert_eq!(body["error"]["param"], "n");
    }
}
