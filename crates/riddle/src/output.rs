//! The only place that prints.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the command line speaks through these"
)]

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::sync::LazyLock;

/// How commands begin in sentences.
const COMMAND: &str = "`riddle ";
/// How they begin where this program was started by its path, from which the shell may not know it by its name.
static BY_PATH: LazyLock<Option<String>> = LazyLock::new(|| {
    let typed = std::env::args_os().next()?.into_string().ok()?;
    command_by_path(&typed)
});

/// A line of the result.
pub(crate) fn line(text: &str) {
    // A closed pipe ends the output, not the work.
    let _ = writeln!(std::io::stdout(), "{}", harmless(text));
}

/// A piece of streamed text, shown at once.
pub(crate) fn piece(text: &str) {
    print!("{}", harmless(text));
    // A closed pipe ends the output, not the work.
    let _ = std::io::stdout().flush();
}

/// The result for programs.
pub(crate) fn json(value: &impl serde::Serialize) {
    let mut output = std::io::stdout().lock();
    // A closed pipe ends the output, not the work.
    let _ = serde_json::to_writer_pretty(&mut output, value);
    let _ = writeln!(output);
}

/// Something a person should know that is not the result.
pub(crate) fn note(text: &str) {
    eprintln!("{}", harmless(&with_commands(text)));
}

/// An error for people.
pub(crate) fn error(text: &str) {
    let text = with_commands(text);
    let text = harmless(&text);
    if std::io::stderr().is_terminal() {
        eprintln!("\u{1b}[31merror:\u{1b}[0m {text}");
    } else {
        eprintln!("error: {text}");
    }
}

/// An error for programs.
pub(crate) fn json_error(code: &str, message: &str) {
    eprintln!("{}", serde_json::json!({"code": code, "message": message}));
}

/// A sentence of this program's own, with its commands as they can be typed here.
pub(crate) fn with_commands(text: &str) -> Cow<'_, str> {
    match &*BY_PATH {
        Some(command) if text.contains(COMMAND) => Cow::Owned(text.replace(COMMAND, command)),
        _ => Cow::Borrowed(text),
    }
}

/// `None` where the shell found the program by its name.
fn command_by_path(typed: &str) -> Option<String> {
    if !typed.contains(std::path::MAIN_SEPARATOR) {
        return None;
    }
    let quote = if typed.contains(char::is_whitespace) {
        "'"
    } else {
        ""
    };
    Some(format!("`{quote}{typed}{quote} "))
}

/// Without the characters that command a terminal: texts and names come from documents and from strangers' models.
fn harmless(text: &str) -> Cow<'_, str> {
    let commands = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(commands) {
        Cow::Owned(text.replace(commands, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_as_the_program_was_started() {
        assert_eq!(command_by_path("riddle"), None);
        assert_eq!(
            command_by_path("target/release/riddle").as_deref(),
            Some("`target/release/riddle ")
        );
        assert_eq!(
            command_by_path("/my tools/riddle").as_deref(),
            Some("`'/my tools/riddle' ")
        );
    }

    #[test]
    fn nothing_that_is_printed_commands_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[31m\u{9b}b\r\n\tc 重"),
            "a\u{fffd}[31m\u{fffd}b\u{fffd}\n\tc 重"
        );
        assert!(matches!(harmless("plain\n"), Cow::Borrowed("plain\n")));
    }
}
