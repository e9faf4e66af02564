//! fastembed's reranker as a worker of `make bench-rerank`: a workload file in, one measured call for each line read.
//!
//! `fastembed-peer ONNX_FILE TOKENIZER_FOLDER WORKLOAD THREADS`

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fastembed::{
    RerankInitOptionsUserDefined, TextRerank, TokenizerFiles, UserDefinedRerankingModel,
};
use serde_json::json;

#[derive(serde::Deserialize)]
struct Workload {
    query: String,
    sets: HashMap<String, Vec<String>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [graph, folder, workload, threads] = &*arguments else {
        return Err("usage: fastembed-peer ONNX_FILE TOKENIZER_FOLDER WORKLOAD THREADS".into());
    };
    let workload: Workload = serde_json::from_slice(&std::fs::read(workload)?)?;
    let read = |name: &str| std::fs::read(Path::new(folder).join(name));
    let tokenizer = TokenizerFiles {
        tokenizer_file: read("tokenizer.json")?,
        config_file: read("config.json")?,
        special_tokens_map_file: read("special_tokens_map.json")?,
        tokenizer_config_file: read("tokenizer_config.json")?,
    };
    let options = RerankInitOptionsUserDefined::new()
        .with_max_length(512)
        .with_intra_threads(threads.parse()?);
    let model = UserDefinedRerankingModel::new(PathBuf::from(graph), tokenizer);
    let mut reranker = TextRerank::try_new_from_user_defined(model, options)?;
    println!("{}", json!({"ready": "fastembed 7.5.0"}));
    for line in std::io::stdin().lock().lines() {
        let passages = workload.sets.get(line?.trim()).ok_or("no such set")?;
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let started = Instant::now();
        let results = reranker.rerank(workload.query.as_str(), &*passages, false, None)?;
        let ms = started.elapsed().as_secs_f64() * 1e3;
        let mut scores = vec![0.0; passages.len()];
        for result in results {
            scores[result.index] = result.score;
        }
        println!("{}", json!({"ms": ms, "scores": scores}));
    }
    Ok(())
}
