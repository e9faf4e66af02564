use qdrant_client::qdrant::{
    DeletePoints, GetPoints, PointId, PointsIdsList, PointsOperationResponse, PointsSelector,
    QuantizationSearchParams, Query, QueryPoints, ScrollPoints, SearchParams, UpdateStatus,
    UpsertPoints, points_selector,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::failure::Failure;
use crate::options::Quantization;
use crate::server::Server;
use crate::wire::{Condition, Hit, Point, filter, hit, point, uuid, whole};

/// Bytes of points in one call; the server takes at most 32 MiB.
const BATCH_BYTES: usize = 4 << 20;
/// Points in one call.
const BATCH_POINTS: usize = 1_000;
/// Ids in one call.
const BATCH_IDS: usize = 4_000;
/// Candidates by their small form for each hit that is wanted, before they are compared in full.
const OVERSAMPLING_BINARY: f64 = 3.0;
const OVERSAMPLING_SCALAR: f64 = 1.5;

/// About what the payload of a point takes in a call.
fn payload_bytes(point: &Point) -> usize {
    serde_json::to_vec(&point.payload).map_or(0, |json| json.len())
}

impl Server {
    /// Adds or replaces points, and returns when searches find them. One batch follows the other, so that a slow server
    /// has one to do at a time.
    ///
    /// # Errors
    /// The server failed; some of the points may be there.
    pub fn upsert(&self, collection: &str, points: Vec<Point>) -> Result<(), Failure> {
        let bytes = |point: &Point| {
            let vector = point.vector.len().saturating_mul(size_of::<f32>());
            // Metadata may be longer than the vector.
            vector.saturating_add(payload_bytes(point))
        };
        let most = points.iter().map(bytes).max().unwrap_or_default().max(1);
        let count = (BATCH_BYTES / most).clamp(1, BATCH_POINTS);
        let mut points = points.into_iter().map(point).peekable();
        while points.peek().is_some() {
            let request = UpsertPoints {
                collection_name: collection.to_owned(),
                wait: Some(true),
                points: points.by_ref().take(count).collect(),
                ..UpsertPoints::default()
            };
            let answer = self.call(self.options.times.write, |client| {
                let request = request.clone();
                async move { client.upsert_points(request).await }
            })?;
            confirmed(&answer)?;
        }
        Ok(())
    }

    /// Removes points, if they are there, and returns when no search finds them.
    ///
    /// # Errors
    /// The server failed; some of the points may be gone.
    pub fn delete(&self, collection: &str, ids: &[Uuid]) -> Result<(), Failure> {
        for ids in ids.chunks(BATCH_IDS) {
            let list = PointsIdsList {
                ids: ids.iter().copied().map(PointId::from).collect(),
            };
            let request = DeletePoints {
                collection_name: collection.to_owned(),
                wait: Some(true),
                points: Some(PointsSelector {
                    points_selector_one_of: Some(points_selector::PointsSelectorOneOf::Points(
                        list,
                    )),
                }),
                ..DeletePoints::default()
            };
            let answer = self.call(self.options.times.write, |client| {
                let request = request.clone();
                async move { client.delete_points(request).await }
            })?;
            confirmed(&answer)?;
        }
        Ok(())
    }

    /// The nearest points that fulfil all conditions, best first. `beam` is how widely the graph is searched.
    ///
    /// # Errors
    /// The server failed.
    pub fn search(
        &self,
        collection: &str,
        vector: &[f32],
        conditions: &[Condition],
        limit: usize,
        beam: usize,
    ) -> Result<Vec<Hit>, Failure> {
        let request = QueryPoints {
            collection_name: collection.to_owned(),
            query: Some(Query::from(vector.to_vec())),
            filter: Some(filter(conditions)),
            params: Some(SearchParams {
                hnsw_ef: Some(whole(beam.max(limit))),
                quantization: self.options.quantization.params(),
                ..SearchParams::default()
            }),
            limit: Some(whole(limit)),
            with_payload: Some(false.into()),
            timeout: Some(self.options.times.search.as_secs().max(1)),
            ..QueryPoints::default()
        };
        let answer = self.call(self.options.times.search, |client| {
            let request = request.clone();
            async move { client.query(request).await }
        })?;
        Ok(answer.result.into_iter().filter_map(hit).collect())
    }

    /// Ids of points that fulfil all conditions, at most `limit`.
    ///
    /// # Errors
    /// The server failed.
    pub fn ids(
        &self,
        collection: &str,
        conditions: &[Condition],
        limit: usize,
    ) -> Result<Vec<Uuid>, Failure> {
        let mut ids: Vec<Uuid> = Vec::new();
        let mut request = ScrollPoints {
            collection_name: collection.to_owned(),
            filter: Some(filter(conditions)),
            with_payload: Some(false.into()),
            ..ScrollPoints::default()
        };
        while ids.len() < limit {
            let page = BATCH_IDS.min(limit - ids.len());
            request.limit = Some(u32::try_from(page).unwrap_or(u32::MAX));
            let answer = self.call(self.options.times.write, |client| {
                let request = request.clone();
                async move { client.scroll(request).await }
            })?;
            let found = answer.result.into_iter();
            ids.extend(found.filter_map(|point| uuid(point.id?)));
            match answer.next_page_offset {
                Some(next) => request.offset = Some(next),
                None => break,
            }
        }
        Ok(ids)
    }

    /// The payload of a point, if it is there.
    ///
    /// # Errors
    /// The server failed.
    pub fn payload(
        &self,
        collection: &str,
        id: Uuid,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        let request = GetPoints {
            collection_name: collection.to_owned(),
            ids: vec![PointId::from(id)],
            with_payload: Some(true.into()),
            ..GetPoints::default()
        };
        let answer = self.call(self.options.times.check, |client| {
            let request = request.clone();
            async move { client.get_points(request).await }
        })?;
        let point = answer.result.into_iter().next();
        Ok(point.map(|point| {
            let payload = point.payload.into_iter();
            payload
                .map(|(key, value)| (key, value.into_json()))
                .collect()
        }))
    }
}

impl Quantization {
    /// What the small form finds is compared in full, so that the order is that of the vectors.
    fn params(self) -> Option<QuantizationSearchParams> {
        let oversampling = match self {
            Self::None => return None,
            Self::Scalar => OVERSAMPLING_SCALAR,
            Self::Binary => OVERSAMPLING_BINARY,
        };
        Some(QuantizationSearchParams {
            ignore: Some(false),
            rescore: Some(true),
            oversampling: Some(oversampling),
        })
    }
}

/// Whether a change is done: a cluster may only have taken it down, and a replica may have turned it away.
pub(crate) fn confirmed(answer: &PointsOperationResponse) -> Result<(), Failure> {
    let status = answer.result.as_ref().map(|result| result.status());
    match status {
        Some(UpdateStatus::Completed) => Ok(()),
        Some(status) => Err(Failure::Failed(format!(
            "a change was answered with {}",
            status.as_str_name()
        ))),
        None => Err(Failure::Failed(
            "a change was answered with nothing".to_owned(),
        )),
    }
}
