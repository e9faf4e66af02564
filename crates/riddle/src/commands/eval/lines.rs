use std::io::{BufRead, IsTerminal};

use anyhow::Context;

/// The next line of the standard input; `None` at its end.
pub(super) fn line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let bytes = read.context("cannot read the standard input")?;
    Ok((bytes > 0).then_some(line))
}

/// Whether something may still be asked: a person at a terminal is waited for, a file or a pipe has an end.
pub(super) fn may_ask() -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(true);
    }
    let mut stdin = stdin.lock();
    let ahead = stdin.fill_buf();
    Ok(!ahead.context("cannot read the standard input")?.is_empty())
}
