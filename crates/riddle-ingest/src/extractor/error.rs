use std::io;

use riddle_core::{ExtractError, Failure};
use rustix::io::Errno;

/// What a machine says that has run out of files, memory or processes for the moment.
const EXHAUSTED: [Errno; 5] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::NOMEM,
    Errno::AGAIN,
    Errno::NOBUFS,
];

/// An error of the machine as it is, any other as `failure`.
pub(super) fn classified(
    error: io::Error,
    failure: impl FnOnce(&io::Error) -> Failure,
) -> ExtractError {
    let errno = Errno::from_io_error(&error);
    match errno.is_some_and(|errno| EXHAUSTED.contains(&errno)) {
        true => ExtractError::Exhausted(error),
        false => ExtractError::Document(failure(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure;

    #[test]
    fn only_what_the_machine_lacks_is_its_own_fault() {
        for errno in EXHAUSTED {
            let error = classified(errno.into(), failure::unreadable);
            assert!(matches!(error, ExtractError::Exhausted(_)), "{errno}");
        }
        let error = classified(Errno::NOENT.into(), failure::unreadable);
        assert!(matches!(error, ExtractError::Document(_)));
    }
}
