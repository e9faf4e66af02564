//! What only a server does: it is shared, ends connections and does not answer.

use riddle_core::{
    ChatId, ConversationQuery, ConversationStore, DocumentOrder, DocumentQuery, DocumentStore,
    EvaluationStore, KnowledgeBaseStore, NewConversation, OutboxRow, OutboxStore, RunQuestion,
    StoreError, StoreFailure, Timestamp, error_chain,
};
use riddle_store::{PostgresOptions, SqlStore, TakenDatabase};
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::database::Database;
use crate::evaluations::{dev, outcome, run};
use crate::fixture::{Fixture, knowledge_base};

/// What every change takes.
const LOCK: &str = "SELECT pg_advisory_xact_lock('outbox'::regclass::oid::bigint)";

#[tokio::test]
async fn a_change_waits_for_that_of_another_server() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let pool = fixture.database.pool().await;
    let mut other = pool.begin().await.unwrap();
    sqlx::query(LOCK).execute(&mut *other).await.unwrap();
    let writing = tokio::spawn({
        let store = fixture.store.clone();
        async move {
            let second = knowledge_base(2, "second");
            store.insert_knowledge_base(&second).await.unwrap();
        }
    });
    let mut watching = fixture.database.pool().await.acquire().await.unwrap();
    loop {
        let waiting = sqlx::query(
            "SELECT count(*) AS waiting FROM pg_locks
             WHERE locktype = 'advisory' AND NOT granted AND objid = 'outbox'::regclass::oid",
        );
        let waiting = waiting.fetch_one(&mut *watching).await.unwrap();
        if waiting.get::<i64, _>("waiting") == 1 {
            break;
        }
        assert!(!writing.is_finished(), "it waits for nobody");
        tokio::task::yield_now().await;
    }
    let known = fixture.store.list_knowledge_bases().await.unwrap();
    assert_eq!(known.len(), 1, "readers wait for nobody");
    other.rollback().await.unwrap();
    writing.await.unwrap();
    let known = fixture.store.list_knowledge_bases().await.unwrap();
    assert_eq!(known.len(), 2);
}

#[tokio::test]
async fn a_database_is_for_one_server_until_it_ends() {
    let Some(database) = Database::new() else {
        return;
    };
    let first = TakenDatabase::take(&database.options()).await.unwrap();
    assert_eq!(first.identity().await.unwrap(), None, "it has no tables");
    let refused = TakenDatabase::take(&database.options()).await;
    let error = refused.err().expect("it is taken");
    let message = error_chain(&error);
    assert!(
        message.contains("another server uses this database"),
        "{message}"
    );
    let first = first.up_to_date().await.unwrap();
    let identity = first.identity().await.unwrap();
    assert!(identity.is_some());
    assert!(TakenDatabase::take(&database.options()).await.is_err());
    first.close().await;
    let second = TakenDatabase::take(&database.options()).await.unwrap();
    assert_eq!(second.identity().await.unwrap(), identity);
}

#[tokio::test]
async fn a_character_that_postgresql_has_no_place_for_disturbs_nothing() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let query = ConversationQuery {
        search: "a\0b".to_owned(),
        cursor: None,
        limit: 10,
    };
    let found = fixture.store.list_chats(&query).await.unwrap();
    assert!(found.chats.is_empty());
    let pool = fixture.database.pool().await;
    for (written, read) in [
        (r#"{"id": "a\u0000\u0000b"}"#, "a\u{fffd}\u{fffd}b"),
        (r#"{"id": "a\\u0000"}"#, r"a\u0000"),
        (r#"{"id": "\\\u0000"}"#, "\\\u{fffd}"),
    ] {
        let value = sqlx::query_scalar("SELECT json_extract($1, '$.id')").bind(written);
        let value: String = value.fetch_one(&pool).await.unwrap();
        assert_eq!(value, read);
    }
}

#[tokio::test]
async fn a_question_with_such_a_character_is_found() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let question = dev("a\0b");
    let run = run(&fixture, 1, 5, 1);
    let questions = [RunQuestion::from(question.clone())];
    store.insert_evaluation_run(&run, &questions).await.unwrap();
    let outcome = outcome(&question);
    store.insert_outcome(run.id, 0, &outcome).await.unwrap();
    let found = store.outcome_of_question(run.id, "a\0b").await.unwrap();
    assert_eq!(found, Some((0, outcome)));
}

#[tokio::test]
async fn names_may_be_longer_than_what_an_index_holds() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    // Varied enough that the server cannot make it short.
    let letter = |place: u32| char::from_u32(0x4e00 + place * 7919 % 20_000).unwrap();
    let name: String = (0..1_000).map(letter).collect();
    let other = format!("{}b", &name[..name.len() - '一'.len_utf8()]);
    let first = fixture.accept(&name, "one").await;
    let second = fixture.accept(&other, "two").await;
    assert_ne!(first.id, second.id);
    assert_eq!(fixture.accept(&name, "three").await.id, first.id);
    let found = fixture
        .store
        .documents_named(fixture.knowledge_base, &[name, other])
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    let twice = sqlx::query(
        "INSERT INTO documents (id, knowledge_base, name, sha256, bytes, metadata, status, created_at, updated_at)
         SELECT substr(sha256(id), 1, 16), knowledge_base, name, sha256, bytes, metadata, status, 1, 1 FROM documents",
    );
    let refused = twice.execute(&fixture.database.pool().await).await;
    let refused = refused.unwrap_err();
    let refused = refused.as_database_error().unwrap();
    assert!(refused.is_unique_violation(), "{refused}");
}

#[tokio::test]
async fn whoever_follows_the_outbox_of_several_servers_misses_no_row() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["one", "two", "three"]).await;
    let chunks = crate::fixture::chunk_ids(document.id, 1, 3);
    let first = fixture.last().await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, chunks) = (fixture.database.open().await, chunks.clone());
        writers.spawn(async move {
            for _ in 0..25 {
                store.enqueue_chunks(&chunks).await.unwrap();
            }
        });
    }
    let mut followed = Vec::new();
    let mut position = first;
    while !writers.is_empty() || position < fixture.last().await {
        for row in fixture.rows_after(position).await {
            position = sequence(&row);
            followed.push(position);
        }
        while writers.try_join_next().is_some() {}
        tokio::task::yield_now().await;
    }
    let all: Vec<u64> = fixture
        .rows_after(first)
        .await
        .iter()
        .map(sequence)
        .collect();
    assert_eq!(all.len(), 4 * 25 * 3);
    assert_eq!(followed, all);
}

#[tokio::test]
async fn a_change_that_is_taken_back_leaves_no_sequence_that_indexes_wait_for() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let pool = fixture.database.pool().await;
    let mut taken_back = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO outbox (operation, chunk) VALUES ('delete', $1)")
        .bind([7_u8; 16].as_slice())
        .execute(&mut *taken_back)
        .await
        .unwrap();
    taken_back.rollback().await.unwrap();
    assert_eq!(fixture.store.outbox_bounds().await.unwrap(), (0, 0));
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["a"]).await;
    let rows = fixture.rows_after(0).await;
    assert_eq!(rows.last().map(sequence), Some(fixture.last().await));
    fixture.settle().await;
    assert_eq!(fixture.texts(document.id).await, ["a"]);
}

#[tokio::test]
async fn connections_that_the_server_ends_are_replaced() {
    let Some(mut database) = Database::new() else {
        return;
    };
    let name = format!("riddle-{}", Uuid::now_v7());
    database.url = format!("{}&application_name={name}", database.url);
    let store = database.open().await;
    let first = knowledge_base(1, "first");
    store.insert_knowledge_base(&first).await.unwrap();
    let Some(other) = Database::new() else { return };
    end_connections(&other.pool().await, &name).await;
    let second = knowledge_base(2, "second");
    store.insert_knowledge_base(&second).await.unwrap();
    assert_eq!(store.list_knowledge_bases().await.unwrap().len(), 2);
    assert_eq!(store.outbox_bounds().await.unwrap(), (0, 0));
}

/// As when PostgreSQL is started anew while the server runs.
#[tokio::test]
async fn a_database_whose_server_was_restarted_is_held_again_or_left_to_whoever_has_it() {
    let (Some(mut database), Some(other)) = (Database::new(), Database::new()) else {
        return;
    };
    let plain = database.options();
    let name = format!("riddle-{}", Uuid::now_v7());
    database.url = format!("{}&application_name={name}", database.url);
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    let store = taken.up_to_date().await.unwrap();
    let pool = other.pool().await;

    end_connections(&pool, &name).await;
    let first = knowledge_base(1, "first");
    store.insert_knowledge_base(&first).await.unwrap();
    let refused = TakenDatabase::take(&plain).await.err();
    assert_eq!(
        failure(&refused.expect("it is held again")),
        StoreFailure::Taken
    );

    end_connections(&pool, &name).await;
    let thief = TakenDatabase::take(&plain).await.unwrap();
    let second = knowledge_base(2, "second");
    for _ in 0..2 {
        let refused = store.insert_knowledge_base(&second).await.unwrap_err();
        assert_eq!(failure(&refused), StoreFailure::Taken);
    }
    let told = store.try_to_write().await.unwrap_err().to_string();
    assert!(told.contains("another server uses this database"), "{told}");
    assert_eq!(store.list_knowledge_bases().await.unwrap().len(), 1);

    thief.close().await;
    store.insert_knowledge_base(&second).await.unwrap();
    assert_eq!(store.list_knowledge_bases().await.unwrap().len(), 2);
}

async fn end_connections(pool: &PgPool, application: &str) {
    let ended = sqlx::query(
        "SELECT pg_terminate_backend(pid, 10000) AS ended FROM pg_stat_activity WHERE application_name = $1",
    );
    let ended = ended.bind(application).fetch_all(pool).await.unwrap();
    assert!(ended.len() >= 2, "the store has connections");
    assert!(ended.iter().all(|row| row.get::<bool, _>("ended")));
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_advice() {
    let Some(database) = Database::new() else {
        return;
    };
    database.open().await.close().await;
    let newer = sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'from the future', true, '', 1)",
    );
    newer.execute(&database.pool().await).await.unwrap();
    let error = SqlStore::connect(&database.options()).await.unwrap_err();
    let message = error_chain(&error);
    assert!(message.contains("schema 999"), "{message}");
    assert!(message.contains("use the newer version"), "{message}");
    assert!(message.contains("pg_dump"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_apart_and_no_password_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().display().to_string().replace('/', "%2F");
    let url = format!("postgres://riddle:very-secret@{socket}/riddle");
    let options = PostgresOptions { url, readers: 1 };
    let error = SqlStore::connect(&options).await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::Unreachable);
    assert!(
        error.to_string().contains("see that PostgreSQL runs"),
        "{error}"
    );
    let told = format!("{options:?} {}", error_chain(&error));
    assert!(!told.contains("very-secret"), "{told}");
}

#[tokio::test]
async fn an_address_of_something_else_is_refused_with_its_form() {
    let url = "not an address".to_owned();
    let error = SqlStore::connect(&PostgresOptions { url, readers: 1 }).await;
    let message = error_chain(&error.unwrap_err());
    assert!(message.contains("postgres://user"), "{message}");
}

#[tokio::test]
async fn names_are_listed_and_found_as_in_a_file() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    for name in ["b.txt", "Ä.txt", "a.txt", "B.txt"] {
        fixture.accept(name, name).await;
    }
    let listed = names(&fixture, None).await;
    assert_eq!(listed, ["B.txt", "a.txt", "b.txt", "Ä.txt"]);
    assert_eq!(names(&fixture, Some("B.TXT")).await, ["B.txt", "b.txt"]);
    // Of letters outside ASCII there is no other case, as in SQLite.
    assert_eq!(names(&fixture, Some("ä")).await, Vec::<String>::new());
}

/// Names of documents, one a page.
async fn names(fixture: &Fixture, sought: Option<&str>) -> Vec<String> {
    let mut query = DocumentQuery {
        statuses: Vec::new(),
        name_contains: sought.map(str::to_owned),
        folder: None,
        order: DocumentOrder::Name,
        cursor: None,
        limit: 1,
    };
    let mut names = Vec::new();
    loop {
        let page = fixture.store.list_documents(fixture.knowledge_base, &query);
        let page = page.await.unwrap();
        names.extend(page.documents.into_iter().map(|document| document.name));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return names,
        }
    }
}

#[tokio::test]
async fn a_text_with_a_byte_that_postgresql_does_not_keep_is_kept_without_it() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let chat = NewConversation {
        id: ChatId(Uuid::from_u128(1)),
        title: Some("a\0b".to_owned()),
        chat_model: None,
        knowledge_bases: Vec::new(),
    };
    fixture
        .store
        .insert_chat(&chat, Timestamp(1))
        .await
        .unwrap();
    let kept = fixture.store.lookup_chat(chat.id).await.unwrap().unwrap();
    assert_eq!(kept.summary.title, "a\u{fffd}b");
}

fn sequence(row: &OutboxRow) -> u64 {
    match row {
        OutboxRow::Upsert { sequence, .. }
        | OutboxRow::Delete { sequence, .. }
        | OutboxRow::Void { sequence } => *sequence,
    }
}

fn failure(error: &StoreError) -> StoreFailure {
    match error {
        StoreError::Failed { failure, .. } => *failure,
        other => panic!("{other}"),
    }
}
