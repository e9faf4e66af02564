//! Rerankers of every family with tiny weights, named by a request to the real server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, root, variable};

/// A tiny reranker of the tests of the crates.
struct Family {
    kind: &'static str,
    /// Folder of its files.
    folder: &'static str,
    role: &'static str,
    max_tokens: u32,
    /// What its entry in the catalogue has beside what all have.
    entry: &'static str,
    scale: &'static str,
}

const FAMILIES: [Family; 5] = [
    Family {
        kind: "cross_encoder",
        folder: "crates/riddle-models/tests/data/tiny/modernbert",
        role: "reranker",
        max_tokens: 48,
        entry: r#"
            kind = "cross_encoder"
            default_weight = 1.0
            format = "safetensors"
            architecture = "modernbert"
            weights = "model.safetensors"
            scale = "logit"
            files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
        "#,
        scale: "logit",
    },
    Family {
        kind: "late_interaction",
        folder: "crates/riddle-models/tests/data/tiny/xlm-roberta",
        role: "reranker",
        max_tokens: 48,
        entry: r#"
            kind = "late_interaction"
            default_weight = 1.0
            format = "safetensors"
            architecture = "xlm-roberta"
            weights = "model.safetensors"
            head = "colbert_linear.pt"
            scale = "similarity"
            files = [
                { path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" },
                { path = "colbert_linear.pt" },
            ]
        "#,
        scale: "similarity",
    },
    Family {
        kind: "yes_no",
        folder: "crates/riddle-llm/tests/data/yes-no",
        role: "reranker",
        max_tokens: 1_024,
        entry: r#"
            kind = "yes_no"
            prompt = "qwen3"
            default_weight = 1.0
            format = "gguf"
            architecture = "qwen3"
            weights = "tiny.gguf"
            scale = "logit"
            files = [{ path = "tiny.gguf" }]
        "#,
        scale: "logit",
    },
    Family {
        kind: "layerwise",
        folder: "crates/riddle-models/tests/data/tiny/minicpm-layerwise",
        role: "reranker",
        max_tokens: 64,
        entry: r#"
            kind = "layerwise"
            default_weight = 1.0
            format = "safetensors"
            architecture = "minicpm"
            weights = "model.safetensors.index.json"
            scale = "logit"
            files = [
                { path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors.index.json" },
                { path = "model-00001-of-00003.safetensors" }, { path = "model-00002-of-00003.safetensors" },
                { path = "model-00003-of-00003.safetensors" },
            ]
        "#,
        scale: "logit",
    },
    // A chat model that is named as a reranker.
    Family {
        kind: "yes_no",
        folder: "crates/riddle-llm/tests/data",
        role: "chat",
        max_tokens: 4_096,
        entry: r#"
            format = "gguf"
            architecture = "qwen3"
            weights = "tiny-qwen3.gguf"
            files = [{ path = "tiny-qwen3.gguf" }]
        "#,
        scale: "logit",
    },
];

impl Family {
    /// Its name in the catalogue.
    fn name(&self) -> String {
        format!("tiny-{}-{}", self.role, self.kind)
    }
}

fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut catalogue = String::new();
    for family in &FAMILIES {
        let own = folder.path().join("models").join(family.name());
        std::fs::create_dir_all(&own).expect("a folder");
        for file in std::fs::read_dir(root().join(family.folder)).expect("committed") {
            let file = file.expect("readable");
            if file.file_type().expect("known").is_file() {
                std::fs::copy(file.path(), own.join(file.file_name())).expect("copied");
            }
        }
        catalogue.push_str(&entry(family));
    }
    let path = folder.path().join("models.toml");
    std::fs::write(&path, catalogue).expect("a file");
    let config = format!(
        "[models]\ndir = {:?}\ncatalogue = {:?}\n[chat]\nmodel = \"extractive\"\n",
        folder.path().join("models").display().to_string(),
        path.display().to_string()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    folder
}

fn entry(family: &Family) -> String {
    format!(
        r#"
        [[model]]
        name = "{name}"
        role = "{role}"
        {rest}
        parameters = 1
        memory_mb = 1
        max_tokens = {max_tokens}
        languages = ["multilingual"]
        licence = "Apache-2.0"
        "#,
        name = family.name(),
        role = family.role,
        rest = family.entry,
        max_tokens = family.max_tokens
    )
}

async fn server(folder: &Path) -> Server {
    let models = folder.join("models").display().to_string();
    let server = Server::start_with(folder, &["--models-dir", &models]).await;
    server.create("kb").await;
    for (name, text) in [
        ("sieve.txt", "A riddle is a coarse sieve."),
        (
            "question.txt",
            "A riddle is a question that hides its answer.",
        ),
        (
            "colour.txt",
            "Riddle is no colour, and the riddle has none.",
        ),
    ] {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
    server
}

#[tokio::test]
async fn a_search_can_name_a_reranker_of_any_family() {
    if variable("RIDDLE_ONNXRUNTIME").is_none() {
        eprintln!("skipped: no ONNX Runtime library; `make test` fetches one");
        return;
    }
    let folder = data_folder();
    let server = server(folder.path()).await;
    for family in FAMILIES {
        let (name, kind, scale) = (family.name(), family.kind, family.scale);
        let asked = json!({"query": "what is a riddle?", "mode": "bm25", "reranker": name});
        let found = server.search("kb", asked).await;
        let rerank = &found["rerank"];
        assert_eq!(rerank["status"], "applied", "{found}");
        assert_eq!(
            (&rerank["kind"], &rerank["model"]),
            (&json!(kind), &json!(name))
        );
        assert_eq!(rerank["scale"], scale);
        assert_eq!(rerank["stand_in"], json!(false));
        let hits = found["hits"].as_array().expect("hits");
        let raw = |hit: &Value| hit["rerank"]["score_raw"].as_f64().expect("a score");
        assert!(
            hits.len() >= 2 && hits.is_sorted_by(|a, b| raw(a) >= raw(b)),
            "{found}"
        );
        let texts: Vec<&Value> = hits.iter().map(|hit| &hit["text"]).collect();
        let body = json!({"model": name, "query": "what is a riddle?", "documents": texts, "raw_scores": true});
        let direct = server.post("/v2/rerank", body).await;
        let best = direct["results"][0]["relevance_score"].as_f64();
        assert!(
            (best.expect("a score") - raw(&hits[0])).abs() < 1e-5,
            "{direct}"
        );
    }
    a_layer_can_be_named(&server).await;
    server.stop();
}

async fn a_layer_can_be_named(server: &Server) {
    let asked = |layer: u32| {
        json!({
            "query": "what is a riddle?", "mode": "bm25", "reranker": "tiny-reranker-layerwise", "cutoff_layer": layer
        })
    };
    let mut scores = Vec::new();
    for layer in [2, 3, 4] {
        let found = server.search("kb", asked(layer)).await;
        assert_eq!(found["rerank"]["cutoff_layer"], layer);
        scores.push(found["hits"][0]["rerank"]["score_raw"].as_f64());
    }
    assert!(
        scores[0] != scores[1] && scores[1] != scores[2],
        "{scores:?}"
    );
    let path = "/api/v1/knowledge-bases/kb/search";
    let (status, refused) = server
        .call(reqwest::Method::POST, path, Some(asked(9)))
        .await;
    assert_eq!(status, 400, "{refused}");
    let message = refused["message"].as_str().expect("text");
    assert!(message.contains("between 2 and 4"), "{message}");
}
