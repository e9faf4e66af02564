use riddle_core::StoreError;

use crate::sql::Row;
use crate::sql_error::SqlError;

/// Reads values of rows away from the threads that serve requests: a page of outcomes is megabytes of JSON.
pub(crate) async fn decoded<T: Send + 'static>(
    rows: Vec<Row>,
    decode: fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let decode_all = move || {
        rows.iter()
            .map(decode)
            .collect::<Result<Vec<T>, StoreError>>()
    };
    let decoding = tokio::task::spawn_blocking(decode_all);
    decoding.await.map_err(SqlError::from)?
}
