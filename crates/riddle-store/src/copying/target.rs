use riddle_core::StoreError;
use sqlx::AssertSqlSafe;

use crate::postgres;
use crate::sql::{self, Pool, Transaction};
use crate::store::SqlStore;

/// A table of a server's schema that keeps it from being empty: it has rows, or it is none of ours.
pub(super) async fn occupied(store: &SqlStore) -> Result<Option<String>, StoreError> {
    let pool = &store.reader;
    let is_ours = postgres::identity(pool).await?.is_some();
    for table in postgres::tables(pool).await? {
        if !is_ours || has_rows(pool, &table).await? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

async fn has_rows(pool: &Pool, table: &str) -> Result<bool, StoreError> {
    let row = match table {
        // Its row is there from the start, and says something once the outbox has given a sequence.
        "outbox_state" => return Ok(false),
        "sqlite_sequence" => sql::query("SELECT 1 FROM sqlite_sequence WHERE seq > 0 LIMIT 1"),
        _ => {
            let name = table.replace('"', "\"\"");
            sql::query(AssertSqlSafe(format!("SELECT 1 FROM \"{name}\" LIMIT 1")))
        }
    };
    Ok(row.row_if_any(pool).await?.is_some())
}

/// Has the next ids come behind those that were copied, and those of the outbox behind the last one that it ever gave.
pub(super) async fn continue_sequences(to: &mut Transaction, last: i64) -> Result<(), StoreError> {
    sql::query("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        .run(to)
        .await?;
    sql::query("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)")
        .bind(last)
        .run(to)
        .await?;
    if let Transaction::Sqlite(_) = to {
        return Ok(());
    }
    for (table, column) in postgres::numbered(to).await? {
        let given = if table == "outbox" { last } else { 0 };
        let next = AssertSqlSafe(format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest(coalesce(max({column}), 0), ?) + 1, false)
             FROM {table}"
        ));
        sql::query(next).bind(given).row(&mut *to).await?;
    }
    Ok(())
}
