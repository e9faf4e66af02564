use std::io::BufRead;

use anyhow::Context;

/// The next line of the standard input; `None` at its end.
pub(super) fn line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let bytes = read.context("cannot read the standard input")?;
    Ok((bytes > 0).then_some(line))
}
