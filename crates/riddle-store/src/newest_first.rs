//! Pages of lists that are ordered by a time and an id, newest first.

use crate::sql::Row;
use riddle_core::{StoreError, Timestamp};
use uuid::Uuid;

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

/// The page in rows of which one more than `limit` was asked for; `place` is what the list is ordered by.
pub(crate) fn page<T>(
    rows: &[Row],
    limit: u32,
    entry_of: impl Fn(&Row) -> Result<T, StoreError>,
    place: impl Fn(&T) -> (Timestamp, Uuid),
) -> Result<Page<T>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let entries = rows
        .iter()
        .take(limit)
        .map(entry_of)
        .collect::<Result<Vec<_>, _>>()?;
    let last = entries.last().filter(|_| rows.len() > limit);
    let next_cursor = last.map(|last| {
        let (at, id) = place(last);
        format!("{}.{id}", at.0)
    });
    Ok((entries, next_cursor))
}
