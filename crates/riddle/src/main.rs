//! The riddle binary: command line, configuration, wiring.

mod api;
mod api_key;
mod arguments;
mod backup;
mod clock;
mod command_line;
mod commands;
mod config;
mod data_folder;
mod database;
mod disk;
mod exit;
mod logging;
mod ocr;
mod open_files;
mod open_model_file;
mod output;
mod provider;
mod serve;
mod session;
mod telemetry;
mod vectors;
mod wiring;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::arguments::{Arguments, Command, ServeArguments};
use crate::config::Config;
use crate::telemetry::Export;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Children of a server, which give up nearly all rights and so must have one thread only.
    match &arguments.command {
        Command::ExtractWorker { self_test: true } => return riddle_ingest::run_worker_self_test(),
        Command::ExtractWorker { self_test: false } => return riddle_ingest::run_worker(),
        Command::ReadPictures(arguments) => return ocr::run(arguments),
        Command::OpenModelFile(arguments) => return open_model_file::run(arguments),
        _ => {}
    }
    command_line::take_secrets_off();
    let json = arguments.global.json;
    run(arguments).unwrap_or_else(|error| exit::report(&error, json))
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::load(&arguments.global)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    let (default, export) = match &arguments.command {
        Command::Serve(serve) => {
            let _in_runtime = runtime.enter();
            (logging::SERVER, export(&config, serve)?)
        }
        _ => (logging::COMMAND, None),
    };
    logging::start(arguments.global.log.as_deref(), default, export.as_ref());
    let outcome = runtime.block_on(commands::run(config, arguments));
    if let Some(export) = export {
        export.end();
    }
    // A model call that is still running would otherwise hold the process for as long as it takes.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome
}

/// The export of traces, where the command line or the configuration names a collector.
fn export(config: &Config, serve: &ServeArguments) -> anyhow::Result<Option<Export>> {
    let given = serve.otlp_endpoint.as_deref();
    let endpoint = given.or(config.telemetry.otlp_endpoint.as_deref());
    match endpoint.filter(|endpoint| !endpoint.is_empty()) {
        Some(endpoint) => Export::start(endpoint, &config.telemetry).map(Some),
        None => Ok(None),
    }
}
