#![expect(
    clippy::panic,
    reason = "a test fails by panicking where a server that was named does not work"
)]

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::environment::variable;
use crate::{Resource, need};

/// How many schemas this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// The address of a schema that nobody else uses, on the PostgreSQL server that `RIDDLE_TEST_POSTGRES` names. See
/// [`need`].
///
/// # Panics
///
/// Where the server does not make the schema.
pub fn postgres() -> Option<String> {
    let server = server()?;
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    // An earlier process may have had the same number.
    run(&server, &format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
    Some(schema(&server, &name))
}

/// The same of a schema with a name, which is made if it is not there.
///
/// # Panics
///
/// Where the server does not make the schema.
pub fn postgres_schema(name: &str) -> Option<String> {
    Some(schema(&server()?, name))
}

fn server() -> Option<String> {
    let missing = "no PostgreSQL server; scripts/with-postgres.sh COMMAND starts one for a command";
    need(
        Resource::Postgres,
        variable("RIDDLE_TEST_POSTGRES"),
        missing,
    )
}

fn schema(server: &str, name: &str) -> String {
    run(server, &format!("CREATE SCHEMA IF NOT EXISTS {name}"));
    format!("{server}?options[search_path]={name}")
}

fn run(server: &str, statement: &str) {
    let run = Command::new("psql")
        .args(["--quiet", "--no-psqlrc", server, "--command", statement])
        .env("PGOPTIONS", "--client-min-messages=warning")
        .status();
    if !run.as_ref().is_ok_and(|status| status.success()) {
        panic!("psql cannot make a schema at RIDDLE_TEST_POSTGRES: {run:?}");
    }
}
