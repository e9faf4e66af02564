use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::EngineError;

/// How many of each kind go on at the same time.
const AT_ONCE: usize = 2;
/// How many runs are counted anew at the same time: of one run the two would mix what they count with.
const RECOUNTED_AT_ONCE: usize = 1;
/// How many large answers are sent at the same time. A reader may be slow.
const SENT_AT_ONCE: usize = 4;
/// How long a request waits for its turn. A screen asks for several things at once.
const WAIT: Duration = Duration::from_secs(3);
/// Seconds after which a request that was refused may come again.
const RETRY_AFTER_S: u32 = 5;

/// Lets few requests read whole sets and runs at a time, apart from the permits of searches, so that what people ask
/// does not suffer. What goes on for minutes has permits of its own.
pub(super) struct Admission {
    reading: Arc<Semaphore>,
    importing: Arc<Semaphore>,
    making: Arc<Semaphore>,
    recounting: Arc<Semaphore>,
    sending: Arc<Semaphore>,
    wait: Duration,
}

/// To be kept until a large answer has been sent.
#[derive(Debug)]
pub struct SendingPermit {
    _permit: OwnedSemaphorePermit,
}

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Reads all of a set or a run, or searches for many questions.
    Reading,
    /// Makes a set of files, and a knowledge base where they bring documents.
    Importing,
    /// Makes questions, or has a language model judge.
    Making,
    /// Counts a run anew.
    Recounting,
    /// Holds an answer in memory for as long as its client reads.
    Sending,
}

impl Default for Admission {
    fn default() -> Self {
        Self::waiting(WAIT)
    }
}

impl Admission {
    fn waiting(wait: Duration) -> Self {
        let permits = || Arc::new(Semaphore::new(AT_ONCE));
        Self {
            reading: permits(),
            importing: permits(),
            making: permits(),
            recounting: Arc::new(Semaphore::new(RECOUNTED_AT_ONCE)),
            sending: Arc::new(Semaphore::new(SENT_AT_ONCE)),
            wait,
        }
    }

    /// A permit to do this, to be kept until it is done. Refused if none becomes free soon.
    pub(super) async fn permit(&self, work: Work) -> Result<OwnedSemaphorePermit, EngineError> {
        let permits = match work {
            Work::Reading => &self.reading,
            Work::Importing => &self.importing,
            Work::Making => &self.making,
            Work::Recounting => &self.recounting,
            Work::Sending => &self.sending,
        };
        let turn = tokio::time::timeout(self.wait, Arc::clone(permits).acquire_owned()).await;
        // They are never closed.
        turn.ok()
            .and_then(Result::ok)
            .ok_or(EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            })
    }

    /// A permit for what is large, to be kept until it has been sent.
    pub(super) async fn sending(&self) -> Result<SendingPermit, EngineError> {
        let permit = self.permit(Work::Sending).await?;
        Ok(SendingPermit { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_finds_all_permits_taken_is_refused_in_the_end() {
        let admission = Admission::waiting(Duration::from_millis(1));
        let first = admission.permit(Work::Reading).await.expect("it is free");
        let _second = admission.permit(Work::Reading).await.expect("it is free");
        let refused = admission.permit(Work::Reading).await;
        assert_eq!(refused.expect_err("all are taken").code(), "overloaded");
        // Who makes questions for minutes keeps nobody from reading, nor the other way round.
        drop(admission.permit(Work::Making).await.expect("it is free"));
        drop(admission.permit(Work::Importing).await.expect("it is free"));
        let recounting = admission.permit(Work::Recounting).await;
        let second = admission.permit(Work::Recounting).await;
        assert_eq!(second.expect_err("one is counted").code(), "overloaded");
        drop(recounting.expect("it is free"));
        drop(admission.sending().await.expect("it is free"));
        drop(first);
        drop(admission.permit(Work::Reading).await.expect("it is free"));
    }

    #[tokio::test]
    async fn a_request_waits_for_its_turn() {
        let admission = Admission::waiting(Duration::from_secs(600));
        let first = admission.permit(Work::Making).await.expect("it is free");
        let _second = admission.permit(Work::Making).await.expect("it is free");
        let mut waiting = pin!(admission.permit(Work::Making));
        assert!(waiting.as_mut().now_or_never().is_none(), "it waits");
        drop(first);
        drop(waiting.await.expect("its turn comes"));
    }
}
