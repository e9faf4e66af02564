use std::path::PathBuf;

use anyhow::{bail, ensure};
use riddle_core::{LanguageCoverage, SAFE_WEIGHT, ScoreScale};
use riddle_engine::bounds::MAX_MODEL_NAME_CHARS;
use riddle_remote::RerankApi;
use serde::Deserialize;

/// Tokens that most encoders read.
const MAX_TOKENS: usize = 512;
/// Fewer leave no room for a question beside a passage.
const LEAST_TOKENS: usize = 64;

/// Embedders and rerankers of other servers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RemoteModels {
    pub(crate) embedders: Vec<RemoteEmbedder>,
    pub(crate) rerankers: Vec<RemoteReranker>,
}

/// An embedder behind OpenAI's `/embeddings`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoteEmbedder {
    /// The name that it has here.
    pub(crate) name: String,
    /// Address up to and with the version, such as `http://gpu:8080/v1`.
    pub(crate) base_url: String,
    /// The name that its server knows, if it is another.
    pub(crate) model: Option<String>,
    /// File with that server's API key.
    pub(crate) api_key_file: Option<PathBuf>,
    /// Longest input in tokens.
    #[serde(default = "max_tokens")]
    pub(crate) max_tokens: usize,
    /// Put before questions.
    #[serde(default)]
    pub(crate) query_prefix: String,
    /// Put before passages.
    #[serde(default)]
    pub(crate) passage_prefix: String,
    /// ISO 639-1 codes of the languages that it knows; all where there are none.
    #[serde(default)]
    languages: Vec<String>,
}

/// A reranker behind `/rerank`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoteReranker {
    /// The name that it has here.
    pub(crate) name: String,
    /// Address that `/rerank` is put behind, such as `http://gpu:8080/v1`.
    pub(crate) base_url: String,
    /// The name that its server knows, if it is another.
    pub(crate) model: Option<String>,
    /// File with that server's API key.
    pub(crate) api_key_file: Option<PathBuf>,
    /// How it wants to be asked.
    #[serde(default)]
    pub(crate) api: RerankApi,
    /// Longest pair in tokens.
    #[serde(default = "max_tokens")]
    pub(crate) max_tokens: usize,
    /// `similarity` for scores of 0 to 1, which most servers give, `logit` for any number.
    #[serde(default = "similarity")]
    pub(crate) scale: ScoreScale,
    /// Its share in the final order where nobody says.
    #[serde(default = "safe_weight")]
    pub(crate) default_weight: f32,
    /// ISO 639-1 codes of the languages that it knows; all where there are none.
    #[serde(default)]
    languages: Vec<String>,
}

fn max_tokens() -> usize {
    MAX_TOKENS
}

fn similarity() -> ScoreScale {
    ScoreScale::Similarity
}

fn safe_weight() -> f32 {
    SAFE_WEIGHT
}

impl RemoteModels {
    /// Refuses models that cannot be told apart or asked for.
    pub(super) fn checked(self) -> anyhow::Result<Self> {
        self.check_names()?;
        let embedders = self.embedders.iter();
        let embedders = embedders.map(|one| (&one.name, &one.base_url, one.max_tokens));
        let rerankers = self.rerankers.iter();
        let rerankers = rerankers.map(|one| (&one.name, &one.base_url, one.max_tokens));
        for (name, base_url, max_tokens) in embedders.chain(rerankers) {
            if let Err(why) = riddle_client::address(base_url, "x") {
                bail!("`models.remote`: `base_url` of `{name}` {why}");
            }
            ensure!(
                max_tokens >= LEAST_TOKENS,
                "`models.remote`: `max_tokens` of `{name}` must be at least {LEAST_TOKENS}"
            );
        }
        for reranker in &self.rerankers {
            ensure!(
                (0.0..=1.0).contains(&reranker.default_weight),
                "`models.remote`: `default_weight` of `{}` must be between 0 and 1",
                reranker.name
            );
        }
        Ok(self)
    }

    fn check_names(&self) -> anyhow::Result<()> {
        let mut names: Vec<&str> = self.names().collect();
        for name in &names {
            ensure!(
                !name.trim().is_empty(),
                "`models.remote` has a model without a name"
            );
            ensure!(
                *name != "default",
                "`models.remote` cannot have a model named `default`, which stands for the one that is used unasked"
            );
            ensure!(
                name.chars().count() <= MAX_MODEL_NAME_CHARS,
                "`models.remote` has a model with a name of more than {MAX_MODEL_NAME_CHARS} characters"
            );
        }
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("`models.remote` has two models named `{}`", twice[0]);
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let embedders = self.embedders.iter().map(|one| one.name.as_str());
        embedders.chain(self.rerankers.iter().map(|one| one.name.as_str()))
    }

    /// Whether the configuration names such a model.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// The embedder of this name.
    pub(crate) fn embedder(&self, name: &str) -> Option<&RemoteEmbedder> {
        self.embedders.iter().find(|one| one.name == name)
    }

    /// The reranker of this name.
    pub(crate) fn reranker(&self, name: &str) -> Option<&RemoteReranker> {
        self.rerankers.iter().find(|one| one.name == name)
    }
}

impl RemoteEmbedder {
    pub(crate) fn languages(&self) -> LanguageCoverage {
        coverage(&self.languages)
    }
}

impl RemoteReranker {
    pub(crate) fn languages(&self) -> LanguageCoverage {
        coverage(&self.languages)
    }
}

fn coverage(languages: &[String]) -> LanguageCoverage {
    match languages {
        [] => LanguageCoverage::Multilingual,
        some => LanguageCoverage::Only(some.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<RemoteModels> {
        toml::from_str::<RemoteModels>(text)?.checked()
    }

    #[test]
    fn what_is_not_said_is_what_most_servers_do() {
        let models = read(
            "[[rerankers]]\nname = \"big\"\nbase_url = \"http://gpu:8080\"\napi = \"tei\"\n\
             [[embedders]]\nname = \"m3\"\nbase_url = \"http://gpu:8081/v1\"\nlanguages = [\"en\"]\n",
        )
        .expect("sound");
        let reranker = models.reranker("big").expect("there");
        assert_eq!((reranker.api, reranker.max_tokens), (RerankApi::Tei, 512));
        assert_eq!(reranker.scale, ScoreScale::Similarity);
        assert_eq!(reranker.languages(), LanguageCoverage::Multilingual);
        let embedder = models.embedder("m3").expect("there");
        assert!(!embedder.languages().covers("zh"));
        assert!(models.has("m3") && !models.has("other"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_key() {
        let model = |table: &str, more: &str| {
            format!("[[{table}]]\nname = \"a\"\nbase_url = \"http://one.example\"\n{more}\n")
        };
        for (text, key) in [
            (
                model("rerankers", "") + &model("embedders", ""),
                "two models named `a`",
            ),
            (model("rerankers", "max_tokens = 8"), "max_tokens"),
            (model("rerankers", "default_weight = 2.0"), "default_weight"),
            (model("embedders", "api = \"tei\""), "api"),
            (
                model("embedders", "").replace("\"a\"", "\" \""),
                "without a name",
            ),
            (
                model("embedders", "").replace("http://one", "one"),
                "`base_url` of `a`",
            ),
            (
                model("rerankers", "").replace("\"a\"", "\"default\""),
                "named `default`",
            ),
            (
                model("embedders", "").replace("\"a\"", &format!("\"{}\"", "x".repeat(201))),
                "200 characters",
            ),
        ] {
            let error = format!("{:#}", read(&text).expect_err(&text));
            assert!(error.contains(key), "{error}");
        }
    }
}
