//! What of this process's environment the Python that fetches packages gets.

use std::ffi::OsString;

/// How Python and pip find their programs, home, folders, certificates and words.
const NAMES: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
];
/// In upper or lower case, as both are in use.
const PROXIES: &[&str] = &["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
/// pip's own settings, and words again.
const PREFIXES: &[&str] = &["PIP_", "LC_"];

/// Variables without which pip could not reach its registry. Whatever else there is, such as keys of this server, is
/// nobody's business.
pub(crate) fn environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(passes))
        .collect()
}

fn passes(name: &str) -> bool {
    NAMES.contains(&name)
        || PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy))
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_pip_pass_and_nothing_else_does() {
        for name in [
            "PATH",
            "PIP_INDEX_URL",
            "https_proxy",
            "HTTPS_PROXY",
            "LC_ALL",
        ] {
            assert!(passes(name), "{name}");
        }
        for name in [
            "RIDDLE_API_KEY",
            "RIDDLE_DATABASE_URL",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "AWS_SECRET_ACCESS_KEY",
            "LD_PRELOAD",
        ] {
            assert!(!passes(name), "{name}");
        }
    }
}
