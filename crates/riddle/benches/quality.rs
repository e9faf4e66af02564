//! Retrieval quality through the real search of the real server, as `make quality` prints it.
//!
//! Each set is ingested into a knowledge base of its own; every question is searched by words, by meaning, by both,
//! and by both with rerank; `RIDDLE_ARMS` names other ways, with rerankers and weights of their own. A ranking is of
//! documents: each counts at its best passage. `RIDDLE_EMBEDDERS` names embedders to set side by side: each set is then
//! ingested once for each, with what that takes, and each way to search is compared with the same way over the first.
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot run ends with what is wrong"
)]

#[path = "../../../tests/support.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use futures_util::{StreamExt, stream};
use riddle_evaluation::{JudgedRanking, Measure, MeasureKind};
use riddle_test_support::{shared_data, variable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use support::Server;

const MEASURES: [Measure; 5] = [
    MeasureKind::Ndcg.at(10),
    MeasureKind::Success.at(1),
    MeasureKind::Success.at(3),
    MeasureKind::Recall.at(10),
    MeasureKind::ReciprocalRank.of_all(),
];
const SETS: [&str; 6] = [
    "scifact",
    "codebase_chunks",
    "xquad_en",
    "xquad_zh",
    "cmrc2018_dev",
    "xquad_zhq_endoc",
];
/// Documents of one upload.
const BATCH: usize = 200;
/// Hits asked for: a document may have several among them.
const DEPTH: u32 = 50;

/// Draws of the bootstrap.
const RESAMPLES: usize = 4_000;
/// Candidates of a search with rerank, as by default.
const CANDIDATES: u32 = 20;
/// Milliseconds that reranking may take: quality is not to depend on how busy the machine is.
const PATIENCE_MS: u32 = 60_000;

/// A way to search a question, under the names that a search has for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Method {
    #[serde(skip_serializing)]
    label: String,
    mode: String,
    #[serde(default)]
    rerank: bool,
    /// Catalogue name; the server's default if left out.
    reranker: Option<String>,
    /// The reranker's own if left out.
    rerank_weight: Option<f32>,
    /// Always reranked if left out.
    rerank_skip_lead: Option<f32>,
}

impl Method {
    fn new(label: &str, mode: &str, rerank: bool) -> Self {
        Self {
            label: label.to_owned(),
            mode: mode.to_owned(),
            rerank,
            reranker: None,
            rerank_weight: None,
            rerank_skip_lead: None,
        }
    }

    /// The body of a search.
    fn body(&self, question: &str) -> Value {
        let mut body = serde_json::to_value(self).expect("JSON");
        // The reranker sees the candidates that it sees by default; the ranking goes on below them in the fused order.
        let depth = if self.rerank { CANDIDATES } else { DEPTH };
        let fields = [
            ("query", json!(question)),
            ("top_k", json!(depth)),
            ("top_n", json!(depth)),
            ("rerank_deadline_ms", json!(PATIENCE_MS)),
        ];
        let body_fields = body.as_object_mut().expect("an object");
        body_fields.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        body
    }
}

/// Those that `RIDDLE_ARMS` names as JSON, or the usual four.
fn methods() -> Vec<Method> {
    if let Some(named) = variable("RIDDLE_ARMS") {
        return serde_json::from_str(&named).expect(
            r#"RIDDLE_ARMS is a list such as [{"label": "rerank 0.4", "mode": "hybrid", "rerank": true, "rerank_weight": 0.4}]"#,
        );
    }
    vec![
        Method::new("bm25", "bm25", false),
        Method::new("dense", "dense", false),
        Method::new("hybrid", "hybrid", false),
        Method::new("hybrid+rerank", "hybrid", true),
    ]
}

struct Question {
    text: String,
    judgments: HashMap<String, i32>,
}

/// Those that `RIDDLE_EMBEDDERS` names, or the server's default, which has no name here.
fn embedders() -> Vec<Option<String>> {
    let named = variable("RIDDLE_EMBEDDERS");
    named.map_or_else(
        || vec![None],
        |named| named.split(',').map(|name| Some(name.to_owned())).collect(),
    )
}

#[tokio::main]
async fn main() {
    let chosen = variable("RIDDLE_SETS");
    println!(
        "{:<16} {:<14} {:>8} {:>8} {:>8} {:>8} {:>8}  difference in nDCG@10, 95 %",
        "set", "search", "nDCG@10", "hit@1", "hit@3", "R@10", "MRR"
    );
    for set in SETS {
        if chosen
            .as_ref()
            .is_some_and(|chosen| !chosen.split(',').any(|name| name == set))
        {
            continue;
        }
        let Some(data) = shared_data(&format!("retrieval/{set}")) else {
            continue;
        };

        compare(set, &data).await;
    }
}

/// Prints a table for each embedder, with differences from the first one's.
async fn compare(set: &str, data: &Path) {
    let questions = questions(data);
    let mut first: Vec<Vec<f64>> = Vec::new();
    for embedder in embedders() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Server::start(folder.path()).await;
        match &embedder {
            None => server.create(set).await,
            Some(name) => {
                let settings = json!({"name": set, "embedder": name});
                server.post("/api/v1/knowledge-bases", settings).await
            }
        };
        let start = Instant::now();
        ingest(&server, set, data).await;
        if let Some(embedder) = &embedder {
            let seconds = start.elapsed().as_secs_f64();
            let memory = memory_mib(&server).await;
            println!(
                "{set} by {embedder}: ingested in {seconds:.1} s; the server holds {memory} MiB"
            );
        }
        let gains = measure(&server, set, &questions, &first).await;
        if first.is_empty() {
            first = gains;
        }
    }
}

/// Memory of the server in MiB, as it tells it.
async fn memory_mib(server: &Server) -> u64 {
    let system = server.get("/api/v1/system").await;
    let resident = system["memory"]["resident_bytes"].as_u64();
    resident.expect("the system tells it") >> 20
}

/// Prints a line for each way to search, and gives each question's nDCG@10 for each. A line tells the difference from
/// the same way over `other`, or without that from the first way.
async fn measure(
    server: &Server,
    set: &str,
    questions: &[Question],
    other: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::new();
    for (place, method) in methods().iter().enumerate() {
        let mut gains = Vec::with_capacity(questions.len());
        let mut sums = [0.0_f64; 5];
        let rankings = stream::iter(questions)
            .map(|question| rank(server, set, question, method))
            .buffered(2)
            .collect::<Vec<_>>()
            .await;
        for (question, ranking) in questions.iter().zip(rankings) {
            let judged = judged(&ranking, &question.judgments);
            let scores = MEASURES.map(|measure| judged.value(measure));
            gains.push(scores[0]);
            sums.iter_mut()
                .zip(scores)
                .for_each(|(sum, score)| *sum += score);
        }
        let count = questions.len() as f64;
        let cells: Vec<String> = sums
            .iter()
            .map(|sum| format!("{:>8.4}", sum / count))
            .collect();
        let from = other.get(place).or_else(|| all.first());
        let difference = from.map_or(String::new(), |from| {
            let (low, mean, high) = difference(&gains, from);
            format!("  {mean:+.4} ({low:+.4} to {high:+.4})")
        });
        println!(
            "{set:<16} {:<14} {}{difference}",
            method.label,
            cells.join(" ")
        );
        all.push(gains);
    }
    all
}

/// Documents as numbers: those with a judgment first.
fn judged(ranking: &[String], judgments: &HashMap<String, i32>) -> JudgedRanking {
    let (names, grades): (Vec<&String>, Vec<i32>) = judgments.iter().unzip();
    let mut items: HashMap<&String, u32> = names.into_iter().zip(0..).collect();
    let ranking = ranking.iter().map(|name| {
        let next = u32::try_from(items.len()).expect("few documents");
        *items.entry(name).or_insert(next)
    });
    JudgedRanking::new(ranking.collect::<Vec<_>>(), &grades)
}

/// The mean difference over the same questions, between the bounds of its 95 % interval by the paired bootstrap.
fn difference(of: &[f64], from: &[f64]) -> (f64, f64, f64) {
    let differences: Vec<f64> = of.iter().zip(from).map(|(a, b)| a - b).collect();
    let count = differences.len();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        // A linear congruential generator's upper bits do for drawing questions, the same in each run.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        differences[(state >> 33) as usize % count]
    };
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..count).map(|_| draw()).sum::<f64>() / count as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let mean = differences.iter().sum::<f64>() / count as f64;
    let tail = RESAMPLES / 40;
    (means[tail], mean, means[RESAMPLES - 1 - tail])
}

async fn ingest(server: &Server, set: &str, data: &Path) {
    let corpus = lines(&data.join("corpus.jsonl"));
    for batch in corpus.chunks(BATCH) {
        let documents: Vec<Value> = batch.iter().map(document).collect();
        server
            .post(
                &format!("/api/v1/knowledge-bases/{set}/documents"),
                Value::Array(documents),
            )
            .await;
    }
    server.settle().await;
}

/// The title is a heading, as it is in a document of a user.
fn document(line: &Value) -> Value {
    let title = line["title"].as_str().unwrap_or_default();
    let text = line["text"].as_str().unwrap_or_default();
    let text = if title.is_empty() {
        text.to_owned()
    } else {
        format!("# {title}\n\n{text}")
    };
    json!({"name": line["_id"], "text": text})
}

async fn rank(server: &Server, set: &str, question: &Question, method: &Method) -> Vec<String> {
    let response = server.search(set, method.body(&question.text)).await;
    let report = &response["rerank"];
    // What was ordered otherwise than the method says is no measure of it.
    assert!(
        !method.rerank
            || report["status"] == "applied"
            || ["clear_lead", "too_few_candidates"]
                .map(Value::from)
                .contains(&report["reason_code"]),
        "{}: {report}",
        method.label
    );
    let mut ranking: Vec<String> = Vec::new();
    for hit in response["hits"].as_array().expect("hits") {
        let name = hit["document"]["name"].as_str().expect("a name");
        if !ranking.iter().any(|ranked| ranked == name) {
            ranking.push(name.to_owned());
        }
    }
    ranking
}

fn questions(data: &Path) -> Vec<Question> {
    let mut judgments: HashMap<String, HashMap<String, i32>> = HashMap::new();
    let table = std::fs::read_to_string(data.join("qrels/test.tsv")).expect("judgments");
    for line in table.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(question), Some(document), Some(grade)) =
            (fields.next(), fields.next(), fields.next())
        else {
            panic!("a judgment is not three fields: {line}");
        };
        let grade: i32 = grade.trim().parse().expect("a grade");
        judgments
            .entry(question.to_owned())
            .or_default()
            .insert(document.to_owned(), grade);
    }
    let queries = lines(&data.join("queries.jsonl"));
    let judged = queries.iter().filter_map(|line| {
        let judgments = judgments.remove(line["_id"].as_str()?)?;
        Some(Question {
            text: line["text"].as_str()?.to_owned(),
            judgments,
        })
    });
    judged.collect()
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a readable file");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}
