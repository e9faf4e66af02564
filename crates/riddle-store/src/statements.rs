//! Every statement of the store fits the schema. The compiler knows them as texts only, so they are gathered from the
//! sources and prepared.

use std::fs;
use std::path::Path;

use riddle_core::DocumentOrder;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::postgres::PostgresOptions;
use crate::sql::{Pool, for_postgres};
use crate::store::SqlStore;
use crate::{comparisons, conversations, copying, documents, evaluations, live};

const VERBS: [&str; 4] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
/// Statements that are put together from pieces, by `concat!` or `format!`; [`composed`] lists them, but for those
/// of whole tables when databases are copied.
const COMPOSED: usize = 18;

/// Files whose statements are for one database alone.
const SQLITE_ALONE: [&str; 3] = [
    "src/snapshot.rs",
    "src/examined.rs",
    "src/copying/tables.rs",
];
const POSTGRES_ALONE: [&str; 1] = ["src/postgres.rs"];

#[tokio::test]
async fn every_statement_fits_the_schema_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqlStore::open(&folder.path().join("riddle.db"))
        .await
        .unwrap();
    check(&store, &POSTGRES_ALONE).await;
}

#[tokio::test]
async fn every_statement_fits_the_schema_of_postgresql() {
    let Some(url) = riddle_test_support::postgres() else {
        return;
    };
    let options = PostgresOptions { url, readers: 1 };
    let store = SqlStore::connect(&options).await.unwrap();
    check(&store, &SQLITE_ALONE).await;
}

/// Has the database compile every statement but those of the `others`.
async fn check(store: &SqlStore, others: &[&str]) {
    let mut literals = Vec::new();
    gather(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        others,
        &mut literals,
    );
    let (pieces, whole): (Vec<_>, Vec<_>) = literals.into_iter().partition(Literal::is_piece);
    assert_eq!(pieces.len(), COMPOSED, "{pieces:#?}");
    assert!(whole.len() > 90, "only {} statements found", whole.len());
    let whole = whole.into_iter().map(|literal| literal.text);
    let whole = whole.chain(copying::statements().await);
    let mut wrong = Vec::new();
    for statement in whole.map(with_values).chain(composed()) {
        if let Err(error) = prepare(store, &statement).await {
            wrong.push(format!("{error}\n{statement}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn prepare(store: &SqlStore, statement: &str) -> Result<(), sqlx::Error> {
    match &store.reader {
        Pool::Sqlite(pool) => {
            let sql = AssertSqlSafe(statement).into_sql_str();
            pool.prepare(sql).await.map(|_| ())
        }
        Pool::Postgres(pool) => {
            let sql = AssertSqlSafe(for_postgres(statement)).into_sql_str();
            pool.prepare(sql).await.map(|_| ())
        }
    }
}

fn composed() -> Vec<String> {
    let mut statements = vec![documents::count_sql(), documents::folders_sql()];
    for order in DocumentOrder::ALL {
        statements.extend([false, true].map(|after| documents::list_sql(order, after)));
    }
    let constants = [
        comparisons::read::SUMMARY,
        comparisons::read::WHOLE,
        comparisons::read::LIST,
        evaluations::sets::LIST,
        evaluations::sets::LOOKUP,
        evaluations::runs::LIST,
        evaluations::runs::LIST_OF_SET,
        evaluations::runs::LOOKUP,
        live::read::RECORDS,
        live::read::RECORD,
        conversations::read::SUMMARY,
        conversations::read::LIST,
    ];
    statements.extend(constants.map(str::to_owned));
    statements
}

/// A statement whose rows a query builder adds gets one.
fn with_values(statement: String) -> String {
    match statement.ends_with(") ") {
        true => {
            let values = vec!["?"; statement.matches(',').count() + 1];
            format!("{statement}VALUES ({})", values.join(", "))
        }
        false => statement,
    }
}

/// A text in the sources that begins like a statement.
#[derive(Debug)]
struct Literal {
    /// The end of what stands before it.
    before: String,
    text: String,
}

impl Literal {
    fn is_piece(&self) -> bool {
        ["concat!(", "format!("]
            .iter()
            .any(|composing| self.before.ends_with(composing))
    }
}

fn gather(folder: &Path, others: &[&str], found: &mut Vec<Literal>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, others, found);
        } else if !is_other(&path, others) {
            let source = fs::read_to_string(&path).unwrap();
            let is_statement =
                |literal: &Literal| VERBS.iter().any(|verb| literal.text.starts_with(verb));
            found.extend(literals(&source).into_iter().filter(is_statement));
        }
    }
}

fn is_other(path: &Path, others: &[&str]) -> bool {
    let own = ["src/statements.rs", "src/sql/dialect.rs"];
    own.iter().chain(others).any(|other| path.ends_with(other))
}

/// The string literals of a Rust source without raw strings.
fn literals(source: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut before = String::new();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, next)| next);
        } else if rest.starts_with("'\"'") {
            rest = &rest[3..];
        } else if first == '"' {
            let (text, next) = literal(&rest[1..]);
            let before = std::mem::take(&mut before);
            found.push(Literal { before, text });
            rest = next;
        } else {
            if !first.is_whitespace() {
                before.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// A literal's text from behind its opening quote, and what stands behind its closing one.
fn literal(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '"' => break,
            '\\' if rest.starts_with('\n') => rest = rest.trim_start(),
            '\\' => {
                text.extend(rest.chars().next());
                rest = rest.get(1..).unwrap_or_default();
            }
            other => text.push(other),
        }
    }
    (text, rest)
}
