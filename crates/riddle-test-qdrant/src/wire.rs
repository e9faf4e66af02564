//! From the messages of the wire to the types of the engine, and back.

use qdrant_client::Payload;
use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::{
    FieldCondition, FieldType, Filter, PointId, PointStruct, vector, vector_input,
};
use qdrant_edge::{
    Filter as EdgeFilter, PayloadFieldSchema, PointId as EdgePointId,
    PointStruct as EdgePointStruct, PointStructPersisted,
};
use serde_json::{Map, Value, json};
use tonic::Status;
use uuid::Uuid;

use crate::collection::failed;

pub(crate) fn point(point: PointStruct) -> Result<PointStructPersisted, Status> {
    let id = edge_id(point.id.as_ref())?;
    let vectors = point.vectors.and_then(|vectors| vectors.vectors_options);
    let Some(VectorsOptions::Vector(vector)) = vectors else {
        return Err(Status::unimplemented("points of one vector alone"));
    };
    let Some(vector::Vector::Dense(dense)) = vector.vector else {
        return Err(Status::unimplemented("dense vectors alone"));
    };
    let payload = Value::from(Payload::from(point.payload));
    Ok(EdgePointStruct::new(id, dense.data, payload).into())
}

pub(crate) fn edge_id(id: Option<&PointId>) -> Result<EdgePointId, Status> {
    match id.and_then(|id| id.point_id_options.as_ref()) {
        Some(PointIdOptions::Uuid(text)) => {
            let id = Uuid::parse_str(text);
            Ok(EdgePointId::Uuid(id.map_err(|_not_one| {
                Status::invalid_argument("an id is no UUID")
            })?))
        }
        Some(PointIdOptions::Num(number)) => Ok(EdgePointId::NumId(*number)),
        None => Err(Status::invalid_argument("Empty ID is provided")),
    }
}

pub(crate) fn wire_id(id: EdgePointId) -> PointId {
    match id {
        EdgePointId::Uuid(id) => id.into(),
        EdgePointId::NumId(number) => number.into(),
    }
}

/// The engine reads filters as the HTTP interface has them.
pub(crate) fn filter(filter: Option<Filter>) -> Result<Option<EdgeFilter>, Status> {
    let Some(filter) = filter else {
        return Ok(None);
    };
    if !filter.should.is_empty() || !filter.must_not.is_empty() || filter.min_should.is_some() {
        return Err(Status::unimplemented("filters of `must` alone"));
    }
    let mut must = Vec::with_capacity(filter.must.len());
    for condition in filter.must {
        let Some(ConditionOneOf::Field(field)) = condition.condition_one_of else {
            return Err(Status::unimplemented("conditions on fields alone"));
        };
        must.push(condition_json(field)?);
    }
    let filter = serde_json::from_value(json!({ "must": must }));
    filter.map(Some).map_err(failed)
}

fn condition_json(field: FieldCondition) -> Result<Value, Status> {
    let key = field.key;
    if let Some(wanted) = field.r#match.and_then(|wanted| wanted.match_value) {
        let MatchValue::Keywords(any) = wanted else {
            return Err(Status::unimplemented("matches of several texts alone"));
        };
        return Ok(json!({ "key": key, "match": { "any": any.strings } }));
    }
    let Some(range) = field.range else {
        return Err(Status::unimplemented("matches and ranges alone"));
    };
    let bounds = [
        ("gt", range.gt),
        ("gte", range.gte),
        ("lt", range.lt),
        ("lte", range.lte),
    ];
    let bounds = bounds
        .into_iter()
        .filter_map(|(name, bound)| Some((name.to_owned(), json!(bound?))));
    Ok(json!({ "key": key, "range": bounds.collect::<Map<_, _>>() }))
}

/// The dense vector of a search.
pub(crate) fn dense(input: vector_input::Variant) -> Result<Vec<f32>, Status> {
    match input {
        vector_input::Variant::Dense(dense) => Ok(dense.data),
        _ => Err(Status::unimplemented("searches by dense vectors alone")),
    }
}

pub(crate) fn schema(kind: FieldType) -> Result<PayloadFieldSchema, Status> {
    let name = match kind {
        FieldType::Keyword => "keyword",
        FieldType::Float => "float",
        FieldType::Uuid => "uuid",
        _ => {
            return Err(Status::unimplemented(
                "indexes of keywords, floats and ids alone",
            ));
        }
    };
    serde_json::from_value(json!(name)).map_err(failed)
}
