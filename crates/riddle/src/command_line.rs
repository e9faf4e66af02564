//! Secrets that were given where others can read them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::output;

/// What is shown in place of a password.
const PASSWORD: &str = "PASSWORD";

/// An option that may hold a secret, and the variable that holds it as well.
struct Hidden {
    option: &'static [u8],
    variable: &'static str,
    is_secret: fn(&[u8]) -> bool,
    warning: &'static str,
}

const HIDDEN: [Hidden; 3] = [
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
    Hidden {
        option: b"--to",
        variable: "RIDDLE_MIGRATE_TO",
        is_secret: has_password,
        warning: "a password on the command line can be read by everybody on this machine; write it into ~/.pgpass, or \
                  the address into RIDDLE_MIGRATE_TO",
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
    without_password(&address) != address
}

/// An address with a word in place of its password.
pub(crate) fn without_password(address: &str) -> String {
    let (place, parameters) = match address.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (address, None),
    };
    let mut shown = match place.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", without_password_of(user)),
        None => place.to_owned(),
    };
    let Some(parameters) = parameters else {
        return shown;
    };
    let parameters = parameters.split('&').map(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        match name.ends_with("password") {
            true => format!("{name}={PASSWORD}"),
            false => parameter.to_owned(),
        }
    });
    shown.push('?');
    shown.push_str(&parameters.collect::<Vec<_>>().join("&"));
    shown
}

/// Of what stands before a host.
fn without_password_of(user: &str) -> String {
    let name = user.find("://").map_or(0, |scheme| scheme + "://".len());
    match user[name..].find(':') {
        Some(colon) => format!("{}:{PASSWORD}", &user[..name + colon]),
        None => user.to_owned(),
    }
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

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, shown) in [
            (
                "postgres://me:hunter2@host:5432/riddle?sslmode=require",
                "postgres://me:PASSWORD@host:5432/riddle?sslmode=require",
            ),
            (
                "postgres://host/riddle?user=me&password=hunter2",
                "postgres://host/riddle?user=me&password=PASSWORD",
            ),
            (
                "postgres://me@host:5432/riddle",
                "postgres://me@host:5432/riddle",
            ),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
