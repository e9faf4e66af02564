//! Whether a newer version wrote a database, found out without changing a byte beside it: where a server was killed,
//! SQLite would fold its write-ahead log into the file with the first connection that may write.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::migrations;
use crate::rows::get;
use crate::sql::{self, Row, Statement};
use crate::sql_error::SqlError;

/// How a write-ahead log begins; the last bit says in which order the bytes of its checksums are.
const LOG_MAGIC: u32 = 0x377f_0682;
/// What would end the path of an address, or be read as an escape.
const PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
/// Bytes of a log before its first page.
const LOG_HEADER: u64 = 32;

/// Why a database cannot be read beforehand.
pub(crate) type Unread = Box<dyn std::error::Error + Send + Sync>;

/// Refuses a database with a schema that this version does not know.
pub(crate) async fn refuse(database: &Path) -> Result<(), SqlError> {
    match newest_schema(database).await {
        Ok(Some(found)) if found > migrations::newest() => Err(SqlError::NewerSchema(found)),
        Ok(_) => Ok(()),
        Err(error) => {
            // Opening it for good says what is wrong with it.
            tracing::debug!(%error, "the schema of the database cannot be read beforehand");
            Ok(())
        }
    }
}

/// The newest schema that a database has; none without a database.
async fn newest_schema(database: &Path) -> Result<Option<i64>, Unread> {
    let newest = sql::query("SELECT max(version) AS newest FROM _sqlx_migrations");
    match row_of(database, newest).await? {
        Some(row) => Ok(get(&row, "newest")?),
        None => Ok(None),
    }
}

/// What a statement finds that gives one row; none without a database.
pub(crate) async fn row_of(database: &Path, statement: Statement) -> Result<Option<Row>, Unread> {
    if !database.try_exists()? {
        return Ok(None);
    }
    let log = beside(database, "-wal");
    let options = SqliteConnectOptions::new().read_only(true);
    let (options, _index) = if has_pages(&log)? {
        let index = LogIndex::lend(beside(database, "-shm"))?;
        (options.filename(read_only_address(database)?), Some(index))
    } else {
        (options.filename(database).immutable(true), None)
    };
    let mut connection = options.connect().await?;
    let row = statement.row(&mut connection).await;
    connection.close().await?;
    Ok(Some(row?))
}

/// Whether there is a log with anything in it. SQLite waits ten seconds for whoever might be writing one that is none.
fn has_pages(log: &Path) -> io::Result<bool> {
    let mut file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() <= LOG_HEADER {
        return Ok(false);
    }
    let mut magic = [0; 4];
    file.read_exact(&mut magic)?;
    Ok(u32::from_be_bytes(magic) | 1 == LOG_MAGIC | 1)
}

/// The index of a log, which SQLite rebuilds in memory if it may not write the file, but only where there is one.
struct LogIndex {
    made: Option<PathBuf>,
}

impl LogIndex {
    /// Makes an empty file if there is none.
    fn lend(path: PathBuf) -> io::Result<Self> {
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => Ok(Self { made: Some(path) }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Self { made: None }),
            Err(error) => Err(error),
        }
    }
}

impl Drop for LogIndex {
    fn drop(&mut self) {
        if let Some(path) = &self.made {
            // Left behind, it is one that SQLite fills at the next opening.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The database as an address with the option, which no other way sets, that its log's index is not written.
fn read_only_address(database: &Path) -> io::Result<String> {
    let path = std::path::absolute(database)?;
    let path = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let path = utf8_percent_encode(path, PATH);
    Ok(format!("file://{path}?readonly_shm=1"))
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_path_whatever_is_in_it() {
        let address = read_only_address(Path::new("/data #1/50%?/手册/riddle.db"));
        let expected = "file:///data %231/50%25%3F/%E6%89%8B%E5%86%8C/riddle.db?readonly_shm=1";
        assert_eq!(address.expect("an address"), expected);
    }
}
