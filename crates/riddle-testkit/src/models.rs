use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use riddle_core::{
    ChatModel, ChatPlace, Embedder, EmbedderInfo, FoundChat, LanguageCoverage, LoadedEmbedder,
    ModelError, ModelProvider, Purpose, RerankerOwner, Similarity, TokenVectors,
};

use crate::loaded_chat::ChatThreads;
use crate::reranker::{RERANKER, WordReranker};
use crate::words::{DIMENSIONS, Words, counts, vector, words};

/// A text with this word makes a model panic.
pub const PANICS: &str = "boom";
/// A text with this word ends the thread of a model.
pub const ENDS: &str = "doom";
/// A text with this word makes a model fail.
pub const FAILS: &str = "fault";
/// Name of the embedder.
pub const EMBEDDER: &str = "hashed-words";

const MAX_TOKENS: usize = 256;

/// Models as a test wants them; those that it does not ask for are not there.
#[derive(Clone, Default)]
pub struct FakeModels {
    /// How the vectors of the embedder are compared, if it is there.
    embedder: Option<Similarity>,
    /// Others like it, which nobody takes unasked.
    other_embedders: Vec<(String, LanguageCoverage)>,
    reranker: Option<Arc<WordReranker>>,
    /// The first one answers where none is chosen.
    chats: Vec<Arc<dyn ChatModel>>,
    writing_badly: bool,
    /// Shared by all copies.
    loading: Arc<Mutex<Loading>>,
    /// Shared by all copies, and by the language models that were loaded.
    chat_threads: ChatThreads,
}

/// What a test does to embedders while an engine has them.
#[derive(Default)]
struct Loading {
    away: HashSet<String>,
    /// How the next loads of an embedder fail; any further one succeeds.
    failures: HashMap<String, VecDeque<ModelError>>,
    /// How the next calls of an embedder fail; any further one succeeds.
    failing_calls: HashMap<String, VecDeque<ModelError>>,
    /// Whether embedders give no vectors of single tokens.
    texts_alone: bool,
}

impl FakeModels {
    /// The next loads of the embedder fail like this, one after the other. Holds for all copies.
    pub fn plan_failures(&self, name: &str, failures: impl IntoIterator<Item = ModelError>) {
        let mut loading = self.loading();
        let planned = loading.failures.entry(name.to_owned()).or_default();
        planned.extend(failures);
    }

    /// The next calls of the embedder fail like this, one after the other. Holds for all copies.
    pub fn plan_failing_calls(&self, name: &str, failures: impl IntoIterator<Item = ModelError>) {
        let mut loading = self.loading();
        let planned = loading.failing_calls.entry(name.to_owned()).or_default();
        planned.extend(failures);
    }

    /// With embedders that give no vectors of single tokens. Holds for all copies.
    #[must_use]
    pub fn without_token_vectors(self) -> Self {
        self.loading().texts_alone = true;
        self
    }

    /// Takes the files of an embedder away, or brings them. Holds for all copies.
    pub fn set_here(&self, name: &str, here: bool) {
        let away = &mut self.loading().away;
        if here {
            away.remove(name);
        } else {
            away.insert(name.to_owned());
        }
    }

    /// Ends the threads of the language models that are loaded now. Holds for all copies.
    pub fn end_chats(&self) {
        self.chat_threads.end();
    }

    fn loading(&self) -> MutexGuard<'_, Loading> {
        lock(&self.loading)
    }

    /// An embedder of hashed words that fails where that is planned.
    fn words(
        &self,
        name: &str,
        languages: LanguageCoverage,
        similarity: Similarity,
    ) -> LoadedEmbedder {
        let info = words_info(name, languages, similarity);
        loaded_words(info, Arc::clone(&self.loading))
    }

    /// And the embedder of hashed words, [`EMBEDDER`].
    #[must_use]
    pub fn with_embedder(self) -> Self {
        self.with_embedder_by(Similarity::Cosine)
    }

    /// And the embedder of hashed words with vectors that are compared like this.
    #[must_use]
    pub fn with_embedder_by(self, similarity: Similarity) -> Self {
        Self {
            embedder: Some(similarity),
            ..self
        }
    }

    /// And an embedder of this name besides, for these languages.
    #[must_use]
    pub fn and_embedder(mut self, name: &str, languages: LanguageCoverage) -> Self {
        self.other_embedders.push((name.to_owned(), languages));
        self
    }

    /// And this reranker.
    #[must_use]
    pub fn with_reranker(self, reranker: Arc<WordReranker>) -> Self {
        Self {
            reranker: Some(reranker),
            ..self
        }
    }

    /// And this language model; the first of several answers where none is chosen.
    #[must_use]
    pub fn with_chat(mut self, chat: Arc<impl ChatModel + 'static>) -> Self {
        self.chats.push(chat);
        self
    }

    /// With language models that write too badly to answer where nobody chooses them.
    #[must_use]
    pub fn writing_badly(self) -> Self {
        Self {
            writing_badly: true,
            ..self
        }
    }
}

impl ModelProvider for FakeModels {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        let mut loading = self.loading();
        let planned = loading.failures.get_mut(name);
        if let Some(failure) = planned.and_then(VecDeque::pop_front) {
            return Err(failure);
        }
        if loading.away.contains(name) {
            return Err(absent(name));
        }
        drop(loading);
        let mut others = self.other_embedders.iter();
        if let Some((_, languages)) = others.find(|(other, _)| other == name) {
            return Ok(self.words(name, languages.clone(), Similarity::Cosine));
        }
        let similarity = self.embedder.filter(|_| name == EMBEDDER);
        let similarity = similarity.ok_or_else(|| absent(name))?;
        Ok(self.words(name, LanguageCoverage::Multilingual, similarity))
    }

    fn own_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
        let reranker = self.reranker.as_ref().filter(|_| name == RERANKER);
        let reranker = reranker.ok_or_else(|| absent(name))?;
        owner(Arc::clone(reranker).load().as_mut());
        Ok(())
    }

    fn may_give_token_vectors(&self, _name: &str) -> bool {
        !self.loading().texts_alone
    }

    fn default_embedder(&self) -> Option<String> {
        self.embedder.map(|_| EMBEDDER.to_owned())
    }

    fn default_reranker(&self) -> Option<String> {
        self.reranker.as_ref().map(|_| RERANKER.to_owned())
    }

    fn default_chat(&self) -> Option<String> {
        self.chats.first().map(|chat| chat.info().name.clone())
    }

    fn other_chats(&self) -> Vec<String> {
        let names = self.chats.iter().map(|chat| chat.info().name.clone());
        names.collect()
    }

    fn weights_hash(&self, name: &str) -> Option<String> {
        Some(format!("weights of {name}"))
    }

    fn find_chat(&self, name: &str) -> Result<FoundChat, ModelError> {
        self.load_chat(name).map(|chat| FoundChat {
            name: chat.info().name.clone(),
            place: match chat.info().device.as_str() {
                "remote" => ChatPlace::Elsewhere,
                _ => ChatPlace::Here,
            },
            writes_well: !self.writing_badly,
        })
    }

    fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, ModelError> {
        let mut chats = self.chats.iter();
        // Like the catalogue, which does not look at the case of a name either.
        let chat = chats.find(|chat| chat.info().name.eq_ignore_ascii_case(name));
        let chat = chat.ok_or_else(|| absent(name))?;
        Ok(self.chat_threads.loaded(chat))
    }
}

/// An embedder of this name, whose vectors are those of [`vector`], or longer where they are compared by dot product.
pub fn hashed_words(
    name: &str,
    languages: LanguageCoverage,
    similarity: Similarity,
) -> LoadedEmbedder {
    loaded_words(words_info(name, languages, similarity), Arc::default())
}

fn words_info(name: &str, languages: LanguageCoverage, similarity: Similarity) -> EmbedderInfo {
    EmbedderInfo {
        name: name.to_owned(),
        fingerprint: similarity.mark(name.to_owned()),
        compatible: vec![similarity.mark(format!("{name}-before"))],
        dimensions: DIMENSIONS,
        max_tokens: MAX_TOKENS,
        languages,
        device: "cpu".to_owned(),
    }
}

fn loaded_words(info: EmbedderInfo, loading: Arc<Mutex<Loading>>) -> LoadedEmbedder {
    LoadedEmbedder {
        embedder: Box::new(HashedWords { info, loading }),
        tokenizer: Arc::new(Words),
    }
}

fn lock(loading: &Mutex<Loading>) -> MutexGuard<'_, Loading> {
    loading.lock().unwrap_or_else(PoisonError::into_inner)
}

struct HashedWords {
    info: EmbedderInfo,
    loading: Arc<Mutex<Loading>>,
}

impl HashedWords {
    /// The planned failure of this call.
    fn planned(&self) -> Option<ModelError> {
        let mut loading = lock(&self.loading);
        let planned = loading.failing_calls.get_mut(&self.info.name)?;
        planned.pop_front()
    }
}

impl Embedder for HashedWords {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], _purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        if let Some(failure) = self.planned() {
            return Err(failure);
        }
        obey(&self.info.name, texts.iter().copied())?;
        let vector = match self.info.similarity() {
            Similarity::Cosine => vector,
            Similarity::Dot => counts,
        };
        Ok(texts.iter().map(|text| vector(text)).collect())
    }

    fn gives_token_vectors(&self) -> bool {
        !lock(&self.loading).texts_alone
    }

    fn token_vectors(
        &mut self,
        texts: &[&str],
        _purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError> {
        obey(&self.info.name, texts.iter().copied())?;
        // As with a real one, what does not fit beside two special tokens is cut.
        let read = |text: &str| words(text).into_iter().take(MAX_TOKENS - 2);
        let vectors = |text: &&str| TokenVectors {
            dimensions: DIMENSIONS,
            values: read(text).flat_map(|word| vector(&word)).collect(),
        };
        Ok(texts.iter().map(vectors).collect())
    }
}

/// Does what the texts tell a model to.
pub(crate) fn obey<'a>(
    model: &str,
    mut texts: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), ModelError> {
    let says = |text: &str, wanted: &str| words(text).iter().any(|word| word == wanted);
    assert!(
        !texts.clone().any(|text| says(text, PANICS)),
        "{model} was told to panic"
    );
    if texts.clone().any(|text| says(text, ENDS)) {
        resume_unwind(Box::new(PanicsAgain));
    }
    if !texts.any(|text| says(text, FAILS)) {
        return Ok(());
    }
    Err(ModelError::Failed {
        model: model.to_owned(),
        message: "as it was told".to_owned(),
    })
}

/// What a panic leaves behind that panics where it is dropped, which is outside of the call.
struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a thread was told to end");
    }
}

fn absent(name: &str) -> ModelError {
    ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "pull it first".to_owned(),
    }
}
