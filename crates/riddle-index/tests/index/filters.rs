use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use riddle_core::{ChunkId, ChunkIndex, Condition, Filter, Metadata, MetadataValue, Predicate};

use crate::place::open;
use crate::support::{chunk, dense_where, direction, entry, lexical_where, upsert};

/// Few keys and values, so that conditions often meet, with the troublesome ones among them.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("team".to_owned()),
        Just("Team".to_owned()),
        Just("a.b[0]".to_owned()),
        Just("年".to_owned()),
        Just(String::new()),
        Just("k".repeat(300)),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("red".to_owned()),
        Just("Red".to_owned()),
        Just("red blue".to_owned()),
        Just(String::new()),
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("x".repeat(40_000)),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1.0),
        Just(-1.5),
        Just(2_024.0),
        Just(1e300),
        Just(0.1 + 0.2),
        Just(9_007_199_254_740_993.0),
    ]
}

fn scalar() -> impl Strategy<Value = MetadataValue> {
    prop_oneof![
        any::<bool>().prop_map(MetadataValue::Bool),
        number().prop_map(MetadataValue::Number),
        word().prop_map(MetadataValue::Text),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let value = prop_oneof![
        3 => scalar(),
        1 => vec(word(), 0..3).prop_map(MetadataValue::Texts),
    ];
    btree_map(key(), value, 0..4)
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let bound = || proptest::option::of(number());
    prop_oneof![
        vec(scalar(), 1..3).prop_map(Predicate::In),
        (bound(), bound(), bound(), bound()).prop_map(|(gt, gte, lt, lte)| Predicate::Range {
            gt,
            gte,
            lt,
            lte
        }),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let condition = (key(), predicate()).prop_map(|(key, predicate)| Condition { key, predicate });
    vec(condition, 0..3).prop_map(|all| Filter { all })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_stores_agree_with_the_definition(
        documents in vec(metadata(), 1..40),
        filters in vec(filter(), 40),
    ) {
        let folder = tempfile::tempdir().expect("folder");
        let index = open(folder.path());
        let operations: Vec<_> = (1_u32..)
            .zip(&documents)
            .map(|(n, metadata)| {
                let mut entry = entry(n, "common words");
                entry.metadata = metadata.clone();
                upsert(u64::from(n), entry)
            })
            .collect();
        index.apply(&operations).expect("applies");
        for filter in filters {
            let mut expected: Vec<ChunkId> = (1_u32..)
                .zip(&documents)
                .filter(|(_, metadata)| filter.matches(metadata))
                .map(|(n, _)| chunk(n))
                .collect();
            expected.sort_unstable();
            let mut found = lexical_where(&index, "common", &filter);
            found.sort_unstable();
            prop_assert_eq!(&found, &expected, "bm25, {:?}", &filter);
            let mut found = dense_where(&index, &direction(1), &filter);
            found.sort_unstable();
            prop_assert_eq!(&found, &expected, "vectors, {:?}", &filter);
        }
    }
}
