//! A run for tests of what is made of it.

use riddle_api::{EvaluationReportDto, EvaluationRunDto, RunDiffDto};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::gate::Found;

/// A run of three arms, with one failure, compared with an earlier run.
pub(super) fn found() -> Found {
    Found {
        run: run("leave | nightly"),
        report: report(),
        answer: Value::Null,
        against: Some((run("leave, before"), diff())),
        arm: 0,
    }
}

/// Its report: `present`, the tuned fusion as the baseline, and an arm with a formula for a name.
pub(super) fn report() -> EvaluationReportDto {
    read(json!({
        "headline": {"en": "Of 60 questions, reranking puts a right source into the top 3 for 9 more.", "zh": "…"},
        "headline_half": "test",
        "questions": {
            "total": 120, "dev": 55, "test": 65, "headline": 65, "ranked": 60, "failed": 1, "unanswerable": 3
        },
        "lost": [],
        "judges": [],
        "excluded": [
            {"question": "q7", "reason": "nothing_relevant"}, {"question": "q8", "reason": "unanswerable"}
        ],
        "resampling": {
            "unit": "question", "clusters": 4, "resamples": 10000, "resamples_of_means": 2000, "seed": 7
        },
        "tuned": {
            "fusion": {"method": "weighted", "dense_weight": 0.25}, "dev_ndcg_10": 0.675, "dev_questions": 55,
            "same_questions": false
        },
        "arms": [
            arm("present", 0.712, Some(comparison()), 210.4),
            arm("tuned fusion, no rerank", 0.67, None, 0.0),
            arm("=1+1", 0.5, Some(comparison()), 30.0),
        ],
        "main": 0, "baseline": 1, "cost_baseline": 1,
        "slices": [],
        "losing_slices": [{
            "arm": 0, "kind": "language", "value": "zh", "difference": estimate(-0.1)
        }],
    }))
}

fn arm(name: &str, ndcg: f64, comparison: Option<Value>, rerank_ms: f64) -> Value {
    let mut stages = vec![stage("total", rerank_ms + 12.0)];
    if rerank_ms > 0.0 {
        stages.push(stage("rerank", rerank_ms));
    }
    let failures = if name == "=1+1" {
        json!([{"question": "q9", "reason": "the model ended"}])
    } else {
        json!([])
    };
    json!({
        "name": name,
        "kind": if name.starts_with("tuned") { "tuned_fusion" } else { "manifest" },
        "settings": settings(name),
        "failures": failures,
        "not_reranked": if name == "present" { 2 } else { 0 },
        "measures": [
            {"measure": "nDCG@10", "headline": bounds(ndcg, 0.69, 0.731), "dev": 0.7},
            {"measure": "Success@3", "headline": estimate(0.85), "dev": 0.8},
            {"measure": "RR@10", "headline": estimate(0.66), "dev": null},
            {"measure": "P@3", "headline": estimate(0.31), "dev": 0.3},
            {"measure": "R@10", "headline": estimate(0.9), "dev": 0.9},
            {"measure": "Judged@10", "headline": estimate(0.1), "dev": 0.1},
            {"measure": "Bpref", "headline": null, "dev": null},
        ],
        "comparison": comparison,
        "headroom": {
            "candidate_recall": 0.93, "ndcg_10": ndcg, "perfect_ndcg_10": 0.95,
            "golds": counts(), "questions": counts(),
        },
        "cost": {
            "stages": stages,
            "total": {
                "n": 118, "median_difference": 200.0, "difference_interval": null, "median_ratio": 17.5,
                "ratio_interval": null,
            },
            "first_token": null, "prompt_tokens": null, "completion_tokens": null,
            "reranked_tokens": (rerank_ms > 0.0).then_some(2310.4),
            "memory_bytes": if rerank_ms > 0.0 { 330_000_000 } else { 200_000_000 },
        },
        "answers": null, "depth_curve": [], "weight_curve": [], "best_weight": null, "skip_lead_curve": [],
    })
}

fn settings(name: &str) -> Value {
    json!({
        "name": name, "mode": "hybrid", "fusion": {"method": "weighted", "dense_weight": 0.5}, "top_k": 20,
        "top_n": 3, "rerank": null,
    })
}

fn comparison() -> Value {
    json!({
        "differences": [{
            "measure": "nDCG@10", "baseline": 0.67, "arm": 0.712, "difference": bounds(0.042, 0.012, 0.071),
            "p": 0.004, "p_holm": 0.008, "effect_size": 0.4, "wins": 20, "ties": 31, "losses": 9,
            "minimum_detectable": 0.04, "verdict": {"verdict": "better"},
        }],
        "sources": {"top_n": 3, "questions": 60, "baseline": 42, "arm": 51, "gained": [], "lost": []},
        "judged_difference": 0.02, "judged_unlike": true, "by_question": [], "rank_moves": [],
    })
}

fn counts() -> Value {
    json!({
        "total": 60, "document_missing": 1, "quote_missing": 0, "not_retrieved": 3, "below_top_n": 5,
        "not_cited": 0, "used": 51,
    })
}

fn stage(stage: &str, p50: f64) -> Value {
    json!({
        "stage": stage, "n": 118, "p50": p50, "p50_interval": null, "p95": p50 * 2.0, "p95_interval": null,
        "p99": p50 * 3.0,
    })
}

fn estimate(mean: f64) -> Value {
    bounds(mean, mean - 0.05, mean + 0.05)
}

fn bounds(mean: f64, low: f64, high: f64) -> Value {
    json!({"n": 60, "mean": mean, "interval": {"low": low, "high": high}})
}

fn run(name: &str) -> EvaluationRunDto {
    read(json!({
        "id": "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f", "name": name, "status": "finished", "done": 120,
        "total": 120, "seconds_left": null, "problem": null,
        "manifest": {
            "set": "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e10", "set_name": "leave", "questions_hash": "d51b0a",
            "questions": "all", "limit": 120,
            "knowledge_base": {"id": "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e11", "name": "handbook"},
            "embedder": "all-minilm-l6-v2:int8", "documents": 12, "chunks": 340, "index_position": 352,
            "models": [
                {
                    "name": "all-minilm-l6-v2", "role": "embed", "device": "cpu", "fingerprint": "586c",
                    "bytes_on_disk": 91_000_000, "memory_bytes": 200_000_000, "arms": [0, 1, 2],
                },
                {"name": "ms-marco-minilm-l12-v2", "role": "rerank", "device": "cpu", "fingerprint": null},
            ],
            "arms": [settings("present"), settings("it's =1+1"), settings("present, again")],
            "baseline": 1, "answers": false, "seed": 7, "version": "0.1.0",
        },
        "created_at": "2026-03-01T09:30:00.000Z", "finished_at": "2026-03-01T09:40:00.000Z",
    }))
}

fn diff() -> RunDiffDto {
    read(json!({
        "changes": [{"what": "settings.retrieval.top_k", "before": "20", "after": "50"}],
        "questions": 118, "before": 0.7, "after": 0.712, "difference": bounds(0.012, -0.004, 0.028), "p": 0.13,
        "verdict": {"verdict": "not_distinguishable", "questions_needed": 900},
        "differences": [{
            "measure": "nDCG@10", "before": 0.7, "after": 0.712, "difference": bounds(0.012, -0.004, 0.028), "p": 0.13
        }],
        "worse": [{"id": "q3", "difference": -0.37}], "better": [],
    }))
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the example has the shape of the type")
}
