//! Which questions of chats are searched in another way too, once nobody asks anything.

use riddle_core::{AskRequest, ContentHash, Filter, KnowledgeBaseId, MessageId, RerankOptions};

use crate::error::EngineError;
use crate::shared::Shared;

/// Questions in line at most; where people leave no time, further ones are not put there.
const LONGEST_LINE: u32 = 1_000;

/// Whether a question is searched as its knowledge base is set, so that the figures are of those settings.
pub(crate) fn as_set(ask: &AskRequest) -> bool {
    ask.top_k.is_none()
        && ask.top_n.is_none()
        && ask.fusion.is_none()
        && ask.rerank.is_none()
        && ask.reranking == RerankOptions::default()
        && ask.filter == Filter::default()
}

impl Shared {
    /// Puts a question that was answered in line, if it is one of the share.
    pub(crate) async fn offer_live_question(
        &self,
        message: MessageId,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<(), EngineError> {
        if !is_drawn(message, self.options.live.share) {
            return Ok(());
        }
        let now = self.clock.now();
        let put = self
            .store
            .insert_live_question(message, knowledge_base, now, LONGEST_LINE);
        if put.await? {
            self.live_wanted.notify_one();
        }
        Ok(())
    }
}

/// Draws by the id of the answer: nobody can choose, and asking again draws anew.
fn is_drawn(message: MessageId, share: f64) -> bool {
    let hash = ContentHash::of(message.0.as_bytes());
    let first = hash.0.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first) as f64 / 2_f64.powi(64) < share
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_share_is_drawn_evenly_and_the_same_each_time() {
        let drawn = |share| {
            let messages = (0..10_000).map(|number| MessageId(Uuid::from_u128(number)));
            messages.filter(|message| is_drawn(*message, share)).count()
        };
        assert_eq!((drawn(0.0), drawn(1.0)), (0, 10_000));
        assert!((900..1_100).contains(&drawn(0.1)), "{}", drawn(0.1));
        assert_eq!(drawn(0.5), drawn(0.5));
    }
}
