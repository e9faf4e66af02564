use anyhow::ensure;
use riddle_store::PostgresOptions;
use serde::Deserialize;

use super::Secret;

/// Connections that read at the same time. Five more search lists, write, answer for the health of the server and hold
/// the database.
const DEFAULT_CONNECTIONS: u32 = 8;

/// Where the database lies, if not in the data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDatabase {
    /// `postgres://user:password@host/database`.
    url: Option<Secret>,
    /// Connections that read at the same time.
    connections: Option<u32>,
}

impl RawDatabase {
    /// The server, of which the command line or the environment may give another address.
    pub(super) fn server(self, given: Option<&str>) -> anyhow::Result<Option<PostgresOptions>> {
        let url = given
            .map(str::to_owned)
            .or_else(|| self.url.map(|url| url.0));
        let Some(url) = url else {
            ensure!(
                self.connections.is_none(),
                "`database.url` is missing, the server that `database.connections` are made to"
            );
            return Ok(None);
        };
        // The address itself may hold a password.
        ensure!(
            is_postgres(&url),
            "`database.url` is not the address of a PostgreSQL server; write `postgres://user:password@host/database`, \
             or leave it out to keep the database in the data folder"
        );
        let readers = self.connections.unwrap_or(DEFAULT_CONNECTIONS);
        ensure!(readers > 0, "`database.connections` must be at least 1");
        Ok(Some(PostgresOptions { url, readers }))
    }
}

/// Whether an address can be one of a PostgreSQL server.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(toml: &str, given: Option<&str>) -> anyhow::Result<Option<PostgresOptions>> {
        let raw: RawDatabase = toml::from_str(toml).expect("keys that are there");
        raw.server(given)
    }

    #[test]
    fn without_an_address_the_database_is_in_the_data_folder() {
        assert!(server("", None).expect("nothing is wrong").is_none());
    }

    #[test]
    fn the_environment_overrules_the_file() {
        let found = server(
            "url = \"postgres://a/b\"\nconnections = 3",
            Some("postgresql://c/d"),
        );
        let found = found.expect("nothing is wrong").expect("a server");
        assert_eq!((found.url.as_str(), found.readers), ("postgresql://c/d", 3));
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_its_password() {
        for (toml, key) in [
            ("url = \"mysql://me:secret@host/riddle\"", "database.url"),
            ("connections = 2", "database.url"),
            (
                "url = \"postgres://a/b\"\nconnections = 0",
                "database.connections",
            ),
        ] {
            let error = server(toml, None).expect_err(toml).to_string();
            assert!(error.contains(key), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let raw: RawDatabase =
            toml::from_str("url = \"postgres://me:hunter2@host\"").expect("a key");
        assert!(!format!("{raw:?}").contains("hunter2"));
    }
}
