use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::ServeArguments;
use crate::config::Config;
use crate::data_folder::own;
use crate::serve::start_public;
use crate::wiring::KillAt;
use crate::{api_key, exit, output};

pub(crate) async fn run(mut config: Config, arguments: ServeArguments) -> anyhow::Result<ExitCode> {
    if let Some(file) = &arguments.new_api_key {
        write_new_key(file)?;
        output::note(&format!(
            "wrote a new API key to {}; start the server with --api-key-file",
            file.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(listen) = arguments.listen {
        config.listen = listen;
    }
    config.allowed_hosts.extend(arguments.allowed_hosts);
    if !config.listen.ip().is_loopback() && config.api_key.is_none() {
        bail!(
            "listening on {} lets others in, which needs an API key: make one with `riddle serve --new-api-key FILE` \
             and start with --api-key-file FILE",
            config.listen
        );
    }
    let kill_at = arguments
        .kill_at
        .as_deref()
        .map(KillAt::parse)
        .transpose()?;
    let ownership = match own(&config.data_dir, config.access).await? {
        Ok(ownership) => ownership,
        Err(Some(owner)) => bail!(
            "a server already runs on this data folder, at http://{}",
            owner.address
        ),
        Err(None) => bail!("another process has this data folder; wait for it or stop it"),
    };
    // Caught before the start, so that an early stop is a clean one too.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = start_public(&config, ownership, kill_at).await?;
    output::line(&format!("Riddle is ready at http://{}", server.address));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    output::note("stopping; once more ends it at once");
    tokio::select! {
        () = server.stop() => Ok(ExitCode::SUCCESS),
        _ = interrupt.recv() => end_at_once(),
        _ = terminate.recv() => end_at_once(),
    }
}

/// Ends the process without waiting for what is in work.
fn end_at_once() -> ! {
    output::note(
        "ended at once; requests in work are cut off, documents in work go on at the next start",
    );
    std::process::exit(i32::from(exit::INTERRUPTED))
}

/// A new key in a file that the owner alone can read.
fn write_new_key(file: &Path) -> anyhow::Result<()> {
    let key = api_key::random()?;
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let mut opened =
        opened.with_context(|| format!("cannot make {}; it must not exist yet", file.display()))?;
    writeln!(opened, "{}", key.0).context("cannot write the key")
}
