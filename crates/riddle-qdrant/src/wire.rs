//! What is sent and what comes back, in our own types.

use qdrant_client::Payload;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    Condition as WireCondition, Filter, PointId, PointStruct, Range, ScoredPoint,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A vector with its id and what searches are restricted by.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    pub id: Uuid,
    pub vector: Vec<f32>,
    pub payload: Map<String, Value>,
}

/// What points have to have; all conditions of a search have to hold.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// The texts under the key have one of these.
    AnyOf {
        /// Where in the payload.
        key: String,
        /// Texts or ids.
        values: Vec<String>,
    },
    /// The number under the key lies within the bounds.
    Range {
        /// Where in the payload.
        key: String,
        gt: Option<f64>,
        gte: Option<f64>,
        lt: Option<f64>,
        lte: Option<f64>,
    },
}

/// A point that was found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hit {
    pub id: Uuid,
    pub score: f32,
}

pub(crate) fn point(point: Point) -> PointStruct {
    PointStruct::new(point.id, point.vector, Payload::from(point.payload))
}

pub(crate) fn filter(conditions: &[Condition]) -> Filter {
    Filter::must(conditions.iter().map(condition))
}

fn condition(condition: &Condition) -> WireCondition {
    match condition {
        Condition::AnyOf { key, values } => WireCondition::matches(key.clone(), values.clone()),
        Condition::Range {
            key,
            gt,
            gte,
            lt,
            lte,
        } => {
            let range = Range {
                gt: *gt,
                gte: *gte,
                lt: *lt,
                lte: *lte,
            };
            WireCondition::range(key.clone(), range)
        }
    }
}

pub(crate) fn hit(point: ScoredPoint) -> Option<Hit> {
    Some(Hit {
        id: uuid(point.id?)?,
        score: point.score,
    })
}

/// Points that others made may have numbers for ids.
pub(crate) fn uuid(id: PointId) -> Option<Uuid> {
    match id.point_id_options? {
        PointIdOptions::Uuid(text) => Uuid::parse_str(&text).ok(),
        PointIdOptions::Num(_) => None,
    }
}

pub(crate) fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
