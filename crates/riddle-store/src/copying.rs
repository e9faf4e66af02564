//! A whole database from a file to a server and back. All is read at one moment and written in one transaction, which
//! is committed when what was written has been read again and is what was read.

mod batch;
mod digest;
mod table;
mod tables;
mod target;

use std::path::Path;

use futures_util::StreamExt;
use riddle_core::StoreError;

use crate::copying::batch::Batch;
use crate::copying::digest::Digest;
use crate::copying::table::Table;
use crate::rows::get;
use crate::sql::{self, Source, Transaction};
use crate::sql_error::SqlError;
use crate::store::TakenDatabase;
use crate::{migrations, removal, sqlite};

#[cfg(test)]
pub(crate) use tables::{NARROW, statements};

/// Told how many rows have been copied so far.
pub type CopyProgress<'a> = &'a (dyn Fn(u64) + Sync);

/// A table that is the same in both databases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopiedTable {
    pub name: String,
    pub rows: u64,
}

impl TakenDatabase {
    /// Copies a database in a file, which nobody uses, to this one, which must be empty. One that has exactly the same
    /// already, as after a copy whose end was cut off, is left as it is.
    ///
    /// # Errors
    /// The file is no database of this schema, this one is not empty, or one of them fails. This one is empty then.
    pub async fn fill_from(
        &self,
        file: &Path,
        told: CopyProgress<'_>,
    ) -> Result<Vec<CopiedTable>, StoreError> {
        let source = sqlite::open_to_read(file).await?;
        let filled = match source.begin().await {
            Ok(from) => Box::pin(self.fill(Transaction::Sqlite(from), told)).await,
            Err(error) => Err(SqlError::from(error).into()),
        };
        source.close().await;
        filled
    }

    async fn fill(
        &self,
        mut from: Transaction,
        told: CopyProgress<'_>,
    ) -> Result<Vec<CopiedTable>, StoreError> {
        refuse_other_schema(&mut from).await?;
        if let Some(table) = target::occupied(&self.0).await? {
            return self.is_the_same(&mut from, table).await;
        }
        let store = Box::pin(self.0.clone().migrated()).await?;
        let mut to = store.write().await?;
        let copied = copy(&mut from, &mut to, told).await?;
        to.commit().await?;
        Ok(copied)
    }

    async fn is_the_same(
        &self,
        from: &mut Transaction,
        occupied: String,
    ) -> Result<Vec<CopiedTable>, StoreError> {
        let mut here = self.0.read().await?;
        let is_this_schema = schema(&mut here).await.ok() == Some(migrations::newest());
        if is_this_schema && let Ok(same) = compare(from, &mut here).await? {
            return Ok(same);
        }
        Err(SqlError::Occupied(occupied).into())
    }

    /// Copies this database to a file, which must not exist. What a failure leaves of it is no database.
    ///
    /// # Errors
    /// This database has another schema, or one of them fails.
    pub async fn copy_to(
        &self,
        file: &Path,
        told: CopyProgress<'_>,
    ) -> Result<Vec<CopiedTable>, StoreError> {
        let mut from = self.0.read().await?;
        refuse_other_schema(&mut from).await?;
        let target = sqlite::create(file).await?;
        let copied = match sqlite::write(&target).await {
            Ok(to) => Box::pin(copy_all(&mut from, Transaction::Sqlite(to), told)).await,
            Err(error) => Err(error.into()),
        };
        target.close().await;
        copied
    }

    /// Makes sure that a database in a file, which nobody uses, has exactly what this one has.
    ///
    /// # Errors
    /// They differ, or one of them fails.
    pub async fn compare_with(&self, file: &Path) -> Result<Vec<CopiedTable>, StoreError> {
        let mut here = self.0.read().await?;
        refuse_other_schema(&mut here).await?;
        let source = sqlite::open_to_read(file).await?;
        let compared = match source.begin().await {
            Ok(from) => compare_there(Transaction::Sqlite(from), &mut here).await,
            Err(error) => Err(SqlError::from(error).into()),
        };
        source.close().await;
        compared
    }
}

async fn compare_there(
    mut from: Transaction,
    here: &mut Transaction,
) -> Result<Vec<CopiedTable>, StoreError> {
    refuse_other_schema(&mut from).await?;
    let compared = compare(&mut from, here).await?;
    Ok(compared.map_err(SqlError::Differs)?)
}

async fn copy_all(
    from: &mut Transaction,
    mut to: Transaction,
    told: CopyProgress<'_>,
) -> Result<Vec<CopiedTable>, StoreError> {
    let copied = copy(from, &mut to, told).await?;
    to.commit().await?;
    Ok(copied)
}

/// Copies everything, and reads it again.
async fn copy(
    from: &mut Transaction,
    to: &mut Transaction,
    told: CopyProgress<'_>,
) -> Result<Vec<CopiedTable>, StoreError> {
    let tables = tables::tables().await?;
    // Each schema begins with a row of this table, and with no other.
    sql::query("DELETE FROM outbox_state").run(to).await?;
    let mut all = 0_u64;
    let mut copied = Vec::new();
    for table in tables {
        let read = copy_table(&table, from, to, &|rows| told(all + rows)).await?;
        if Digest::of(&table, to).await? != read {
            return Err(SqlError::Differs(table.name).into());
        }
        all += read.rows;
        copied.push(CopiedTable {
            name: table.name,
            rows: read.rows,
        });
    }
    target::continue_sequences(to, removal::last_sequence(from).await?).await?;
    Ok(copied)
}

async fn copy_table(
    table: &Table,
    from: &mut Transaction,
    to: &mut Transaction,
    told: CopyProgress<'_>,
) -> Result<Digest, StoreError> {
    let mut digest = Digest::default();
    let mut batch = Batch::of(table);
    let mut rows = table.rows(from);
    while let Some(row) = rows.next().await {
        let values = table.values(&row?)?;
        digest.add(&values);
        if batch.has_with(values) {
            batch.write(to).await?;
            told(digest.rows);
        }
    }
    batch.write(to).await?;
    Ok(digest)
}

/// What both have, or the table in which they differ.
async fn compare(
    one: &mut Transaction,
    other: &mut Transaction,
) -> Result<Result<Vec<CopiedTable>, String>, StoreError> {
    let last = removal::last_sequence(one).await?;
    if last != removal::last_sequence(other).await? {
        return Ok(Err("outbox".to_owned()));
    }
    let mut same = Vec::new();
    for table in tables::tables().await? {
        let (digest, others) = (
            Digest::of(&table, one).await?,
            Digest::of(&table, other).await?,
        );
        if digest != others {
            return Ok(Err(table.name));
        }
        same.push(CopiedTable {
            name: table.name,
            rows: digest.rows,
        });
    }
    Ok(Ok(same))
}

/// Only databases whose tables are those of this version are copied, which knows no others.
async fn refuse_other_schema(from: &mut Transaction) -> Result<(), StoreError> {
    let found = schema(&mut *from).await?;
    match found == migrations::newest() {
        true => Ok(()),
        false => Err(SqlError::OtherSchema(found).into()),
    }
}

async fn schema<'c>(from: impl Into<Source<'c>>) -> Result<i64, StoreError> {
    let row = sql::query("SELECT coalesce(max(version), 0) AS newest FROM _sqlx_migrations");
    get(&row.row(from).await?, "newest")
}
