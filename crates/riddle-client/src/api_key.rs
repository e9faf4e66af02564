use std::fmt;

use reqwest::header::HeaderValue;

/// A secret for another server. Never shown.
#[derive(Clone)]
pub struct ApiKey(String);

/// The key cannot be sent. It may stand in the error of the header, which is left out for that reason.
#[derive(Debug, thiserror::Error)]
#[error("the API key holds characters that no HTTP header can carry; check it for line breaks")]
pub struct BadKey;

impl ApiKey {
    /// Wraps a key; white space around it, as files have it, is removed.
    pub fn new(key: &str) -> Self {
        Self(key.trim().to_owned())
    }

    /// The header that carries it.
    ///
    /// # Errors
    /// It holds characters that no header can carry.
    pub fn bearer(&self) -> Result<HeaderValue, BadKey> {
        let bearer = HeaderValue::try_from(format!("Bearer {}", self.0));
        let mut bearer = bearer.map_err(|_quotes_the_key| BadKey)?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }

    /// The key itself, for a client that makes a header of its own of it.
    ///
    /// # Errors
    /// It holds characters that no header can carry.
    pub fn plain(&self) -> Result<&str, BadKey> {
        self.bearer().map(|_sendable| self.0.as_str())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_and_never_shown() {
        let key = ApiKey::new(" sk-secret\n");
        let bearer = key.bearer().expect("can be sent");
        assert_eq!(bearer.as_bytes(), b"Bearer sk-secret");
        assert_eq!(key.plain().expect("can be sent"), "sk-secret");
        assert!(!format!("{key:?} {bearer:?}").contains("secret"));
    }

    #[test]
    fn a_key_of_several_lines_is_refused_without_quoting_it() {
        let key = ApiKey::new("one\ntwo");
        assert!(key.plain().is_err());
        let error = key.bearer().expect_err("two lines");
        assert!(!error.to_string().contains("two"));
    }
}
