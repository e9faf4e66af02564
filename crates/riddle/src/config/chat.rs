use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use riddle_core::Rewriting;
use riddle_llm::UNNAMED;
use serde::Deserialize;

/// Which language model answers, and which others can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChatConfig {
    /// Catalogue name of a local model, `extractive` for none, or the name that the server behind `base_url` knows,
    /// which may be left out where that server has one model.
    pub(crate) model: Option<String>,
    /// OpenAI-compatible server, such as `http://127.0.0.1:11434/v1`.
    pub(crate) base_url: Option<String>,
    /// Other models of that server, which can be chosen.
    pub(crate) models: Vec<String>,
    /// File with that server's API key.
    pub(crate) api_key_file: Option<PathBuf>,
    /// Tokens that prompt and answer share.
    pub(crate) context_tokens: Option<u32>,
    /// Further OpenAI-compatible servers, whose models can be chosen.
    pub(crate) servers: Vec<ChatServer>,
    /// Models of this machine in memory at the same time, where questions choose different ones.
    pub(crate) max_loaded: NonZeroUsize,
    /// How follow-ups of a chat are rewritten before they are searched.
    pub(crate) rewrite: Rewrite,
}

/// An OpenAI-compatible server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatServer {
    base_url: String,
    /// The names that it knows its models by.
    models: Vec<String>,
    /// File with its API key.
    #[serde(default)]
    api_key_file: Option<PathBuf>,
    /// Tokens that prompt and answer share.
    #[serde(default)]
    context_tokens: Option<u32>,
}

/// A language model of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RemoteChat<'a> {
    /// The name that the server knows, if it is named.
    pub(crate) model: &'a str,
    /// Whether the configuration names it; else it is the only one that the server has.
    pub(crate) is_named: bool,
    pub(crate) base_url: &'a str,
    pub(crate) api_key_file: Option<&'a Path>,
    pub(crate) context_tokens: Option<u32>,
}

/// How follow-ups of a chat become questions that can be searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rewrite {
    /// By the language model that answers, if it writes well, else by the words of the question before
    #[default]
    Auto,
    /// By the words of the question before
    Terms,
    /// By the language model that answers, whatever it is
    Model,
    /// Not at all
    Off,
}

impl ChatConfig {
    /// The models of all servers, the one that answers unasked first. Where two servers have the same name, the first
    /// one's is meant.
    pub(crate) fn remotes(&self) -> impl Iterator<Item = RemoteChat<'_>> {
        let usual = self.model.as_deref();
        let of_usual = self
            .base_url
            .as_deref()
            .into_iter()
            .flat_map(move |base_url| {
                let others = self.models.iter().map(|model| Some(model.as_str()));
                let names = std::iter::once(usual).chain(others);
                names.map(move |model| RemoteChat {
                    model: model.unwrap_or(UNNAMED),
                    is_named: model.is_some(),
                    base_url,
                    api_key_file: self.api_key_file.as_deref(),
                    context_tokens: self.context_tokens,
                })
            });
        of_usual.chain(self.servers.iter().flat_map(ChatServer::remotes))
    }

    /// The model of this name, if a server has one.
    pub(crate) fn remote(&self, name: &str) -> Option<RemoteChat<'_>> {
        self.remotes().find(|remote| remote.model == name)
    }

    /// Refuses servers without models and models without a server.
    pub(super) fn checked(self) -> anyhow::Result<Self> {
        ensure!(
            self.models.is_empty() || self.base_url.is_some(),
            "`chat.models` are models of the server at `chat.base_url`, which is missing"
        );
        for server in &self.servers {
            ensure!(
                !server.models.is_empty(),
                "`chat.servers` names no models of {}; list the names that it knows as `models`",
                server.base_url
            );
        }
        let mut named = self
            .models
            .iter()
            .chain(self.servers.iter().flat_map(|s| &s.models));
        ensure!(
            named.all(|name| !name.trim().is_empty()),
            "`chat.models` and `chat.servers` have a model without a name"
        );
        Ok(self)
    }
}

impl ChatServer {
    fn remotes(&self) -> impl Iterator<Item = RemoteChat<'_>> {
        self.models.iter().map(|model| RemoteChat {
            model,
            is_named: true,
            base_url: &self.base_url,
            api_key_file: self.api_key_file.as_deref(),
            context_tokens: self.context_tokens,
        })
    }
}

impl From<Rewrite> for Rewriting {
    fn from(rewrite: Rewrite) -> Self {
        match rewrite {
            Rewrite::Auto => Self::Auto,
            Rewrite::Terms => Self::Terms,
            Rewrite::Model => Self::Model,
            Rewrite::Off => Self::Off,
        }
    }
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            model: None,
            base_url: None,
            models: Vec::new(),
            api_key_file: None,
            context_tokens: None,
            servers: Vec::new(),
            max_loaded: NonZeroUsize::MIN,
            rewrite: Rewrite::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<ChatConfig> {
        toml::from_str::<ChatConfig>(text)
            .expect("a configuration")
            .checked()
    }

    #[test]
    fn models_of_several_servers_are_found_by_their_names() {
        let config = read(
            r#"
            model = "small"
            base_url = "http://one.example/v1"
            models = ["large"]
            context_tokens = 4096
            [[servers]]
            base_url = "http://two.example/v1"
            models = ["large", "other"]
            api_key_file = "key"
            "#,
        )
        .expect("sound");
        let names: Vec<&str> = config.remotes().map(|remote| remote.model).collect();
        assert_eq!(names, ["small", "large", "large", "other"]);
        let large = config.remote("large").expect("there");
        assert_eq!(
            (large.base_url, large.context_tokens),
            ("http://one.example/v1", Some(4096))
        );
        let other = config.remote("other").expect("there");
        assert_eq!(
            (other.base_url, other.context_tokens),
            ("http://two.example/v1", None)
        );
        assert_eq!(other.api_key_file, Some(Path::new("key")));
        assert!(config.remote("none").is_none());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_key() {
        for (text, key) in [
            ("models = [\"a\"]", "chat.base_url"),
            (
                "[[servers]]\nbase_url = \"http://one.example\"\nmodels = []",
                "chat.servers",
            ),
            (
                "[[servers]]\nbase_url = \"http://one.example\"\nmodels = [\" \"]",
                "without a name",
            ),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
