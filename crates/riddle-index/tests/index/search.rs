use riddle_core::{ChunkIndex, DenseQuery, Filter, LexicalQuery, Similarity};
use riddle_index::ChunkIndexes;

use crate::place::open;
use crate::support::{
    EMBEDDER, chunk, delete, dense, direction, document, entry, ids, kb, lexical, upsert,
};

fn with_texts(texts: &[&str]) -> (tempfile::TempDir, ChunkIndexes) {
    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    let operations: Vec<_> = (1_u32..)
        .zip(texts)
        .map(|(n, text)| upsert(u64::from(n), entry(n, text)))
        .collect();
    index.apply(&operations).expect("applies");
    (folder, index)
}

#[test]
fn words_are_found_in_every_form_and_script() {
    let (_folder, index) = with_texts(&[
        "举头望明月，低头思故乡。",
        "The engine was running smoothly in the café",
        "fn parse_http_request(raw: &str)",
        "東京タワーは高い",
        "한국어를 배우다",
        "Total: ３１４ 人",
    ]);
    for (query, expected) in [
        ("故乡", 1),
        ("思故乡", 1),
        ("run engines", 2),
        ("CAFE", 2),
        ("parseHttpRequest", 3),
        ("http", 3),
        ("東京", 4),
        ("タワー", 4),
        ("한국어", 5),
        ("314", 6),
    ] {
        assert_eq!(lexical(&index, query), [chunk(expected)], "{query}");
    }
}

#[test]
fn numbers_are_found_whole_before_their_parts() {
    let (_folder, index) = with_texts(&[
        "1 pump, 250 valves, 000 seals. 1 pump, 250 valves, 000 seals.",
        "The hall cost 1250000 euro, the roof a part of it and the rest went into the floor and its heating.",
        "Release 1 of 3 had 2 faults. Chapter 1, 3 and 2.",
        "Mended in release v1.3.2 of the controller, which was the last of its line and is kept for old machines.",
    ]);
    for (query, expected) in [
        ("1,250,000", 2),
        ("1.250.000", 2),
        ("1.3.2", 4),
        ("release 1.3.2", 4),
    ] {
        assert_eq!(lexical(&index, query)[0], chunk(expected), "{query}");
    }
}

#[test]
fn compounds_are_found_by_their_parts_and_dates_by_their_months() {
    let (_folder, index) = with_texts(&[
        "Die Kündigungsfrist beträgt drei Monate zum Ende des Quartals.",
        "Der Urlaub wird bis zum 5. März 2026 beantragt.",
        "The invoice of March 5, 2026 is paid, and that of April 7, 2026 is not.",
        "Die Wasserpumpe ist im Keller und wird jährlich gewartet.",
    ]);
    for (query, expected) in [
        ("Wie lang ist die Frist?", vec![1]),
        ("Wo sind die Pumpen?", vec![4]),
        ("2026-04-07", vec![3]),
        ("am 05.03.2026", vec![2, 3]),
    ] {
        let mut found = lexical(&index, query);
        found.truncate(expected.len());
        found.sort();
        let mut expected: Vec<_> = expected.into_iter().map(chunk).collect();
        expected.sort();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn a_query_that_is_a_name_is_told_from_one_that_holds_a_number() {
    let texts: Vec<String> = (0..60)
        .map(|n| {
            format!(
                "Pump number {} was delivered in 2024 with {} seals.",
                40_218_000 + 17 * n,
                n % 7
            )
        })
        .chain(["The warranty of pumps ends after 10000 hours.".to_owned()])
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_folder, index) = with_texts(&texts);
    let by_name = |text: &str| {
        index
            .finds_by_name(&LexicalQuery {
                knowledge_bases: &[kb(1)],
                text,
                filter: &Filter::default(),
                limit: 1,
            })
            .expect("looks")
    };
    for query in [
        "40218034",
        "What is 40218034?",
        "pump number 40,218,034",
        "编号 40218034 是什么？",
    ] {
        assert!(by_name(query), "{query}");
    }
    for query in [
        "Which pumps were delivered in 2024?",
        "warranty after 10000 hours",
        "99999999",
        "How many seals?",
        "Who repairs broken gaskets beside the compressor hall of 40218034?",
        "",
    ] {
        assert!(!by_name(query), "{query}");
    }
}

#[test]
fn words_of_grammar_do_not_decide_the_order() {
    let (_folder, index) = with_texts(&[
        "How do I do what I do? How does a person do it, and how do they do that?",
        "A password is reset at the front desk.",
        "Wie ist das, was der Mann ist, und wie war es?",
        "Der Urlaub wird beantragt.",
        "什么是什么？怎么是怎么？这是什么的什么？",
        "发票在三十天内提交。",
    ]);
    for (query, expected) in [
        ("How do I reset a password?", 2),
        ("Wie ist der Urlaub?", 4),
        ("发票是什么时候的？", 6),
    ] {
        assert_eq!(lexical(&index, query), [chunk(expected)], "{query}");
    }
    assert_eq!(lexical(&index, "how do they do it")[0], chunk(1));
    assert_eq!(lexical(&index, "什么")[0], chunk(5));
}

#[test]
fn an_exact_version_and_number_come_first() {
    let (_folder, index) = with_texts(&[
        "Release 2.1.3 mends the door.",
        "Release 1.3.2 mends the door.",
        "Release 3.2.1 mends the door.",
        "The budget is 1,520,000 this year.",
        "The budget is 1 250 000 this year.",
    ]);
    for (query, expected) in [
        ("1.3.2", 2),
        ("v1.3.2", 2),
        ("release 2.1.3", 1),
        ("1250000", 5),
        ("1.250.000", 5),
        ("1'520'000", 4),
    ] {
        assert_eq!(
            lexical(&index, query).first(),
            Some(&chunk(expected)),
            "{query}"
        );
    }
}

#[test]
fn a_query_is_never_syntax() {
    let (_folder, index) = with_texts(&["plain text about +plus and \"quotes\""]);
    for query in [
        "+plus",
        "-plus",
        "text:\"plus",
        "plus AND NOT plain",
        "plus*^~(",
    ] {
        assert_eq!(lexical(&index, query), [chunk(1)], "{query}");
    }
    for query in ["", "  ", "?!", "\u{0}"] {
        assert!(lexical(&index, query).is_empty(), "{query:?}");
    }
    let long = "plus ".repeat(20_000) + &(0..20_000).map(|n| format!("w{n} ")).collect::<String>();
    assert_eq!(lexical(&index, &long), [chunk(1)]);
}

#[test]
fn a_repeated_query_term_weighs_more() {
    let (_folder, index) = with_texts(&["apple pear", "apple plum", "nothing here"]);
    assert_eq!(lexical(&index, "pear plum plum")[0], chunk(2));
    assert_eq!(lexical(&index, "pear pear plum")[0], chunk(1));
}

#[test]
fn an_upsert_replaces() {
    let (_folder, index) = with_texts(&["first wording", "other"]);
    let mut changed = entry(1, "second version");
    changed.embedding = Some((EMBEDDER.to_owned(), direction(40)));
    index.apply(&[upsert(10, changed)]).expect("applies");
    assert!(lexical(&index, "wording").is_empty());
    assert_eq!(lexical(&index, "version"), [chunk(1)]);
    assert_eq!(dense(&index, &direction(40))[0], chunk(1));
    assert_eq!(index.digests(kb(1)).expect("digests")[1].1.count, 2);

    let mut elsewhere = entry(1, "third");
    elsewhere.embedding = Some(("another".to_owned(), vec![1.0; 8]));
    index.apply(&[upsert(11, elsewhere)]).expect("applies");
    assert_eq!(dense(&index, &direction(40)), [chunk(2)]);

    let mut without = entry(1, "fourth");
    without.embedding = None;
    index.apply(&[upsert(12, without)]).expect("applies");
    assert_eq!(
        index.chunk_ids(kb(1)).expect("ids")[1].1,
        [chunk(2)],
        "a chunk without vector leaves the vectors"
    );
    assert_eq!(index.chunk_ids(kb(1)).expect("ids")[0].1.len(), 2);
}

#[test]
fn a_delete_is_never_found_again() {
    let (_folder, index) = with_texts(&["alpha one", "alpha two", "alpha three"]);
    assert!(index.contains_document(document(2)).expect("asks"));
    // Written and deleted in the same run, deleted twice, and deleted without having been there.
    index
        .apply(&[
            upsert(4, entry(4, "alpha four")),
            delete(5, chunk(4)),
            delete(6, chunk(2)),
            delete(7, chunk(2)),
            delete(8, chunk(99)),
        ])
        .expect("applies");
    assert!(!index.contains_document(document(2)).expect("asks"));
    assert!(!index.contains_document(document(4)).expect("asks"));
    let mut found = lexical(&index, "alpha");
    found.sort_unstable();
    let mut expected = vec![chunk(1), chunk(3)];
    expected.sort_unstable();
    assert_eq!(found, expected);
    let mut found = dense(&index, &direction(2));
    found.sort_unstable();
    assert_eq!(found, expected);
    for (store, digest) in index.digests(kb(1)).expect("digests") {
        assert_eq!(digest.count, 2, "{store}");
    }
}

#[test]
fn knowledge_bases_do_not_see_each_other() {
    let (_folder, index) = with_texts(&["shared words here"]);
    let mut foreign = entry(2, "shared words there");
    foreign.knowledge_base = kb(2);
    index.apply(&[upsert(2, foreign)]).expect("applies");
    for (bases, expected) in [
        (vec![kb(1)], vec![chunk(1)]),
        (vec![kb(2)], vec![chunk(2)]),
        (vec![kb(3)], vec![]),
        (vec![], vec![]),
    ] {
        let filter = Filter::default();
        let hits = index.search_lexical(&LexicalQuery {
            knowledge_bases: &bases,
            text: "shared words",
            filter: &filter,
            limit: 10,
        });
        assert_eq!(ids(hits.expect("search")), expected);
        let hits = index.search_dense(&DenseQuery {
            embedder: EMBEDDER,
            knowledge_bases: &bases,
            vector: &direction(1),
            filter: &filter,
            limit: 10,
        });
        assert_eq!(ids(hits.expect("search")), expected);
    }
    for (store, digest) in index.digests(kb(2)).expect("digests") {
        assert_eq!(digest.count, 1, "{store}");
    }
}

#[test]
fn a_word_is_as_rare_as_it_is_in_the_knowledge_base() {
    let alone = [
        "granite granite pump",
        "pump pump granite",
        "pump on the roof",
        "pump in the cellar",
    ];
    let (_alone, expected) = with_texts(&alone);
    let (_shared, index) = with_texts(&alone);
    // Beside it, the rare word is everywhere and the frequent one nowhere.
    let others: Vec<_> = (5..400)
        .map(|n| {
            let mut entry = entry(n, "granite granite stone");
            entry.knowledge_base = kb(2);
            upsert(u64::from(n), entry)
        })
        .collect();
    index.apply(&others).expect("applies");
    for query in ["granite pump", "pump cellar", "stone"] {
        assert_eq!(lexical(&index, query), lexical(&expected, query), "{query}");
    }
    let both = LexicalQuery {
        knowledge_bases: &[kb(1), kb(2)],
        text: "granite",
        filter: &Filter::default(),
        limit: 1_000,
    };
    assert_eq!(index.search_lexical(&both).expect("search").len(), 397);
}

#[test]
fn the_limit_holds_and_scores_descend() {
    let texts: Vec<String> = (0..50)
        .map(|n| "word ".repeat(n % 7 + 1) + "tail")
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_folder, index) = with_texts(&texts);
    for limit in [0, 1, 7, 500] {
        let filter = Filter::default();
        let hits = index
            .search_lexical(&LexicalQuery {
                knowledge_bases: &[kb(1)],
                text: "word",
                filter: &filter,
                limit,
            })
            .expect("search");
        assert_eq!(hits.len(), limit.min(50));
        assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
        let hits = index
            .search_dense(&DenseQuery {
                embedder: EMBEDDER,
                knowledge_bases: &[kb(1)],
                vector: &direction(3),
                filter: &filter,
                limit,
            })
            .expect("search");
        assert_eq!(hits.len(), limit.min(50));
        assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
        assert!(hits.iter().all(|hit| hit.score <= 1.000_1));
    }
}

#[test]
fn a_vector_of_another_length_is_refused_and_an_unknown_embedder_finds_nothing() {
    let (_folder, index) = with_texts(&["text"]);
    let filter = Filter::default();
    let mut query = DenseQuery {
        embedder: EMBEDDER,
        knowledge_bases: &[kb(1)],
        vector: &[1.0, 2.0],
        filter: &filter,
        limit: 10,
    };
    let error = index.search_dense(&query).expect_err("refused");
    assert!(error.message.contains("2 dimensions"), "{error}");
    query.embedder = "unknown";
    assert!(index.search_dense(&query).expect("search").is_empty());
}

#[test]
fn an_embedder_of_dot_products_finds_by_them_and_any_other_by_cosines() {
    let (near, long) = ([2.0, 0.0, 0.0, 0.0], [2.0, 5.0, 0.0, 0.0]);
    let query = [1.0, 0.5, 0.0, 0.0];
    let by_dot = Similarity::Dot.mark(EMBEDDER.to_owned());
    for (embedder, expected) in [
        (by_dot.as_str(), [(2, 4.5), (1, 2.0)]),
        (EMBEDDER, [(1, 0.894_427), (2, 0.747_409)]),
    ] {
        let folder = tempfile::tempdir().expect("folder");
        let index = open(folder.path());
        let operations = [(1, near), (2, long)].map(|(n, vector)| {
            let mut entry = entry(n, "a passage");
            entry.embedding = Some((embedder.to_owned(), vector.to_vec()));
            upsert(u64::from(n), entry)
        });
        index.apply(&operations).expect("applies");
        drop(index);
        let index = open(folder.path());
        let hits = index.search_dense(&DenseQuery {
            embedder,
            knowledge_bases: &[kb(1)],
            vector: &query,
            filter: &Filter::default(),
            limit: 10,
        });
        let hits = hits.expect("search");
        assert_eq!(hits.len(), 2);
        for (hit, (n, score)) in hits.iter().zip(expected) {
            assert_eq!(hit.chunk, chunk(n), "{embedder}");
            assert!((hit.score - score).abs() < 1e-4, "{embedder}: {hits:?}");
        }
    }
}
