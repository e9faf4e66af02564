//! The one table of errors that a client can see.

mod convert;
mod respond;
mod shape;

pub(crate) use respond::render;
pub(crate) use riddle_api::ErrorBody;
pub(crate) use shape::ErrorShape;

use std::fmt;

use riddle_engine::INTERNAL_MESSAGE;

/// One row of the table: what went wrong, for programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ErrorCode {
    /// Stable name on the wire.
    pub(crate) name: &'static str,
    /// HTTP status.
    pub(crate) status: u16,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
}

macro_rules! error_table {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $status:literal, $retryable:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub(crate) const $constant: Self =
                Self { name: $name, status: $status, retryable: $retryable };)*

            /// Every row, in the order of the table.
            pub(crate) const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

error_table! {
    /// A value of the request is not acceptable.
    INVALID_REQUEST = "invalid_request", 400, false;
    /// The body is not the JSON that the route takes.
    INVALID_JSON = "invalid_json", 400, false;
    /// A multipart body that breaks off or breaks the format.
    INVALID_MULTIPART = "invalid_multipart", 400, false;
    /// Prompt and answer do not fit the model.
    PROMPT_TOO_LONG = "prompt_too_long", 400, false;
    /// The API key is missing or wrong.
    UNAUTHORIZED = "unauthorized", 401, false;
    /// A page of another site made a browser send this.
    CROSS_SITE = "cross_site", 403, false;
    /// No such route.
    NOT_FOUND = "not_found", 404, false;
    /// No such knowledge base.
    KNOWLEDGE_BASE_NOT_FOUND = "knowledge_base_not_found", 404, false;
    /// No such document.
    DOCUMENT_NOT_FOUND = "document_not_found", 404, false;
    /// No such passage, or no longer.
    CHUNK_NOT_FOUND = "chunk_not_found", 404, false;
    /// The passage has no such revision.
    REVISION_NOT_FOUND = "revision_not_found", 404, false;
    /// No such chat.
    CHAT_NOT_FOUND = "chat_not_found", 404, false;
    /// No such message in the chat.
    MESSAGE_NOT_FOUND = "message_not_found", 404, false;
    /// No such comparison.
    COMPARISON_NOT_FOUND = "comparison_not_found", 404, false;
    /// No such evaluation set.
    EVALUATION_SET_NOT_FOUND = "evaluation_set_not_found", 404, false;
    /// The evaluation set has no such question.
    EVALUATION_QUESTION_NOT_FOUND = "evaluation_question_not_found", 404, false;
    /// No such evaluation run.
    EVALUATION_RUN_NOT_FOUND = "evaluation_run_not_found", 404, false;
    /// No model of this name.
    MODEL_NOT_FOUND = "model_not_found", 404, false;
    /// The model was not fetched since the server was started.
    DOWNLOAD_NOT_FOUND = "download_not_found", 404, false;
    /// The route exists, with other methods.
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, false;
    /// The client stopped sending.
    REQUEST_TIMEOUT = "request_timeout", 408, true;
    /// The name of a knowledge base is taken.
    NAME_TAKEN = "name_taken", 409, false;
    /// The passage was changed since it was read.
    CHUNK_CHANGED = "chunk_changed", 409, false;
    /// The evaluation run is not in a state in which this can be done.
    EVALUATION_RUN_STATE = "evaluation_run_state", 409, false;
    /// The chat is answering another question.
    CHAT_BUSY = "chat_busy", 409, true;
    /// The chat has no room for another question.
    CHAT_FULL = "chat_full", 409, false;
    /// There are as many knowledge bases as may be.
    TOO_MANY_KNOWLEDGE_BASES = "too_many_knowledge_bases", 409, false;
    /// The server refuses to use the network.
    OFFLINE = "offline", 409, false;
    /// Files of a model are not on this machine.
    MODEL_ABSENT = "model_absent", 409, false;
    /// Text of the document was recognised in pictures (OCR), which cannot be done anew.
    OCR_ABSENT = "ocr_absent", 409, false;
    /// The files of a model are being changed.
    MODEL_BUSY = "model_busy", 409, true;
    /// The body or a file is larger than allowed.
    TOO_LARGE = "too_large", 413, false;
    /// The content type is not one that the route takes.
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, false;
    /// A model cannot be run here, or its name is taken.
    MODEL_REFUSED = "model_refused", 422, false;
    /// The Host header names a host that this server does not answer for.
    HOST_NOT_ALLOWED = "host_not_allowed", 421, false;
    /// Too much work waits; nothing was done.
    OVERLOADED = "overloaded", 429, true;
    /// A header is larger than allowed.
    HEADERS_TOO_LARGE = "headers_too_large", 431, false;
    /// Anything else; the log knows more.
    INTERNAL = "internal", 500, false;
    /// A model's runtime failed.
    MODEL_FAILED = "model_failed", 500, false;
    /// The server behind the language model cannot be reached or refuses.
    MODEL_SERVER_FAILED = "model_server_failed", 502, true;
    /// An original is not what was uploaded.
    DAMAGED_ORIGINAL = "damaged_original", 500, false;
    /// A model is not on this machine.
    MODEL_UNAVAILABLE = "model_unavailable", 503, false;
    /// A store does not answer.
    UNHEALTHY = "unhealthy", 503, true;
    /// A deletion is recorded and will be completed.
    DELETION_PENDING = "deletion_pending", 503, true;
    /// The server is about to stop.
    STOPPING = "stopping", 503, true;
    /// The disk has no room for anything new.
    DISK_FULL = "disk_full", 507, false;
}

/// Seconds to wait where nobody knows better.
const DEFAULT_RETRY_AFTER_S: u32 = 2;

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The row of the table.
    pub(crate) code: ErrorCode,
    /// For people: what is wrong and what to do; no path, no document text.
    pub(crate) message: String,
    /// The request's field at fault, where one is.
    pub(crate) param: Option<Box<str>>,
    /// What the log is told and the client is not.
    detail: Option<Box<str>>,
    retry_after_s: Option<u32>,
    allow: Option<Box<str>>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            detail: None,
            retry_after_s: code.retryable.then_some(DEFAULT_RETRY_AFTER_S),
            allow: None,
        }
    }

    /// A value that is not acceptable, and the field it stands in.
    pub(crate) fn invalid(param: &str, message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, format!("`{param}` {message}")).about(param)
    }

    /// Names the field at fault.
    pub(crate) fn about(mut self, param: &str) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Something that the client cannot help; `detail` goes to the log alone.
    pub(crate) fn internal(detail: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorCode::INTERNAL, INTERNAL_MESSAGE);
        error.detail = Some(detail.to_string().into());
        error
    }

    fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub(crate) fn with_allow(mut self, methods: String) -> Self {
        self.allow = Some(methods.into());
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_unique_names_and_error_statuses() {
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            assert!((400..600).contains(&code.status), "{}", code.name);
            assert!(
                !ErrorCode::ALL[..index]
                    .iter()
                    .any(|other| other.name == code.name),
                "{} is there twice",
                code.name
            );
        }
    }

    #[test]
    fn what_is_overloaded_may_be_retried() {
        for code in ErrorCode::ALL.iter().filter(|code| code.status == 429) {
            assert!(code.retryable, "{}", code.name);
        }
    }

    #[test]
    fn details_stay_out_of_the_message() {
        let error = ApiError::internal("disk /data/x failed");
        assert!(!error.to_string().contains("/data"));
    }
}
