use sqlx::error::UnexpectedNullError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Sqlite, Type, TypeInfo, ValueRef};

/// A row of either database.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column of a row is read as.
pub(crate) trait Column: Sized {
    fn of(row: &Row, column: &str) -> Result<Self, sqlx::Error>;
}

/// A value that may be absent.
pub(crate) trait Plain: Sized {
    fn read(row: &Row, column: &str) -> Result<Option<Self>, sqlx::Error>;
}

impl<T: Plain> Column for Option<T> {
    fn of(row: &Row, column: &str) -> Result<Self, sqlx::Error> {
        T::read(row, column)
    }
}

impl<T: Plain> Column for T {
    fn of(row: &Row, column: &str) -> Result<Self, sqlx::Error> {
        let absent = || sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source: Box::new(UnexpectedNullError),
        };
        T::read(row, column)?.ok_or_else(absent)
    }
}

fn same<T>(row: &Row, column: &str) -> Result<Option<T>, sqlx::Error>
where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
{
    match row {
        Row::Sqlite(row) => sqlx::Row::try_get(row, column),
        Row::Postgres(row) => sqlx::Row::try_get(row, column),
    }
}

/// A whole number or a truth value, as wide as PostgreSQL has made it.
fn integer(row: &PgRow, column: &str) -> Result<Option<i64>, sqlx::Error> {
    let kind = sqlx::Row::try_get_raw(row, column)?
        .type_info()
        .into_owned();
    match kind.name() {
        "INT4" => Ok(sqlx::Row::try_get::<Option<i32>, _>(row, column)?.map(i64::from)),
        "BOOL" => Ok(sqlx::Row::try_get::<Option<bool>, _>(row, column)?.map(i64::from)),
        _ => sqlx::Row::try_get(row, column),
    }
}

macro_rules! plain {
    ($($kind:ty => $read:expr;)*) => {$(
        impl Plain for $kind {
            fn read(row: &Row, column: &str) -> Result<Option<Self>, sqlx::Error> {
                let read: fn(&Row, &str) -> Result<Option<Self>, sqlx::Error> = $read;
                read(row, column)
            }
        }
    )*};
}

plain! {
    String => same;
    Vec<u8> => same;
    f32 => same;
    f64 => same;
    i64 => |row, column| match row {
        Row::Sqlite(row) => sqlx::Row::try_get(row, column),
        Row::Postgres(row) => integer(row, column),
    };
    u32 => |row, column| match row {
        Row::Sqlite(row) => sqlx::Row::try_get(row, column),
        Row::Postgres(row) => integer(row, column)?
            .map(u32::try_from)
            .transpose()
            .map_err(|why| sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(why) }),
    };
    bool => |row, column| match row {
        Row::Sqlite(row) => sqlx::Row::try_get(row, column),
        Row::Postgres(row) => Ok(integer(row, column)?.map(|number| number != 0)),
    };
}
