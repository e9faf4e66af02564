use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;
use riddle_core::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, ChatStream,
    ChatUsage, FinishReason, Role,
};
use tokio::sync::watch;

/// In place of a word: what was said before it was thinking.
pub const TAKES_BACK: &str = "\u{0}";

/// What the model replies, by whether it is asked for a stand-alone question.
#[derive(Clone, Debug)]
pub struct ChatScript {
    /// `Err` fails.
    pub rewritten: Result<&'static str, ()>,
    /// Words of an answer.
    pub answer: &'static [&'static str],
    /// Whether an answer fails after its words.
    pub breaks: bool,
}

/// A language model that says what a test tells it to and can be held up. It shows how answers are kept, not how good
/// they are.
#[derive(Debug)]
pub struct ScriptedChat {
    info: ChatModelInfo,
    script: ChatScript,
    allowed: watch::Sender<usize>,
    prompts: Mutex<Vec<Vec<ChatMessage>>>,
    dropped: Arc<AtomicBool>,
}

impl ScriptedChat {
    /// A model that follows a script without being held up.
    pub fn new(script: ChatScript) -> Arc<Self> {
        Self::named("scripted", script)
    }

    /// The same under another name.
    pub fn named(name: &str, script: ChatScript) -> Arc<Self> {
        Self::on("cpu", name, script)
    }

    /// One on another machine that answers in these words.
    pub fn elsewhere(answer: &'static [&'static str]) -> Arc<Self> {
        let script = ChatScript {
            rewritten: Err(()),
            answer,
            breaks: false,
        };
        Self::on("remote", "scripted", script)
    }

    fn on(device: &str, name: &str, script: ChatScript) -> Arc<Self> {
        Arc::new(Self {
            info: ChatModelInfo {
                name: name.to_owned(),
                engine: "test".to_owned(),
                device: device.to_owned(),
                context_tokens: 4_096,
            },
            script,
            allowed: watch::Sender::new(usize::MAX),
            prompts: Mutex::default(),
            dropped: Arc::default(),
        })
    }

    /// A model that answers in these words.
    pub fn saying(answer: &'static [&'static str]) -> Arc<Self> {
        Self::new(ChatScript {
            rewritten: Err(()),
            answer,
            breaks: false,
        })
    }

    /// Lets each answer have this many words and no more for now.
    pub fn allow(&self, words: usize) {
        self.allowed.send_replace(words);
    }

    /// All prompts so far.
    pub fn prompts(&self) -> Vec<Vec<ChatMessage>> {
        let prompts = self.prompts.lock();
        prompts.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Prompts that asked for a stand-alone question.
    pub fn rewrites(&self) -> Vec<String> {
        let mut prompts = self.prompts();
        prompts.retain(|prompt| asks_for_rewriting(prompt));
        let asked = prompts.iter().filter_map(|prompt| prompt.get(1));
        asked.map(|message| message.content.clone()).collect()
    }

    /// Whether an answer has ended, or nobody waits for it any more.
    pub fn dropped(&self) -> bool {
        self.dropped.load(Ordering::SeqCst)
    }
}

/// An answer in the making.
struct Saying {
    words: Vec<&'static str>,
    said: usize,
    /// How many may be said, where that is bounded.
    allowed: Option<watch::Receiver<usize>>,
    breaks: bool,
    usage: ChatUsage,
    dropped: Arc<AtomicBool>,
}

impl Drop for Saying {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

impl ChatModel for ScriptedChat {
    fn info(&self) -> &ChatModelInfo {
        &self.info
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let rewriting = asks_for_rewriting(&request.messages);
        // A comparison asks for one token, and drops it, to have the same in the model's cache before each variant.
        let primes = request.max_tokens == 1;
        let (words, breaks) = match (rewriting, self.script.rewritten) {
            _ if primes => (vec!["one"], false),
            (true, Ok(question)) => (vec![question], false),
            (true, Err(())) => (Vec::new(), true),
            (false, _) => (self.script.answer.to_vec(), self.script.breaks),
        };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let prompt = request.messages.iter();
        let usage = ChatUsage {
            prompt_tokens: count(prompt.map(|m| self.count_tokens(&m.content)).sum()),
            completion_tokens: count(words.len()),
            ..ChatUsage::default()
        };
        let mut prompts = self.prompts.lock().unwrap_or_else(PoisonError::into_inner);
        prompts.push(request.messages);
        let saying = Saying {
            words,
            said: 0,
            allowed: (!rewriting && !primes).then(|| self.allowed.subscribe()),
            breaks,
            usage,
            dropped: Arc::clone(&self.dropped),
        };
        Box::pin(stream::unfold(saying, next))
    }
}

async fn next(mut saying: Saying) -> Option<(Result<ChatDelta, ChatError>, Saying)> {
    let said = saying.said;
    if said > saying.words.len() {
        return None;
    }
    // Others have their turn between two words, as with a real model.
    tokio::task::yield_now().await;
    if let Some(allowed) = &mut saying.allowed {
        allowed.wait_for(|allowed| said < *allowed).await.ok()?;
    }
    let delta = match saying.words.get(said) {
        Some(&TAKES_BACK) => Ok(ChatDelta::Restart),
        Some(word) => Ok(ChatDelta::Text((*word).to_owned())),
        None if saying.breaks => Err(ChatError::Failed {
            message: "it is broken".to_owned(),
        }),
        None => Ok(ChatDelta::End {
            finish: FinishReason::Stop,
            usage: saying.usage,
        }),
    };
    saying.said += 1;
    Some((delta, saying))
}

fn asks_for_rewriting(prompt: &[ChatMessage]) -> bool {
    prompt.first().is_some_and(|first| {
        first.role == Role::System && first.content.starts_with("You rewrite the last question")
    })
}
