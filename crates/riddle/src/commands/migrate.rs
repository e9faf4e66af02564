use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use riddle_store::PostgresOptions;
use serde_json::json;

use crate::arguments::{MigrateCommand, Place};
use crate::backup::refuse_unfinished;
use crate::command_line::without_password;
use crate::config::{Config, is_postgres};
use crate::data_folder::own;
use crate::database::{self, Moved};
use crate::disk::Disk;
use crate::output;

pub(crate) async fn run(
    config: &Config,
    command: &MigrateCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let MigrateCommand::Database { to } = command;
    let Ok(_ownership) = own(&config.data_dir, config.access).await? else {
        bail!(
            "a server runs on {}; stop it, and run this again",
            config.data_dir.display()
        );
    };
    refuse_unfinished(&config.data_dir)?;
    let bar = progress_bar()?;
    let told = |rows| bar.set_position(rows);
    let moved = match to {
        Place::Server(url) => {
            let server = server(url)?;
            Box::pin(database::to_server(&config.data_dir, &server, &told)).await?
        }
        Place::Embedded => {
            let server = config.database.as_ref();
            let server = server.context(
                "say with `database.url` or --database-url where the database of this data folder is",
            )?;
            let disk = Disk::of(&config.data_dir, config.disk_reserve);
            Box::pin(database::to_data_folder(
                &config.data_dir,
                server,
                &disk,
                &told,
            ))
            .await?
        }
    };
    bar.finish_and_clear();
    show(config, to, &moved, json);
    Ok(ExitCode::SUCCESS)
}

fn server(url: &str) -> anyhow::Result<PostgresOptions> {
    // The address itself may hold a password.
    ensure!(
        is_postgres(url),
        "--to is neither `embedded` nor the address of a PostgreSQL server; write `postgres://user:password@host/database`"
    );
    Ok(PostgresOptions {
        url: url.to_owned(),
        readers: 1,
    })
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template(
        "{spinner} {pos} rows  {elapsed} elapsed",
    )?);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn show(config: &Config, to: &Place, moved: &Moved, json: bool) {
    let rows: u64 = moved.tables.iter().map(|table| table.rows).sum();
    let configuration = configuration(to);
    if json {
        let tables = moved.tables.iter();
        let tables: Vec<_> = tables
            .map(|table| json!({"name": table.name, "rows": table.rows}))
            .collect();
        output::json(&json!({
            "tables": tables, "rows": rows, "configuration": configuration, "left": moved.left,
        }));
        return;
    }
    output::line(&format!(
        "{rows} rows of {} tables are the same in both databases, and {} belongs to the new one",
        moved.tables.len(),
        config.data_dir.display()
    ));
    match &configuration {
        Some(text) => {
            output::line("write into the configuration, before the next start:\n");
            output::line(text);
        }
        None => output::line(
            "take the section [database] out of the configuration, and RIDDLE_DATABASE_URL out of the environment, \
             before the next start",
        ),
    }
    note_what_is_left(config, to, moved);
}

fn note_what_is_left(config: &Config, to: &Place, moved: &Moved) {
    match &moved.left {
        Some(left) => output::note(&format!(
            "the old database is {}; remove it when all is well",
            left.display()
        )),
        None => {
            output::note("the old database is on its server as it was; remove it when all is well")
        }
    }
    if let Place::Server(url) = to
        && without_password(url) != *url
    {
        output::note(
            "the password is left out; it can be in ~/.pgpass, or the whole address in RIDDLE_DATABASE_URL",
        );
    }
    if *to != Place::Embedded && config.backup.is_some() {
        output::note(
            "take the section [backup] out too: a database on a server is saved with `pg_dump`, and then the folder \
             `blobs` is copied",
        );
    }
}

/// What the configuration has of the new place; nothing for the data folder.
fn configuration(to: &Place) -> Option<String> {
    let Place::Server(url) = to else {
        return None;
    };
    // A text of JSON is one of TOML too.
    let url = json!(without_password(url));
    Some(format!("[database]\nurl = {url}"))
}
