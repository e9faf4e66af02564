use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use riddle_core::{
    ChunkId, ChunkIndex, Filter, IndexEntry, LexicalQuery, Metadata, SequencedOperation,
};
use riddle_index::ChunkIndexes;

use crate::support::{OPTIONS, document, kb, shared_data, upsert};

/// Sets and the least nDCG@10 of BM25 on each.
const FLOORS: [(&str, f64); 5] = [
    ("scifact", 0.68),
    ("xquad_en", 0.968),
    ("xquad_zh", 0.966),
    ("cmrc2018_dev", 0.983),
    ("codebase_chunks", 0.675),
];

#[test]
fn bm25_ranks_as_well_as_its_baseline_beside_other_knowledge_bases() {
    let Some(data) = shared_data() else {
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    let index = ChunkIndexes::open(folder.path(), OPTIONS).expect("opens");
    let mut names: HashMap<ChunkId, String> = HashMap::new();
    let mut operations = Vec::new();
    for ((set, _), number) in FLOORS.iter().zip(1..) {
        let corpus = data.join("retrieval").join(set).join("corpus.jsonl");
        add_corpus(&corpus, number, &mut operations, &mut names);
    }
    index.apply(&operations).expect("applies");
    let mut failures = Vec::new();
    for ((set, floor), number) in FLOORS.iter().zip(1..) {
        let ndcg = measure(&index, &data.join("retrieval").join(set), number, &names);
        eprintln!("{set:<16} nDCG@10 {ndcg:.4} (floor {floor})");
        if ndcg < *floor {
            failures.push(set);
        }
    }
    assert!(failures.is_empty(), "below the floor: {failures:?}");
}

fn add_corpus(
    corpus: &Path,
    number: u128,
    operations: &mut Vec<SequencedOperation>,
    names: &mut HashMap<ChunkId, String>,
) {
    for (n, row) in json_lines(corpus).enumerate() {
        let n = u32::try_from(n).expect("small corpus");
        let chunk = ChunkId::derive(document(number), 1, n);
        names.insert(chunk, text(&row, "_id"));
        let entry = IndexEntry {
            chunk,
            knowledge_base: kb(number),
            document: document(u128::from(n)),
            text: format!("{}\n{}", text(&row, "title"), text(&row, "text")),
            metadata: Metadata::new(),
            embedding: None,
        };
        operations.push(upsert(operations.len() as u64 + 1, entry));
    }
}

fn measure(
    index: &ChunkIndexes,
    set: &Path,
    number: u128,
    names: &HashMap<ChunkId, String>,
) -> f64 {
    let judgements = judgements(&set.join("qrels/test.tsv"));
    let mut total = 0.0;
    let mut queries = 0.0;
    for row in json_lines(&set.join("queries.jsonl")) {
        let Some(relevant) = judgements.get(&text(&row, "_id")) else {
            continue;
        };
        let query = LexicalQuery {
            knowledge_bases: &[kb(number)],
            text: &text(&row, "text"),
            filter: &Filter::default(),
            limit: 10,
        };
        let hits = index.search_lexical(&query).expect("search");
        let gains: Vec<f64> = hits
            .iter()
            .map(|hit| relevant.get(&names[&hit.chunk]).copied().unwrap_or(0.0))
            .collect();
        total += ndcg(&gains, relevant.values().copied().collect());
        queries += 1.0;
    }
    total / queries
}

fn ndcg(gains: &[f64], mut ideal: Vec<f64>) -> f64 {
    ideal.sort_by(|a, b| b.total_cmp(a));
    ideal.truncate(10);
    discounted(gains) / discounted(&ideal)
}

fn discounted(gains: &[f64]) -> f64 {
    gains
        .iter()
        .enumerate()
        .map(|(rank, gain)| gain / (rank as f64 + 2.0).log2())
        .sum()
}

fn json_lines(path: &Path) -> impl Iterator<Item = serde_json::Value> {
    let content = fs::read_to_string(path).expect("readable");
    content
        .lines()
        .map(|line| serde_json::from_str(line).expect("valid JSON"))
        .collect::<Vec<_>>()
        .into_iter()
}

fn text(row: &serde_json::Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn judgements(path: &Path) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut judgements: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for line in fs::read_to_string(path).expect("readable").lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(query), Some(passage), Some(gain)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let gain: f64 = gain.trim().parse().expect("a number");
        if gain > 0.0 {
            judgements
                .entry(query.to_owned())
                .or_default()
                .insert(passage.to_owned(), gain);
        }
    }
    judgements
}
