use futures_util::StreamExt;
use riddle_core::{AskRequest, ChatId, Filter, MessageId, RerankOptions, RetrievalSettings};

use super::TestEngine;
use crate::chats::{ChatEvent, ChatQuestion, NewChat};
use crate::knowledge_bases::KnowledgeBasePatch;

/// A question that leaves everything to the knowledge base.
pub(crate) fn chat_question(text: &str) -> ChatQuestion {
    ChatQuestion {
        ask: AskRequest {
            question: text.to_owned(),
            top_k: None,
            top_n: None,
            fusion: None,
            rerank: None,
            reranking: RerankOptions::default(),
            filter: Filter::default(),
            chat_model: None,
            max_tokens: None,
            temperature: None,
            stop: Vec::new(),
            history: Vec::new(),
        },
        replaces: None,
    }
}

impl TestEngine {
    /// A chat about the one knowledge base.
    pub(crate) async fn chat(&self) -> ChatId {
        let chat = self.engine.create_chat(NewChat {
            title: None,
            knowledge_bases: vec![self.knowledge_base.name.clone()],
            chat_model: None,
        });
        chat.await.expect("a chat").summary.id
    }

    /// Asks in a chat and gives the id of the answer, once it is whole.
    pub(crate) async fn ask_in(
        &self,
        chat: ChatId,
        question: &str,
        top_k: Option<u32>,
    ) -> MessageId {
        let mut asked = chat_question(question);
        asked.ask.top_k = top_k;
        let events = self.engine.ask_in_chat(chat, asked);
        let events: Vec<_> = events.await.expect("it begins").collect().await;
        match events.into_iter().last().expect("an event") {
            Ok(ChatEvent::Done(message)) => message.id,
            other => panic!("{other:?} is no answer"),
        }
    }

    /// Changes how the knowledge base is searched.
    pub(crate) async fn retrieve_by(&self, retrieval: RetrievalSettings) {
        let patch = KnowledgeBasePatch {
            retrieval: Some(retrieval),
            ..KnowledgeBasePatch::default()
        };
        let base = &self.knowledge_base.name;
        let updated = self.engine.update_knowledge_base(base, patch).await;
        updated.expect("it is changed");
    }
}
