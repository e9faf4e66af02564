//! A language model that says what a test tells it to and can be held up. It shows how answers are kept, not how good
//! they are.

use std::sync::{Arc, Mutex};

use futures_util::stream;
use riddle_core::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, ChatStream,
    ChatUsage, FinishReason, LoadedEmbedder, ModelError, ModelProvider, Reranker, Role,
};
use tokio::sync::watch;

/// What the model replies, by whether it is asked for a stand-alone question.
#[derive(Clone)]
pub(crate) struct Script {
    /// `Err` fails.
    pub(crate) rewritten: Result<&'static str, ()>,
    /// Words of an answer; `Err` fails after them.
    pub(crate) answer: &'static [&'static str],
    pub(crate) breaks: bool,
}

/// A model, its prompts, and the words it may say until it is let on.
pub(crate) struct ScriptModels {
    script: Script,
    allowed: watch::Sender<usize>,
    pub(crate) prompts: Mutex<Vec<Vec<ChatMessage>>>,
}

impl ScriptModels {
    pub(crate) fn new(script: Script) -> Arc<Self> {
        Arc::new(Self {
            script,
            allowed: watch::Sender::new(usize::MAX),
            prompts: Mutex::default(),
        })
    }

    /// Lets each answer have this many words and no more for now.
    pub(crate) fn allow(&self, words: usize) {
        self.allowed.send_replace(words);
    }

    /// Prompts that asked for a stand-alone question.
    pub(crate) fn rewrites(&self) -> Vec<String> {
        let prompts = self.prompts.lock().expect("not poisoned");
        let rewrites = prompts.iter().filter(|prompt| asks_for_rewriting(prompt));
        rewrites.map(|prompt| prompt[1].content.clone()).collect()
    }
}

/// The provider of one [`ScriptModels`].
pub(crate) struct Provider(pub(crate) Arc<ScriptModels>);

struct Scripted {
    models: Arc<ScriptModels>,
    info: ChatModelInfo,
}

impl ModelProvider for Provider {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        Err(absent(name))
    }

    fn load_reranker(&self, name: &str) -> Result<Box<dyn Reranker>, ModelError> {
        Err(absent(name))
    }

    fn default_embedder(&self) -> Option<String> {
        None
    }

    fn default_reranker(&self) -> Option<String> {
        None
    }

    fn chat_model(&self) -> Result<Option<Arc<dyn ChatModel>>, ModelError> {
        Ok(Some(Arc::new(Scripted {
            models: Arc::clone(&self.0),
            info: ChatModelInfo {
                name: "scripted".to_owned(),
                engine: "test".to_owned(),
                device: "cpu".to_owned(),
                context_tokens: 4_096,
            },
        })))
    }
}

impl ChatModel for Scripted {
    fn info(&self) -> &ChatModelInfo {
        &self.info
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let script = self.models.script.clone();
        let rewriting = asks_for_rewriting(&request.messages);
        // A comparison asks for one token, and drops it, to have the same in the model's cache before each variant.
        let primes = request.max_tokens == 1;
        let mut prompts = self.models.prompts.lock().expect("not poisoned");
        prompts.push(request.messages);
        let (words, breaks): (Vec<&'static str>, bool) = match (rewriting, script.rewritten) {
            _ if primes => (vec!["one"], false),
            (true, Ok(question)) => (vec![question], false),
            (true, Err(())) => (Vec::new(), true),
            (false, _) => (script.answer.to_vec(), script.breaks),
        };
        let allowed = (!rewriting && !primes).then(|| self.models.allowed.subscribe());
        Box::pin(stream::unfold(
            (0, words, allowed, breaks),
            |(said, words, mut allowed, breaks)| async move {
                if said > words.len() {
                    return None;
                }
                if let Some(allowed) = &mut allowed {
                    allowed.wait_for(|allowed| said < *allowed).await.ok()?;
                }
                let delta = match words.get(said) {
                    Some(word) => Ok(ChatDelta::Text((*word).to_owned())),
                    None if breaks => Err(ChatError::Failed {
                        message: "it is broken".to_owned(),
                    }),
                    None => Ok(ChatDelta::End {
                        finish: FinishReason::Stop,
                        usage: ChatUsage::default(),
                    }),
                };
                Some((delta, (said + 1, words, allowed, breaks)))
            },
        ))
    }
}

fn asks_for_rewriting(prompt: &[ChatMessage]) -> bool {
    prompt.first().is_some_and(|first| {
        first.role == Role::System && first.content.starts_with("You rewrite the last question")
    })
}

pub(crate) fn absent(name: &str) -> ModelError {
    ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "pull it first".to_owned(),
    }
}
