use super::{HealthNotice, Models};

/// One model.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelHealth {
    /// `embedder`, `reranker` or `chat`.
    pub role: &'static str,
    /// Catalogue name.
    pub name: String,
    /// The engine and device it runs on, such as `onnxruntime cpu`.
    pub device: String,
    /// Whether it is in memory.
    pub loaded: bool,
    /// Whether it is the fallback for a model that is not here.
    pub fallback: bool,
    /// Calls waiting for it.
    pub waiting: usize,
}

/// Device of a model that has not been loaded yet.
const NOT_LOADED: &str = "loaded on first use";

/// The models in use and those that would be loaded on demand. Adds what is missing to `notices`.
pub(crate) fn models_in_use(models: &Models, notices: &mut Vec<HealthNotice>) -> Vec<ModelHealth> {
    let mut all = Vec::new();
    for (info, waiting) in models.loaded_embedders() {
        all.push(model("embedder", &info.name, &info.device, waiting));
    }
    match models.default_embedder() {
        Some(name) => add_unloaded(&mut all, "embedder", name),
        None => notices.push(HealthNotice::NoEmbedder),
    }
    let fallback = all.iter().find(|one| models.may_be_fallback(&one.name));
    let fallback = fallback.cloned();
    for (info, waiting) in models.loaded_rerankers() {
        all.push(model("reranker", &info.name, &info.device, waiting));
    }
    match (models.default_reranker(), fallback) {
        (Some(name), _) => add_unloaded(&mut all, "reranker", name),
        (None, Some(embedder)) => {
            notices.push(HealthNotice::RerankerFallback {
                model: embedder.name.clone(),
            });
            all.push(ModelHealth {
                role: "reranker",
                fallback: true,
                ..embedder
            });
        }
        (None, None) => notices.push(HealthNotice::NoReranker),
    }
    add_chats(models, notices, &mut all);
    all
}

/// The language models that are loaded, and the one that answers where none is chosen.
fn add_chats(models: &Models, notices: &mut Vec<HealthNotice>, all: &mut Vec<ModelHealth>) {
    let loaded = models.loaded_chats();
    for chat in &loaded {
        let info = chat.info();
        let device = format!("{} {}", info.engine, info.device);
        all.push(model("chat", &info.name, &device, 0));
    }
    let Some(name) = models.default_chat() else {
        notices.push(HealthNotice::NoLanguageModel);
        return;
    };
    if all
        .iter()
        .any(|model| model.role == "chat" && model.name == name)
    {
        return;
    }
    match models.chat_failure(&name) {
        Some(error) => notices.push(HealthNotice::LanguageModelFailed {
            problem: error.to_string(),
        }),
        None if loaded.is_empty() => notices.push(HealthNotice::LanguageModelLoading),
        // Another one has taken its place, and gives it back.
        None => add_unloaded(all, "chat", name),
    }
}

fn model(role: &'static str, name: &str, device: &str, waiting: usize) -> ModelHealth {
    ModelHealth {
        role,
        name: name.to_owned(),
        device: device.to_owned(),
        loaded: true,
        fallback: false,
        waiting,
    }
}

fn add_unloaded(all: &mut Vec<ModelHealth>, role: &'static str, name: String) {
    if !all
        .iter()
        .any(|model| model.role == role && model.name == name)
    {
        let device = NOT_LOADED.to_owned();
        all.push(ModelHealth {
            role,
            name,
            device,
            loaded: false,
            fallback: false,
            waiting: 0,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use riddle_core::{Clock, Timestamp};
    use riddle_testkit::{EMBEDDER, FakeClock, FakeModels};

    use super::*;

    async fn notices_of(provider: FakeModels) -> Vec<HealthNotice> {
        let clock: Arc<dyn Clock> = Arc::new(FakeClock::at(Timestamp(0)));
        let models = Models::new(Arc::new(provider), 1, &clock);
        let notices = || {
            let mut notices = Vec::new();
            models_in_use(&models, &mut notices);
            notices
        };
        let unloaded = notices();
        models.embedder(EMBEDDER).await.expect("it is here");
        assert_eq!(notices(), unloaded, "what is said does not depend on use");
        unloaded
    }

    #[tokio::test]
    async fn an_embedder_without_token_vectors_stands_in_for_no_reranker() {
        let embedder = FakeModels::default().with_embedder();
        let stands_in = HealthNotice::RerankerFallback {
            model: EMBEDDER.to_owned(),
        };
        assert!(notices_of(embedder).await.contains(&stands_in));

        let texts_alone = FakeModels::default()
            .with_embedder()
            .without_token_vectors();
        let notices = notices_of(texts_alone).await;
        assert!(notices.contains(&HealthNotice::NoReranker), "{notices:?}");
        assert!(!notices.contains(&stands_in), "{notices:?}");
    }
}
