use std::panic::resume_unwind;

use riddle_core::StoreError;

use crate::sql::Row;
use crate::sql_error::SqlError;

/// Reads values of rows by [`apart`]: a page of outcomes is megabytes of JSON.
pub(crate) async fn decoded<T: Send + 'static>(
    rows: Vec<Row>,
    decode: fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    apart(move || rows.iter().map(decode).collect()).await
}

/// Works away from the threads that serve requests.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            // Whoever catches the panics of the caller counts this one too.
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down.
            Err(cancelled) => Err(SqlError::from(cancelled).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;
    use crate::sql;

    #[tokio::test]
    async fn a_panic_while_rows_are_read_is_one_of_the_caller() {
        let memory = SqliteConnection::connect("sqlite::memory:").await;
        let mut memory = memory.expect("a database");
        let rows = sql::query("VALUES (1)").rows(&mut memory).await;
        let rows = rows.expect("a row");
        let reading = tokio::spawn(decoded::<()>(rows, |_row| panic!("as told")));
        assert!(reading.await.expect_err("it panicked").is_panic());
    }
}
