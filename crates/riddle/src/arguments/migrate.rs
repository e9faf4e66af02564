use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use clap::Subcommand;

/// The word for the data folder.
const EMBEDDED: &str = "embedded";

#[derive(Subcommand, Debug)]
pub(crate) enum MigrateCommand {
    /// Copy the database to an empty one on a PostgreSQL server, or back to the data folder; no server may run
    #[command(
        after_help = "Examples:\n  riddle migrate database --to postgres://riddle@db.example/riddle\n  riddle migrate database --to embedded --database-url postgres://riddle@db.example/riddle"
    )]
    Database {
        /// Address of the PostgreSQL server, or `embedded` for the data folder
        #[arg(
            long,
            env = "RIDDLE_MIGRATE_TO",
            value_name = "URL|embedded",
            hide_env_values = true
        )]
        to: Place,
    },
}

/// Where something is moved to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The data folder.
    Embedded,
    /// A server of this address.
    Server(String),
}

/// The address may hold a password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "Embedded",
            Self::Server(_) => "Server",
        })
    }
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            EMBEDDED => Self::Embedded,
            address => Self::Server(address.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_data_folder_and_an_address_is_not_printed() {
        assert_eq!("embedded".parse(), Ok(Place::Embedded));
        let server: Place = "postgres://me:hunter2@host/riddle"
            .parse()
            .expect("a place");
        assert!(!format!("{server:?}").contains("hunter2"));
    }
}
