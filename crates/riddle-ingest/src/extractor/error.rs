use std::io;

use riddle_core::Failure;
use rustix::io::Errno;

use crate::failure;

/// What a machine says that has run out of files, memory or processes for the moment.
const EXHAUSTED: [Errno; 5] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::NOMEM,
    Errno::AGAIN,
    Errno::NOBUFS,
];

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Trying again cannot help.
    #[error("{}", .0.message)]
    Document(Failure),
    /// The machine has run out of files, memory or processes; the document is not at fault, and later it may go.
    #[error("the machine has no files, memory or processes left for extraction")]
    Exhausted(#[source] io::Error),
}

impl ExtractError {
    /// An error of the machine as it is, any other as `failure`.
    pub(super) fn of(error: io::Error, failure: Failure) -> Self {
        let errno = Errno::from_io_error(&error);
        match errno.is_some_and(|errno| EXHAUSTED.contains(&errno)) {
            true => Self::Exhausted(error),
            false => Self::Document(failure),
        }
    }

    /// What the document's owner is told if nobody tries again.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Document(failure) => failure,
            Self::Exhausted(_) => failure::no_worker(),
        }
    }
}

impl From<Failure> for ExtractError {
    fn from(failure: Failure) -> Self {
        Self::Document(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_machine_lacks_is_its_own_fault() {
        for errno in EXHAUSTED {
            let error = ExtractError::of(errno.into(), failure::unreadable());
            assert!(matches!(error, ExtractError::Exhausted(_)), "{errno}");
        }
        let error = ExtractError::of(Errno::NOENT.into(), failure::unreadable());
        assert!(matches!(error, ExtractError::Document(_)));
    }
}
