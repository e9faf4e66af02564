//! Points and conditions as qdrant-edge has them.

use qdrant_edge::{Filter, PointId, PointStruct, PointStructPersisted};
use riddle_qdrant::{Condition, Point};
use serde_json::{Map, Value, json};

pub(super) fn point(point: Point) -> PointStructPersisted {
    let id = PointId::Uuid(point.id);
    PointStruct::new(id, point.vector, Value::Object(point.payload)).into()
}

pub(super) fn filter(conditions: &[Condition]) -> Result<Filter, serde_json::Error> {
    let must: Vec<Value> = conditions.iter().map(condition).collect();
    serde_json::from_value(json!({ "must": must }))
}

fn condition(condition: &Condition) -> Value {
    match condition {
        Condition::AnyOf { key, values } => json!({"key": key, "match": {"any": values}}),
        Condition::Range {
            key,
            gt,
            gte,
            lt,
            lte,
        } => {
            let bounds = [("gt", gt), ("gte", gte), ("lt", lt), ("lte", lte)];
            let bounds = bounds
                .into_iter()
                .filter_map(|(name, bound)| Some((name.to_owned(), json!((*bound)?))));
            json!({"key": key, "range": bounds.collect::<Map<_, _>>()})
        }
    }
}
