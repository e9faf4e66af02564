mod pylate;

use std::collections::BTreeMap;

use riddle_core::Similarity;
use serde_json::{Value, json};

use super::*;
use crate::catalogue::{DenseActivation, ModelRole, PoolingKind, WeightsFormat};

/// A model of these files; what is no JSON has no content.
fn snapshot(title: &str, files: &[(&str, Value)]) -> Snapshot {
    let listed = |path: &str| ListedFile {
        path: path.to_owned(),
        size: Some(4_000),
        sha256: None,
    };
    let mut contents = BTreeMap::new();
    for (path, value) in files {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        contents.insert((*path).to_owned(), text.into_bytes());
    }
    Snapshot {
        title: title.to_owned(),
        files: files.iter().map(|(path, _)| listed(path)).collect(),
        contents,
    }
}

fn bert() -> Value {
    json!({
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 8, "max_position_embeddings": 512,
        "hidden_act": "gelu"
    })
}

fn step(place: usize, path: &str, kind: &str) -> Value {
    json!({"idx": place, "name": place.to_string(), "path": path, "type": format!("sentence_transformers.models.{kind}")})
}

/// An embedder as sentence-transformers writes it, with these files more or in the place of others.
fn embedder(more: &[(&'static str, Value)]) -> Snapshot {
    let mut files = vec![
        ("config.json", bert()),
        ("tokenizer.json", Value::Null),
        ("model.safetensors", Value::Null),
        (
            "modules.json",
            json!([
                step(0, "", "Transformer"),
                step(1, "1_Pooling", "Pooling"),
                step(2, "2_Normalize", "Normalize")
            ]),
        ),
        (
            "1_Pooling/config.json",
            json!({"word_embedding_dimension": 8, "pooling_mode_mean_tokens": true}),
        ),
    ];
    for (path, value) in more {
        files.retain(|(known, _)| known != path);
        files.push((path, value.clone()));
    }
    snapshot("owner/A-Model", &files)
}

fn facts(recognised: &Recognised) -> &crate::catalogue::EmbedderFacts {
    match &recognised.entry.role {
        ModelRole::Embedder(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn default_weight(recognised: &Recognised) -> f32 {
    match &recognised.entry.role {
        ModelRole::Reranker(facts) => facts.default_weight,
        other => panic!("{other:?}"),
    }
}

fn accepted(snapshot: &Snapshot) -> Recognised {
    recognise(snapshot, &Wishes::default()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refused(snapshot: &Snapshot) -> String {
    match recognise(snapshot, &Wishes::default()) {
        Ok(recognised) => panic!("{:?}", recognised.entry),
        Err(refusal) => refusal.to_string(),
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn an_embedder_is_told_by_its_own_files() {
    let found = accepted(&embedder(&[]));
    assert_eq!(found.entry.name, "a-model");
    assert_eq!(found.entry.aliases, ["owner/a-model"]);
    assert_eq!(found.entry.format, WeightsFormat::Safetensors);
    assert_eq!((found.entry.max_tokens, found.bytes), (512, 16_000));
    assert_eq!(facts(&found).dimensions, 8);
    assert_eq!(facts(&found).pooling, PoolingKind::Mean.into());
    let paths: Vec<&str> = found.entry.files.iter().map(|file| &*file.path).collect();
    assert_eq!(
        paths,
        [
            "config.json",
            "tokenizer.json",
            "modules.json",
            "model.safetensors"
        ]
    );
    assert_eq!(found.entry.licence, "unknown");
    says(
        &found.assumed.join("\n"),
        &[
            "licence is not told",
            "languages are not told",
            "nothing is put before",
        ],
    );
    says(
        &found.recognised.join("\n"),
        &["BertModel", "pooling: mean", "length 1"],
    );
}

#[test]
fn poolings_are_switches_or_names_and_none_means_the_mean() {
    use PoolingKind::{Cls, Last, Max, Mean, MeanSqrtLen, WeightedMean};
    let all = json!({
        "word_embedding_dimension": 8, "pooling_mode_lasttoken": true, "pooling_mode_cls_token": true,
        "pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true,
        "pooling_mode_mean_sqrt_len_tokens": true, "pooling_mode_weightedmean_tokens": true,
    });
    let cases = [
        (
            all,
            vec![Cls, Max, Mean, MeanSqrtLen, WeightedMean, Last],
            48,
        ),
        (json!({"word_embedding_dimension": 8}), vec![Mean], 8),
        (
            json!({"embedding_dimension": 8, "pooling_mode": "lasttoken"}),
            vec![Last],
            8,
        ),
        (
            json!({"embedding_dimension": 8, "pooling_mode": ["mean", "cls"]}),
            vec![Cls, Mean],
            16,
        ),
        (
            json!({"word_embedding_dimension": 8, "pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true}),
            vec![Cls],
            8,
        ),
    ];
    for (config, kinds, dimensions) in cases {
        let found = accepted(&embedder(&[("1_Pooling/config.json", config)]));
        assert_eq!(facts(&found).pooling.kinds, kinds);
        assert_eq!(facts(&found).dimensions, dimensions);
    }
    let other = json!({"word_embedding_dimension": 16});
    says(
        &refused(&embedder(&[("1_Pooling/config.json", other)])),
        &["1_Pooling/config.json", "16", "8"],
    );
    let unknown = json!({"pooling_mode": "median"});
    says(
        &refused(&embedder(&[("1_Pooling/config.json", unknown)])),
        &["median"],
    );
}

#[test]
fn dense_layers_have_their_activations() {
    let modules = json!([
        step(0, "", "Transformer"),
        step(1, "1_Pooling", "Pooling"),
        step(2, "2_Dense", "Dense"),
        step(3, "3_Dense", "Dense"),
        step(4, "4_Normalize", "Normalize"),
    ]);
    let files = |first: Value, second: Value| {
        embedder(&[
            ("modules.json", modules.clone()),
            ("2_Dense/config.json", first),
            ("2_Dense/pytorch_model.bin", Value::Null),
            ("3_Dense/config.json", second),
            ("3_Dense/model.safetensors", Value::Null),
        ])
    };
    let identity = json!({"in_features": 6, "out_features": 4, "activation_function": "torch.nn.modules.linear.Identity"});
    let found = accepted(&files(
        json!({"in_features": 8, "out_features": 6}),
        identity.clone(),
    ));
    let layers: Vec<(&str, DenseActivation)> = facts(&found)
        .pooling
        .dense
        .iter()
        .map(|layer| (&*layer.weights, layer.activation))
        .collect();
    assert_eq!(
        layers,
        [
            ("2_Dense/pytorch_model.bin", DenseActivation::Tanh),
            ("3_Dense/model.safetensors", DenseActivation::Identity)
        ]
    );
    assert_eq!(facts(&found).dimensions, 4);
    says(
        &found.assumed.join("\n"),
        &["2_Dense/config.json names no activation: tanh"],
    );
    assert!(
        found
            .entry
            .files
            .iter()
            .any(|file| file.path == "3_Dense/model.safetensors" && !file.optional)
    );

    let odd =
        json!({"in_features": 8, "out_features": 6, "activation_function": "my.module.Swish"});
    says(
        &refused(&files(odd, identity.clone())),
        &["2_Dense/config.json", "my.module.Swish"],
    );
    let wide = json!({"in_features": 9, "out_features": 6});
    says(
        &refused(&files(wide, identity)),
        &["2_Dense/config.json", "9", "8"],
    );
}

#[test]
fn vectors_of_any_length_are_compared_by_dot_product_where_the_model_says_so() {
    let without = json!([step(0, "", "Transformer"), step(1, "1_Pooling", "Pooling")]);
    let dot = json!({"similarity_fn_name": "dot"});
    let told = accepted(&embedder(&[
        ("modules.json", without.clone()),
        ("config_sentence_transformers.json", dot.clone()),
    ]));
    assert_eq!(facts(&told).similarity, Similarity::Dot);
    says(&told.text, &["similarity = \"dot\""]);
    says(
        &told.recognised.join("\n"),
        &["keep their length", "config_sentence_transformers.json"],
    );
    let mut named = embedder(&[("modules.json", without.clone())]);
    named.title = "owner/msmarco-distilbert-base-dot-prod-v3".to_owned();
    let named = accepted(&named);
    assert_eq!(facts(&named).similarity, Similarity::Dot);
    says(&named.assumed.join("\n"), &["the model's name says"]);
    // Of length 1 they give the order of cosines.
    let settings = ("config_sentence_transformers.json", dot);
    let normalized = accepted(&embedder(&[settings]));
    assert_eq!(facts(&normalized).similarity, Similarity::Cosine);
    let cosine = accepted(&embedder(&[("modules.json", without.clone())]));
    assert_eq!(facts(&cosine).similarity, Similarity::Cosine);
    says(
        &cosine.assumed.join("\n"),
        &["made of length 1, which changes no cosine"],
    );
}

#[test]
fn distances_that_the_index_does_not_know_are_refused() {
    let without = json!([step(0, "", "Transformer"), step(1, "1_Pooling", "Pooling")]);
    for (name, modules) in [
        ("manhattan", None),
        ("manhattan", Some(&without)),
        ("euclidean", Some(&without)),
    ] {
        let mut files = vec![(
            "config_sentence_transformers.json",
            json!({"similarity_fn_name": name}),
        )];
        files.extend(modules.map(|modules| ("modules.json", modules.clone())));
        says(
            &refused(&embedder(&files)),
            &["config_sentence_transformers.json", name, "dot product"],
        );
    }
}

#[test]
fn prompts_are_those_of_the_files_of_the_family_or_of_the_caller() {
    let of = |snapshot: &Snapshot, wishes: &Wishes| {
        let found = recognise(snapshot, wishes).expect("it runs");
        (
            facts(&found).query_prefix.clone(),
            facts(&found).passage_prefix.clone(),
        )
    };
    let told = |settings: Value| embedder(&[("config_sentence_transformers.json", settings)]);
    let nothing = Wishes::default();
    let pair = |query: &str, passage: &str| (query.to_owned(), passage.to_owned());
    let cases = [
        (
            json!({"prompts": {"query": "q: ", "passage": "p: ", "corpus": "c: "}}),
            pair("q: ", "p: "),
        ),
        (
            json!({"prompts": {"query": "q: ", "document": ""}}),
            pair("q: ", ""),
        ),
        (json!({"prompts": {"query": "q: "}}), pair("q: ", "")),
        (
            json!({"prompts": {"all": "a: "}, "default_prompt_name": "all"}),
            pair("a: ", "a: "),
        ),
        (
            json!({"prompts": {"query": "q: ", "all": "a: "}, "default_prompt_name": "all"}),
            pair("q: ", "a: "),
        ),
        (
            json!({"prompts": {}, "default_prompt_name": null}),
            pair("", ""),
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(
            of(&told(settings.clone()), &nothing),
            expected,
            "{settings}"
        );
    }
    let mut e5 = embedder(&[]);
    e5.title = "intfloat/multilingual-e5-small".to_owned();
    assert_eq!(of(&e5, &nothing), pair("query: ", "passage: "));
    says(
        &accepted(&e5).assumed.join("\n"),
        &["its files do not say so"],
    );
    e5.title = "BAAI/bge-base-en-v1.5".to_owned();
    assert_eq!(
        of(&e5, &nothing),
        pair(
            "Represent this sentence for searching relevant passages: ",
            ""
        )
    );
    let wished = Wishes {
        query_prefix: Some("ask: ".to_owned()),
        passage_prefix: Some(String::new()),
        ..Wishes::default()
    };
    assert_eq!(
        of(
            &told(json!({"prompts": {"query": "q: ", "document": "d: "}})),
            &wished
        ),
        pair("ask: ", "")
    );
    let skipping = json!({"word_embedding_dimension": 8, "pooling_mode_mean_tokens": true, "include_prompt": false});
    assert!(
        facts(&accepted(&embedder(&[("1_Pooling/config.json", skipping)])))
            .pooling
            .skips_prefix
    );
}

#[test]
fn lengths_come_from_the_settings_the_tokenizer_and_the_positions() {
    let length = |more: &[(&'static str, Value)]| accepted(&embedder(more)).entry.max_tokens;
    let tokenizer = ("tokenizer_config.json", json!({"model_max_length": 128}));
    for name in [
        "bert",
        "roberta",
        "distilbert",
        "camembert",
        "albert",
        "xlm-roberta",
        "xlnet",
    ] {
        let file: &'static str = String::leak(format!("sentence_{name}_config.json"));
        assert_eq!(
            length(&[(file, json!({"max_seq_length": 256})), tokenizer.clone()]),
            256
        );
    }
    assert_eq!(length(std::slice::from_ref(&tokenizer)), 128);
    let absurd = json!({"model_max_length": 1e30});
    assert_eq!(length(&[("tokenizer_config.json", absurd)]), 512);
    assert_eq!(
        length(&[(
            "sentence_bert_config.json",
            json!({"max_seq_length": 9_999})
        )]),
        512
    );
    let null = json!({"max_seq_length": null});
    assert_eq!(
        length(&[("sentence_bert_config.json", null), tokenizer]),
        128
    );
    let xlm = json!({
        "model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"], "hidden_size": 8,
        "max_position_embeddings": 514, "pad_token_id": 1
    });
    assert_eq!(length(&[("config.json", xlm)]), 512);
    let lowering = json!({"max_seq_length": 128, "do_lower_case": true});
    says(
        &refused(&embedder(&[("sentence_bert_config.json", lowering)])),
        &["do_lower_case"],
    );
}

#[test]
fn code_sparse_vectors_adapters_and_other_modules_are_refused_by_name() {
    let with = |kind: &str, path: &str| json!([step(0, "", "Transformer"), {"idx": 1, "name": "1", "path": path, "type": kind}]);
    let modules = |kind: &str| refused(&embedder(&[("modules.json", with(kind, "1_X"))]));
    says(
        &modules("custom_st.Pooling"),
        &["modules.json", "custom_st.Pooling", "not run"],
    );
    says(
        &modules("sentence_transformers.sparse_encoder.models.SpladePooling"),
        &["SpladePooling", "sparse"],
    );
    says(&modules("sentence_transformers.models.LSTM"), &["LSTM"]);
    let away = embedder(&[(
        "modules.json",
        with("sentence_transformers.models.Pooling", "../../etc"),
    )]);
    says(&refused(&away), &["modules.json", "../../etc"]);
    let fixed = json!([{"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]);
    says(
        &refused(&embedder(&[("modules.json", fixed)])),
        &["StaticEmbedding"],
    );
    let mut code = bert();
    code["auto_map"] = json!({"AutoModel": "modeling_own.OwnModel"});
    says(
        &refused(&embedder(&[("config.json", code.clone())])),
        &["config.json", "modeling_own.OwnModel"],
    );
    let graph = accepted(&embedder(&[
        ("config.json", code),
        ("onnx/model.onnx", Value::Null),
    ]));
    assert_eq!(
        (graph.entry.format, &*graph.entry.weights),
        (WeightsFormat::Onnx, "onnx/model.onnx")
    );
    let adapter = json!({"peft_type": "LORA", "base_model_name_or_path": "owner/base"});
    says(
        &refused(&embedder(&[("adapter_config.json", adapter)])),
        &["LORA", "owner/base"],
    );
    let readme = "---\nlicense: apache-2.0\ntags:\n- splade\n---\n";
    says(
        &refused(&embedder(&[("README.md", json!(readme))])),
        &["README.md", "SPLADE"],
    );
    let sparse = json!({"model_type": "SparseEncoder"});
    says(
        &refused(&embedder(&[("config_sentence_transformers.json", sparse)])),
        &["SPLADE"],
    );
}

#[test]
fn a_vocabulary_of_word_pieces_is_as_good_as_a_tokenizer() {
    let with = |settings: Value| {
        let more = [
            ("vocab.txt", Value::Null),
            ("tokenizer_config.json", settings),
        ];
        let mut snapshot = embedder(&more);
        snapshot.files.retain(|file| file.path != "tokenizer.json");
        accepted(&snapshot)
    };
    let told = with(json!({"tokenizer_class": "BertTokenizer", "do_lower_case": false}));
    let files: Vec<&str> = told.entry.files.iter().map(|file| &*file.path).collect();
    assert!(
        files.contains(&"vocab.txt") && files.contains(&"tokenizer_config.json"),
        "{files:?}"
    );
    says(&told.recognised.join("\n"), &["word pieces by vocab.txt"]);
    assert!(!told.assumed.join("\n").contains("lower case"));
    says(&with(json!({})).assumed.join("\n"), &["lower case"]);
}

#[test]
fn weights_that_cannot_be_run_are_refused_with_what_to_do() {
    let without = |gone: &str, more: &[(&'static str, Value)]| {
        let mut snapshot = embedder(more);
        snapshot.files.retain(|file| file.path != gone);
        snapshot.contents.remove(gone);
        snapshot
    };
    let torch = without("model.safetensors", &[("pytorch_model.bin", Value::Null)]);
    says(
        &refused(&torch),
        &["pytorch_model.bin", "can run code", "riddle models add"],
    );
    says(
        &refused(&without("model.safetensors", &[])),
        &["model.safetensors", "missing"],
    );
    let pieces = without(
        "tokenizer.json",
        &[("sentencepiece.bpe.model", Value::Null)],
    );
    says(
        &refused(&pieces),
        &[
            "tokenizer.json",
            "sentencepiece.bpe.model",
            "save_pretrained",
        ],
    );
    let japanese = json!({"tokenizer_class": "BertJapaneseTokenizer"});
    let japanese = [
        ("vocab.txt", Value::Null),
        ("tokenizer_config.json", japanese),
    ];
    says(
        &refused(&without("tokenizer.json", &japanese)),
        &[
            "tokenizer_config.json",
            "BertJapaneseTokenizer",
            "save_pretrained",
        ],
    );
    says(
        &refused(&without("config.json", &[])),
        &["config.json", "is missing"],
    );
    let page = without("none", &[("config.json", json!("<!DOCTYPE html><html>"))]);
    says(&refused(&page), &["config.json", "web page"]);
    let t5 = json!({"model_type": "t5", "architectures": ["T5EncoderModel"], "d_model": 8});
    says(
        &refused(&without("none", &[("config.json", t5)])),
        &["`model_type` is t5"],
    );
}

#[test]
fn shards_are_listed_and_none_leads_out() {
    const INDEX: &str = "model.safetensors.index.json";
    let sharded = |map: Value| {
        let mut snapshot = embedder(&[
            (INDEX, json!({"weight_map": map})),
            ("a-1.safetensors", Value::Null),
            ("a-2.safetensors", Value::Null),
        ]);
        snapshot
            .files
            .retain(|file| file.path != "model.safetensors");
        snapshot
    };
    let found = accepted(&sharded(
        json!({"x": "a-1.safetensors", "y": "a-2.safetensors", "z": "a-1.safetensors"}),
    ));
    assert_eq!(found.entry.weights, INDEX);
    assert!(
        found
            .entry
            .files
            .iter()
            .any(|file| file.path == "a-2.safetensors")
    );
    says(
        &refused(&sharded(json!({"x": "../a.safetensors"}))),
        &[INDEX, "../a.safetensors"],
    );
    says(
        &refused(&sharded(json!({"x": "a-3.safetensors"}))),
        &[INDEX, "a-3.safetensors", "not there"],
    );
    says(&refused(&sharded(json!({"x": 3}))), &[INDEX, "`3`"]);
}

fn cross_encoder(config: Value, more: &[(&'static str, Value)]) -> Snapshot {
    let mut files = vec![
        ("tokenizer.json", Value::Null),
        ("model.safetensors", Value::Null),
        ("config.json", config),
    ];
    files.extend_from_slice(more);
    snapshot("owner/ranks", &files)
}

fn labelled(labels: Value) -> Value {
    let mut config = bert();
    config["architectures"] = json!(["BertForSequenceClassification"]);
    config["id2label"] = labels;
    config
}

#[test]
fn cross_encoders_have_one_label_or_two() {
    let found = accepted(&cross_encoder(labelled(json!({"0": "LABEL_0"})), &[]));
    assert!(
        matches!(&found.entry.role, ModelRole::Reranker(facts) if facts.kind == riddle_core::RerankKind::CrossEncoder)
    );
    assert_eq!(default_weight(&found), riddle_core::SAFE_WEIGHT);
    says(&found.recognised.join("\n"), &["one label"]);
    says(
        &found.assumed.join("\n"),
        &["the sigmoid", "half and half with the fused score"],
    );
    let two = accepted(&cross_encoder(
        labelled(json!({"0": "no", "1": "yes"})),
        &[],
    ));
    says(&two.recognised.join("\n"), &["two labels, the difference"]);
    let three = json!({"0": "entailment", "1": "neutral", "2": "contradiction"});
    says(
        &refused(&cross_encoder(labelled(three), &[])),
        &["3 labels", "contradiction"],
    );
}

#[test]
fn the_newest_place_of_an_activation_counts() {
    let mut config = labelled(json!({"0": "LABEL_0"}));
    config["sbert_ce_default_activation_function"] = json!("torch.nn.modules.activation.Sigmoid");
    let found = accepted(&cross_encoder(config.clone(), &[]));
    says(&found.recognised.join("\n"), &["activation is Sigmoid"]);
    config["sentence_transformers"] = json!({"activation_fn": "torch.nn.modules.linear.Identity"});
    let found = accepted(&cross_encoder(config.clone(), &[]));
    says(&found.recognised.join("\n"), &["activation is Identity"]);
    let settings =
        json!({"model_type": "CrossEncoder", "activation_fn": "torch.nn.modules.activation.Tanh"});
    let newer = [
        ("config_sentence_transformers.json", settings),
        (
            "modules.json",
            json!([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}]),
        ),
    ];
    let found = accepted(&cross_encoder(config.clone(), &newer));
    assert!(matches!(found.entry.role, ModelRole::Reranker(_)));
    says(&found.recognised.join("\n"), &["activation is Tanh"]);
    config["sentence_transformers"] = json!({"activation_fn": "evil.Activation"});
    says(
        &refused(&cross_encoder(config, &[])),
        &["config.json", "evil.Activation"],
    );
}

#[test]
fn language_models_need_a_gguf_file() {
    let config =
        json!({"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_size": 8});
    says(
        &refused(&cross_encoder(config, &[])),
        &["Qwen3ForCausalLM", "GGUF"],
    );
    let masked =
        json!({"model_type": "bert", "architectures": ["BertForMaskedLM"], "hidden_size": 8});
    says(&refused(&cross_encoder(masked, &[])), &["BertForMaskedLM"]);
}

#[test]
fn late_interaction_is_told_by_its_head() {
    let found = accepted(&cross_encoder(
        bert(),
        &[("colbert_linear.pt", Value::Null)],
    ));
    let ModelRole::Reranker(facts) = &found.entry.role else {
        panic!("{:?}", found.entry.role);
    };
    assert_eq!(facts.head.as_deref(), Some("colbert_linear.pt"));
    assert_eq!(default_weight(&found), riddle_core::SAFE_WEIGHT);
    let mut marked = bert();
    marked["architectures"] = json!(["HF_ColBERT"]);
    let marked = cross_encoder(marked, &[("artifact.metadata", Value::Null)]);
    for role in [None, Some(WishedRole::Reranker), Some(WishedRole::Embedder)] {
        let wishes = Wishes {
            role,
            ..Wishes::default()
        };
        let refused = recognise(&marked, &wishes).expect_err("its layer is elsewhere");
        says(
            &refused.to_string(),
            &["HF_ColBERT", "PyLate", "bge-m3-colbert"],
        );
    }
    // Beside a pooling, the embedder is meant unless the head is asked for.
    let both = embedder(&[("colbert_linear.pt", Value::Null)]);
    assert!(matches!(accepted(&both).entry.role, ModelRole::Embedder(_)));
    let wishes = Wishes {
        role: Some(WishedRole::Reranker),
        ..Wishes::default()
    };
    let found = recognise(&both, &wishes).expect("it has a head");
    assert!(matches!(found.entry.role, ModelRole::Reranker(_)));
}

/// The beginning of a GGUF file of this architecture: 32 layers with 8 heads of keys and values of 128 numbers.
fn gguf(architecture: &str) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(9_u64.to_le_bytes());
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.bytes());
    };
    for (key, value) in [
        ("general.architecture", architecture),
        ("general.license", "apache-2.0"),
    ] {
        text(&mut bytes, key);
        bytes.extend(8_u32.to_le_bytes());
        text(&mut bytes, value);
    }
    for (key, value) in [
        ("context_length", 40_960_u32),
        ("block_count", 32),
        ("attention.head_count", 32),
        ("attention.head_count_kv", 8),
        ("attention.key_length", 128),
    ] {
        text(&mut bytes, &format!("{architecture}.{key}"));
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes
}

fn gguf_repository(title: &str, names: &[&str], architecture: &str) -> Snapshot {
    let files: Vec<(&str, Value)> = names.iter().map(|name| (*name, Value::Null)).collect();
    let mut snapshot = snapshot(title, &files);
    for name in names {
        snapshot
            .contents
            .insert((*name).to_owned(), gguf(architecture));
    }
    snapshot
}

#[test]
fn a_quantization_is_chosen_among_gguf_files() {
    let names = [
        "Qwen3-4B-Q4_K_M.gguf",
        "Qwen3-4B-Q8_0-00001-of-00002.gguf",
        "Qwen3-4B-Q8_0-00002-of-00002.gguf",
        "mmproj-F16.gguf",
    ];
    let repository = gguf_repository("Qwen/Qwen3-4B-GGUF", &names, "qwen3");
    let of = |quantization: Option<&str>| {
        let wishes = Wishes {
            quantization: quantization.map(str::to_owned),
            ..Wishes::default()
        };
        recognise(&repository, &wishes)
    };
    let usual = of(None).expect("the usual one");
    assert_eq!(
        (&*usual.entry.name, &*usual.entry.weights),
        ("qwen3-4b-q4_k_m", names[0])
    );
    assert_eq!(
        (usual.entry.max_tokens, &*usual.entry.architecture),
        (40_960, "qwen3")
    );
    says(
        &usual.assumed.join("\n"),
        &["no quantization was asked for", "Q8_0"],
    );
    // 4,096 tokens of 32 layers with 8 keys and 8 values of 128 numbers of 16 bits; its file has no length to speak of.
    assert_eq!(usual.entry.memory_mb, 536);
    assert_eq!(usual.entry.licence, "Apache-2.0");
    says(&usual.recognised.join("\n"), &["general.license"]);
    let parts = of(Some("q8_0")).expect("in two parts");
    assert_eq!(parts.entry.weights, names[1]);
    assert!(parts.entry.files.iter().any(|file| file.path == names[2]));
    assert_eq!(parts.entry.aliases, ["qwen/qwen3-4b-gguf:q8_0"]);
    let missing = of(Some("Q2_K")).expect_err("there is none").to_string();
    says(&missing, &["has no Q2_K", "Q4_K_M, Q8_0"]);
    let bert = refused(&gguf_repository("owner/bge", &["bge-Q8_0.gguf"], "bert"));
    says(&bert, &["holds an encoder", "bert"]);
    for encoder in ["gemma-embedding", "neo-bert", "eurobert", "jina-bert-v3"] {
        let files = gguf_repository("owner/vectors", &["a-Q8_0.gguf"], encoder);
        says(&refused(&files), &["holds an encoder", encoder]);
    }
    for other in ["flux", "whisper", "clip", "t5"] {
        let files = gguf_repository("owner/other", &["a-Q8_0.gguf"], other);
        says(
            &refused(&files),
            &[other, "does not run as a language model"],
        );
    }
    let reranker = accepted(&gguf_repository(
        "ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF",
        &["qwen3-reranker-0.6b-q8_0.gguf"],
        "qwen3",
    ));
    let ModelRole::Reranker(facts) = &reranker.entry.role else {
        panic!("not a reranker");
    };
    assert_eq!(facts.prompt, Some(riddle_core::YesNoPrompt::Qwen3));
    assert_eq!(default_weight(&reranker), riddle_core::SAFE_WEIGHT);
    assert_eq!(reranker.entry.name, "qwen3-reranker-0.6b-q8_0");
    let two = gguf_repository("owner/two", &["a.gguf", "b.gguf"], "llama");
    says(&refused(&two), &["one of several: a.gguf, b.gguf"]);
    let mut damaged = gguf_repository("owner/one", &["a.gguf"], "llama");
    damaged
        .contents
        .insert("a.gguf".to_owned(), b"<html>".to_vec());
    says(&refused(&damaged), &["a.gguf", "not a GGUF file"]);
}

#[test]
fn names_of_files_end_with_their_quantization() {
    for (file, expected) in [
        ("Qwen3-4B-UD-Q4_K_XL.gguf", Some("UD-Q4_K_XL")),
        (
            "UD-Q4_K_XL/Qwen3-4B-UD-Q4_K_XL-00001-of-00002.gguf",
            Some("UD-Q4_K_XL"),
        ),
        ("model_Q4_K_M.gguf", Some("Q4_K_M")),
        ("model.q8_0.gguf", Some("Q8_0")),
        ("model-IQ2_XXS.gguf", Some("IQ2_XXS")),
        ("model-bf16.gguf", Some("BF16")),
        ("Q4_0.gguf", Some("Q4_0")),
        ("Qwen3-4B.gguf", None),
        ("Qwen3-4B-Q8_0.txt", None),
    ] {
        assert_eq!(quantization_of_file(file).as_deref(), expected, "{file}");
    }
    let names = ["Qwen3-4B-Q4_K_M.gguf", "Qwen3-4B-UD-Q4_K_XL.gguf"];
    let repository = gguf_repository("unsloth/Qwen3-4B-GGUF", &names, "qwen3");
    let wishes = Wishes {
        quantization: Some("UD-Q4_K_XL".to_owned()),
        ..Wishes::default()
    };
    let found = recognise(&repository, &wishes).expect("it is there");
    assert_eq!(found.entry.weights, names[1]);
}

#[test]
fn readme_tells_licence_and_languages() {
    let of = |readme: &str| accepted(&embedder(&[("README.md", json!(readme))])).entry;
    let entry = of("---\nlanguage:\n- en\n- de\nlicense: apache-2.0\n---\n# A\nlicense: mit\n");
    assert_eq!(entry.licence, "Apache-2.0");
    assert_eq!(
        entry.languages,
        riddle_core::LanguageCoverage::Only(vec!["en".into(), "de".into()])
    );
    let entry = of("---\nlicense: other\nlicense_name: gemma\nlanguage: [multilingual, en]\n---\n");
    assert_eq!(entry.licence, "gemma");
    assert_eq!(entry.languages, riddle_core::LanguageCoverage::Multilingual);
    assert!(!entry.languages_assumed);
    let silent = of("license: mit\n");
    assert_eq!(silent.licence, "unknown");
    assert!(silent.languages_assumed && silent.known_languages().is_none());
    assert_eq!(
        silent.languages,
        riddle_core::LanguageCoverage::Multilingual
    );
}

#[test]
fn a_network_by_itself_gives_means() {
    let found = accepted(&cross_encoder(bert(), &[]));
    assert_eq!(facts(&found).pooling, PoolingKind::Mean.into());
    says(&found.assumed.join("\n"), &["no modules.json"]);
    let inner = snapshot(
        "owner/old",
        &[
            ("modules.json", json!([])),
            ("0_Transformer/config.json", bert()),
        ],
    );
    says(
        &refused(&inner),
        &["0_Transformer/config.json", "save_pretrained"],
    );
}

#[test]
fn families_without_their_pooling_keep_the_one_that_they_have() {
    for (title, kind, said) in [
        (
            "Qdrant/bge-base-en-v1.5-onnx-Q",
            PoolingKind::Cls,
            "the first token",
        ),
        (
            "owner/Snowflake-Arctic-Embed-M-onnx",
            PoolingKind::Cls,
            "the first token",
        ),
        ("owner/not-bge-base", PoolingKind::Mean, "the mean"),
    ] {
        let mut bare = cross_encoder(bert(), &[]);
        bare.title = title.to_owned();
        let found = accepted(&bare);
        assert_eq!(facts(&found).pooling, kind.into(), "{title}");
        says(&found.assumed.join("\n"), &["no modules.json", said]);
    }
    // What a file says holds.
    let mut told = embedder(&[]);
    told.title = "owner/bge-of-means".to_owned();
    assert_eq!(facts(&accepted(&told)).pooling, PoolingKind::Mean.into());
}

#[test]
fn nomics_network_has_its_own_words_and_its_prompts_stand_in_no_file() {
    let config = json!({
        "model_type": "nomic_bert", "architectures": ["NomicBertModel"], "n_embd": 8, "n_positions": 2048,
        "auto_map": {"AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"}
    });
    let mut nomic = embedder(&[
        ("config.json", config),
        ("onnx/model.onnx", Value::Null),
        ("onnx/model_quantized.onnx", Value::Null),
    ]);
    nomic.title = "nomic-ai/nomic-embed-text-v1.5".to_owned();
    let found = accepted(&nomic);
    assert_eq!(facts(&found).dimensions, 8);
    assert_eq!(found.entry.max_tokens, 2_048);
    assert_eq!(found.entry.weights, "onnx/model.onnx");
    assert_eq!(facts(&found).query_prefix, "search_query: ");
    assert_eq!(facts(&found).passage_prefix, "search_document: ");
}

#[test]
fn a_quantized_graph_is_taken_where_there_is_no_other_and_said() {
    for graph in [
        "model_optimized.onnx",
        "onnx/model_quantized.onnx",
        "onnx/model_int8.onnx",
    ] {
        let mut snapshot = embedder(&[(graph, Value::Null)]);
        snapshot
            .files
            .retain(|file| file.path != "model.safetensors");
        let found = accepted(&snapshot);
        assert_eq!(
            (found.entry.format, &*found.entry.weights),
            (WeightsFormat::Onnx, graph)
        );
        says(&found.assumed.join("\n"), &[graph, "quantized"]);
    }
}

#[test]
fn an_impossible_name_says_how_to_give_another() {
    let wishes = Wishes {
        name: Some("Über".to_owned()),
        ..Wishes::default()
    };
    says(
        &recognise(&embedder(&[]), &wishes)
            .expect_err("no name")
            .to_string(),
        &["--name"],
    );
}
