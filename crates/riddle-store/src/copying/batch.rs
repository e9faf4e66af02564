use riddle_core::StoreError;

use super::table::Table;
use crate::sql::{self, Transaction, Value};

/// Values of a statement at most; SQLite takes 32,766 and PostgreSQL 65,535.
const MAX_VALUES: usize = 16_384;
/// Rows of a statement at most, beyond which it becomes no faster.
const MAX_ROWS: usize = 256;
/// Bytes of texts and the like that are kept before they are written.
const MAX_BYTES: usize = 4 << 20;

/// Rows of a table that are written together.
pub(super) struct Batch {
    start: String,
    most: usize,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Batch {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            start: table.insert(),
            most: (MAX_VALUES / table.columns.len().max(1)).clamp(1, MAX_ROWS),
            rows: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes a row, and says whether it is time to write.
    pub(super) fn has_with(&mut self, row: Vec<Value>) -> bool {
        self.bytes += row.iter().map(bytes).sum::<usize>();
        self.rows.push(row);
        self.rows.len() >= self.most || self.bytes >= MAX_BYTES
    }

    /// Writes the rows, if there are any.
    pub(super) async fn write(&mut self, to: &mut Transaction) -> Result<(), StoreError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let insert = sql::insert(&self.start, self.rows.drain(..), "");
        insert.run(to).await?;
        Ok(())
    }
}

fn bytes(value: &Value) -> usize {
    match value {
        Value::Text(Some(text)) => text.len(),
        Value::Bytes(Some(bytes)) => bytes.len(),
        _ => size_of::<Value>(),
    }
}
