//! The statements of every request and every round find what they need by an index.

use riddle_core::DocumentOrder;
use sqlx::Row;

use crate::sql::Pool;
use crate::store::SqlStore;
use crate::{
    chunks, comparisons, conversations, documents, embeddings, evaluations, jobs, live, outbox,
};

/// Reading a list of ids, a few knowledge bases or rows that are gathered already is no scan of a large table.
const SMALL: [&str; 13] = [
    "wanted",
    "json_each",
    // Of a search for chats, from `json_each`.
    "word ",
    "piece ",
    // Indexes of some rows in order, of which a limit reads the first.
    "l USING INDEX live_questions_",
    "knowledge_bases",
    "replaced_blobs",
    // All of them are wanted.
    "u",
    "CONSTANT ROW",
    "(subquery",
    "waiting",
    "leased",
    "due_jobs",
];

#[tokio::test]
async fn hot_statements_scan_no_large_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqlStore::open(&folder.path().join("riddle.db"))
        .await
        .unwrap();
    for (statement, ordered) in [
        (jobs::CLAIM, false),
        (jobs::CLAIM_SLOW, false),
        (jobs::CLAIM_SUSPECT, true),
        (documents::LIVE_CHUNKS, false),
        (chunks::LOOKUP, true),
        (chunks::PAGE, true),
        (chunks::CHANGED, false),
        (chunks::FIRST, false),
        (chunks::HISTORY, true),
        (documents::COUNT, true),
        (outbox::AFTER, true),
        (outbox::DUE, true),
        (outbox::PURGEABLE, true),
        (outbox::unembedded::BASES, false),
        (embeddings::CACHED, true),
        (embeddings::PRUNE, true),
        (comparisons::read::LIST, true),
        (documents::NAMED, true),
        (evaluations::runs::LIST, true),
        (evaluations::runs::LIST_OF_SET, true),
        (evaluations::looks::LIST, true),
        (evaluations::outcomes::PENDING, true),
        (live::line::NEXT, true),
        (live::read::OBSERVATIONS, true),
        (live::read::RECORDS, true),
        (live::read::RECORD, true),
        (conversations::read::LIST, true),
        (conversations::feedback::LIST, true),
    ] {
        let plan = plan(&store, statement).await;
        for step in &plan {
            let scans = step
                .strip_prefix("SCAN ")
                .is_some_and(|table| !SMALL.iter().any(|small| table.starts_with(small)));
            assert!(!scans, "{statement}\n{plan:#?}");
            assert!(
                !ordered || !step.contains("TEMP B-TREE FOR ORDER BY"),
                "{statement}\n{plan:#?}"
            );
        }
    }
}

#[tokio::test]
async fn no_list_of_documents_sorts_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqlStore::open(&folder.path().join("riddle.db"))
        .await
        .unwrap();
    for order in DocumentOrder::ALL {
        for after in [false, true] {
            let statement = documents::list_sql(order, after);
            let plan = plan(&store, &statement).await;
            let scans = |step: &String| step.starts_with("SCAN documents");
            let sorts = |step: &String| step.contains("TEMP B-TREE FOR ORDER BY");
            assert!(!plan.iter().any(scans), "{statement}\n{plan:#?}");
            assert!(!plan.iter().any(sorts), "{statement}\n{plan:#?}");
        }
    }
    for statement in [documents::count_sql(), documents::folders_sql()] {
        let plan = plan(&store, &statement).await;
        let scans = |step: &String| step.starts_with("SCAN documents");
        assert!(!plan.iter().any(scans), "{statement}\n{plan:#?}");
    }
}

async fn plan(store: &SqlStore, statement: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let Pool::Sqlite(reader) = &store.reader else {
        panic!("the plans are those of SQLite");
    };
    let rows = sqlx::query(explain).fetch_all(reader).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}
