//! The services as Qdrant defines them. What Riddle does not ask for is not offered.

use std::pin::Pin;

use ::qdrant_client::qdrant::collections_server::Collections;
use ::qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use ::qdrant_client::qdrant::points_server::Points;
use ::qdrant_client::qdrant::qdrant_server::Qdrant;
use ::qdrant_client::qdrant::*;
use qdrant_edge::{
    NamedQuery, PointInsertOperations, PointOperations, QueryEnum, ScrollRequest,
    SearchParams as EdgeSearchParams, SearchRequest, UpdateOperation, WithPayloadInterface,
    WithVector,
};
use tonic::{Request, Response, Status};

use crate::collection::failed;
use crate::state::State;
use crate::wire;

type Answer<'f, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'f>>;

/// Methods of a service, each answered by a function.
macro_rules! calls {
    ($($name:ident($request:ty) -> $answer:ty = $handler:path;)*) => {$(
        fn $name<'s, 'f>(&'s self, request: Request<$request>) -> Answer<'f, $answer>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(self.answer(request, $handler))
        }
    )*};
}

impl Qdrant for State {
    calls! {
        health_check(HealthCheckRequest) -> HealthCheckReply = health;
    }
}

impl Collections for State {
    calls! {
        get(GetCollectionInfoRequest) -> GetCollectionInfoResponse = not_offered;
        list(ListCollectionsRequest) -> ListCollectionsResponse = list;
        create(CreateCollection) -> CollectionOperationResponse = create;
        update(UpdateCollection) -> CollectionOperationResponse = not_offered;
        delete(DeleteCollection) -> CollectionOperationResponse = drop_collection;
        update_aliases(ChangeAliases) -> CollectionOperationResponse = not_offered;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse = not_offered;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse = not_offered;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse = not_offered;
        collection_exists(CollectionExistsRequest) -> CollectionExistsResponse = not_offered;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest)
            -> UpdateCollectionClusterSetupResponse = not_offered;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse = not_offered;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse = not_offered;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse = not_offered;
    }
}

impl Points for State {
    calls! {
        upsert(UpsertPoints) -> PointsOperationResponse = upsert;
        delete(DeletePoints) -> PointsOperationResponse = delete;
        get(GetPoints) -> GetResponse = get;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse = not_offered;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse = not_offered;
        set_payload(SetPayloadPoints) -> PointsOperationResponse = not_offered;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse = not_offered;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse = not_offered;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse = not_offered;
        create_field_index(CreateFieldIndexCollection) -> PointsOperationResponse = index_field;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse = not_offered;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse = not_offered;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse = not_offered;
        search(SearchPoints) -> SearchResponse = not_offered;
        search_batch(SearchBatchPoints) -> SearchBatchResponse = not_offered;
        search_groups(SearchPointGroups) -> SearchGroupsResponse = not_offered;
        scroll(ScrollPoints) -> ScrollResponse = scroll;
        recommend(RecommendPoints) -> RecommendResponse = not_offered;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse = not_offered;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse = not_offered;
        discover(DiscoverPoints) -> DiscoverResponse = not_offered;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse = not_offered;
        count(CountPoints) -> CountResponse = not_offered;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse = not_offered;
        query(QueryPoints) -> QueryResponse = query;
        query_batch(QueryBatchPoints) -> QueryBatchResponse = not_offered;
        query_groups(QueryPointGroups) -> QueryGroupsResponse = not_offered;
        facet(FacetCounts) -> FacetResponse = not_offered;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse = not_offered;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse = not_offered;
    }
}

fn not_offered<Q, A>(_state: &State, _request: Q) -> Result<A, Status> {
    Err(Status::unimplemented("not offered by the server for tests"))
}

fn health(state: &State, _request: HealthCheckRequest) -> Result<HealthCheckReply, Status> {
    Ok(HealthCheckReply {
        title: "a server for tests".to_owned(),
        version: state.version(),
        commit: None,
    })
}

fn list(state: &State, _: ListCollectionsRequest) -> Result<ListCollectionsResponse, Status> {
    let names = state.names().into_iter();
    Ok(ListCollectionsResponse {
        collections: names.map(|name| CollectionDescription { name }).collect(),
        time: 0.0,
    })
}

fn create(state: &State, request: CreateCollection) -> Result<CollectionOperationResponse, Status> {
    state.add(request)?;
    Ok(changed(true))
}

fn drop_collection(
    state: &State,
    request: DeleteCollection,
) -> Result<CollectionOperationResponse, Status> {
    Ok(changed(state.remove(&request.collection_name)))
}

fn upsert(state: &State, request: UpsertPoints) -> Result<PointsOperationResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    let points = request.points.into_iter().map(wire::point);
    let points = PointInsertOperations::PointsList(points.collect::<Result<_, _>>()?);
    collection.update(UpdateOperation::PointOperation(
        PointOperations::UpsertPoints(points),
    ))?;
    Ok(completed())
}

fn delete(state: &State, request: DeletePoints) -> Result<PointsOperationResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    let selector = request
        .points
        .and_then(|points| points.points_selector_one_of);
    let Some(PointsSelectorOneOf::Points(list)) = selector else {
        return Err(Status::unimplemented("deletions by id alone"));
    };
    let ids = list.ids.iter().map(|id| wire::edge_id(Some(id)));
    let ids = ids.collect::<Result<_, _>>()?;
    collection.update(UpdateOperation::PointOperation(
        PointOperations::DeletePoints { ids },
    ))?;
    Ok(completed())
}

fn index_field(
    state: &State,
    request: CreateFieldIndexCollection,
) -> Result<PointsOperationResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    collection.index(&request.field_name, wire::schema(request.field_type())?)?;
    Ok(completed())
}

fn get(state: &State, request: GetPoints) -> Result<GetResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    let ids = request.ids.iter().map(|id| wire::edge_id(Some(id)));
    let ids: Vec<_> = ids.collect::<Result<_, _>>()?;
    let found = collection.engine.retrieve(&ids, None, None);
    let result = found.map_err(failed)?.into_iter().map(|record| {
        let payload = record.payload.map(|payload| payload.0).unwrap_or_default();
        let payload = payload.into_iter();
        RetrievedPoint {
            id: Some(wire::wire_id(record.id)),
            payload: payload.map(|(key, value)| (key, value.into())).collect(),
            ..RetrievedPoint::default()
        }
    });
    Ok(GetResponse {
        result: result.collect(),
        ..GetResponse::default()
    })
}

fn scroll(state: &State, request: ScrollPoints) -> Result<ScrollResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    let offset = request.offset.as_ref().map(|id| wire::edge_id(Some(id)));
    let page = ScrollRequest {
        offset: offset.transpose()?,
        limit: request.limit.and_then(|limit| limit.try_into().ok()),
        filter: wire::filter(request.filter)?,
        with_payload: Some(WithPayloadInterface::Bool(false)),
        with_vector: WithVector::Bool(false),
        order_by: None,
    };
    let (records, next) = collection.engine.scroll(page).map_err(failed)?;
    let result = records.into_iter().map(|record| RetrievedPoint {
        id: Some(wire::wire_id(record.id)),
        ..RetrievedPoint::default()
    });
    Ok(ScrollResponse {
        next_page_offset: next.map(wire::wire_id),
        result: result.collect(),
        ..ScrollResponse::default()
    })
}

fn query(state: &State, request: QueryPoints) -> Result<QueryResponse, Status> {
    let collection = state.collection(&request.collection_name)?;
    let Some(query::Variant::Nearest(nearest)) = request.query.and_then(|query| query.variant)
    else {
        return Err(Status::unimplemented("searches for the nearest alone"));
    };
    let input = nearest.variant;
    let vector = wire::dense(input.ok_or_else(|| Status::invalid_argument("no vector"))?)?;
    let beam = request.params.and_then(|params| params.hnsw_ef);
    let search = SearchRequest {
        query: QueryEnum::Nearest(NamedQuery::default_dense(vector)),
        filter: wire::filter(request.filter)?,
        params: Some(EdgeSearchParams {
            hnsw_ef: beam.and_then(|beam| beam.try_into().ok()),
            ..EdgeSearchParams::default()
        }),
        limit: request.limit.unwrap_or(10).try_into().map_err(failed)?,
        offset: 0,
        with_payload: None,
        with_vector: None,
        score_threshold: None,
    };
    let found = collection.engine.search(search).map_err(failed)?;
    let result = found.into_iter().map(|point| ScoredPoint {
        id: Some(wire::wire_id(point.id)),
        score: point.score,
        ..ScoredPoint::default()
    });
    Ok(QueryResponse {
        result: result.collect(),
        ..QueryResponse::default()
    })
}

fn changed(result: bool) -> CollectionOperationResponse {
    CollectionOperationResponse { result, time: 0.0 }
}

fn completed() -> PointsOperationResponse {
    PointsOperationResponse {
        result: Some(UpdateResult {
            operation_id: None,
            status: UpdateStatus::Completed.into(),
        }),
        ..PointsOperationResponse::default()
    }
}
