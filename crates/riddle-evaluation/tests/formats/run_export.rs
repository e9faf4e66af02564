use riddle_core::QuestionOutcome;
use riddle_evaluation::formats::{RunExport, parse_trec_run};
use serde_json::{Value, json};

use crate::support::file;

const CHUNKS: [&str; 4] = [
    "00000000-0000-0000-0000-00000000000a",
    "00000000-0000-0000-0000-00000000000b",
    "00000000-0000-0000-0000-00000000000c",
    "00000000-0000-0000-0000-00000000000d",
];

/// A question with these judged items and candidates, given by document and item, which one arm has in reverse.
fn outcome(items: Value, candidates: &[(&str, u32)]) -> QuestionOutcome {
    let numbered = candidates.iter().zip(CHUNKS);
    let frozen: Vec<Value> = numbered
        .map(
            |((document, item), chunk)| json!({"chunk": chunk, "document": document, "item": item}),
        )
        .collect();
    let order: Vec<usize> = (0..candidates.len()).rev().collect();
    let arm = json!({
        "retrieved": order, "fused": [], "scores": [], "ranking": order, "not_reranked": null, "failure": null,
        "timings": riddle_core::Timings::default(), "reranked_tokens": null, "answer": null
    });
    let question = json!({
        "id": "q 1", "text": "?", "answers": [], "unanswerable": false, "half": "test", "language": null,
        "items": items
    });
    let whole = json!({"question": question, "candidates": frozen, "arms": [arm], "fusions": []});
    serde_json::from_value(whole).expect("an outcome")
}

fn item(document: &str, grade: i32, place: &str, position: Option<f32>) -> Value {
    json!({"document": document, "grade": grade, "place": place, "position": position, "chunk_chars": null})
}

/// The run and the judgments.
fn written(outcome: &QuestionOutcome) -> [String; 2] {
    let mut export = RunExport::new(0, "words alone");
    export.add(outcome);
    let files = export.finish().expect("it is small").files;
    let mut files = files.into_iter().map(|file| file.content);
    [files.next(), files.next()].map(Option::unwrap_or_default)
}

#[test]
fn documents_are_ranked_where_documents_are_judged() {
    let items = json!([
        item("a b.md", 2, "found", None),
        item("gone.md", 1, "document_missing", None)
    ]);
    let candidates = [("other.md", 2), ("a b.md", 0), ("c.md", 3), ("a b.md", 0)];
    let [run, qrels] = written(&outcome(items, &candidates));
    assert_eq!(
        run,
        "q%201 Q0 a%20b.md 1 -1 words_alone\nq%201 Q0 c.md 2 -2 words_alone\nq%201 Q0 other.md 3 -3 words_alone\n"
    );
    assert_eq!(qrels, "q%201 0 a%20b.md 2\nq%201 0 not-retrieved-1 1\n");
    let rows = parse_trec_run(&file("run.txt", &run)).expect("a run");
    let ranks: Vec<u32> = rows.iter().map(|row| row.rank).collect();
    assert_eq!(ranks, [1, 2, 3]);
}

#[test]
fn passages_are_ranked_by_their_chunks_where_passages_are_judged() {
    let items = json!([
        item("a.md", 1, "found", Some(0.5)),
        item("a.md", 0, "quote_missing", None)
    ]);
    // Two chunks hold the passage: it counts at the place of the first in the order.
    let candidates = [("a.md", 2), ("a.md", 0), ("b.md", 3), ("a.md", 0)];
    let [run, qrels] = written(&outcome(items, &candidates));
    let ids: Vec<&str> = run
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    assert_eq!(ids, [CHUNKS[1], CHUNKS[2], CHUNKS[0]]);
    assert_eq!(
        qrels,
        format!("q%201 0 {} 1\nq%201 0 not-retrieved-1 0\n", CHUNKS[1])
    );
}

#[test]
fn what_is_not_answered_is_not_written() {
    let mut unanswerable = outcome(json!([]), &[("a.md", 0)]);
    unanswerable.question.unanswerable = true;
    assert_eq!(written(&unanswerable), [String::new(), String::new()]);
}
