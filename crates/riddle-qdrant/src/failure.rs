//! What is said of a server that did not answer as it should, each with what to do.

use std::time::Duration;

use qdrant_client::QdrantError;
use tonic::{Code, Status};

use crate::version::LEAST;

/// What Qdrant's client puts before the error of a connection that it could not make. It has no kind of its own.
const NO_CONNECTION: &str = "Failed to connect";

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection.
    #[error(
        "the Qdrant server cannot be reached; check that it is running and that `vectors.url` names its gRPC port, \
         6334 unless it was changed"
    )]
    Unreachable {
        /// What lies below it, for the log alone: it may hold the address.
        cause: String,
    },
    /// No answer in time.
    #[error("the Qdrant server did not answer within {0:?}; it may be overloaded")]
    Silent(Duration),
    /// Too much work.
    #[error("the Qdrant server is busy; it is tried again")]
    Busy {
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// An error of its own.
    #[error("the Qdrant server failed ({0}); see its log if that goes on")]
    Failed(String),
    /// It does not know the key.
    #[error("the Qdrant server refused the API key; check `vectors.api_key_file`")]
    Key,
    /// The key cannot be sent.
    #[error("{0}")]
    BadKey(String),
    /// The address cannot be meant.
    #[error("`vectors.url` {0}")]
    Address(String),
    /// A collection or point that should be there is not.
    #[error("the Qdrant server has lost a collection; it is made anew")]
    Missing,
    /// It cannot do what was asked for.
    #[error("the Qdrant server refused a request ({0})")]
    Refused(String),
    /// A version that lacks something.
    #[error("the Qdrant server is of version {version}; version {LEAST} or later is needed")]
    TooOld {
        /// What it says of itself.
        version: String,
    },
    /// It is not asked.
    #[error("the Qdrant server has not answered lately and is left alone for {0} s")]
    LeftAlone(u64),
    /// This machine could not call.
    #[error("the Qdrant server could not be called ({0})")]
    Local(String),
}

impl Failure {
    /// Whether the same call may succeed a moment later. All calls may be repeated: each says what shall be there.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Silent(_) | Self::Busy { .. } | Self::Failed(_)
        )
    }
}

impl From<QdrantError> for Failure {
    fn from(error: QdrantError) -> Self {
        match error {
            QdrantError::ResponseError { status } => of_status(&status),
            QdrantError::ResourceExhaustedError {
                retry_after_seconds,
                ..
            } => Self::Busy {
                retry_after: Some(Duration::from_secs(retry_after_seconds)),
            },
            QdrantError::InvalidUri(error) => Self::Address(format!("is no address ({error})")),
            other => Self::Local(other.to_string()),
        }
    }
}

fn of_status(status: &Status) -> Failure {
    let said = || status.message().to_owned();
    match status.code() {
        Code::Internal if said().starts_with(NO_CONNECTION) => {
            Failure::Unreachable { cause: said() }
        }
        Code::Unavailable => Failure::Unreachable { cause: said() },
        Code::ResourceExhausted => Failure::Busy { retry_after: None },
        Code::Unauthenticated | Code::PermissionDenied => Failure::Key,
        Code::NotFound => Failure::Missing,
        Code::InvalidArgument
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => Failure::Refused(said()),
        _ => Failure::Failed(said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: Code, message: &str) -> Failure {
        let status = Status::new(code, message);
        Failure::from(QdrantError::ResponseError { status })
    }

    #[test]
    fn every_status_says_what_to_do() {
        for (code, cause) in [
            (Code::Unavailable, "transport error"),
            (Code::Internal, "Failed to connect to http://x: …"),
        ] {
            let failure = of(code, cause);
            assert!(!failure.to_string().contains(cause), "{failure}");
            let cause = cause.to_owned();
            assert_eq!(failure, Failure::Unreachable { cause });
        }
        assert_eq!(of(Code::Internal, "a"), Failure::Failed("a".to_owned()));
        assert_eq!(of(Code::PermissionDenied, ""), Failure::Key);
        assert_eq!(of(Code::NotFound, ""), Failure::Missing);
        assert!(of(Code::ResourceExhausted, "").may_pass());
        assert!(of(Code::Internal, "").may_pass());
        assert!(!of(Code::InvalidArgument, "").may_pass());
        assert!(!Failure::LeftAlone(3).may_pass());
    }
}
