use std::collections::BTreeMap;

use riddle_core::{
    AcceptOutcome, ChunkStore, ContentHash, DocumentId, DocumentOrder, DocumentPage, DocumentQuery,
    DocumentStatus, DocumentStore, InFolder, JobStore, MetadataValue, OutboxStore, ScoredChunk,
    StoreDigest, StoreError, Timestamp,
};
use uuid::Uuid;

use crate::fixture::{Fixture, NOW, chunk_ids, knowledge_base, new_document};

fn query(limit: u32, cursor: Option<String>) -> DocumentQuery {
    DocumentQuery {
        statuses: Vec::new(),
        name_contains: None,
        folder: None,
        order: DocumentOrder::default(),
        cursor,
        limit,
    }
}

#[tokio::test]
async fn a_new_one_is_queued_with_its_job() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let new = new_document(fixture.knowledge_base, "a.txt", "bytes");
    let outcome = fixture.store.accept_document(&new, NOW).await.unwrap();
    let AcceptOutcome::Created(document) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(document.id, new.id);
    assert_eq!(document.status, DocumentStatus::Queued);
    assert_eq!((document.sha256, document.bytes), (new.sha256, 5));
    assert_eq!(document.metadata, new.metadata);
    assert_eq!(document.media_type, new.media_type);
    assert_eq!(document.live_generation, None);
    assert_eq!((document.created_at, document.updated_at), (NOW, NOW));
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 1);
    assert_eq!(fixture.document(new.id).await, document);
}

#[tokio::test]
async fn the_same_bytes_are_one_document_for_each_name() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let first = fixture.ready("north/a.txt", &["one"]).await;
    let again = new_document(fixture.knowledge_base, "north/a.txt", "one");
    let outcome = fixture.store.accept_document(&again, NOW).await.unwrap();
    assert_eq!(outcome, AcceptOutcome::Unchanged(first.clone()));
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 0);

    let second = fixture.ready("south/a.txt", &["one"]).await;
    assert_ne!(second.id, first.id);
    assert_eq!(second.sha256, first.sha256);
    fixture.store.delete_document(first.id, NOW).await.unwrap();
    fixture.settle().await;
    let purged = fixture.store.purge_deleted(fixture.last().await).await;
    assert_eq!(purged.unwrap(), [], "the other document has the blob still");
    assert_eq!(fixture.texts(second.id).await, ["one"]);
    fixture.store.delete_document(second.id, NOW).await.unwrap();
    fixture.settle().await;
    let purged = fixture.store.purge_deleted(fixture.last().await).await;
    assert_eq!(purged.unwrap(), [first.sha256]);
}

#[tokio::test]
async fn folders_are_listed_with_what_is_below_them() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    for name in [
        "a.txt",
        "docs/b.txt",
        "docs/hr/c.txt",
        "docs/hr/d.txt",
        "docs/it/e.txt",
        "docs more/f.txt",
        "Docs/g.txt",
        "文档/手册.txt",
        "do_s/h.txt",
    ] {
        fixture.accept(name, name).await;
    }
    let list = async |folder: &str, recursive: bool, sought: Option<&str>| {
        let asked = DocumentQuery {
            folder: Some(InFolder {
                name: folder.to_owned(),
                recursive,
            }),
            name_contains: sought.map(str::to_owned),
            order: DocumentOrder::Name,
            ..query(10, None)
        };
        let listed = fixture.store.list_documents(fixture.knowledge_base, &asked);
        let page = listed.await.unwrap();
        assert_eq!(page.total, page.documents.len() as u64);
        let folders = page.folders.into_iter();
        let folders: Vec<String> = folders
            .map(|folder| format!("{} {}", folder.name, folder.documents))
            .collect();
        let names = page.documents.into_iter().map(|document| document.name);
        (names.collect::<Vec<_>>(), folders)
    };
    let (names, folders) = list("", false, None).await;
    assert_eq!(names, ["a.txt"]);
    assert_eq!(
        folders,
        ["Docs 1", "do_s 1", "docs 4", "docs more 1", "文档 1"]
    );
    let (names, folders) = list("docs", false, None).await;
    assert_eq!(names, ["docs/b.txt"]);
    assert_eq!(folders, ["docs/hr 2", "docs/it 1"]);
    let (names, folders) = list("docs/hr", false, None).await;
    assert_eq!(names, ["docs/hr/c.txt", "docs/hr/d.txt"]);
    assert!(folders.is_empty());
    let (names, folders) = list("docs", true, Some("/")).await;
    assert_eq!(names.len(), 4);
    assert!(folders.is_empty());
    let (names, folders) = list("docs", false, Some("d.txt")).await;
    assert!(names.is_empty());
    assert_eq!(folders, ["docs/hr 1"]);
    assert_eq!(list("文档", false, None).await.0, ["文档/手册.txt"]);
    assert_eq!(list("none", false, None).await, (vec![], vec![]));
}

#[tokio::test]
async fn a_page_behind_the_first_lists_no_folder_again() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    for name in ["a.txt", "b.txt", "docs/c.txt"] {
        fixture.accept(name, name).await;
    }
    let mut asked = query(1, None);
    asked.folder = Some(InFolder {
        name: String::new(),
        recursive: false,
    });
    let store = &fixture.store;
    let first = store.list_documents(fixture.knowledge_base, &asked).await;
    let first = first.unwrap();
    assert_eq!((first.total, first.folders.len()), (2, 1));
    asked.cursor = first.next_cursor;
    let second = store.list_documents(fixture.knowledge_base, &asked).await;
    let second = second.unwrap();
    assert_eq!((second.total, second.folders.len()), (2, 0));
    assert_eq!(second.next_cursor, None);
}

#[tokio::test]
async fn new_metadata_queues_the_same_bytes_again() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let first = fixture.ready("a.txt", &["one"]).await;
    let mut again = new_document(fixture.knowledge_base, "a.txt", "one");
    again.metadata = BTreeMap::from([("year".to_owned(), MetadataValue::Number(2025.0))]);
    let outcome = fixture.store.accept_document(&again, NOW).await.unwrap();
    let AcceptOutcome::Unchanged(document) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(document.id, first.id);
    assert_eq!(document.metadata, again.metadata);
    assert_eq!(document.status, DocumentStatus::Queued);
    assert_eq!(fixture.texts(first.id).await, ["one"]);
    let job = fixture.claim().await;
    fixture.stage(&job, &["one"]).await;
    assert_eq!(fixture.settle().await.len(), 1);
    assert_eq!(fixture.document(first.id).await.live_generation, Some(2));
}

#[tokio::test]
async fn the_same_bytes_of_a_failed_one_are_tried_again() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "one").await;
    let job = fixture.claim().await;
    fixture.fail(&job).await;
    assert_eq!(
        fixture.document(document.id).await.status,
        DocumentStatus::Failed
    );
    let mut again = new_document(fixture.knowledge_base, "a.txt", "one");
    again.media_type = Some("text/markdown".to_owned());
    let outcome = fixture.store.accept_document(&again, NOW).await.unwrap();
    let AcceptOutcome::Unchanged(document) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(document.status, DocumentStatus::Queued);
    assert_eq!(document.failure, None);
    assert_eq!(document.media_type, again.media_type);
    assert!(fixture.try_claim().await.is_some());
}

#[tokio::test]
async fn a_replacement_keeps_id_and_old_chunks_until_it_is_published() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let old = fixture.ready("a.txt", &["old one", "old two"]).await;
    let new = fixture.accept("a.txt", "new bytes").await;
    assert_eq!((new.id, new.created_at), (old.id, old.created_at));
    assert_eq!(new.sha256, ContentHash::of(b"new bytes"));
    assert_eq!(fixture.texts(old.id).await, ["old one", "old two"]);
    let job = fixture.claim().await;
    fixture.stage(&job, &["new"]).await;
    assert_eq!(fixture.texts(old.id).await, ["old one", "old two"]);
    let old_ids = chunk_ids(old.id, 1, 2);
    assert_eq!(fixture.live(&old_ids).await, old_ids);
    assert_eq!(fixture.live(&chunk_ids(old.id, 2, 1)).await, []);

    fixture.settle().await;
    assert_eq!(fixture.texts(old.id).await, ["new"]);
    assert_eq!(fixture.live(&old_ids).await, []);
    assert_eq!(fixture.document(old.id).await.chunk_count, 1);
}

#[tokio::test]
async fn pages_hold_every_document_once_newest_first() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let mut expected = Vec::new();
    for number in 0..7_i64 {
        let name = format!("{number}.txt");
        let new = new_document(fixture.knowledge_base, &name, &name);
        // Several in the same millisecond.
        let now = Timestamp(NOW.0 + number / 3);
        fixture.store.accept_document(&new, now).await.unwrap();
        expected.push((now, new.id));
    }
    expected.sort_by(|a, b| b.cmp(a));
    for limit in [1, 2, 3, 7, 100] {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let asked = query(limit, cursor);
            let page = fixture.store.list_documents(fixture.knowledge_base, &asked);
            let page = page.await.unwrap();
            assert!(page.documents.len() <= limit as usize);
            found.extend(page.documents.iter().map(|one| (one.created_at, one.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "limit {limit}");
    }
}

#[tokio::test]
async fn pages_can_be_of_some_statuses() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let ready = fixture.ready("ready.txt", &["one"]).await;
    let queued = fixture.accept("queued.txt", "two").await;
    let mut asked = query(10, None);
    asked.statuses = vec![DocumentStatus::Ready, DocumentStatus::Failed];
    let page = fixture.store.list_documents(fixture.knowledge_base, &asked);
    assert_eq!(page.await.unwrap().documents, [ready]);
    asked.statuses = vec![DocumentStatus::Queued];
    let page = fixture.store.list_documents(fixture.knowledge_base, &asked);
    assert_eq!(page.await.unwrap().documents, [queued]);

    let mut counts = fixture
        .store
        .count_documents(fixture.knowledge_base)
        .await
        .unwrap();
    counts.sort_by_key(|(status, _)| status.as_str());
    assert_eq!(
        counts,
        [(DocumentStatus::Queued, 1), (DocumentStatus::Ready, 1)]
    );
}

#[tokio::test]
async fn cursors_of_others_are_refused() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    for cursor in [
        "",
        ".",
        "7",
        "7.",
        "x.y",
        "7.not-an-id",
        "none.0190a0a0-0000-7000-8000-000000000000.a",
        "size.0190a0a0-0000-7000-8000-000000000000.a",
        "'; DROP TABLE documents",
    ] {
        let asked = query(10, Some(cursor.to_owned()));
        let page = fixture.store.list_documents(fixture.knowledge_base, &asked);
        let refused = page.await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{cursor:?}");
    }
}

#[tokio::test]
async fn chunks_come_in_order_from_an_ordinal_on() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a", "b", "c", "d"]).await;
    let chunks = fixture
        .store
        .document_chunks(document.id, 1, 2, 0)
        .await
        .unwrap();
    let chunks: Vec<_> = chunks.into_iter().map(|chunk| chunk.record).collect();
    let ordinals: Vec<u32> = chunks.iter().map(|record| record.chunk.ordinal).collect();
    assert_eq!(ordinals, [1, 2]);
    assert_eq!(chunks[0].document_name, "a.txt");
    assert_eq!(chunks[0].metadata, document.all_metadata());
    assert_eq!(chunks[0].chunk.page, Some(1));
    assert_eq!(chunks[0].chunk.heading_path, ["Part \"one\""]);
    assert_eq!(chunks[0].chunk.span.end, 20);
    assert_eq!(chunks[0].chunk.token_count, 7);
    let past = fixture.store.document_chunks(document.id, 4, 2, 0).await;
    assert_eq!(past.unwrap(), []);
}

#[tokio::test]
async fn live_chunks_keep_the_order_of_the_hits_and_leave_out_the_rest() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a", "b", "c"]).await;
    let deleted = fixture.ready("b.txt", &["d"]).await;
    fixture
        .store
        .delete_document(deleted.id, NOW)
        .await
        .unwrap();
    let ids = chunk_ids(document.id, 1, 3);
    let unknown = chunk_ids(DocumentId(Uuid::from_u128(9)), 1, 1)[0];
    let hits = [
        ids[2],
        unknown,
        ids[0],
        chunk_ids(deleted.id, 1, 1)[0],
        ids[1],
    ];
    assert_eq!(fixture.live(&hits).await, [ids[2], ids[0], ids[1]]);
    assert_eq!(fixture.live(&[]).await, []);

    let hits = hits.map(|chunk| ScoredChunk { chunk, score: 0.5 });
    let other = [knowledge_base(2, "").id];
    let elsewhere = fixture.store.live_chunks(&other, &hits, u64::MAX).await;
    assert_eq!(elsewhere.unwrap(), []);
    assert_eq!(
        fixture
            .store
            .live_chunks(&[], &hits, u64::MAX)
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn the_digest_is_that_of_the_expected_chunks() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    fixture.ready("a.txt", &["a", "b", "c"]).await;
    fixture.accept("b.txt", "staged").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["d"]).await;
    let id = fixture.knowledge_base;
    let expected = fixture.store.expected_chunk_ids(id).await.unwrap();
    assert_eq!(expected.len(), 4);
    let digest = fixture.store.chunk_digest(id).await.unwrap();
    assert_eq!(digest, StoreDigest::of(expected));
}

#[tokio::test]
async fn deletion_hides_at_once_and_frees_name_and_bytes() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let old = fixture.ready("a.txt", &["one", "two"]).await;
    let before = fixture.last().await;
    let sequence = fixture.store.delete_document(old.id, NOW).await.unwrap();
    assert_eq!(sequence, Some(before + 2));
    assert_eq!(fixture.store.lookup_document(old.id).await.unwrap(), None);
    assert_eq!(fixture.texts(old.id).await, Vec::<String>::new());
    assert_eq!(fixture.live(&chunk_ids(old.id, 1, 2)).await, []);
    let again = fixture.store.delete_document(old.id, NOW).await.unwrap();
    assert_eq!(again, None);
    fixture
        .store
        .requeue_document(old.id, None, NOW)
        .await
        .unwrap();
    assert!(fixture.try_claim().await.is_none());

    let new = fixture.accept("a.txt", "onetwo").await;
    assert_ne!(new.id, old.id);
    let blobs = fixture.store.purge_deleted(fixture.last().await).await;
    assert_eq!(blobs.unwrap(), [], "the new document has the same bytes");
}

#[tokio::test]
async fn ten_thousand_are_listed_page_by_page_in_any_order() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let count = 10_000_u64;
    for number in 0..count {
        let name = format!("{}-{number:05}.txt", ["Alpha", "beta"][number as usize % 2]);
        let bytes = "x".repeat(number as usize % 97) + &number.to_string();
        let new = new_document(fixture.knowledge_base, &name, &bytes);
        fixture.store.accept_document(&new, NOW).await.unwrap();
    }
    for order in DocumentOrder::ALL {
        let mut query = query(3_000, None);
        (query.order, query.limit) = (order, 3_000);
        let mut seen = Vec::new();
        loop {
            let page = list(&fixture, &query).await;
            assert_eq!(page.total, count);
            seen.extend(page.documents);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        let ids: std::collections::HashSet<DocumentId> = seen.iter().map(|d| d.id).collect();
        assert_eq!((seen.len(), ids.len()), (10_000, 10_000), "{order:?}");
        assert!(seen.is_sorted_by(|a, b| match order {
            DocumentOrder::Newest => (a.created_at, a.id.0) > (b.created_at, b.id.0),
            DocumentOrder::Oldest => (a.created_at, a.id.0) < (b.created_at, b.id.0),
            DocumentOrder::Name => a.name < b.name,
            DocumentOrder::Size => (a.bytes, a.id.0) > (b.bytes, b.id.0),
            DocumentOrder::Status => (a.status.as_str(), a.id.0) < (b.status.as_str(), b.id.0),
        }));
    }
    let mut sought = query(10, None);
    sought.order = DocumentOrder::Name;
    sought.name_contains = Some("ALPHA-0001".to_owned());
    let page = list(&fixture, &sought).await;
    let names: Vec<&str> = page.documents.iter().map(|d| &*d.name).collect();
    assert_eq!(page.total, 5);
    assert_eq!(names[..2], ["Alpha-00010.txt", "Alpha-00012.txt"]);
    // What matters in a pattern of SQL is only text here.
    sought.name_contains = Some("a%_".to_owned());
    assert_eq!(list(&fixture, &sought).await.total, 0);
}

#[tokio::test]
async fn a_cursor_goes_on_in_the_order_that_it_was_made_in() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    for name in ["a", "bb", "c"] {
        let new = new_document(fixture.knowledge_base, name, name);
        fixture.store.accept_document(&new, NOW).await.unwrap();
    }
    let mut asked = query(1, None);
    asked.order = DocumentOrder::Name;
    asked.cursor = list(&fixture, &asked).await.next_cursor;
    (asked.order, asked.limit) = (DocumentOrder::Size, 10);
    let rest = list(&fixture, &asked).await.documents;
    let names: Vec<&str> = rest.iter().map(|document| &*document.name).collect();
    assert_eq!(names, ["bb", "c"]);
}

async fn list(fixture: &Fixture, query: &DocumentQuery) -> DocumentPage {
    let store = &fixture.store;
    let page = store.list_documents(fixture.knowledge_base, query).await;
    page.unwrap()
}
