//! The tables of the schema, found out from the steps that make it, so that none is forgotten. Both databases have the
//! same ones.

use riddle_core::StoreError;
use sqlx::{Connection, SqliteConnection};

use super::table::{Column, Kind, Table};
use crate::migrations;
use crate::rows::get;
use crate::sql::{self, Row};
use crate::sql_error::SqlError;

/// Columns that PostgreSQL keeps in four bytes where SQLite has eight.
pub(crate) const NARROW: [(&str, &str); 1] = [("documents", "progress")];

/// All tables, each behind those that it refers to.
pub(super) async fn tables() -> Result<Vec<Table>, StoreError> {
    let memory = SqliteConnection::connect("sqlite::memory:").await;
    let mut memory = memory.map_err(SqlError::from)?;
    let steps = migrations::sqlite();
    let made = steps.run_direct(None, &mut memory, false).await;
    made.map_err(SqlError::from)?;
    let columns = sql::query(
        "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, c.pk AS key
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_' AND t.name <> '_sqlx_migrations'
         ORDER BY t.name, c.cid",
    );
    let mut tables: Vec<Table> = Vec::new();
    for row in columns.rows(&mut memory).await? {
        let name: String = get(&row, "table_name")?;
        let column = column(&name, &row)?;
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table {
                name,
                columns: vec![column],
            }),
        }
    }
    let references = references(&mut memory).await?;
    Ok(ordered(tables, &references))
}

/// Pairs of a table and one that it refers to.
async fn references(memory: &mut SqliteConnection) -> Result<Vec<(String, String)>, StoreError> {
    let found = sql::query(
        "SELECT t.name AS table_name, r.\"table\" AS referred
         FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) r WHERE t.type = 'table'",
    );
    let found = found.rows(memory).await?;
    let found = found.iter();
    found
        .map(|row| Ok((get(row, "table_name")?, get(row, "referred")?)))
        .collect()
}

fn ordered(mut left: Vec<Table>, references: &[(String, String)]) -> Vec<Table> {
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waits = |table: &Table| {
            let mut referred = references.iter().filter(|(of, _)| *of == table.name);
            referred.any(|(of, to)| of != to && left.iter().any(|other| other.name == *to))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.iter().cloned().partition(waits);
        if now.is_empty() {
            // Tables that refer to each other have no order; the database says so.
            ordered.extend(later);
            break;
        }
        ordered.extend(now);
        left = later;
    }
    ordered
}

fn column(table: &str, row: &Row) -> Result<Column, StoreError> {
    let name: String = get(row, "column_name")?;
    let kind: String = get(row, "kind")?;
    let kind = match kind.as_str() {
        "INTEGER" => Kind::Integer,
        "REAL" if NARROW.contains(&(table, name.as_str())) => Kind::NarrowReal,
        "REAL" => Kind::Real,
        "TEXT" => Kind::Text,
        "BLOB" => Kind::Bytes,
        _ => return Err(SqlError::value(&name).into()),
    };
    Ok(Column {
        name,
        kind,
        key: get(row, "key")?,
    })
}

/// What is asked of every table, for the test that prepares all statements.
#[cfg(test)]
pub(crate) async fn statements() -> Vec<String> {
    let tables = tables().await.unwrap();
    let both = tables
        .iter()
        .flat_map(|table| [table.select(), table.insert()]);
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tables_come_behind_those_that_they_refer_to_and_have_a_key() {
        let tables = tables().await.unwrap();
        let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
        for (first, then) in [
            ("knowledge_bases", "documents"),
            ("documents", "chunks"),
            ("chunks", "chunk_revisions"),
            ("chat_messages", "live_questions"),
            ("live_trials", "live_questions"),
        ] {
            assert!(place(first) < place(then), "{first} {then}");
        }
        for table in &tables {
            let has_key = table.columns.iter().any(|column| column.key > 0);
            assert!(has_key, "{}", table.name);
        }
        let names: std::collections::BTreeSet<&str> =
            tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names.len(), tables.len());
    }

    #[test]
    fn tables_that_refer_to_each_other_are_not_lost() {
        let tables = ["a", "b", "c"].map(|name| Table {
            name: name.to_owned(),
            columns: Vec::new(),
        });
        let references = [("a", "b"), ("b", "a"), ("b", "b")];
        let references = references.map(|(of, to)| (of.to_owned(), to.to_owned()));
        let names: Vec<String> = ordered(tables.to_vec(), &references)
            .into_iter()
            .map(|table| table.name)
            .collect();
        assert_eq!(names, ["c", "a", "b"]);
    }
}
