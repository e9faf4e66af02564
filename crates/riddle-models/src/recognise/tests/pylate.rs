use serde_json::{Value, json};

use super::{bert, refused, says, snapshot, step};
use crate::catalogue::{Colbert, ModelRole, ProjectionLayer};
use crate::recognise::{Recognised, Snapshot, WishedRole, Wishes, recognise};

fn settings() -> Value {
    json!({
        "query_prefix": "[unused0]", "document_prefix": "[D] ", "query_length": 48, "document_length": 300,
        "attend_to_expansion_tokens": false, "skiplist_words": ["!", ","], "do_query_expansion": true,
        "prompts": {}, "default_prompt_name": null, "similarity_fn_name": "MaxSim"
    })
}

fn pylate_step(place: usize, path: &str) -> Value {
    json!({"idx": place, "name": place.to_string(), "path": path, "type": "pylate.models.Dense.Dense"})
}

fn dense(inputs: usize, outputs: usize) -> Value {
    json!({
        "in_features": inputs, "out_features": outputs, "bias": false, "use_residual": false,
        "activation_function": "torch.nn.modules.linear.Identity"
    })
}

/// A ColBERT as PyLate writes it, with these files more or in the place of others.
fn colbert(more: &[(&'static str, Value)]) -> Snapshot {
    let mut files = vec![
        ("config.json", bert()),
        ("tokenizer.json", Value::Null),
        ("tokenizer_config.json", json!({"mask_token": "[MASK]"})),
        ("model.safetensors", Value::Null),
        (
            "modules.json",
            json!([step(0, "", "Transformer"), pylate_step(1, "1_Dense")]),
        ),
        ("1_Dense/config.json", dense(8, 4)),
        ("1_Dense/model.safetensors", Value::Null),
        ("config_sentence_transformers.json", settings()),
        // What PyLate has last cut a text at, one less for the marker.
        ("sentence_bert_config.json", json!({"max_seq_length": 31})),
    ];
    for (path, value) in more {
        files.retain(|(known, _)| known != path);
        files.push((path, value.clone()));
    }
    snapshot("owner/A-ColBERT", &files)
}

#[track_caller]
fn accepted(snapshot: &Snapshot) -> (Recognised, Colbert) {
    let found = recognise(snapshot, &Wishes::default());
    let found = found.unwrap_or_else(|refusal| panic!("{refusal}"));
    let form = match &found.entry.role {
        ModelRole::Reranker(facts) => facts.colbert.clone(),
        other => panic!("{other:?}"),
    };
    (found, form.expect("it has markers"))
}

#[test]
fn a_colbert_of_pylate_is_told_by_its_own_files() {
    let (found, form) = accepted(&colbert(&[]));
    let expected = Colbert {
        projection: vec![ProjectionLayer {
            weights: "1_Dense/model.safetensors".to_owned(),
            residual: false,
        }],
        query_marker: "[unused0]".to_owned(),
        passage_marker: "[D] ".to_owned(),
        query_tokens: 48,
        expansion: Some("[MASK]".to_owned()),
        attends_to_expansion: false,
        skipped: vec!["!".to_owned(), ",".to_owned()],
    };
    assert_eq!(form, expected);
    assert_eq!(found.entry.max_tokens, 300);
    let files = found.entry.files.iter();
    let needed: Vec<&str> = files
        .filter(|file| !file.optional)
        .map(|file| &*file.path)
        .collect();
    let layer = "1_Dense/model.safetensors";
    assert_eq!(
        needed,
        ["config.json", "tokenizer.json", layer, "model.safetensors"]
    );
    says(
        &found.recognised.join("\n"),
        &["as PyLate writes it", "4 numbers", "\"[D] \"", "48 tokens"],
    );
}

#[test]
fn what_the_settings_leave_out_is_as_in_pylate() {
    let bare = json!({"query_prefix": null, "document_prefix": "", "do_query_expansion": false});
    let (found, form) = accepted(&colbert(&[("config_sentence_transformers.json", bare)]));
    assert_eq!((&*form.query_marker, &*form.passage_marker), ("[Q] ", ""));
    assert_eq!((form.query_tokens, found.entry.max_tokens), (32, 180));
    assert_eq!(form.expansion, None);
    assert_eq!(form.skipped.len(), 32);
    let absent = Value::Null;
    let (found, form) = accepted(&colbert(&[
        ("config_sentence_transformers.json", json!({})),
        ("tokenizer_config.json", absent),
    ]));
    assert_eq!(form.expansion.as_deref(), Some("[MASK]"));
    says(&found.assumed.join("\n"), &["filled up with [MASK]"]);
}

#[test]
fn families_of_roberta_have_its_mask() {
    for family in ["xlm-roberta", "camembert", "mpnet"] {
        let mut network = bert();
        network["model_type"] = json!(family);
        let (_, form) = accepted(&colbert(&[
            ("config.json", network),
            ("model.onnx", Value::Null),
            ("tokenizer_config.json", Value::Null),
        ]));
        assert_eq!(form.expansion.as_deref(), Some("<mask>"), "{family}");
    }
}

#[test]
fn layers_follow_one_another_and_may_be_those_of_sentence_transformers() {
    let mut residual = dense(4, 6);
    residual["use_residual"] = json!(true);
    let (_, form) = accepted(&colbert(&[
        (
            "modules.json",
            json!([
                step(0, "", "Transformer"),
                step(1, "1_Dense", "Dense"),
                pylate_step(2, "2_Dense")
            ]),
        ),
        ("2_Dense/config.json", residual),
        ("2_Dense/pytorch_model.bin", Value::Null),
    ]));
    let layers: Vec<(&str, bool)> = form
        .projection
        .iter()
        .map(|layer| (&*layer.weights, layer.residual))
        .collect();
    let expected = [
        ("1_Dense/model.safetensors", false),
        ("2_Dense/pytorch_model.bin", true),
    ];
    assert_eq!(layers, expected);
    // The settings alone tell it from an embedder, which has a pooling.
    let (_, form) = accepted(&colbert(&[(
        "modules.json",
        json!([step(0, "", "Transformer"), step(1, "1_Dense", "Dense")]),
    )]));
    assert_eq!(form.projection.len(), 1);
}

#[test]
fn what_cannot_be_run_of_pylate_is_refused_with_the_file_and_the_value() {
    let mut activated = dense(8, 4);
    activated["activation_function"] = json!("torch.nn.modules.activation.Tanh");
    let mut prompted = settings();
    prompted["prompts"] = json!({"all": "a: "});
    prompted["default_prompt_name"] = json!("all");
    let with_pooling = json!([
        step(0, "", "Transformer"),
        step(1, "1_Pooling", "Pooling"),
        pylate_step(2, "1_Dense")
    ]);
    for (file, value, says_so) in [
        ("1_Dense/config.json", activated, "Tanh"),
        ("1_Dense/config.json", dense(16, 4), "16 numbers where 8"),
        (
            "1_Dense/config.json",
            json!({"in_features": 8}),
            "out_features",
        ),
        ("config_sentence_transformers.json", prompted, "a: "),
        ("modules.json", with_pooling, "models.Pooling"),
        (
            "modules.json",
            json!([step(0, "", "Transformer")]),
            "has no Dense",
        ),
    ] {
        says(&refused(&colbert(&[(file, value)])), &[file, says_so]);
    }
    let wishes = Wishes {
        role: Some(WishedRole::Embedder),
        ..Wishes::default()
    };
    let refusal = recognise(&colbert(&[]), &wishes).expect_err("it gives no vector for a text");
    says(&refusal.to_string(), &["modules.json", "each token"]);
}
