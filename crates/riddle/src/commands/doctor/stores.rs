//! Where the database and the vectors are, asked without the server of the data folder.

use std::path::Path;
use std::time::Duration;

use riddle_core::error_chain;
use riddle_qdrant::{Server, ServerOptions};
use riddle_store::{DatabaseState, PostgresOptions, examine_file, examine_server, newest_schema};

use super::check::Check;
use crate::command_line::without_password;
use crate::config::Config;
use crate::data_folder::{DATABASE, own};

/// The first version of PostgreSQL that is tested.
const LEAST_POSTGRES: u32 = 15;

/// Asks both.
pub(super) async fn examine(config: &Config) -> Vec<Check> {
    let database = match &config.database {
        None => {
            // Nobody begins to use the file meanwhile; a server that does already says so itself.
            let _ownership = own(&config.data_dir, config.access).await;
            file(&config.data_dir).await
        }
        Some(server) => on_server(server).await,
    };
    vec![database, vectors(config).await]
}

async fn file(data_dir: &Path) -> Check {
    let name = "database";
    match examine_file(&data_dir.join(DATABASE)).await {
        Ok(Some(state)) => found(name, &state, "SQLite", "in the data folder"),
        Ok(None) => Check::ok(
            name,
            "none in the data folder yet; the first start makes it",
        ),
        Err(error) => Check::failed(
            name,
            format!(
                "the file in the data folder cannot be read: {}",
                error_chain(&error)
            ),
            "move it aside and put back a backup with `riddle restore`",
        ),
    }
}

async fn on_server(server: &PostgresOptions) -> Check {
    let name = "database";
    let place = format!("at {}", without_password(&server.url));
    let state = match examine_server(server).await {
        Ok(state) => state,
        Err(error) => {
            return Check::failed(
                name,
                format!("{place}: {}", error_chain(&error)),
                "see that `database.url` is right, that PostgreSQL runs there and that it lets this user in",
            );
        }
    };
    let check = found(name, &state, "PostgreSQL", &place);
    match major(&state.version) {
        Some(version) if version < LEAST_POSTGRES => Check::warning(
            name,
            check.found,
            format!("use PostgreSQL {LEAST_POSTGRES} or newer; older ones are not tested"),
        ),
        _ => check,
    }
}

/// Of `15.14 (Debian 15.14-0+deb12u1)` and `18beta1`.
fn major(version: &str) -> Option<u32> {
    let digits = version.find(|c: char| !c.is_ascii_digit());
    version[..digits.unwrap_or(version.len())].parse().ok()
}

/// What a database says that answers.
fn found(name: &'static str, state: &DatabaseState, kind: &str, place: &str) -> Check {
    let newest = newest_schema();
    let schema = match state.schema {
        0 => "no tables yet".to_owned(),
        schema if schema < newest => {
            format!("schema {schema}, which the next start brings to {newest}")
        }
        schema => format!("schema {schema}"),
    };
    let found = format!(
        "{kind} {} {place}, {schema}, {} MiB, answers in {}",
        state.version,
        state.bytes.div_ceil(1 << 20),
        milliseconds(state.latency)
    );
    if state.schema > newest {
        let remedy = "use the newer version that wrote it, or put back what was saved before that version ran";
        return Check::failed(
            name,
            format!("{found}; this version knows {newest}"),
            remedy,
        );
    }
    Check::ok(name, found)
}

async fn vectors(config: &Config) -> Check {
    let name = "vectors";
    let Some(vectors) = &config.vectors else {
        return Check::ok(name, "in the data folder");
    };
    let place = format!("at {}", vectors.url());
    let options = match vectors.server() {
        Ok(options) => options,
        Err(error) => {
            let remedy = "correct the section [vectors] of the configuration";
            return Check::failed(name, format!("{error:#}"), remedy);
        }
    };
    qdrant(options, &place).await
}

async fn qdrant(options: ServerOptions, place: &str) -> Check {
    let name = "vectors";
    // Calls of this crate block their thread.
    let asked = tokio::task::spawn_blocking(move || Server::new(options)?.examine()).await;
    let answer = match asked {
        Ok(answer) => answer.map_err(|failure| failure.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match answer {
        Ok(state) => Check::ok(
            name,
            format!(
                "Qdrant {} {place}, answers in {}",
                state.version,
                milliseconds(state.latency)
            ),
        ),
        Err(problem) => Check::failed(
            name,
            format!("{place}: {problem}"),
            "until it answers, documents are found by their words alone, and new ones wait",
        ),
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use riddle_test_qdrant::TestQdrant;

    use super::super::check::State;
    use super::*;

    fn state(schema: i64) -> DatabaseState {
        DatabaseState {
            version: "15.14 (Debian 15.14-0+deb12u1)".to_owned(),
            schema,
            bytes: (3 << 20) + 1,
            latency: Duration::from_micros(1_250),
        }
    }

    #[test]
    fn what_was_found_is_said_with_what_a_start_makes_of_it() {
        let newest = newest_schema();
        let said = |schema| found("database", &state(schema), "PostgreSQL", "at db");
        let now = said(newest);
        assert_eq!(now.state, State::Ok);
        let expected = format!(
            "PostgreSQL 15.14 (Debian 15.14-0+deb12u1) at db, schema {newest}, 4 MiB, answers in 1.2 ms"
        );
        assert_eq!(now.found, expected);
        assert!(said(0).found.contains("no tables yet"));
        let older = said(newest - 1);
        assert_eq!(older.state, State::Ok);
        assert!(older.found.contains("the next start brings"));
        assert_eq!(said(newest + 1).state, State::Failed);
    }

    #[test]
    fn versions_are_compared_by_their_first_number() {
        for (version, first) in [
            ("15.14 (Debian 15.14-0+deb12u1)", Some(15)),
            ("18beta1", Some(18)),
            ("9.6.24", Some(9)),
            ("", None),
        ] {
            assert_eq!(major(version), first, "{version}");
        }
    }

    #[tokio::test]
    async fn servers_that_do_not_answer_are_failures_with_what_to_do() {
        let server = PostgresOptions {
            url: "postgres://me:hunter2@127.0.0.1:1/none".to_owned(),
            readers: 1,
        };
        let check = on_server(&server).await;
        assert_eq!(check.state, State::Failed);
        assert!(
            check.remedy.is_some() && !check.found.contains("hunter2"),
            "{check:?}"
        );
        assert!(
            check.found.contains("see that PostgreSQL runs"),
            "{check:?}"
        );
        let server = ServerOptions::at("http://127.0.0.1:1".to_owned());
        let check = qdrant(server, "at http://127.0.0.1:1").await;
        assert_eq!(check.state, State::Failed);
        assert!(check.found.contains("cannot be reached"), "{check:?}");
    }

    #[tokio::test]
    async fn a_vector_server_that_answers_says_its_version() {
        let server = TestQdrant::start();
        let check = qdrant(ServerOptions::at(server.url()), "at its address").await;
        assert_eq!(check.state, State::Ok, "{check:?}");
        assert!(check.found.starts_with("Qdrant 1."), "{check:?}");
        server.set_version("1.15.0");
        let check = qdrant(ServerOptions::at(server.url()), "at its address").await;
        assert_eq!(check.state, State::Failed);
        assert!(check.found.contains("1.16 or later"), "{check:?}");
    }
}
