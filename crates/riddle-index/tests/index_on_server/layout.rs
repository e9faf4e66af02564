//! How the collections are made.

use riddle_core::{ChunkIndex, MetadataValue};
use riddle_index::ChunkIndexes;
use riddle_qdrant::Quantization;
use riddle_test_qdrant::TestQdrant;

use crate::place::{open_on, vectors};
use crate::support::{OPTIONS, dense, direction, entry, filled, upsert};

/// The collections with vectors.
pub(crate) fn vector_collections(server: &TestQdrant) -> Vec<String> {
    let mut names = server.collections();
    names.retain(|name| !name.ends_with("-position"));
    names
}

#[test]
fn a_real_server_holds_the_contract() {
    // All other tests of this file's neighbours run on it where there is one, and on a server of this process else.
    if let Some(url) = riddle_test_support::qdrant() {
        let folder = tempfile::tempdir().expect("folder");
        let index =
            ChunkIndexes::open_with_server(folder.path(), OPTIONS, vectors(url, folder.path()));
        assert_eq!(index.expect("opens").trouble(), None);
    }
}

#[test]
#[expect(
    deprecated,
    reason = "servers before 1.19 do not know what replaces the field"
)]
fn collections_are_made_as_the_configuration_says() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let mut vectors = vectors(server.url(), folder.path());
    vectors.server.shard_number = Some(3);
    vectors.server.replication_factor = Some(2);
    vectors.server.write_consistency = Some(1);
    vectors.server.quantization = Quantization::Scalar;
    vectors.server.on_disk = true;
    let index = ChunkIndexes::open_with_server(folder.path(), OPTIONS, vectors).expect("opens");
    let mut dated = entry(1, "a passage");
    dated
        .metadata
        .insert("year".to_owned(), MetadataValue::Number(2026.0));
    index.apply(&[upsert(1, dated)]).expect("applies");

    let names = vector_collections(&server);
    assert_eq!(names.len(), 1);
    let created = server.created(&names[0]).expect("made");
    assert_eq!(created.shard_number, Some(3));
    assert_eq!(created.replication_factor, Some(2));
    assert_eq!(created.write_consistency_factor, Some(1));
    assert!(created.quantization_config.is_some());
    assert_eq!(created.hnsw_config.expect("a graph").on_disk, Some(true));
    let mut others = server.collections();
    others.retain(|name| *name != names[0]);
    let record = server.created(&others[0]).expect("made");
    assert_eq!(record.replication_factor, Some(2));
    assert_eq!(
        (record.shard_number, record.quantization_config),
        (Some(1), None)
    );
    assert_eq!(
        server.indexed_fields(&names[0]),
        ["doc", "kb", "numbers.k79656172", "terms"]
    );
    assert_eq!(dense(&index, &direction(1)).len(), 1);
}

#[test]
fn folders_share_a_server_without_seeing_each_other() {
    let server = TestQdrant::start();
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("folder"));
    let [one, other] = folders
        .each_ref()
        .map(|folder| open_on(&server, folder.path()));
    one.apply(&[upsert(1, entry(1, "a passage"))])
        .expect("applies");
    assert_eq!(other.position(), 0);
    assert!(dense(&other, &direction(1)).is_empty());
    other
        .apply(&[upsert(1, entry(2, "a passage"))])
        .expect("applies");
    assert_eq!(dense(&one, &direction(1)).len(), 1);
    assert_eq!(vector_collections(&server).len(), 2);
}

#[test]
fn indexes_that_were_removed_leave_nothing_on_the_server() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path().join("index");
    drop(filled(open_on(&server, &dir)));
    std::fs::remove_dir_all(&dir).expect("removed");

    let index = open_on(&server, &dir);
    assert_eq!(index.position(), 0);
    assert!(vector_collections(&server).is_empty());
    drop(index);

    // The same when the vectors were in the folder meanwhile.
    drop(filled(open_on(&server, &dir)));
    drop(ChunkIndexes::open(&dir, OPTIONS).expect("opens"));
    let index = open_on(&server, &dir);
    assert_eq!(index.position(), 0);
    assert!(!dir.join("vectors-v1").exists());
    assert!(dense(&index, &direction(7)).is_empty());
    assert_eq!(filled(index).position(), 30);
}
