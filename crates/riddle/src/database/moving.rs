//! The database of a data folder moves to a server and back. The folder belongs to the one from which it is copied
//! until the other is known to have the same, and to the other alone from then on.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use riddle_store::{CopiedTable, CopyProgress, PostgresOptions, TakenDatabase};

use super::{belong, is_of};
use crate::data_folder::{DATABASE, DATABASE_OF_SERVER, name_whole, remove_whole};
use crate::disk::Disk;

/// What a file is called that is being filled, and that no server opens.
const FILLING: &str = "riddle.db.moving";
/// What a file is called once another database is that of its folder; a number follows.
const MOVED: &str = "riddle.db.moved-";

/// What was moved.
pub(crate) struct Moved {
    pub(crate) tables: Vec<CopiedTable>,
    /// The file from which a server was filled. Nobody uses it any more.
    pub(crate) left: Option<PathBuf>,
}

/// Copies the file of a data folder to an empty database of a server, and gives the folder to that. The caller owns the
/// folder.
pub(crate) async fn to_server(
    data_dir: &Path,
    server: &PostgresOptions,
    told: CopyProgress<'_>,
) -> anyhow::Result<Moved> {
    let file = data_dir.join(DATABASE);
    ensure!(
        file.try_exists()?,
        match data_dir.join(DATABASE_OF_SERVER).try_exists()? {
            true => "the database of this data folder is on a PostgreSQL server already",
            false =>
                "this data folder has no database yet; begin with `database.url` in the configuration",
        }
    );
    let taken = TakenDatabase::take(server).await;
    let taken = taken.context("cannot use the database of --to")?;
    let filled = Box::pin(fill(data_dir, &file, &taken, told)).await;
    taken.close().await;
    filled
}

async fn fill(
    data_dir: &Path,
    file: &Path,
    taken: &TakenDatabase,
    told: CopyProgress<'_>,
) -> anyhow::Result<Moved> {
    // An earlier run may have come so far that it noted which one is filled.
    is_of(data_dir, taken).await?;
    let tables = taken.fill_from(file, told).await?;
    ensure!(
        !beside(file, "-wal").try_exists()?,
        "another program has {} open; end it and run this again",
        file.display()
    );
    let identity = taken.identity().await?;
    belong(data_dir, &identity.context("the database has no schema")?)?;
    let left = free_name(data_dir)?;
    name_whole(file, &left).context("cannot set the old database aside")?;
    Ok(Moved {
        tables,
        left: Some(left),
    })
}

/// Copies the database of a server to a file of its data folder, and gives the folder to that. The caller owns the
/// folder.
pub(crate) async fn to_data_folder(
    data_dir: &Path,
    server: &PostgresOptions,
    disk: &Disk,
    told: CopyProgress<'_>,
) -> anyhow::Result<Moved> {
    ensure!(
        data_dir.join(DATABASE_OF_SERVER).try_exists()?,
        match data_dir.join(DATABASE).try_exists()? {
            true => "the database of this data folder is in it already",
            false =>
                "no server has used this data folder yet; leave `database.url` out of the configuration",
        }
    );
    let taken = TakenDatabase::take(server).await;
    let taken = taken.context("cannot use the database of `database.url`")?;
    let copied = Box::pin(copy(data_dir, &taken, disk, told)).await;
    taken.close().await;
    Ok(Moved {
        tables: copied?,
        left: None,
    })
}

async fn copy(
    data_dir: &Path,
    taken: &TakenDatabase,
    disk: &Disk,
    told: CopyProgress<'_>,
) -> anyhow::Result<Vec<CopiedTable>> {
    is_of(data_dir, taken).await?;
    let file = data_dir.join(DATABASE);
    let tables = match file.try_exists()? {
        // An earlier run was cut off after the file had got its name.
        true => taken.compare_with(&file).await?,
        false => {
            // A file takes about as much as the tables on the server.
            disk.check(taken.bytes().await?)?;
            copy_whole(data_dir, &file, taken, told).await?
        }
    };
    remove_whole(&data_dir.join(DATABASE_OF_SERVER))
        .context("cannot give the data folder to its database")?;
    Ok(tables)
}

async fn copy_whole(
    data_dir: &Path,
    file: &Path,
    taken: &TakenDatabase,
    told: CopyProgress<'_>,
) -> anyhow::Result<Vec<CopiedTable>> {
    let filling = data_dir.join(FILLING);
    remove_filling(&filling)?;
    let copied = taken.copy_to(&filling, told).await;
    if copied.is_err() {
        remove_filling(&filling)?;
    }
    let copied = copied?;
    name_whole(&filling, file).context("cannot name the database")?;
    Ok(copied)
}

/// A database may move more than once.
fn free_name(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let path = data_dir.join(format!("{MOVED}{number}"));
        if !path.try_exists()? {
            return Ok(path);
        }
        number += 1;
    }
}

fn remove_filling(filling: &Path) -> anyhow::Result<()> {
    for ending in ["", "-journal"] {
        let path = beside(filling, ending);
        remove_whole(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
