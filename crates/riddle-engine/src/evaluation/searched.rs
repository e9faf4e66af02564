use riddle_core::{
    DocumentStatus, EvaluationSet, KnowledgeBase, KnowledgeBaseRef, OtherKnowledgeBase,
};

use crate::bounds::MAX_OTHER_BASES;
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::scope::Scope;

impl Evaluation {
    /// What a run over a set searches: the set's knowledge base, and those that were asked for besides.
    pub(super) async fn searched(
        &self,
        set: &EvaluationSet,
        others: &[String],
    ) -> Result<Scope, EngineError> {
        if others.len() > MAX_OTHER_BASES {
            let problem = format!("must name at most {MAX_OTHER_BASES} of them");
            return Err(EngineError::invalid("other_knowledge_bases", problem));
        }
        let mut names = vec![set.knowledge_base.id.to_string()];
        names.extend_from_slice(others);
        self.shared.find_scope(&names).await
    }

    /// Documents and chunks of all that is searched.
    pub(super) async fn corpora(&self, scope: &Scope) -> Result<(u64, u64), EngineError> {
        let mut documents = 0;
        for knowledge_base in scope.all() {
            documents += self.ready(knowledge_base).await?;
        }
        let searched = scope.ids();
        let all = self.shared.store.list_knowledge_bases().await?;
        let own = all
            .iter()
            .filter(|summary| searched.contains(&summary.knowledge_base.id));
        Ok((documents, own.map(|summary| summary.chunks).sum()))
    }

    /// Documents that are ready, if all are done and there are some.
    async fn ready(&self, knowledge_base: &KnowledgeBase) -> Result<u64, EngineError> {
        let counts = self.shared.store.count_documents(knowledge_base.id).await?;
        let of = |wanted: fn(DocumentStatus) -> bool| -> u64 {
            let matching = counts.iter().filter(|(status, _)| wanted(*status));
            matching.map(|(_, count)| count).sum()
        };
        let name = &knowledge_base.name;
        let waiting = of(|status| !status.is_final());
        if waiting > 0 {
            return Err(EngineError::EvaluationRunState(format!(
                "{waiting} documents of `{name}` are still being processed; start the run when they are ready"
            )));
        }
        let ready = of(|status| status == DocumentStatus::Ready);
        if ready == 0 {
            return Err(EngineError::EvaluationRunState(format!(
                "the knowledge base `{name}` has no document that is ready; add some first"
            )));
        }
        Ok(ready)
    }
}

/// How a manifest says that it was searched too.
pub(super) fn other_of(knowledge_base: &KnowledgeBase) -> OtherKnowledgeBase {
    OtherKnowledgeBase {
        knowledge_base: KnowledgeBaseRef {
            id: knowledge_base.id,
            name: knowledge_base.name.clone(),
        },
        embedder: knowledge_base.embedder_fingerprint.clone(),
    }
}
