use riddle_core::{
    CompareOrder, CompareRequest, Comparison, ComparisonId, ComparisonPage, ComparisonSummary,
    KeptComparison, KnowledgeBaseRef, Preference,
};

use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::events::{Events, event_stream};
use crate::paging::check_limit;
use crate::query::Query;
use crate::query::compare::{self, CompareEvent, CompareSettings};
use crate::query::search_plan::SearchPlan;
use crate::query::slow_log;
use crate::shared::Shared;
use crate::timing::Stopwatch;

/// A comparison as it comes. Dropping it stops the work, and nothing is kept.
pub type CompareEvents = Events<CompareEvent>;

impl Query {
    pub(crate) async fn compare(
        &self,
        knowledge_base: &str,
        request: CompareRequest,
    ) -> Result<CompareEvents, EngineError> {
        let watch = Stopwatch::start();
        self.shared.disk.check(WriteKind::New, 0)?;
        let permit = self.shared.query_permit()?;
        let scope = self.shared.find_scope(&[knowledge_base]).await?;
        let settings = CompareSettings {
            order: request.order,
            passages: request.passages,
        };
        let plan = SearchPlan::for_comparison(scope, request)?;
        let ports = self.ports();
        compare::load(ports, &plan).await;
        let plan = plan.with_checked_models(ports).await?;
        let found = Box::pin(compare::search(ports, &plan)).await?;
        let slow = slow_log::watch(ports, "comparison", &plan.scope, watch);
        let query = self.clone();
        Ok(event_stream(move |events| async move {
            let _permit = permit;
            let ports = query.ports();
            let end = async {
                let compared = compare::run(ports, &plan, &found, settings, &events).await?;
                slow_log::comparison(ports, &plan, &compared, watch.elapsed());
                keep(&query.shared, &plan, settings.order, compared).await
            };
            let end = slow
                .unless_done(end.await)
                .map(|kept| CompareEvent::Done(Box::new(kept)));
            // A reader that has gone takes the work with it.
            let _ = events.send(end).await;
        }))
    }

    pub(crate) async fn list_comparisons(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ComparisonPage, EngineError> {
        check_limit(limit)?;
        Ok(self.shared.store.list_comparisons(cursor, limit).await?)
    }

    pub(crate) async fn comparison(&self, id: ComparisonId) -> Result<KeptComparison, EngineError> {
        let found = self.shared.store.lookup_comparison(id).await?;
        found.ok_or(EngineError::ComparisonNotFound(id))
    }

    pub(crate) async fn set_preference(
        &self,
        id: ComparisonId,
        preference: Option<Preference>,
    ) -> Result<ComparisonSummary, EngineError> {
        if preference.is_some() {
            self.shared.disk.check(WriteKind::New, 0)?;
        }
        let kept = self.shared.store.set_preference(id, preference).await?;
        kept.ok_or(EngineError::ComparisonNotFound(id))
    }

    pub(crate) async fn delete_comparison(&self, id: ComparisonId) -> Result<(), EngineError> {
        if self.shared.store.delete_comparison(id).await? {
            return Ok(());
        }
        Err(EngineError::ComparisonNotFound(id))
    }
}

async fn keep(
    shared: &Shared,
    plan: &SearchPlan,
    order: CompareOrder,
    comparison: Comparison,
) -> Result<KeptComparison, EngineError> {
    let knowledge_base = &plan.scope.first;
    let kept = KeptComparison {
        summary: ComparisonSummary {
            id: ComparisonId(shared.clock.new_id()),
            question: plan.query.clone(),
            knowledge_base: KnowledgeBaseRef {
                id: knowledge_base.id,
                name: knowledge_base.name.clone(),
            },
            order,
            total_ratio: comparison.total_ratio,
            first_token_ratio: comparison.first_token_ratio,
            preference: None,
            created_at: shared.clock.now(),
        },
        comparison,
    };
    shared.store.insert_comparison(&kept).await?;
    Ok(kept)
}
