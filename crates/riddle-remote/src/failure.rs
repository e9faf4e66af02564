//! What is said of a server that did not answer as it should, each with what to do.

use std::time::Duration;

use reqwest::StatusCode;

/// Why a call gave nothing. The sentence goes on from "model `x` failed: ".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("its server cannot be reached; check that it is running and that `base_url` is right")]
    Unreachable,
    #[error("its server did not answer within {0:?}; it may be overloaded or loading its model")]
    Silent(Duration),
    #[error("its server broke the connection; see its log if that goes on")]
    Broken,
    #[error("its server is busy ({0}); try again in a moment")]
    Busy(u16),
    #[error("its server failed ({0}); see its log if that goes on")]
    Failed(u16),
    #[error("its server refused the API key ({0}); check `api_key_file`")]
    Key(u16),
    #[error("its server has no such address or model ({0}); check `base_url`, `api` and `model`")]
    Unknown(u16),
    #[error(
        "its server redirects elsewhere ({0}), which is not followed; set `base_url` to the final address"
    )]
    Redirect(u16),
    #[error("its server refused the request ({0}); check `api`, `model` and `max_tokens`")]
    Refused(u16),
    #[error("its server's answer is not as `api` says: {0}; check `api`")]
    Answer(String),
    #[error("its server has not answered lately and is left alone for {0} s")]
    LeftAlone(u64),
}

impl Failure {
    /// That of an answer without success.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let code = status.as_u16();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Key(code),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Self::Unknown(code),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Self::Busy(code),
            _ if status.is_redirection() => Self::Redirect(code),
            _ if status.is_server_error() => Self::Failed(code),
            _ => Self::Refused(code),
        }
    }

    /// That of a request without an answer.
    pub(crate) fn of_transport(error: &reqwest::Error, limit: Duration) -> Self {
        if error.is_connect() {
            Self::Unreachable
        } else if error.is_timeout() {
            Self::Silent(limit)
        } else {
            Self::Broken
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Silent(_) | Self::Broken | Self::Busy(_) | Self::Failed(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_says_what_to_do() {
        let of = |code| Failure::of_status(StatusCode::from_u16(code).expect("a status"));
        assert_eq!(of(401), Failure::Key(401));
        assert_eq!(of(404), Failure::Unknown(404));
        assert_eq!(of(429), Failure::Busy(429));
        assert_eq!(of(502), Failure::Failed(502));
        assert_eq!(of(307), Failure::Redirect(307));
        assert_eq!(of(422), Failure::Refused(422));
        assert!(of(503).may_pass() && !of(422).may_pass());
    }
}
