use std::sync::Arc;

use riddle_core::{
    IndexError, KnowledgeBase, KnowledgeBaseId, LexicalQuery, ModelError, Notice, RetrievalMode,
};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::models::EmbedderHandle;
use crate::query::ports::QueryPorts;
use crate::query::search_plan::SearchPlan;

/// Which retrievers search, and what the user should know about it.
pub(in crate::query) struct RetrieverChoice {
    pub(in crate::query) mode: RetrievalMode,
    /// Whether the query is a name that its words find as it is written.
    pub(in crate::query) by_name: bool,
    /// The searches of the dense retriever, one for each embedder; empty if it is left out.
    pub(in crate::query) dense: Vec<DenseGroup>,
    pub(in crate::query) notices: Vec<Notice>,
}

/// Knowledge bases whose vectors are of one embedder.
pub(in crate::query) struct DenseGroup {
    pub(in crate::query) embedder: EmbedderHandle,
    pub(in crate::query) knowledge_bases: Vec<KnowledgeBaseId>,
    /// The embedded question, once it is there.
    pub(in crate::query) vector: Option<Vec<f32>>,
}

/// Decides which retrievers search. A hybrid search leaves the dense retriever out if it cannot help. A search that
/// asks for the dense one alone fails instead.
pub(in crate::query) async fn choose_retrievers(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    language: Option<&str>,
) -> Result<RetrieverChoice, EngineError> {
    let mut choice = RetrieverChoice {
        mode: plan.mode,
        by_name: plan.mode != RetrievalMode::Dense && finds_by_name(ports, plan).await?,
        dense: Vec::new(),
        notices: Vec::new(),
    };
    if plan.mode == RetrievalMode::Bm25 {
        return Ok(choice);
    }
    if choice.by_name {
        choice.notices.push(Notice::FoundByName);
    }
    for (name, members) in by_embedder(plan) {
        let Some(name) = name else {
            choice.notices.extend(without_embedder(plan, &members)?);
            continue;
        };
        match load_matching(ports, &members, name).await {
            Ok(embedder) => choice.add(embedder, &members, language),
            Err(EngineError::Model(error)) => choice.degrade(name, error)?,
            Err(other) => return Err(other),
        }
    }
    choice.settle();
    Ok(choice)
}

async fn finds_by_name(ports: QueryPorts<'_>, plan: &SearchPlan) -> Result<bool, EngineError> {
    if !plan.query.contains(char::is_numeric) {
        return Ok(false);
    }
    let index = Arc::clone(ports.index);
    let (knowledge_bases, text) = (plan.scope.ids(), plan.query.clone());
    let filter = plan.filter.clone();
    let look = move || {
        index.finds_by_name(&LexicalQuery {
            knowledge_bases: &knowledge_bases,
            text: &text,
            filter: &filter,
            limit: 0,
        })
    };
    Ok(run_blocking("looking for a name", look).await??)
}

impl RetrieverChoice {
    /// Goes on without an embedder that is missing or fails, unless the user asked for dense search alone.
    pub(in crate::query) fn degrade(
        &mut self,
        name: &str,
        error: ModelError,
    ) -> Result<(), EngineError> {
        if self.mode == RetrievalMode::Dense {
            return Err(EngineError::Model(error));
        }
        tracing::warn!(model = name, %error, "dense search is left out");
        let model = name.to_owned();
        self.notices.push(Notice::EmbedderUnavailable { model });
        Ok(())
    }

    /// Goes on without the vectors, whose server gives none, unless the user asked for dense search alone.
    pub(in crate::query) fn leave_vectors_out(
        &mut self,
        error: IndexError,
    ) -> Result<(), EngineError> {
        if self.mode == RetrievalMode::Dense {
            return Err(EngineError::Index(error));
        }
        tracing::warn!(%error, "dense search is left out");
        if !self.notices.contains(&Notice::VectorsUnavailable) {
            self.notices.push(Notice::VectorsUnavailable);
        }
        Ok(())
    }

    /// Makes the mode agree with the retrievers that are left.
    pub(in crate::query) fn settle(&mut self) {
        if self.dense.is_empty() {
            self.mode = RetrievalMode::Bm25;
        }
    }

    /// The question, embedded by the first knowledge base's embedder, if that has searched.
    pub(in crate::query) fn first_vector(&self, plan: &SearchPlan) -> Option<Vec<f32>> {
        let first = plan.scope.first.id;
        let mut groups = self.dense.iter();
        groups
            .find(|group| group.knowledge_bases.contains(&first))?
            .vector
            .clone()
    }

    fn add(
        &mut self,
        embedder: EmbedderHandle,
        members: &[&KnowledgeBase],
        language: Option<&str>,
    ) {
        let foreign = language.filter(|language| !embedder.info.languages.covers(language));
        if let Some(language) = foreign.map(str::to_owned) {
            let model = embedder.info.name.clone();
            if self.mode == RetrievalMode::Hybrid {
                self.notices
                    .push(Notice::EmbedderLeftOut { model, language });
                return;
            }
            self.notices.push(Notice::EmbedderUnfit { model, language });
        }
        self.dense.push(DenseGroup {
            embedder,
            knowledge_bases: members.iter().map(|member| member.id).collect(),
            vector: None,
        });
    }
}

/// The knowledge bases by embedder, in the order of the request. The same name with other files is another embedder.
fn by_embedder(plan: &SearchPlan) -> Vec<(Option<&str>, Vec<&KnowledgeBase>)> {
    let mut groups: Vec<(Option<&str>, Vec<&KnowledgeBase>)> = Vec::new();
    for knowledge_base in plan.scope.all() {
        let name = knowledge_base.settings.embedder.as_deref();
        let print = &knowledge_base.embedder_fingerprint;
        let group = groups.iter_mut().find(|(known, members)| {
            *known == name && members.iter().all(|m| m.embedder_fingerprint == *print)
        });
        match group {
            Some((_, members)) => members.push(knowledge_base),
            None => groups.push((name, vec![knowledge_base])),
        }
    }
    groups
}

fn without_embedder(
    plan: &SearchPlan,
    members: &[&KnowledgeBase],
) -> Result<Vec<Notice>, EngineError> {
    if plan.mode == RetrievalMode::Dense {
        return Err(EngineError::invalid_as(
            "mode",
            "this knowledge base has no embedder; search with mode bm25, or give it an embedder",
        ));
    }
    if members.len() < plan.scope.all().count() {
        let notice = |member: &&KnowledgeBase| Notice::NoEmbedderIn {
            knowledge_base: member.name.clone(),
        };
        return Ok(members.iter().map(notice).collect());
    }
    Ok(plan
        .mode_asked
        .then_some(Notice::NoEmbedder)
        .into_iter()
        .collect())
}

/// Loads the embedder of these knowledge bases, if its vectors may be compared with those in the index.
async fn load_matching(
    ports: QueryPorts<'_>,
    members: &[&KnowledgeBase],
    name: &str,
) -> Result<EmbedderHandle, EngineError> {
    let stored = members
        .iter()
        .find_map(|member| member.embedder_fingerprint.as_deref());
    let embedder = ports.models.embedder(name).await?.under(stored);
    if stored.is_some_and(|stored| *stored != embedder.info.fingerprint) {
        let comes =
            |member: &&KnowledgeBase| member.settings.next_embedder.as_deref() == Some(name);
        let remedy = match members.iter().all(comes) {
            true => {
                "its files differ from those that embedded this knowledge base; its vectors are being made"
            }
            false => {
                "its files differ from those that embedded this knowledge base; restore them or embed it again"
            }
        };
        return Err(EngineError::Model(ModelError::Unavailable {
            model: name.to_owned(),
            remedy: remedy.to_owned(),
        }));
    }
    Ok(embedder)
}
