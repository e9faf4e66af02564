use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// A program to be started with an empty environment in `folder`, so that neither secrets of this process nor files of
/// the folder that it happens to run in come along. The one place where child processes begin.
pub fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder);
    command
}
