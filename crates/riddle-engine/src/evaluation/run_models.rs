use std::collections::BTreeMap;
use std::sync::Arc;

use riddle_core::{
    EvaluationArm, KnowledgeBase, LibraryEntry, ModelLibrary, RetrievalMode, RunModel,
};

use crate::blocking::run_blocking;
use crate::disk::folder_bytes;
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::models::ChatChoice;
use crate::scope::Scope;

impl Evaluation {
    /// The models that the arms need, as they are found now, with what they take of disk and memory.
    pub(super) async fn run_models(
        &self,
        scope: &Scope,
        arms: &[EvaluationArm],
        answers: bool,
    ) -> Result<Vec<RunModel>, EngineError> {
        let mut used: Vec<RunModel> = Vec::new();
        for knowledge_base in scope.all() {
            let embedder = self.run_embedder(knowledge_base, arms).await?;
            used.extend(embedder.filter(|embedder| !used.contains(embedder)));
        }
        used.extend(self.run_rerankers(arms).await);
        if answers {
            used.extend(self.run_chats(&scope.first, arms).await?);
        }
        let library = Arc::clone(&self.shared.library);
        let measure = move || measured(&*library, used);
        run_blocking("measuring the models of a run", measure).await
    }

    async fn run_embedder(
        &self,
        knowledge_base: &KnowledgeBase,
        arms: &[EvaluationArm],
    ) -> Result<Option<RunModel>, EngineError> {
        let Some(name) = &knowledge_base.settings.embedder else {
            return Ok(None);
        };
        let embedder = self.shared.models.embedder(name).await?;
        let embeds = |arm: &EvaluationArm| (arm.mode != RetrievalMode::Bm25).then_some(());
        Ok(Some(RunModel {
            arms: by_model(arms, embeds).remove(&()).unwrap_or_default(),
            fingerprint: knowledge_base.embedder_fingerprint.clone(),
            ..found("embed", name, &embedder.info.device)
        }))
    }

    /// Those that are on this machine: a run without one says so question by question.
    async fn run_rerankers(&self, arms: &[EvaluationArm]) -> Vec<RunModel> {
        let models = &self.shared.models;
        let needed = |arm: &EvaluationArm| {
            let named = arm.rerank.as_ref()?.reranker.clone();
            named.or_else(|| models.default_reranker())
        };
        let mut used = Vec::new();
        for (name, arms) in by_model(arms, needed) {
            let Ok(reranker) = models.reranker(&name).await else {
                continue;
            };
            let fingerprint = reranker.info.fingerprint.clone();
            used.push(RunModel {
                arms,
                fingerprint: fingerprint.or_else(|| models.weights_hash(&name)),
                ..found("rerank", &name, &reranker.info.device)
            });
        }
        used
    }

    async fn run_chats(
        &self,
        knowledge_base: &KnowledgeBase,
        arms: &[EvaluationArm],
    ) -> Result<Vec<RunModel>, EngineError> {
        let models = &self.shared.models;
        let kept = knowledge_base.settings.chat_model.as_deref();
        let mut used: Vec<RunModel> = Vec::new();
        for (asked, arms) in by_model(arms, |arm| Some(arm.chat_model.clone())) {
            let choice = ChatChoice::of(asked, kept);
            let Some(chat) = models.chat_to_compare(&choice).await?.model else {
                continue;
            };
            let info = chat.info();
            // That of the knowledge base may be chosen by its name too.
            match used.iter_mut().find(|model| model.name == info.name) {
                Some(known) => {
                    known.arms.extend(arms);
                    known.arms.sort_unstable();
                }
                None => used.push(RunModel {
                    arms,
                    fingerprint: models.weights_hash(&info.name),
                    ..found("chat", &info.name, &info.device)
                }),
            }
        }
        Ok(used)
    }
}

/// Indices of the arms by the model that each needs.
fn by_model<Model: Ord>(
    arms: &[EvaluationArm],
    needed: impl Fn(&EvaluationArm) -> Option<Model>,
) -> BTreeMap<Model, Vec<u32>> {
    let mut by_model: BTreeMap<Model, Vec<u32>> = BTreeMap::new();
    for (index, arm) in (0..).zip(arms) {
        if let Some(model) = needed(arm) {
            by_model.entry(model).or_default().push(index);
        }
    }
    by_model
}

/// A model of which nothing more is known yet.
fn found(role: &str, name: &str, device: &str) -> RunModel {
    RunModel {
        name: name.to_owned(),
        role: role.to_owned(),
        device: device.to_owned(),
        fingerprint: None,
        bytes_on_disk: None,
        memory_bytes: None,
        arms: Vec::new(),
    }
}

/// Puts down what the list of models says of those whose files are here. Blocks shortly.
fn measured(library: &dyn ModelLibrary, mut used: Vec<RunModel>) -> Vec<RunModel> {
    let entries = library.entries();
    for model in &mut used {
        let Ok(name) = library.resolve(&model.name) else {
            continue;
        };
        let is_it = |entry: &&LibraryEntry| entry.name == name && entry.here;
        if let Some(entry) = entries.iter().find(is_it) {
            model.memory_bytes = entry.memory_bytes;
            model.bytes_on_disk = entry.folder.as_deref().map(folder_bytes);
        }
    }
    used
}
