//! Rerankers of every family with tiny weights, named by a request to the real server.

use std::path::Path;

use reqwest::Method;
use riddle_test_support::onnxruntime;
use serde_json::{Value, json};

use crate::support::{Server, riddle, root};

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

static FAMILIES: [Family; 5] = [
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
        copy_files(family, folder.path());
        catalogue.push_str(&entry(family));
    }
    configure(folder.path(), &catalogue);
    folder
}

fn copy_files(family: &Family, folder: &Path) {
    let own = folder.join("models").join(family.name());
    std::fs::create_dir_all(&own).expect("a folder");
    for file in std::fs::read_dir(root().join(family.folder)).expect("committed") {
        let file = file.expect("readable");
        if file.file_type().expect("known").is_file() {
            std::fs::copy(file.path(), own.join(file.file_name())).expect("copied");
        }
    }
}

fn configure(folder: &Path, catalogue: &str) {
    let path = folder.join("models.toml");
    std::fs::write(&path, catalogue).expect("a file");
    let config = format!(
        "[models]\ndir = {:?}\ncatalogue = {:?}\n[chat]\nmodel = \"extractive\"\n[limits]\nrerank_deadline_ms = 60000\n",
        folder.join("models").display().to_string(),
        path.display().to_string()
    );
    std::fs::write(folder.join("riddle.toml"), config).expect("a file");
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
async fn without_onnx_runtime_our_own_engine_reranks_and_other_models_say_what_they_need() {
    let folder = data_folder();
    let models = folder.path().join("models").display().to_string();
    let missing = folder
        .path()
        .join("libonnxruntime.so")
        .display()
        .to_string();
    let arguments = ["--models-dir", &models, "--onnxruntime", &missing];
    let server = Server::start_with(folder.path(), &arguments).await;
    let body =
        |model: &str| json!({"model": model, "query": "a sieve", "documents": ["one", "two"]});
    // An XLM-R, and a ModernBERT.
    let known = server.post("/v2/rerank", body("tiny-reranker-late_interaction"));
    assert_eq!(known.await["results"].as_array().map(Vec::len), Some(2));
    let other = body("tiny-reranker-cross_encoder");
    let (status, told) = server.call(Method::POST, "/v2/rerank", Some(other)).await;
    assert!(!status.is_success(), "{told}");
    for part in ["ModernBERT", "ONNX Runtime", "scripts/setup-runtime.sh"] {
        assert!(told.to_string().contains(part), "{told}");
    }
    server.stop();
}

#[tokio::test]
async fn a_search_can_name_a_reranker_of_any_family() {
    if onnxruntime().is_none() {
        return;
    }
    let folder = data_folder();
    let server = server(folder.path()).await;
    for family in &FAMILIES {
        let (name, kind, scale) = (family.name(), family.kind, family.scale);
        // By its order alone, whatever was measured.
        let asked = json!({
            "query": "what is a riddle?", "mode": "bm25", "reranker": name, "rerank_weight": 1.0
        });
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
    let unmeasured =
        json!({"query": "what is a riddle?", "mode": "bm25", "reranker": "tiny-chat-yes_no"});
    let found = server.search("kb", unmeasured).await;
    assert_eq!(found["rerank"]["weight"], json!(0.5), "{found}");
    a_layer_can_be_named(&server).await;
    the_library_tells_layers(&server).await;
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

async fn the_library_tells_layers(server: &Server) {
    let path = "/api/v1/models";
    let (status, library) = server.call(reqwest::Method::GET, path, None).await;
    assert_eq!(status, 200, "{library}");
    let models = library["models"].as_array().expect("a list");
    let layers: Vec<_> = models
        .iter()
        .filter(|model| model["kind"] == "layerwise" && model["state"] == "installed")
        .map(|model| model["layers"].clone())
        .collect();
    assert_eq!(layers, [json!({"lowest": 2, "highest": 4})]);
    let others = models.iter().filter(|model| model["kind"] != "layerwise");
    assert!(others.clone().count() > 0);
    assert!(others.into_iter().all(|model| model["layers"].is_null()));
}

/// A family with the reference of its model.
struct Published {
    family: &'static Family,
    /// The reference, beside the model.
    file: &'static str,
    /// What its entry in the catalogue has beside the usual.
    entry: &'static str,
    /// The pairs of the reference with the rest of their tables in the catalogue.
    pairs: fn(&Value) -> Vec<(Value, String)>,
}

const INSTRUCTED: &str = "Given a question of an employee, find the rule that decides it";

static PUBLISHED: [Published; 5] = [
    Published {
        family: &FAMILIES[0],
        file: "reference.json",
        entry: "",
        pairs: |reference| scored(reference, "logit"),
    },
    Published {
        family: &FAMILIES[1],
        file: "colbert.json",
        entry: "",
        pairs: |reference| scored(reference, "score"),
    },
    Published {
        family: &FAMILIES[2],
        file: "reference.json",
        entry: "",
        pairs: |reference| asked(reference, &Value::Null),
    },
    Published {
        family: &FAMILIES[2],
        file: "reference.json",
        entry: "instruction = \"Given a question of an employee, find the rule that decides it\"\n",
        pairs: |reference| asked(reference, &json!(INSTRUCTED)),
    },
    Published {
        family: &FAMILIES[3],
        file: "reference.json",
        entry: "",
        pairs: layered,
    },
];

fn raw(score: &Value) -> String {
    format!("raw = {:.4}", score.as_f64().expect("a score"))
}

fn scored(reference: &Value, key: &str) -> Vec<(Value, String)> {
    let pairs = reference["pairs"].as_array().expect("pairs").iter();
    pairs.map(|pair| (pair.clone(), raw(&pair[key]))).collect()
}

/// The first two pairs: the others are longer than the reference let them be.
fn asked(reference: &Value, instruction: &Value) -> Vec<(Value, String)> {
    let mut prompts = reference["prompts"].as_array().expect("prompts").iter();
    let prompt = prompts.find(|p| p["prompt"] == "qwen3" && p["instruction"] == *instruction);
    let scores = prompt.expect("it is recorded")["scores"].as_array();
    let named = |pair: &Value| json!({"query": pair[0], "passage": pair[1]});
    let pairs = reference["pairs"].as_array().expect("pairs").iter().take(2);
    let scores = scores.expect("scores").iter().map(raw);
    pairs.map(named).zip(scores).collect()
}

/// Each pair at the last layer, which needs no name, and at a lower one.
fn layered(reference: &Value) -> Vec<(Value, String)> {
    let both = |pair: &Value| {
        let last = raw(&pair["scores"]["4"]);
        let lower = format!("{}, layer = 2", raw(&pair["scores"]["2"]));
        [(pair.clone(), last), (pair.clone(), lower)]
    };
    let pairs = reference["pairs"].as_array().expect("pairs").iter();
    pairs.flat_map(both).collect()
}

#[test]
fn published_scores_of_every_family_are_scored_again() {
    if onnxruntime().is_none() {
        return;
    }
    for published in &PUBLISHED {
        let Published {
            family,
            file,
            entry: more,
            ..
        } = published;
        let folder = tempfile::tempdir().expect("a folder");
        copy_files(family, folder.path());
        let reference = std::fs::read(root().join(family.folder).join(file)).expect("committed");
        let reference: Value = serde_json::from_slice(&reference).expect("JSON");
        let pairs = (published.pairs)(&reference);
        let tables = pairs.iter().map(|(pair, ending)| {
            let (query, passage) = (&pair["query"], &pair["passage"]);
            format!("{{ query = {query}, passage = {passage}, {ending} }}")
        });
        let golden = tables.collect::<Vec<_>>().join(",\n");
        configure(
            folder.path(),
            &format!("{}{more}golden = [\n{golden}\n]\n", entry(family)),
        );
        let (ok, told) = verify(folder.path(), &family.name());
        assert!(ok, "{told}");
        let lines = told.lines().filter(|line| line.contains("expected"));
        assert_eq!(lines.clone().count(), pairs.len(), "{told}");
        assert!(lines.clone().all(|line| line.ends_with(": ok")), "{told}");
        let sum = format!("{0} of {0} published scores agree", pairs.len());
        assert!(told.contains(&sum), "{told}");
        let layers = lines.filter(|line| line.contains("at layer 2")).count();
        let expected = if family.kind == "layerwise" {
            pairs.len() / 2
        } else {
            0
        };
        assert_eq!(layers, expected, "{told}");
    }
}

/// Whether it succeeds, and what it says, in 32 bits.
fn verify(folder: &Path, model: &str) -> (bool, String) {
    let config = folder.join("riddle.toml");
    let text = std::fs::read_to_string(&config).expect("written");
    let exact = text.replace("[models]\n", "[models]\nprecision = \"fp32\"\n");
    std::fs::write(&config, exact).expect("a file");
    let output = riddle(folder)
        .env_remove("RIDDLE_MODELS_DIR")
        .args(["models", "verify", model])
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said + &failed)
}
