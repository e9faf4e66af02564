use std::sync::Arc;

use riddle_core::{
    ChatModel, Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, ModelProvider,
    Pair, PairScore, Purpose, RerankKind, Reranker, RerankerInfo, ScoreOptions, ScoreScale,
    TokenVectors,
};

use crate::words::{DIMENSIONS, Words, vector, words};

/// A text that holds this word makes a model panic.
pub const PANICS: &str = "boom";
/// A text that holds this word makes a model fail.
pub const FAILS: &str = "fault";
/// Name of the embedder.
pub const EMBEDDER: &str = "hashed-words";
/// Name of the reranker.
pub const RERANKER: &str = "common-words";

const MAX_TOKENS: usize = 256;

/// An embedder of hashed words and, where wanted, a reranker that counts words in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FakeModels {
    /// Whether the reranker is here.
    pub reranker: bool,
}

impl ModelProvider for FakeModels {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        if name != EMBEDDER {
            return Err(absent(name));
        }
        Ok(hashed_words(name, LanguageCoverage::Multilingual))
    }

    fn load_reranker(&self, name: &str) -> Result<Box<dyn Reranker>, ModelError> {
        if name != RERANKER || !self.reranker {
            return Err(absent(name));
        }
        let info = RerankerInfo {
            name: RERANKER.to_owned(),
            kind: RerankKind::CrossEncoder,
            max_tokens: MAX_TOKENS,
            scale: ScoreScale::Logit,
            default_weight: 1.0,
            device: "cpu".to_owned(),
            layers: None,
        };
        Ok(Box::new(CommonWords { info }))
    }

    fn default_embedder(&self) -> Option<String> {
        Some(EMBEDDER.to_owned())
    }

    fn default_reranker(&self) -> Option<String> {
        self.reranker.then(|| RERANKER.to_owned())
    }

    fn chat_model(&self) -> Result<Option<Arc<dyn ChatModel>>, ModelError> {
        Ok(None)
    }
}

/// An embedder of this name, whose vectors are those of [`vector`].
pub fn hashed_words(name: &str, languages: LanguageCoverage) -> LoadedEmbedder {
    let info = EmbedderInfo {
        name: name.to_owned(),
        fingerprint: name.to_owned(),
        compatible: vec![format!("{name}-before")],
        dimensions: DIMENSIONS,
        max_tokens: MAX_TOKENS,
        languages,
        device: "cpu".to_owned(),
    };
    LoadedEmbedder {
        embedder: Box::new(HashedWords { info }),
        tokenizer: Arc::new(Words),
    }
}

struct HashedWords {
    info: EmbedderInfo,
}

impl Embedder for HashedWords {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], _purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        obey(&self.info.name, texts.iter().copied())?;
        Ok(texts.iter().map(|text| vector(text)).collect())
    }

    fn token_vectors(
        &mut self,
        texts: &[&str],
        _purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError> {
        obey(&self.info.name, texts.iter().copied())?;
        let vectors = |text: &&str| TokenVectors {
            dimensions: DIMENSIONS,
            values: words(text).iter().flat_map(|word| vector(word)).collect(),
        };
        Ok(texts.iter().map(vectors).collect())
    }
}

struct CommonWords {
    info: RerankerInfo,
}

impl Reranker for CommonWords {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let texts = pairs.iter().flat_map(|pair| [pair.query, pair.passage]);
        obey(&self.info.name, texts)?;
        let score = |pair: &Pair<'_>| {
            let passage = words(pair.passage);
            let common = words(pair.query);
            let common = common.iter().filter(|word| passage.contains(word));
            Some(PairScore {
                raw: common.count() as f32,
                tokens: u32::try_from(passage.len()).unwrap_or(u32::MAX),
                truncated: false,
                window: None,
            })
        };
        Ok(pairs.iter().map(score).collect())
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let fits = |pair: &Pair<'_>| words(pair.passage).len() <= MAX_TOKENS;
        Ok(pairs.iter().map(fits).collect())
    }
}

/// Does what the texts tell a model to.
fn obey<'a>(
    model: &str,
    mut texts: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), ModelError> {
    assert!(
        texts.clone().all(|text| !text.contains(PANICS)),
        "{model} was told to panic"
    );
    if !texts.any(|text| text.contains(FAILS)) {
        return Ok(());
    }
    Err(ModelError::Failed {
        model: model.to_owned(),
        message: "as it was told".to_owned(),
    })
}

fn absent(name: &str) -> ModelError {
    ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "pull it first".to_owned(),
    }
}
