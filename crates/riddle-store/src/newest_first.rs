//! Pages of lists that are ordered by a time and an id, newest first.

use riddle_core::{StoreError, StoreFailure, error_chain};
use uuid::Uuid;

use crate::rows::{self, get};
use crate::sql::Row;

/// Entries of a page, and the cursor of the next one if there is one.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// The time and the id that a page begins behind.
pub(crate) fn parse_cursor(cursor: Option<&str>) -> Result<(i64, Uuid), StoreError> {
    let Some(cursor) = cursor else {
        return Ok((i64::MAX, Uuid::max()));
    };
    let parsed = cursor
        .split_once('.')
        .and_then(|(time, id)| Some((time.parse().ok()?, Uuid::parse_str(id).ok()?)));
    parsed.ok_or(StoreError::BadCursor)
}

/// The page in rows of which one more than `limit` was asked for; `order` names the columns of the time and the id that
/// the list is ordered by. An entry that cannot be read is left out and logged, so that it keeps no other from anybody.
pub(crate) fn page<T>(
    rows: &[Row],
    limit: u32,
    order: (&str, &str),
    entry_of: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = &rows[..limit.min(rows.len())];
    let mut entries = Vec::with_capacity(shown.len());
    for row in shown {
        match entry_of(row) {
            Err(error) if is_unreadable(&error) => {
                let (place, error) = (place(row, order)?, error_chain(&error));
                tracing::error!(
                    place,
                    error,
                    "an entry of a list cannot be read and is left out"
                );
            }
            entry => entries.push(entry?),
        }
    }
    let last = shown.last().filter(|_| rows.len() > limit);
    let next_cursor = last.map(|last| place(last, order)).transpose()?;
    Ok((entries, next_cursor))
}

/// Where a row stands in the list, as a cursor says it.
fn place(row: &Row, (time, id): (&str, &str)) -> Result<String, StoreError> {
    let at: i64 = get(row, time)?;
    Ok(format!("{at}.{}", rows::uuid(row, id)?))
}

fn is_unreadable(error: &StoreError) -> bool {
    matches!(error, StoreError::Failed { failure, .. } if *failure == StoreFailure::Unreadable)
}
