//! What is said of a server that did not answer as it should, each with what to do.

use std::time::Duration;

use reqwest::StatusCode;

/// A server that works may take as long.
const LEAST_SILENCE: Duration = Duration::from_secs(1);

/// Why a call gave nothing. The sentence goes on from "model `x` failed: ".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("its server cannot be reached; check that it is running and that `base_url` is right")]
    Unreachable { cause: String },
    #[error("its server did not answer within {0:?}; it may be overloaded or loading its model")]
    Silent(Duration),
    #[error("its server broke the connection; see its log if that goes on")]
    Broken { cause: String },
    #[error("its server is busy ({0}); try again in a moment")]
    Busy(u16),
    #[error("its server failed ({0}); see its log if that goes on")]
    Failed(u16),
    #[error("its server refused the API key ({0}); check `api_key_file`")]
    Key(u16),
    #[error(
        "its server has no such address or model ({0}); check `base_url`, `model` and, of a reranker, `api`"
    )]
    Unknown(u16),
    #[error(
        "its server redirects elsewhere ({0}), which is not followed; set `base_url` to the final address"
    )]
    Redirect(u16),
    #[error(
        "its server refused the request ({0}); check `model`, `max_tokens` and, of a reranker, `api`"
    )]
    Refused(u16),
    #[error(
        "its server's answer is not as it should be: {0}; check `base_url` and, of a reranker, `api`"
    )]
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
        let cause = riddle_client::cause(error);
        if error.is_connect() {
            Self::Unreachable { cause }
        } else if error.is_timeout() {
            Self::Silent(limit)
        } else {
            Self::Broken { cause }
        }
    }

    /// What lies below it, for the log alone.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Unreachable { cause } | Self::Broken { cause } => Some(cause),
            _ => None,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Silent(_)
                | Self::Broken { .. }
                | Self::Busy(_)
                | Self::Failed(_)
        )
    }

    /// Whether it is no fault of the request, as far as a status says: a server that fails on a text says 500, and one
    /// that takes no key or knows no such model gives nothing for any text.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Failed(code) => matches!(code, 502 | 504 | 520..=524),
            Self::LeftAlone(_) | Self::Key(_) | Self::Unknown(_) | Self::Redirect(_) => true,
            other => other.may_pass(),
        }
    }

    /// Whether the server had no time for the request.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self, Self::Silent(_) | Self::Failed(504))
    }

    /// Whether it says something of the server: silence for a moment, which a caller in haste does not wait out, says
    /// nothing.
    pub(crate) fn tells(&self) -> bool {
        !matches!(self, Self::Silent(limit) if *limit < LEAST_SILENCE)
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
        assert!(of(502).is_away() && of(429).is_away());
        assert!(of(401).is_away() && of(404).is_away() && of(308).is_away());
        assert!(!of(500).is_away() && !of(422).is_away());
        assert!(Failure::LeftAlone(3).is_away());
    }
}
