use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use riddle_core::{
    ChatModel, ChatPlace, Embedder, EmbedderInfo, FoundChat, LanguageCoverage, LoadedEmbedder,
    LongPassages, ModelError, ModelProvider, Pair, PairScore, Purpose, RerankKind, Reranker,
    RerankerInfo, RerankerOwner, ScoreOptions, ScoreScale, Similarity, Span, TokenVectors, Window,
};
use riddle_testkit::{EMBEDDER, ScriptedChat, hashed_words};

/// What the reranker does.
#[derive(Clone, Copy)]
pub(in crate::query) enum RerankerScript {
    /// The longer the passage, the better.
    ByLength,
    /// Scores the first passages only, as after a deadline.
    FirstOnly(usize),
    /// Fails.
    Broken,
    Panicking,
    /// Gives NaN for every score.
    NotFinite,
    /// Gives fewer scores than it was given pairs.
    TooFew(usize),
    /// Scores in windows, of which the one over these characters of the scored text wins.
    Windowed(u32, u32),
    /// Is a language model whose file is damaged.
    Unloadable,
    /// Gives the layer that it was told to stop at as the score, and cuts where it was not told to look at all.
    Telling,
}

/// Models as a test wants them; `None` for those that are not there.
#[derive(Clone, Default)]
pub(in crate::query) struct FakeProvider {
    /// Languages of the embedder.
    pub(in crate::query) embedder: Option<Vec<&'static str>>,
    /// How its vectors are compared.
    pub(in crate::query) similarity: Similarity,
    /// Whether the embedder's files are missing although the knowledge base was made with it.
    pub(in crate::query) embedder_missing: bool,
    /// The reranker `scripted`.
    pub(in crate::query) reranker: Option<RerankerScript>,
    /// While this is set, it is being loaded.
    pub(in crate::query) loading_held: Arc<AtomicBool>,
    /// While this is set, token vectors of texts with the word [`SLOWLY`] are not made.
    pub(in crate::query) passages_held: Arc<AtomicBool>,
    /// The first and the last layer that the reranker can stop at; `None` for a reranker that has none to choose.
    pub(in crate::query) layers: Option<(u32, u32)>,
    pub(in crate::query) chat: Option<Arc<ScriptedChat>>,
    /// What the reranker knows; `None` where that is not said.
    pub(in crate::query) reranker_languages: Option<LanguageCoverage>,
    /// A language model that writes no answers.
    pub(in crate::query) chat_at_hand: Option<Arc<ScriptedChat>>,
}

/// What holds up token vectors where a test wants them to be late.
pub(in crate::query) const SLOWLY: &str = "slowly";

impl FakeProvider {
    pub(in crate::query) fn english() -> Self {
        Self {
            embedder: Some(vec!["en"]),
            ..Self::default()
        }
    }

    pub(in crate::query) fn embedder_name(&self) -> Option<String> {
        self.embedder.as_ref().map(|_| EMBEDDER.to_owned())
    }
}

impl ModelProvider for FakeProvider {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        let languages = match &self.embedder {
            Some(languages) if !self.embedder_missing => languages,
            _ => return Err(unavailable(name)),
        };
        let languages = languages.iter().map(|&l| l.to_owned()).collect();
        let loaded = hashed_words(name, LanguageCoverage::Only(languages), self.similarity);
        Ok(LoadedEmbedder {
            embedder: Box::new(Held {
                embedder: loaded.embedder,
                held: Arc::clone(&self.passages_held),
            }),
            ..loaded
        })
    }

    fn own_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
        let script = self.reranker.filter(|_| name == "scripted");
        let script = script.ok_or_else(|| unavailable(name))?;
        while self.loading_held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if matches!(script, RerankerScript::Unloadable) {
            return Err(ModelError::BadFile {
                model: name.to_owned(),
                file: "model.gguf".to_owned(),
                problem: "it is damaged".to_owned(),
                remedy: "pull it again".to_owned(),
            });
        }
        let info = RerankerInfo {
            name: name.to_owned(),
            kind: RerankKind::CrossEncoder,
            max_tokens: 256,
            scale: ScoreScale::Logit,
            default_weight: 1.0,
            device: "cpu".to_owned(),
            layers: self.layers,
            fingerprint: None,
        };
        owner(&mut Scripted { script, info });
        Ok(())
    }

    fn reranker_kind(&self, _name: &str) -> Option<RerankKind> {
        self.reranker.map(|script| match script {
            RerankerScript::Unloadable => RerankKind::YesNo,
            _ => RerankKind::CrossEncoder,
        })
    }

    fn reranker_languages(&self, _name: &str) -> Option<LanguageCoverage> {
        self.reranker_languages.clone()
    }

    fn default_embedder(&self) -> Option<String> {
        self.embedder_name()
    }

    fn default_reranker(&self) -> Option<String> {
        self.reranker.map(|_| "scripted".to_owned())
    }

    fn default_chat(&self) -> Option<String> {
        self.chat.as_ref().map(|chat| chat.info().name.clone())
    }

    fn chat_at_hand(&self) -> Option<String> {
        let chat = self.chat_at_hand.as_ref();
        chat.map(|chat| chat.info().name.clone())
    }

    fn find_chat(&self, name: &str) -> Result<FoundChat, ModelError> {
        self.load_chat(name).map(|_chat| FoundChat {
            name: name.to_owned(),
            place: ChatPlace::Here,
            writes_well: self.chat.is_some(),
        })
    }

    fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, ModelError> {
        let mut chats = self.chat.iter().chain(&self.chat_at_hand);
        let chat = chats.find(|chat| chat.info().name == name);
        let chat = chat.ok_or_else(|| unavailable(name))?;
        Ok(Arc::clone(chat) as Arc<dyn ChatModel>)
    }
}

fn unavailable(name: &str) -> ModelError {
    ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "pull it".to_owned(),
    }
}

struct Held {
    embedder: Box<dyn Embedder>,
    held: Arc<AtomicBool>,
}

impl Embedder for Held {
    fn info(&self) -> &EmbedderInfo {
        self.embedder.info()
    }

    fn embed(&mut self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        self.embedder.embed(texts, purpose)
    }

    fn token_vectors(
        &mut self,
        texts: &[&str],
        purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError> {
        let slow = texts.iter().any(|text| text.contains(SLOWLY));
        while slow && self.held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.embedder.token_vectors(texts, purpose)
    }
}

struct Scripted {
    script: RerankerScript,
    info: RerankerInfo,
}

impl Reranker for Scripted {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let mut scores: Vec<Option<PairScore>> = pairs
            .iter()
            .map(|pair| Some(self.score_one(pair, options)))
            .collect();
        match self.script {
            RerankerScript::FirstOnly(count) => {
                scores
                    .iter_mut()
                    .skip(count)
                    .for_each(|score| *score = None);
            }
            RerankerScript::TooFew(count) => scores.truncate(count),
            RerankerScript::Panicking => panic!("secret internals"),
            RerankerScript::Broken => {
                return Err(ModelError::Failed {
                    model: self.info.name.clone(),
                    message: "secret internals".to_owned(),
                });
            }
            _ => {}
        }
        Ok(scores)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        Ok(vec![true; pairs.len()])
    }
}

impl Scripted {
    fn score_one(&self, pair: &Pair<'_>, options: &ScoreOptions) -> PairScore {
        let mut score = PairScore {
            raw: pair.passage.len() as f32,
            tokens: 10,
            truncated: false,
            window: None,
        };
        match self.script {
            RerankerScript::NotFinite => score.raw = f32::NAN,
            RerankerScript::Windowed(start, end) => {
                score.window = Some(Window {
                    index: 1,
                    count: 3,
                    span: Span { start, end },
                });
            }
            RerankerScript::Telling => {
                score.raw = options.cutoff_layer.map_or(-1.0, |layer| layer as f32);
                score.truncated = options.long_passages == LongPassages::Truncate;
            }
            _ => {}
        }
        score
    }
}
