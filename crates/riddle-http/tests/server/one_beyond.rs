//! What is described is what is checked: values one beyond the bounds of the description, for each field of a body.

use serde_json::{Map, Value, json};

use crate::fuzz_bodies::{Target, operations};

/// Longest text that fits a body of these tests.
const LONGEST: u64 = 100_000;
/// Whoever has a model's files says what its name may be.
const MODELS: &str = "/api/v1/models";

/// The fields of a body, and a body as it may be.
fn described(schema: &Value, document: &Value) -> (Map<String, Value>, Map<String, Value>) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = document.pointer(name.trim_start_matches('#'));
        return described(pointed.expect("a type"), document);
    }
    let object = |name: &str| schema[name].as_object().cloned().unwrap_or_default();
    let (mut fields, mut example) = (object("properties"), object("example"));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, written) = described(part, document);
        fields.extend(more);
        example.extend(written);
    }
    (fields, example)
}

fn one_beyond(field: &Value) -> Vec<Value> {
    let most = |bound: &str| field[bound].as_u64().filter(|most| *most <= LONGEST);
    let mut values = Vec::new();
    if let Some(most) = most("maxLength") {
        values.push(json!("a".repeat(most as usize + 1)));
    }
    if field["minLength"] == 1 {
        values.push(json!(""));
    }
    if field["pattern"].is_string() {
        values.push(json!(" \u{85}"));
    }
    if let Some(most) = most("maxItems") {
        values.push(json!(vec!["a"; most as usize + 1]));
    }
    if field["minItems"] == 1 {
        values.push(json!([]));
    }
    values.extend(field["minimum"].as_i64().map(|least| json!(least - 1)));
    values.extend(field["maximum"].as_i64().map(|most| json!(most + 1)));
    values
}

/// The field that an error names.
fn param(error: &str) -> Option<String> {
    let error: Value = serde_json::from_str(error).expect("JSON");
    let params = [&error["param"], &error["error"]["param"]];
    let param = params.into_iter().find_map(Value::as_str)?;
    let field = param.split(['.', '[']).next();
    field.map(str::to_owned)
}

#[tokio::test]
async fn one_beyond_each_bound_is_refused() {
    let document = serde_json::to_value(riddle_http::openapi()).expect("serializes");
    let target = Target::start().await;
    let (mut sent, mut named) = (0, 0);
    for operation in operations(&document) {
        let (fields, example) = described(&operation.schema, &document);
        if operation.path.starts_with(MODELS) {
            continue;
        }
        for (name, field) in &fields {
            for value in one_beyond(field) {
                let mut body = example.clone();
                body.insert(name.clone(), value);
                let body = Value::Object(body);
                let answer = target.answer(&operation, &body).await;
                let (status, error) = answer.expect("an answer");
                let place = format!("{} {} {name}", operation.method, operation.path);
                // No models are installed, which is what 503 says.
                let refused = (400..500).contains(&status) || status == 503;
                assert!(refused, "{place}: {status} {error}");
                named += usize::from(param(&error).as_ref() == Some(name));
                sent += 1;
            }
        }
    }
    assert!(sent > 100 && named > 20, "{named} of {sent} are named");
    target.server.stop().await;
}
