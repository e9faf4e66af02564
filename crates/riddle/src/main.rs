//! The riddle binary: command line, configuration, wiring.

mod api;
mod arguments;
mod commands;
mod config;
mod data_folder;
mod exit;
mod logging;
mod output;
mod provider;
mod serve;
mod session;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::ExtractWorker) {
        return riddle_ingest::run_worker();
    }
    let serves = matches!(arguments.command, Command::Serve(_));
    let default = if serves {
        logging::SERVER
    } else {
        logging::COMMAND
    };
    logging::start(arguments.global.log.as_deref(), default);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return exit::report(
                &anyhow::Error::new(error).context("cannot start"),
                arguments.global.json,
            );
        }
    };
    let json = arguments.global.json;
    let outcome = runtime.block_on(commands::run(arguments));
    // A model call that is still running would otherwise hold the process for as long as it takes.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match outcome {
        Ok(code) => code,
        Err(error) => exit::report(&error, json),
    }
}
