use serde_json::{Value, json};

use super::{ApiError, ErrorCode};

/// Whose errors an address has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ErrorShape {
    /// `{code, message, param, request_id}`.
    Own,
    /// `{error: {message, type, param, code}}`.
    OpenAi,
    /// `{message}` for Cohere's clients and `{detail}` for Jina's, in one body.
    Rerank,
    /// `{error, error_type}` with the statuses of text-embeddings-inference.
    Tei,
}

impl ErrorShape {
    /// The shape that the clients of an address read.
    pub(crate) fn of_path(path: &str) -> Self {
        match path {
            "/v1/rerank" | "/v2/rerank" => Self::Rerank,
            "/rerank" | "/embed" | "/tokenize" | "/info" | "/invocations" | "/ping" => Self::Tei,
            _ if path.starts_with("/endpoints/") => Self::Tei,
            _ if path.starts_with("/v1/") => Self::OpenAi,
            _ => Self::Own,
        }
    }

    /// The status of an error.
    pub(crate) fn status(self, code: ErrorCode) -> u16 {
        match self {
            Self::Tei => tei(code).0,
            Self::Own | Self::OpenAi | Self::Rerank => code.status,
        }
    }

    /// Status and body.
    pub(super) fn of_error(self, error: &ApiError, request_id: &str) -> (u16, Value) {
        let status = self.status(error.code);
        match self {
            Self::Own => (status, json!(error.body(request_id))),
            Self::OpenAi => (status, error.openai_body()),
            Self::Rerank => (
                status,
                json!({"message": error.message, "detail": error.message, "code": error.code.name, "id": request_id}),
            ),
            Self::Tei => (
                status,
                json!({"error": error.message, "error_type": tei(error.code).1}),
            ),
        }
    }
}

impl ApiError {
    /// The body in the shape that OpenAI's clients read; streams carry it too.
    pub(crate) fn openai_body(&self) -> Value {
        let kind = match self.code.status {
            401 => "authentication_error",
            403 | 421 => "permission_error",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        };
        json!({ "error": {
            "message": self.message, "type": kind, "param": self.param, "code": self.code.name,
        }})
    }
}

/// Status and type of an error as text-embeddings-inference has them.
fn tei(code: ErrorCode) -> (u16, &'static str) {
    match code.status {
        400 => (422, "Validation"),
        413 => (413, "Validation"),
        429 => (429, "Overloaded"),
        500 | 502 => (424, "Backend"),
        503 if !code.retryable => (424, "Backend"),
        503 => (503, "Unhealthy"),
        401 => (401, "Unauthorized"),
        other => (other, "Validation"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_embeddings_inference_has_its_own_statuses() {
        let cases = [
            (ErrorCode::INVALID_JSON, 422, "Validation"),
            (ErrorCode::TOO_LARGE, 413, "Validation"),
            (ErrorCode::OVERLOADED, 429, "Overloaded"),
            (ErrorCode::MODEL_FAILED, 424, "Backend"),
            (ErrorCode::MODEL_UNAVAILABLE, 424, "Backend"),
            (ErrorCode::STOPPING, 503, "Unhealthy"),
        ];
        for (code, status, kind) in cases {
            let (got, body) = ErrorShape::Tei.of_error(&ApiError::new(code, "what"), "id");
            assert_eq!(
                (got, &body["error_type"]),
                (status, &json!(kind)),
                "{}",
                code.name
            );
            assert_eq!(body["error"], "what");
        }
    }

    #[test]
    fn each_address_has_the_errors_of_its_clients() {
        assert_eq!(ErrorShape::of_path("/v1/rerank"), ErrorShape::Rerank);
        assert_eq!(ErrorShape::of_path("/v1/embeddings"), ErrorShape::OpenAi);
        assert_eq!(ErrorShape::of_path("/rerank"), ErrorShape::Tei);
        assert_eq!(
            ErrorShape::of_path("/endpoints/any/invocations"),
            ErrorShape::Tei
        );
        assert_eq!(ErrorShape::of_path("/api/v1/health"), ErrorShape::Own);
    }
}
