//! One OS thread owns one model; async code talks to it through a bounded queue.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{EngineError, InternalCause, caught};

/// Who goes first when a model is wanted by several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Priority {
    /// A question to embed: next to no work, and a search waits for it.
    Question,
    /// Somebody waits.
    Interactive,
    /// Ingest.
    Background,
}

type Job<M> = Box<dyn FnOnce(&mut M, Duration) + Send>;

/// A model on its own thread. Dropping it ends the thread after the call in work.
pub(crate) struct ModelThread<M> {
    queue: Arc<Queue<M>>,
    thread: Option<JoinHandle<()>>,
}

struct Queue<M> {
    state: Mutex<State<M>>,
    wake: Condvar,
    capacity: usize,
}

struct State<M> {
    questions: VecDeque<(Instant, Job<M>)>,
    interactive: VecDeque<(Instant, Job<M>)>,
    background: VecDeque<(Instant, Job<M>)>,
    closed: bool,
}

impl<M: Send + 'static> ModelThread<M> {
    /// Moves `model` to a thread called `name`. Each priority queues at most `capacity` calls.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn spawn(name: &str, capacity: usize, mut model: M) -> std::io::Result<Self> {
        let queue = Arc::new(Queue {
            state: Mutex::new(State {
                questions: VecDeque::new(),
                interactive: VecDeque::new(),
                background: VecDeque::new(),
                closed: false,
            }),
            wake: Condvar::new(),
            capacity,
        });
        let worker = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some((queued_at, job)) = worker.next() {
                    job(&mut model, queued_at.elapsed());
                }
            })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Runs `call`, of which `doing` tells in the log, on the model and returns its result and how long it waited. A call whose future is dropped before
    /// its turn never runs.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when the queue is full, [`EngineError::Internal`] when the call panicked.
    pub(crate) async fn run<R, F>(
        &self,
        doing: &'static str,
        priority: Priority,
        call: F,
    ) -> Result<(R, Duration), EngineError>
    where
        R: Send + 'static,
        F: FnOnce(&mut M) -> R + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job<M> = Box::new(move |model, waited| {
            if !answer.is_closed() {
                // The receiver may have gone meanwhile; then nobody wants the result.
                let _ = answer.send((caught(|| call(model)), waited));
            }
        });
        self.queue.push(priority, job)?;
        let (result, waited) = answered
            .await
            .map_err(|_closed| EngineError::internal(doing, InternalCause::Gone))?;
        let result = result.map_err(|cause| EngineError::internal(doing, cause))?;
        Ok((result, waited))
    }

    /// Calls waiting now, of all priorities.
    pub(crate) fn waiting(&self) -> usize {
        let state = self.queue.lock();
        state.questions.len() + state.interactive.len() + state.background.len()
    }
}

impl<M> Queue<M> {
    fn lock(&self) -> std::sync::MutexGuard<'_, State<M>> {
        // No code that can panic runs under the lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, priority: Priority, job: Job<M>) -> Result<(), EngineError> {
        let mut state = self.lock();
        let line = match priority {
            Priority::Question => &mut state.questions,
            Priority::Interactive => &mut state.interactive,
            Priority::Background => &mut state.background,
        };
        if line.len() >= self.capacity {
            return Err(EngineError::Overloaded { retry_after_s: 2 });
        }
        line.push_back((Instant::now(), job));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    fn next(&self) -> Option<(Instant, Job<M>)> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.questions.pop_front() {
                return Some(job);
            }
            if let Some(job) = state.interactive.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            if let Some(job) = state.background.pop_front() {
                return Some(job);
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<M> Drop for ModelThread<M> {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // A model that panicked has already been reported to its callers.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn questions_overtake_interactive_calls_and_these_background_ones() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let thread = Arc::new(ModelThread::spawn("test", 8, Vec::<&str>::new()).expect("a thread"));
        let blocked = Arc::clone(&thread);
        let first = tokio::spawn(async move {
            blocked
                .run("testing", Priority::Background, move |_| held.recv())
                .await
        });
        while thread.waiting() > 0 || !started(&thread) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let background = thread.run("testing", Priority::Background, |log| {
            log.push("background")
        });
        let interactive = thread.run("testing", Priority::Interactive, |log| {
            log.push("interactive")
        });
        let question = thread.run("testing", Priority::Question, |log| log.push("question"));
        let release = async { hold.send(()).expect("the first call waits") };
        let (background, interactive, question, ()) =
            tokio::join!(background, interactive, question, release);
        background.expect("runs");
        question.expect("runs");
        interactive.expect("runs");
        first
            .await
            .expect("joins")
            .expect("runs")
            .0
            .expect("was released");
        let (log, _) = thread
            .run("testing", Priority::Interactive, |log| log.clone())
            .await
            .expect("runs");
        assert_eq!(log, ["question", "interactive", "background"]);
    }

    fn started<M>(thread: &ModelThread<M>) -> bool
    where
        M: Send + 'static,
    {
        thread.waiting() == 0
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_gone_caller_is_skipped() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (running, is_running) = std::sync::mpsc::channel::<()>();
        let thread = Arc::new(ModelThread::spawn("test", 1, 0_u32).expect("a thread"));
        let blocked = Arc::clone(&thread);
        let first = tokio::spawn(async move {
            blocked
                .run("testing", Priority::Interactive, move |_| {
                    running.send(()).expect("the test waits");
                    held.recv()
                })
                .await
        });
        tokio::task::spawn_blocking(move || is_running.recv())
            .await
            .expect("joins")
            .expect("runs");
        let mut gone = Box::pin(thread.run("testing", Priority::Interactive, |count| *count += 1));
        assert!(futures_util::poll!(&mut gone).is_pending());
        let refused = thread
            .run("testing", Priority::Interactive, |count| *count += 1)
            .await;
        assert!(matches!(refused, Err(EngineError::Overloaded { .. })));
        drop(gone);
        hold.send(()).expect("the first call waits");
        first
            .await
            .expect("joins")
            .expect("runs")
            .0
            .expect("was released");
        while thread.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (count, _) = thread
            .run("testing", Priority::Interactive, |count| *count)
            .await
            .expect("runs");
        assert_eq!(count, 0);
    }
}
