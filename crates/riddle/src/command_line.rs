//! Secrets that were given where others can read them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::output;

/// An option that may hold a secret, and the variable that holds it as well.
struct Hidden {
    option: &'static [u8],
    variable: &'static str,
    is_secret: fn(&[u8]) -> bool,
    warning: &'static str,
}

const HIDDEN: [Hidden; 2] = [
    Hidden {
        option: b"--api-key",
        variable: "RIDDLE_API_KEY",
        is_secret: |_key| true,
        warning: "an API key on the command line can be read by everybody on this machine; use --api-key-file FILE",
    },
    Hidden {
        option: b"--database-url",
        variable: "RIDDLE_DATABASE_URL",
        is_secret: has_password,
        warning: "a password on the command line can be read by everybody on this machine; write it into ~/.pgpass, or \
                  the address into RIDDLE_DATABASE_URL",
    },
];

/// Starts this process anew with the secrets in its environment, if some stand on the command line, which every user of
/// the machine can read. Returns if none do, or if that fails.
pub(crate) fn take_secrets_off() {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut variables = Vec::new();
    for hidden in &HIDDEN {
        let Some((value, others)) = split(hidden.option, arguments.iter().cloned()) else {
            continue;
        };
        if (hidden.is_secret)(value.as_bytes()) {
            output::note(hidden.warning);
            variables.push((hidden.variable, value));
            arguments = others;
        }
    }
    if variables.is_empty() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    // Returns only if it fails; then all goes on as it was asked.
    let _error = Command::new(program).args(arguments).envs(variables).exec();
}

/// Whether an address has a password, before its host or behind the question mark.
fn has_password(address: &[u8]) -> bool {
    let address = String::from_utf8_lossy(address);
    let behind = address
        .split_once("://")
        .map_or(&*address, |(_, rest)| rest);
    let (place, parameters) = behind.split_once('?').unwrap_or((behind, ""));
    let user = place.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || parameters.contains("password=")
}

/// The value of an option among the arguments, and the arguments without it.
fn split(
    option: &[u8],
    mut arguments: impl Iterator<Item = OsString>,
) -> Option<(OsString, Vec<OsString>)> {
    let (mut value, mut others) = (None, Vec::new());
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            others.push(argument);
            others.extend(arguments.by_ref());
        } else if bytes == option {
            value = Some(arguments.next()?);
        } else if let Some(given) = bytes
            .strip_prefix(option)
            .and_then(|rest| rest.strip_prefix(b"="))
        {
            value = Some(OsStr::from_bytes(given).to_owned());
        } else {
            others.push(argument);
        }
    }
    Some((value?, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(line: &str) -> Option<(String, String)> {
        let (key, others) = split(b"--api-key", line.split(' ').map(OsString::from))?;
        let others: Vec<_> = others.iter().map(|other| other.to_string_lossy()).collect();
        Some((key.to_string_lossy().into_owned(), others.join(" ")))
    }

    #[test]
    fn the_key_is_found_in_either_form_and_nowhere_else() {
        let found = Some(("k".to_owned(), "serve --json".to_owned()));
        assert_eq!(split_words("serve --api-key k --json"), found);
        assert_eq!(split_words("serve --api-key=k --json"), found);
        assert_eq!(split_words("serve --api-key-file k"), None);
        assert_eq!(split_words("search kb -- --api-key k"), None);
        assert_eq!(split_words("serve --api-key"), None);
    }

    #[test]
    fn an_address_is_hidden_for_its_password_alone() {
        for (address, secret) in [
            ("postgres://me:hunter2@host/riddle", true),
            ("postgres://host/riddle?user=me&password=hunter2", true),
            ("postgres://me@host:5432/riddle?sslmode=verify-full", false),
            ("postgres://host:5432/riddle", false),
        ] {
            assert_eq!(has_password(address.as_bytes()), secret, "{address}");
        }
    }
}
