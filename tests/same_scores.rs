//! The scores that docs/coming-from-python.md shows, by the command, over REST and from the library.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{Pair, Reranker, ScoreOptions, ScoreScale};
use riddle_models::{Compute, CrossEncoder, Precision, RerankerSpec};
use riddle_test_support::onnxruntime_file;
use serde_json::{Value, json};

use crate::support::{riddle, root};
use crate::tools::{CE, data_folder, server, trained};

/// Half of the last digit that the page shows, and a little for the order of sums.
const TOLERANCE: f64 = 0.000_06;

/// What the page shows.
struct Page {
    query: String,
    rows: Vec<Row>,
}

struct Row {
    passage: String,
    logit: f64,
    sigmoid: f64,
    riddle: f64,
}

#[tokio::test]
async fn the_page_for_python_users_shows_scores_that_agree() {
    let Some(reranker) = trained() else { return };
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
    let page = page();
    assert!(page.rows.len() >= 3, "the page has a table");
    for row in &page.rows {
        let sigmoid = 1.0 / (1.0 + (-row.logit).exp());
        close(sigmoid, row.sigmoid, "the page's own sigmoid");
        close(row.riddle, row.sigmoid, "the page's two columns");
    }
    in_full_precision(folder.path());

    check("the library", &page, &by_library(folder.path(), &page));
    let data = folder.path().to_path_buf();
    let (raw, shown) = (
        by_command(&data, &page, true),
        by_command(&data, &page, false),
    );
    check("the command", &page, &raw);
    for (row, score) in page.rows.iter().zip(shown) {
        close(score, row.riddle, "the command");
    }
    let server = server(folder.path(), &[]).await;
    let texts: Vec<&str> = page.rows.iter().map(|row| row.passage.as_str()).collect();
    for raw in [true, false] {
        let body = json!({"query": page.query, "texts": texts, "raw_scores": raw});
        let ranks = server.post("/rerank", body).await;
        let scores = in_order(ranks.as_array().expect("a list"), "score");
        for (row, score) in page.rows.iter().zip(scores) {
            close(score, if raw { row.logit } else { row.riddle }, "REST");
        }
    }
    server.stop();
}

/// Reads the table: passage, logit, sigmoid, and Riddle's score.
fn page() -> Page {
    let text = std::fs::read_to_string(root().join("docs/coming-from-python.md"));
    let text = text.expect("the page is there");
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let table: Vec<Vec<String>> = text
        .lines()
        .skip_while(|line| !line.starts_with("| passage for "))
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    let [head, _line, rows @ ..] = &*table else {
        panic!("the page has no table");
    };
    let number = |cell: &String| cell.parse::<f64>().expect("a number");
    let row = |cells: &Vec<String>| Row {
        passage: cells[0].clone(),
        logit: number(&cells[1]),
        sigmoid: number(&cells[2]),
        riddle: number(&cells[3]),
    };
    Page {
        query: head[0].split('"').nth(1).expect("a query").to_owned(),
        rows: rows.iter().map(row).collect(),
    }
}

fn in_full_precision(folder: &Path) {
    let file = folder.join("riddle.toml");
    let config = std::fs::read_to_string(&file).expect("readable");
    let config = config.replacen("[models]", "[models]\nprecision = \"fp32\"", 1);
    std::fs::write(file, config).expect("writable");
}

fn by_library(folder: &Path, page: &Page) -> Vec<f64> {
    let runtime = Compute::with_library(&onnxruntime_file(), 2).expect("the library loads");
    let graphs = tempfile::tempdir().expect("a folder");
    let spec = RerankerSpec {
        name: CE.to_owned(),
        folder: folder.join("models").join(CE),
        weights: "model.safetensors".to_owned(),
        cache: graphs.path().to_owned(),
        precision: Precision::Fp32,
        max_tokens: 512,
        scale: ScoreScale::Logit,
        default_weight: 0.5,
    };
    let mut reranker = CrossEncoder::open(&runtime, &spec).expect("it loads");
    let pair = |row| {
        let Row { passage, .. }: &Row = row;
        Pair {
            query: &page.query,
            passage,
        }
    };
    let pairs: Vec<Pair<'_>> = page.rows.iter().map(pair).collect();
    let options = ScoreOptions::until(Instant::now() + Duration::from_secs(60));
    let scores = reranker.score(&pairs, &options).expect("it scores");
    let raw = scores.into_iter().map(|score| score.expect("scored").raw);
    raw.map(f64::from).collect()
}

fn by_command(folder: &Path, page: &Page, raw: bool) -> Vec<f64> {
    let mut command = riddle(folder);
    command
        .env("RIDDLE_MODELS_DIR", folder.join("models"))
        .args(["rerank", "--json", "--model", CE, "--query", &page.query])
        .args(raw.then_some("--raw"))
        .args(page.rows.iter().map(|row| &row.passage));
    let output = command.output().expect("the binary runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = told["results"].as_array().expect("a list");
    in_order(results, "relevance_score")
}

/// Scores in the order of the request.
fn in_order(results: &[Value], field: &str) -> Vec<f64> {
    let mut results: Vec<&Value> = results.iter().collect();
    results.sort_by_key(|result| result["index"].as_u64());
    let scores = results.iter().map(|result| result[field].as_f64());
    scores.map(|score| score.expect("a score")).collect()
}

fn check(what: &str, page: &Page, logits: &[f64]) {
    assert_eq!(logits.len(), page.rows.len());
    for (row, logit) in page.rows.iter().zip(logits) {
        close(*logit, row.logit, what);
    }
}

fn close(got: f64, expected: f64, what: &str) {
    assert!(
        (got - expected).abs() < TOLERANCE,
        "{what}: {got} instead of {expected}"
    );
}
