use actix_multipart::MultipartError;
use actix_web::error::PayloadError;
use riddle_core::{ChatError, FilterError, LibraryError, ModelError, error_chain};
use riddle_engine::EngineError;

use super::{ApiError, ErrorCode};

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

impl From<&EngineError> for ApiError {
    fn from(error: &EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::KnowledgeBaseNotFound(_) => {
                Self::new(ErrorCode::KNOWLEDGE_BASE_NOT_FOUND, message)
            }
            EngineError::NameTaken(_) => Self::new(ErrorCode::NAME_TAKEN, message).about("name"),
            EngineError::DocumentNotFound(_) => Self::new(ErrorCode::DOCUMENT_NOT_FOUND, message),
            EngineError::ChunkNotFound(_) => Self::new(ErrorCode::CHUNK_NOT_FOUND, message),
            EngineError::RevisionNotFound(_) => Self::new(ErrorCode::REVISION_NOT_FOUND, message),
            EngineError::ChunkChanged => Self::new(ErrorCode::CHUNK_CHANGED, message),
            EngineError::ChatNotFound(_) => Self::new(ErrorCode::CHAT_NOT_FOUND, message),
            EngineError::MessageNotFound(_) => Self::new(ErrorCode::MESSAGE_NOT_FOUND, message),
            EngineError::ComparisonNotFound(_) => {
                Self::new(ErrorCode::COMPARISON_NOT_FOUND, message)
            }
            EngineError::ChatBusy => Self::new(ErrorCode::CHAT_BUSY, message),
            EngineError::InvalidRequest(value) => Self {
                param: value.field.as_deref().map(Into::into),
                ..Self::new(ErrorCode::INVALID_REQUEST, message)
            },
            EngineError::ChunkTooLong { .. } => {
                Self::new(ErrorCode::TOO_LARGE, message).about("text")
            }
            EngineError::TooManyTexts { .. }
            | EngineError::TextTooLong { .. }
            | EngineError::PairTooLong { .. }
            | EngineError::TooLarge { .. } => Self::new(ErrorCode::TOO_LARGE, message),
            EngineError::Overloaded { retry_after_s } => {
                Self::new(ErrorCode::OVERLOADED, message).with_retry_after(*retry_after_s)
            }
            EngineError::DeletionPending { retry_after_s } => {
                Self::new(ErrorCode::DELETION_PENDING, message).with_retry_after(*retry_after_s)
            }
            EngineError::TooManyDownloads { .. } => Self::new(ErrorCode::OVERLOADED, message),
            EngineError::NoDownload(_) => Self::new(ErrorCode::DOWNLOAD_NOT_FOUND, message),
            EngineError::Library(error) => error.clone().into(),
            EngineError::Model(error) => error.clone().into(),
            EngineError::Chat(error) => error.clone().into(),
            EngineError::Stopping => Self::new(ErrorCode::STOPPING, message),
            unexpected => Self::internal(error_chain(unexpected)),
        }
    }
}

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> Self {
        let code = match error {
            ModelError::Unavailable { .. } | ModelError::BadFile { .. } => {
                ErrorCode::MODEL_UNAVAILABLE
            }
            ModelError::Failed { .. } => ErrorCode::MODEL_FAILED,
        };
        Self::new(code, error.to_string())
    }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        let code = match error {
            LibraryError::Unknown(_) => ErrorCode::MODEL_NOT_FOUND,
            LibraryError::Offline { .. } => ErrorCode::OFFLINE,
            LibraryError::Absent { .. } => ErrorCode::MODEL_ABSENT,
            LibraryError::Busy(_) => ErrorCode::MODEL_BUSY,
            LibraryError::Cancelled { .. }
            | LibraryError::Source(_)
            | LibraryError::BadFile(_)
            | LibraryError::Disk(_) => ErrorCode::MODEL_UNAVAILABLE,
            LibraryError::Model(error) => return error.into(),
        };
        Self::new(code, error.to_string())
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        let code = match error {
            ChatError::PromptTooLong { .. } => ErrorCode::PROMPT_TOO_LONG,
            ChatError::Busy => ErrorCode::OVERLOADED,
            ChatError::Remote { .. } => ErrorCode::MODEL_SERVER_FAILED,
            ChatError::Failed { .. } => ErrorCode::MODEL_FAILED,
        };
        Self::new(code, error.to_string())
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
            | MultipartError::ContentDispositionNameMissing => "a part has no name",
            MultipartError::Nested => "a part holds another multipart; send files one by one",
            MultipartError::Incomplete | MultipartError::Payload(_) => {
                "the body broke off before its end; send it again"
            }
            _ => "the body is not valid multipart/form-data",
        };
        Self::new(ErrorCode::INVALID_MULTIPART, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use riddle_core::{StoreError, StoreFailure};
    use riddle_engine::InvalidValue;

    fn failed_store() -> StoreError {
        StoreError::Failed {
            failure: StoreFailure::Other,
            source: "no such table: chunks".into(),
        }
    }

    #[test]
    fn engine_errors_find_their_row() {
        let cases = [
            (
                EngineError::KnowledgeBaseNotFound("x".to_owned()),
                "knowledge_base_not_found",
            ),
            (EngineError::TooLarge { limit_bytes: 1 }, "too_large"),
            (EngineError::Overloaded { retry_after_s: 3 }, "overloaded"),
            (EngineError::Chat(ChatError::Busy), "overloaded"),
            (EngineError::Stopping, "stopping"),
            (EngineError::Store(failed_store()), "internal"),
        ];
        for (error, expected) in cases {
            assert_eq!(ApiError::from(error).code.name, expected);
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
