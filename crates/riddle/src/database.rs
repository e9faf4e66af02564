//! The database of a data folder: a file in it, or a PostgreSQL server that it belongs to.

mod moving;

use std::path::Path;

use anyhow::{Context, ensure};
use riddle_store::{PostgresOptions, SqlStore, TakenDatabase};

pub(crate) use moving::{Moved, to_data_folder, to_server};

use crate::config::Config;
use crate::data_folder::{DATABASE, DATABASE_OF_SERVER, write_whole};

/// Opens the database of the configuration.
pub(crate) async fn open(config: &Config) -> anyhow::Result<SqlStore> {
    refuse_half_moved(&config.data_dir)?;
    match &config.database {
        None => open_file(&config.data_dir).await,
        Some(server) => connect(&config.data_dir, server).await,
    }
}

async fn open_file(data_dir: &Path) -> anyhow::Result<SqlStore> {
    // Originals that a new database knows nothing of would be removed.
    ensure!(
        !data_dir.join(DATABASE_OF_SERVER).try_exists()?,
        "the data folder {} belongs to a database on a PostgreSQL server; say which with `database.url`, or name another \
         folder with --data-dir",
        data_dir.display()
    );
    let database = data_dir.join(DATABASE);
    SqlStore::open(&database)
        .await
        .with_context(|| format!("cannot open the database {}", database.display()))
}

async fn connect(data_dir: &Path, server: &PostgresOptions) -> anyhow::Result<SqlStore> {
    ensure!(
        !data_dir.join(DATABASE).try_exists()?,
        "the data folder {} has a database of its own; leave out `database.url`, or begin a new data folder with \
         --data-dir",
        data_dir.display()
    );
    // Until it is known to be this folder's and nobody else's, the schema stays as it is.
    let taken = TakenDatabase::take(server)
        .await
        .context("cannot use the database of `database.url`")?;
    if let Err(error) = is_of(data_dir, &taken).await {
        taken.close().await;
        return Err(error);
    }
    let store = taken
        .up_to_date()
        .await
        .context("cannot use the database of `database.url`")?;
    if let Err(error) = note(data_dir, &store).await {
        store.close().await;
        return Err(error);
    }
    Ok(store)
}

async fn is_of(data_dir: &Path, taken: &TakenDatabase) -> anyhow::Result<()> {
    let identity = taken.identity().await.context("cannot read the database")?;
    check(data_dir, identity.as_deref())
}

async fn note(data_dir: &Path, store: &SqlStore) -> anyhow::Result<()> {
    let identity = store.identity().await.context("cannot read the database")?;
    let identity = identity.context("the database has no schema")?;
    belong(data_dir, &identity)
}

/// Notes which database the folder belongs to, or refuses another.
fn belong(data_dir: &Path, identity: &str) -> anyhow::Result<()> {
    check(data_dir, Some(identity))?;
    let path = data_dir.join(DATABASE_OF_SERVER);
    if path.try_exists()? {
        return Ok(());
    }
    write_whole(&path, identity).with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses a database other than that of the folder, also an empty one, which would take the originals here for
/// left-overs.
fn check(data_dir: &Path, identity: Option<&str>) -> anyhow::Result<()> {
    let path = data_dir.join(DATABASE_OF_SERVER);
    if !path.try_exists()? {
        return Ok(());
    }
    let known = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        identity == Some(known.as_str()),
        "the data folder {} belongs to another database than that of `database.url`; each database has a data folder of \
         its own",
        data_dir.display()
    );
    Ok(())
}

/// Refuses a folder whose database was copied, and that does not say yet which of both it belongs to.
fn refuse_half_moved(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(
        !(data_dir.join(DATABASE).try_exists()?
            && data_dir.join(DATABASE_OF_SERVER).try_exists()?),
        "moving the database of {} was cut off; run `riddle migrate database` once more, to the same place",
        data_dir.display()
    );
    Ok(())
}

/// Refuses a backup or a restore, which are of a file.
pub(crate) fn refuse_server(config: &Config) -> anyhow::Result<()> {
    ensure!(
        config.database.is_none(),
        "the database is on a PostgreSQL server, which has tools of its own: save it with `pg_dump` and then copy the \
         folder `blobs` of {}, and put both back with `pg_restore` and a copy",
        config.data_dir.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_the_database_that_it_was_first_used_with() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            belong(folder.path(), "one").expect("it is the same");
        }
        let error = belong(folder.path(), "another").expect_err("it is another");
        assert!(error.to_string().contains("belongs to another"), "{error}");
        assert!(
            check(folder.path(), None).is_err(),
            "an empty one is another"
        );
    }

    #[tokio::test]
    async fn a_folder_of_a_server_gets_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        belong(folder.path(), "one").expect("is noted");
        let error = open_file(folder.path()).await.expect_err("is refused");
        assert!(error.to_string().contains("database.url"), "{error}");
        assert!(!folder.path().join(DATABASE).exists());
    }

    #[tokio::test]
    async fn a_folder_with_a_file_is_not_used_with_a_server() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open_file(folder.path()).await.expect("is made");
        store.close().await;
        let server = PostgresOptions {
            url: "postgres://127.0.0.1:1/none".to_owned(),
            readers: 1,
        };
        let error = connect(folder.path(), &server)
            .await
            .expect_err("is refused");
        assert!(error.to_string().contains("database of its own"), "{error}");
    }
}
