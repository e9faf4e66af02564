use std::collections::HashSet;

use riddle_engine::bounds::MAX_METADATA_BYTES;
use serde_json::{Map, Value, json};

use super::bodies::{MAX_BYTES, MAX_FILE_BYTES};
use super::fields;

/// Looks through what requests may hold, and notes what has no bound.
struct Walk<'d> {
    schemas: &'d Map<String, Value>,
    seen: HashSet<&'d str>,
    unbounded: Vec<String>,
}

impl<'d> Walk<'d> {
    fn schema(&mut self, place: &str, schema: &'d Value) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            if self.seen.insert(name) {
                self.schema(name, &self.schemas[name]);
            }
            return;
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            for part in schema[choice].as_array().into_iter().flatten() {
                self.schema(place, part);
            }
        }
        if !schema["enum"].is_null() || !schema["const"].is_null() {
            return;
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => Vec::from_iter(kind.as_str()),
        };
        let is_free = kinds.is_empty()
            && ["oneOf", "anyOf", "allOf"]
                .iter()
                .all(|choice| schema[*choice].is_null());
        if is_free {
            self.unbounded.push(format!("{place} may be anything"));
        }
        for kind in kinds {
            self.kind(place, schema, kind);
        }
    }

    fn kind(&mut self, place: &str, schema: &'d Value, kind: &str) {
        let has = |keyword: &str| !schema[keyword].is_null();
        let is_bounded = match kind {
            "string" => {
                has("maxLength")
                    || matches!(schema["format"].as_str(), Some("uuid" | "date-time"))
                    || schema["format"] == "binary"
            }
            "array" => has("maxItems") || schema["items"] == false,
            "integer" | "number" => {
                (has("minimum") || has("exclusiveMinimum"))
                    && (has("maximum") || has("exclusiveMaximum"))
            }
            "object" => has("properties") || has("maxProperties"),
            _ => true,
        };
        if !is_bounded {
            self.unbounded.push(format!("{place}: {kind}"));
        }
        match kind {
            "array" => {
                let prefix = schema["prefixItems"].as_array().into_iter().flatten();
                for item in prefix.chain(Some(&schema["items"]).filter(|items| items.is_object())) {
                    self.schema(&format!("{place}[]"), item);
                }
            }
            "object" => {
                for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                    self.schema(&format!("{place}.{name}"), property);
                }
                for part in ["additionalProperties", "propertyNames"] {
                    if schema[part].is_object() {
                        self.schema(&format!("{place}.{part}"), &schema[part]);
                    }
                }
            }
            _ => {}
        }
    }
}

fn described() -> Value {
    serde_json::to_value(crate::openapi()).expect("JSON")
}

/// Each operation with its method and path.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().expect("operations").iter();
        operations.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn everything_in_a_request_has_a_bound() {
    let document = described();
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let mut walk = Walk {
        schemas,
        seen: HashSet::new(),
        unbounded: Vec::new(),
    };
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let place = format!("{name} {}", parameter["name"]);
            walk.schema(&place, &parameter["schema"]);
        }
        let body = &operation["requestBody"];
        for (kind, content) in body["content"].as_object().into_iter().flatten() {
            walk.schema(&format!("{name} {kind}"), &content["schema"]);
            if content[MAX_BYTES].is_null() && content[MAX_FILE_BYTES].is_null() {
                walk.unbounded.push(format!("{name}: body"));
            }
        }
    }
    assert!(walk.unbounded.is_empty(), "{:#?}", walk.unbounded);
}

#[test]
fn every_rule_finds_its_field() {
    let mut document = crate::openapi();
    for (place, _) in fields::table() {
        let found = fields::find(&mut document, place, &mut |_| ());
        assert!(found > 0, "{place} is gone");
    }
}

#[test]
fn a_change_of_a_passage_has_a_text_or_says_whether_it_is_in_use() {
    let document = described();
    let change = &document["components"]["schemas"]["PatchChunk"];
    for (place, field, kind) in [(0, "text", "string"), (1, "enabled", "boolean")] {
        let choice = &change["anyOf"][place];
        assert_eq!(choice["required"], json!([field]));
        assert_eq!(choice["properties"][field]["type"], json!([kind]));
    }
}

#[test]
fn the_bound_of_all_metadata_is_described() {
    let document = described();
    let told = format!("At most {} KiB in all", MAX_METADATA_BYTES >> 10);
    for place in ["TextDocument", "UploadForm"] {
        let metadata = &document["components"]["schemas"][place]["properties"]["metadata"];
        let description = metadata["description"].as_str().unwrap_or_default();
        let description = description.replace('\n', " ");
        assert!(description.contains(&told), "{place}: {description}");
    }
}
