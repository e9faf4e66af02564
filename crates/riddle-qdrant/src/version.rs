use std::fmt;

use crate::failure::Failure;

/// The first version whose calls take vectors in the form that they are sent in.
pub(crate) const LEAST: Version = Version {
    major: 1,
    minor: 16,
};

/// A version as far as it decides what a server can do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// Reads `1.18.3` and `1.19.0-dev`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        Some(Self { major, minor })
    }
}

/// Refuses a server that is too old. One whose version cannot be read is taken for a build of somebody's own.
pub(crate) fn check(said: &str) -> Result<(), Failure> {
    match Version::parse(said) {
        Some(version) if version < LEAST => Err(Failure::TooOld {
            version: said.to_owned(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_told_which_version_is_needed() {
        for sound in ["1.16.0", "1.18.3", "1.100.0-dev", "2.0.0", "dev"] {
            assert_eq!(check(sound), Ok(()), "{sound}");
        }
        for old in ["1.15.9", "0.11.0"] {
            let error = check(old).expect_err(old).to_string();
            assert!(error.contains(old) && error.contains("1.16"), "{error}");
        }
    }
}
