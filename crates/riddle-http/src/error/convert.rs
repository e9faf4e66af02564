use std::io::ErrorKind;

use actix_multipart::MultipartError;
use actix_web::error::PayloadError;
use riddle_core::{FilterError, error_chain};
use riddle_engine::EngineError;

use super::{ApiError, ErrorCode};

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

impl From<&EngineError> for ApiError {
    fn from(error: &EngineError) -> Self {
        let code = ErrorCode::named(error.code());
        if code == ErrorCode::INTERNAL {
            return Self::internal(error_chain(error));
        }
        let api = Self::new(code, error.public_message());
        match error {
            EngineError::Overloaded { retry_after_s }
            | EngineError::DeletionPending { retry_after_s } => {
                api.with_retry_after(*retry_after_s)
            }
            EngineError::NameTaken(_) | EngineError::EvaluationSetNameTaken(_) => api.about("name"),
            EngineError::ChunkTooLong { .. } => api.about("text"),
            EngineError::InvalidRequest(value) => Self {
                param: value.field.as_deref().map(Into::into),
                ..api
            },
            _ => api,
        }
    }
}

impl ErrorCode {
    /// The row of this name. One that has no row is a mistake of ours, and the client is told as much.
    fn named(name: &str) -> Self {
        let row = Self::ALL.iter().find(|row| row.name == name);
        row.copied().unwrap_or(Self::INTERNAL)
    }
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, error.to_string()).about("filter")
    }
}

impl From<PayloadError> for ApiError {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Overflow => Self::new(
                ErrorCode::TOO_LARGE,
                "the body is larger than this server allows",
            ),
            PayloadError::Io(ref cause) if timed_out(&error) => {
                Self::new(ErrorCode::REQUEST_TIMEOUT, cause.to_string())
            }
            _ => Self::new(
                ErrorCode::INVALID_REQUEST,
                "the body broke off before its end; send it again",
            ),
        }
    }
}

impl From<MultipartError> for ApiError {
    fn from(error: MultipartError) -> Self {
        let message = match error {
            MultipartError::Payload(error @ PayloadError::Io(_)) if timed_out(&error) => {
                return error.into();
            }
            MultipartError::ContentTypeMissing
            | MultipartError::ContentTypeParse
            | MultipartError::ContentTypeIncompatible => {
                return Self::new(
                    ErrorCode::UNSUPPORTED_MEDIA_TYPE,
                    "send multipart/form-data or application/json",
                );
            }
            MultipartError::BoundaryMissing => "the content type names no boundary",
            MultipartError::ContentDispositionMissing
            | MultipartError::ContentDispositionNameMissing => {
                "a part has no name, or its Content-Disposition cannot be read; send names in UTF-8"
            }
            MultipartError::Nested => "a part holds another multipart; send files one by one",
            MultipartError::Incomplete | MultipartError::Payload(_) => {
                "the body broke off before its end; send it again"
            }
            _ => "the body is not valid multipart/form-data",
        };
        Self::new(ErrorCode::INVALID_MULTIPART, message)
    }
}

/// Whether it is the body that came too slowly.
fn timed_out(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(cause) if cause.kind() == ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use riddle_core::{
        ChatError, ChatId, ChunkId, ComparisonId, DocumentId, IndexError, LibraryError, MessageId,
        ModelError, StoreError, StoreFailure,
    };
    use riddle_engine::{InternalCause, InvalidValue};
    use uuid::Uuid;

    fn failed_store() -> StoreError {
        StoreError::Failed {
            failure: StoreFailure::Other,
            source: "no such table: chunks".into(),
        }
    }

    /// One error of each kind that the engine has, with the name and status that clients rely on.
    fn every_kind() -> Vec<(EngineError, &'static str, u16)> {
        let id = Uuid::nil();
        let text = || "x".to_owned();
        let mut kinds = vec![
            (
                EngineError::KnowledgeBaseNotFound(text()),
                "knowledge_base_not_found",
                404,
            ),
            (EngineError::NameTaken(text()), "name_taken", 409),
            (
                EngineError::DocumentNotFound(text()),
                "document_not_found",
                404,
            ),
            (
                EngineError::ChunkNotFound(ChunkId(id)),
                "chunk_not_found",
                404,
            ),
            (EngineError::RevisionNotFound(1), "revision_not_found", 404),
            (EngineError::ChunkChanged, "chunk_changed", 409),
            (EngineError::ChatNotFound(ChatId(id)), "chat_not_found", 404),
            (
                EngineError::MessageNotFound(MessageId(id)),
                "message_not_found",
                404,
            ),
            (EngineError::ChatBusy, "chat_busy", 409),
            (EngineError::OcrAbsent { how: text() }, "ocr_absent", 409),
            (
                EngineError::ComparisonNotFound(ComparisonId(id)),
                "comparison_not_found",
                404,
            ),
            (
                EngineError::InvalidRequest(InvalidValue {
                    field: None,
                    message: text(),
                }),
                "invalid_request",
                400,
            ),
            (
                EngineError::DeletionPending { retry_after_s: 3 },
                "deletion_pending",
                503,
            ),
            (EngineError::Stopping, "stopping", 503),
            (
                EngineError::Index(IndexError {
                    store: "vectors",
                    message: text(),
                    is_disk_full: false,
                    has_panicked: false,
                    is_away: true,
                }),
                "unhealthy",
                503,
            ),
            (
                EngineError::DiskFull {
                    free_mib: 1,
                    reserve_mib: 2,
                },
                "disk_full",
                507,
            ),
            (
                EngineError::DamagedOriginal(DocumentId(id)),
                "damaged_original",
                500,
            ),
        ];
        kinds.extend(of_limits());
        kinds.extend(of_models());
        kinds.extend(of_our_own());
        kinds
    }

    fn of_limits() -> Vec<(EngineError, &'static str, u16)> {
        let (index, limit, retry_after_s) = (0, 1, 3);
        vec![
            (EngineError::ChatFull { limit }, "chat_full", 409),
            (
                EngineError::TooManyKnowledgeBases { limit },
                "too_many_knowledge_bases",
                409,
            ),
            (EngineError::ChunkTooLong { limit }, "too_large", 413),
            (EngineError::TooLarge { limit_bytes: 1 }, "too_large", 413),
            (
                EngineError::EvaluationSetTooLarge("a".to_owned()),
                "too_large",
                413,
            ),
            (
                EngineError::TooManyTexts { count: 2, limit },
                "too_large",
                413,
            ),
            (
                EngineError::TooManyCharacters { index, limit },
                "too_large",
                413,
            ),
            (EngineError::TextTooLong { index, limit }, "too_large", 413),
            (EngineError::PairTooLong { index, limit }, "too_large", 413),
            (EngineError::Overloaded { retry_after_s }, "overloaded", 429),
            (EngineError::TooManyDownloads { limit }, "overloaded", 429),
            (
                EngineError::NoDownload("x".to_owned()),
                "download_not_found",
                404,
            ),
        ]
    }

    fn of_models() -> Vec<(EngineError, &'static str, u16)> {
        let (model, message, remedy) = ("m".to_owned(), "broken".to_owned(), "pull".to_owned());
        let failed = ModelError::Failed {
            model: model.clone(),
            message: message.clone(),
        };
        let unavailable = ModelError::Unavailable {
            model: model.clone(),
            remedy,
        };
        let too_long = ChatError::PromptTooLong {
            prompt_tokens: 2,
            context_tokens: 1,
        };
        let remote = ChatError::Remote {
            message: message.clone(),
        };
        vec![
            (EngineError::Model(failed.clone()), "model_failed", 500),
            (
                EngineError::Model(unavailable.clone()),
                "model_unavailable",
                503,
            ),
            (EngineError::Chat(ChatError::Busy), "overloaded", 429),
            (EngineError::Chat(too_long), "prompt_too_long", 400),
            (EngineError::Chat(remote), "model_server_failed", 502),
            (
                EngineError::Chat(ChatError::Failed { message }),
                "model_failed",
                500,
            ),
            (
                EngineError::Library(LibraryError::Model(unavailable)),
                "model_unavailable",
                503,
            ),
            (
                EngineError::Library(LibraryError::Model(failed)),
                "model_failed",
                500,
            ),
            (
                EngineError::Library(LibraryError::Unknown(model.clone())),
                "model_not_found",
                404,
            ),
            (
                EngineError::Library(LibraryError::Busy(model.clone())),
                "model_busy",
                409,
            ),
            (
                EngineError::Library(LibraryError::Offline {
                    model: model.clone(),
                }),
                "offline",
                409,
            ),
            (
                EngineError::Library(LibraryError::Refused(model.clone())),
                "model_refused",
                422,
            ),
            (
                EngineError::Library(LibraryError::Source(model)),
                "model_unavailable",
                503,
            ),
        ]
    }

    fn of_our_own() -> Vec<(EngineError, &'static str, u16)> {
        let panicked = EngineError::Internal {
            doing: "testing",
            source: InternalCause::Unforeseen("secret".to_owned()),
        };
        let io = std::io::Error::other("secret");
        let ahead = EngineError::IndexAhead {
            index: 2,
            database: 1,
        };
        let ours = [
            EngineError::Store(failed_store()),
            EngineError::Io(io),
            panicked,
            ahead,
        ];
        ours.map(|error| (error, "internal", 500)).into()
    }

    #[test]
    fn engine_errors_find_their_row() {
        for (error, name, status) in every_kind() {
            assert_eq!(error.code(), name);
            let api = ApiError::from(&error);
            assert_eq!((api.code.name, api.code.status), (name, status), "{error}");
        }
    }

    #[test]
    fn a_panic_tells_the_log_and_not_the_client() {
        let source = InternalCause::Unforeseen("index 7 is out of bounds".to_owned());
        let doing = "searching by words";
        let error = ApiError::from(EngineError::Internal { doing, source });
        assert!(!error.message.contains("bounds"), "{error}");
        let detail = error.detail.expect("for the log");
        for part in [doing, "index 7"] {
            assert!(detail.contains(part), "{detail}");
        }
    }

    #[test]
    fn the_field_at_fault_is_named_for_programs() {
        let taken = ApiError::from(EngineError::NameTaken("x".to_owned()));
        assert_eq!(taken.param.as_deref(), Some("name"));
        let bad_top = InvalidValue {
            field: Some("retrieval.top_n".to_owned()),
            message: "too many".to_owned(),
        };
        let bad_top = ApiError::from(EngineError::InvalidRequest(bad_top));
        assert_eq!(bad_top.param.as_deref(), Some("retrieval.top_n"));
        assert_eq!(ApiError::from(EngineError::ChatBusy).param, None);
    }

    #[test]
    fn a_failed_store_tells_the_log_and_not_the_client() {
        let error = ApiError::from(EngineError::Store(failed_store()));
        assert!(!error.message.contains("chunks"));
        let detail = error.detail.expect("for the log");
        assert_eq!(&*detail, "the database failed: no such table: chunks");
    }
}
