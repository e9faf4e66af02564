use reqwest::Url;

/// Why a base URL cannot be meant. Nothing of it is repeated, because it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(String);

/// The address of `path` below a base URL, which may end in a slash.
///
/// # Errors
/// The base URL is no `http` or `https` URL, or it holds a password, a query or a fragment.
pub fn address(base_url: &str, path: &str) -> Result<Url, BadAddress> {
    let refuse = |why: &str| BadAddress(why.to_owned());
    let url = format!("{}/{path}", base_url.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(|error| BadAddress(format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refuse("is not http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a password, which belongs into the API key"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("holds a query or a fragment"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_appended_once() {
        for base in ["http://localhost:8000/v1", "http://localhost:8000/v1/"] {
            let url = address(base, "rerank").expect("an address");
            assert_eq!(url.as_str(), "http://localhost:8000/v1/rerank");
        }
    }

    #[test]
    fn addresses_that_cannot_be_meant_are_refused() {
        for base in [
            "localhost:8000/v1",
            "ftp://host/v1",
            "http://user:secret@host/v1",
            "http://host/v1?key=secret",
            "",
        ] {
            let error = address(base, "x").expect_err(base).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
