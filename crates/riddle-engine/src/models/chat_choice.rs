use std::sync::Arc;

use riddle_core::{AnswerMode, ChatModel, ModelError, Notice};

use super::{Models, check_name};
use crate::error::EngineError;

/// Which language model answers: the one that the request names, else that of the chat, else that of the first
/// knowledge base, else the server's.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct ChatChoice {
    name: Option<String>,
    /// Whether the request itself named it.
    asked: bool,
}

/// The language model that answers, and what the answer says of the choice.
pub(crate) struct ChosenChat {
    /// `None` where the answer is quoted.
    pub(crate) model: Option<Arc<dyn ChatModel>>,
    pub(crate) notices: Vec<Notice>,
}

impl ChatChoice {
    /// What the request asks for, else what is kept for it.
    pub(crate) fn of(asked: Option<String>, kept: Option<&str>) -> Self {
        Self {
            asked: asked.is_some(),
            name: asked.or_else(|| kept.map(str::to_owned)),
        }
    }

    /// With another one kept, which goes before the one that was kept.
    pub(crate) fn keeping(self, kept: Option<String>) -> Self {
        if self.asked || kept.is_none() {
            return self;
        }
        Self {
            name: kept,
            asked: false,
        }
    }
}

impl Models {
    /// What a language model is called that was chosen, by whichever of its names; refuses one that cannot be chosen.
    /// `field` is where it stands. Nothing is loaded.
    pub(crate) fn check_chat(
        &self,
        field: &str,
        name: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        let Some(name) = name else {
            return Ok(None);
        };
        if name == AnswerMode::Extractive.as_str() {
            return Ok(Some(name.to_owned()));
        }
        let found = check_name(name).and_then(|()| self.provider.find_chat(name));
        match found {
            Ok(found) => Ok(Some(found.name)),
            Err(error) => Err(EngineError::invalid_as(
                field,
                format!("`{field}`: {error}; `extractive` quotes the sources without any"),
            )),
        }
    }

    /// The same of what a request asks for itself.
    pub(crate) fn check_asked_chat(&self, choice: &ChatChoice) -> Result<(), EngineError> {
        let asked = choice.name.as_deref().filter(|_| choice.asked);
        self.check_chat("chat_model", asked).map(drop)
    }

    /// The language model that answers, loaded if it was not. In place of one that is kept and not here, the server's.
    pub(crate) async fn chosen_chat(&self, choice: &ChatChoice) -> Result<ChosenChat, EngineError> {
        self.chosen_or(choice, self.provider.default_chat()).await
    }

    /// The language model that comparisons measure times with.
    pub(crate) async fn chat_to_compare(
        &self,
        choice: &ChatChoice,
    ) -> Result<ChosenChat, EngineError> {
        let default = self.provider.default_chat();
        let default = default.or_else(|| self.provider.chat_at_hand());
        self.chosen_or(choice, default).await
    }

    /// The name of the language model that answers; `None` where the answer is quoted.
    pub(crate) fn chosen_chat_name(&self, choice: &ChatChoice) -> Option<String> {
        match choice.name.as_deref() {
            Some(name) if name == AnswerMode::Extractive.as_str() => None,
            Some(name) => match self.provider.find_chat(name) {
                Ok(found) => Some(found.name),
                Err(_) => self.provider.default_chat(),
            },
            None => self.provider.default_chat(),
        }
    }

    /// Whether the language model that answers writes well. One that cannot be found is as good as any: whoever wants
    /// it is told.
    pub(crate) fn writes_well(&self, choice: &ChatChoice) -> bool {
        let Some(name) = self.chosen_chat_name(choice) else {
            return false;
        };
        self.provider
            .find_chat(&name)
            .is_ok_and(|found| found.writes_well)
    }

    /// Why the server's language model cannot be used, if so.
    pub(super) fn chat_failure(&self, name: &str) -> Option<ModelError> {
        let found = match self.provider.find_chat(name) {
            Ok(found) => found,
            Err(error) => return Some(error),
        };
        self.chats.failure(&found.name)
    }

    async fn chosen_or(
        &self,
        choice: &ChatChoice,
        default: Option<String>,
    ) -> Result<ChosenChat, EngineError> {
        let mut notices = Vec::new();
        match choice.name.as_deref() {
            Some(name) if name == AnswerMode::Extractive.as_str() => {
                return Ok(ChosenChat {
                    model: None,
                    notices,
                });
            }
            Some(name) => match self.load_chat(name).await {
                Err(EngineError::Model(error)) if !choice.asked => {
                    tracing::warn!(%error, "the server's language model answers in place of a chosen one");
                    notices.push(Notice::ChatModelUnavailable {
                        model: name.to_owned(),
                        instead: Some(self.shown_name(default.as_deref())),
                    });
                }
                loaded => {
                    return Ok(ChosenChat {
                        model: Some(loaded?),
                        notices,
                    });
                }
            },
            None => {}
        }
        let model = match default {
            Some(name) => Some(self.load_chat(&name).await?),
            None => None,
        };
        if model.is_none() {
            notices.push(Notice::NoLanguageModel);
        }
        Ok(ChosenChat { model, notices })
    }

    /// What answers, by its own name; `extractive` where that is no model.
    fn shown_name(&self, chat: Option<&str>) -> String {
        let name = chat.unwrap_or(AnswerMode::Extractive.as_str());
        match self.provider.find_chat(name) {
            Ok(found) => found.name,
            Err(_) => name.to_owned(),
        }
    }

    async fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, EngineError> {
        check_name(name)?;
        let found = self.provider.find_chat(name)?;
        let (provider, wanted) = (Arc::clone(&self.provider), found.name.clone());
        let writing = self.writing.clone();
        let load = move || {
            let chat = provider.load_chat(&wanted)?;
            Ok(writing.counted(chat))
        };
        Ok(self.chats.get(found, load).await?)
    }
}
