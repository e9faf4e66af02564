use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use riddle_core::{
    ChunkId, ChunkIndex, Filter, IndexEntry, LexicalQuery, Metadata, SequencedOperation,
};
use riddle_index::ChunkIndexes;
use riddle_test_support::shared_data;

use crate::place::open;
use crate::support::{chunk, document, entry, kb, lexical, upsert};

/// Sets and the least nDCG@10 of BM25 on each.
const FLOORS: [(&str, f64); 5] = [
    ("scifact", 0.68),
    ("xquad_en", 0.968),
    ("xquad_zh", 0.966),
    ("cmrc2018_dev", 0.983),
    ("codebase_chunks", 0.675),
];

/// A question and the number of the passage that answers it.
const QUESTIONS: [(&str, usize); 10] = [
    ("When does the boat to the island leave?", 0),
    ("Who approves expensive journeys?", 1),
    ("error E4711", 2),
    ("how many days of holiday do employees have", 3),
    ("What does the cooling water pump need?", 4),
    ("渡船几点出发？", 6),
    ("差旅费由谁批准？", 7),
    ("员工有多少天年假", 8),
    ("冷却水泵多久更换一次", 9),
    ("backups of the database", 10),
];

const PASSAGES: [&str; 12] = [
    "The boat to the island leaves at seven from pier nine. In winter it leaves an hour later.",
    "A journey that costs more than two thousand euros is approved by the head of the department.",
    "E4711 means that the disk is full. E4712 means that the disk is read-only.",
    "Every employee has thirty days of holiday a year. What is left expires in March.",
    "The pump of the cooling water needs new seals every two years and oil every month.",
    "Leave your keys at the reception when you leave the house.",
    "去岛上的渡船早上七点从九号码头出发，冬天晚一个小时。",
    "超过两千欧元的差旅费由部门主管批准，其他费用由组长批准。",
    "每位员工每年有三十天年假，三月以后未休的假期作废。",
    "冷却水泵的密封圈每两年更换一次，润滑油每月检查。",
    "The database is copied to another building every night. Backups are kept for ninety days.",
    "The journey of a document: it is extracted, cut into passages and indexed.",
];

#[test]
fn the_passage_that_answers_comes_first() {
    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    let operations: Vec<SequencedOperation> = (1..)
        .zip(PASSAGES)
        .map(|(n, text)| upsert(n, entry(u32::try_from(n).expect("few"), text)))
        .collect();
    index.apply(&operations).expect("applies");
    for (question, answer) in QUESTIONS {
        let found = lexical(&index, question);
        let expected = chunk(u32::try_from(answer + 1).expect("few"));
        assert_eq!(found.first(), Some(&expected), "{question}");
    }
}

#[test]
fn bm25_ranks_as_well_as_its_baseline_beside_other_knowledge_bases() {
    let Some(data) = shared_data("retrieval") else {
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    let mut names: HashMap<ChunkId, String> = HashMap::new();
    let mut operations = Vec::new();
    for ((set, _), number) in FLOORS.iter().zip(1..) {
        let corpus = data.join(set).join("corpus.jsonl");
        add_corpus(&corpus, number, &mut operations, &mut names);
    }
    index.apply(&operations).expect("applies");
    let mut failures = Vec::new();
    for ((set, floor), number) in FLOORS.iter().zip(1..) {
        let ndcg = measure(&index, &data.join(set), number, &names);
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
