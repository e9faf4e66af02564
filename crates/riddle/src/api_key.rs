//! API keys that this program makes, and one that was given where others can read it.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;

use crate::config::Secret;
use crate::output;

const OPTION: &[u8] = b"--api-key";
const VARIABLE: &str = "RIDDLE_API_KEY";

/// 256 random bits in hexadecimal.
pub(crate) fn random() -> anyhow::Result<Secret> {
    let mut bytes = [0_u8; 32];
    let mut source =
        std::fs::File::open("/dev/urandom").context("cannot open the source of random numbers")?;
    source
        .read_exact(&mut bytes)
        .context("cannot read random numbers")?;
    let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret(format!("rk_{key}")))
}

/// Starts this process anew with the key in its environment, if it stands on the command line, which every user of the
/// machine can read. Returns if it does not, or if that fails.
pub(crate) fn take_off_the_command_line() {
    let Some((key, others)) = split(std::env::args_os().skip(1)) else {
        return;
    };
    output::note(
        "an API key on the command line can be read by everybody on this machine; use --api-key-file FILE",
    );
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    // Returns only if it fails; then all goes on as it was asked.
    let _error = Command::new(program).args(others).env(VARIABLE, key).exec();
}

/// The key among the arguments, and the arguments without it.
fn split(arguments: impl Iterator<Item = OsString>) -> Option<(OsString, Vec<OsString>)> {
    let mut arguments = arguments;
    let (mut key, mut others) = (None, Vec::new());
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            others.push(argument);
            others.extend(arguments.by_ref());
        } else if bytes == OPTION {
            key = Some(arguments.next()?);
        } else if let Some(value) = bytes
            .strip_prefix(OPTION)
            .and_then(|v| v.strip_prefix(b"="))
        {
            key = Some(std::ffi::OsStr::from_bytes(value).to_owned());
        } else {
            others.push(argument);
        }
    }
    Some((key?, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(line: &str) -> Option<(String, String)> {
        let (key, others) = split(line.split(' ').map(OsString::from))?;
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
    fn keys_are_long_and_differ() {
        let (one, other) = (random().expect("a key"), random().expect("a key"));
        assert_eq!(one.0.len(), 67);
        assert_ne!(one.0, other.0);
    }
}
