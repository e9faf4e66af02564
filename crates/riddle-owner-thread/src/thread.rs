use std::fmt;
use std::sync::mpsc::{SendError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::panicked::caught;
use crate::{Panicked, Queue};

/// The handle of a thread that owns a model. Dropping it closes the queue and joins the thread.
pub struct OwnerThread<Q: Queue> {
    line: Arc<Line<Q>>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's own end of the queue.
pub struct Owner<Q: Queue, R> {
    line: Arc<Line<Q>>,
    ready: SyncSender<R>,
}

/// Proof that a thread has served until its handle was dropped, or until it could not go on.
#[derive(Debug)]
pub struct Served(());

/// Why a thread does not serve.
#[derive(Debug)]
pub enum StartError<E> {
    /// The operating system gives no thread.
    NoThread(std::io::Error),
    /// What it was to own could not be made.
    Failed(E),
    /// Making it panicked.
    Panicked(Panicked),
}

impl<E: fmt::Display> fmt::Display for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThread(error) => write!(f, "no thread is to be had: {error}"),
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(panicked) => panicked.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for StartError<E> {}

/// Why a request was not taken. It comes back.
#[derive(Debug)]
pub enum PushError<T> {
    /// The queue is full.
    Full(T),
    /// The thread has ended, because its queue panicked.
    Ended(T),
}

struct Line<Q> {
    state: Mutex<State<Q>>,
    wake: Condvar,
}

struct State<Q> {
    /// `None` once the thread has ended before its handle was dropped.
    queue: Option<Q>,
    closed: bool,
}

impl<Q: Queue> OwnerThread<Q> {
    /// Starts a thread on which `own` makes a model and then has it [`Owner::serve`]. Blocks until it does, and returns
    /// what it tells of itself.
    ///
    /// # Errors
    /// There is no thread, or `own` failed or panicked.
    pub fn spawn<R, E>(
        thread: Builder,
        queue: Q,
        own: impl FnOnce(Owner<Q, R>) -> Result<Served, E> + Send + 'static,
    ) -> Result<(Self, R), StartError<E>>
    where
        R: Send + 'static,
        E: Send + 'static,
    {
        let line = Arc::new(Line {
            state: Mutex::new(State {
                queue: Some(queue),
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let (ready, is_ready) = sync_channel(1);
        let (failed, has_failed) = sync_channel(0);
        let owner = Owner {
            line: Arc::clone(&line),
            ready,
        };
        let run = move || {
            let problem = match caught(|| own(owner)) {
                Ok(Ok(Served(()))) => return,
                Ok(Err(error)) => StartError::Failed(error),
                Err(panicked) => StartError::Panicked(panicked),
            };
            // Nobody listens to a thread that has begun to serve.
            if let Err(SendError(StartError::Panicked(panicked))) = failed.send(problem) {
                tracing::error!(%panicked, "dropping a model panicked");
            }
        };
        let thread = thread.spawn(run).map_err(StartError::NoThread)?;
        let handle = Self {
            line,
            thread: Some(thread),
        };
        match is_ready.recv() {
            Ok(told) => Ok((handle, told)),
            Err(_gone) => Err(has_failed
                .recv()
                .unwrap_or_else(|_gone| StartError::Panicked(Panicked::of(&())))),
        }
    }

    /// Hands in a request.
    ///
    /// # Errors
    /// Gives it back where the queue is full, and where the thread has ended.
    pub fn push(&self, request: Q::Request) -> Result<Q::Ticket, PushError<Q::Request>> {
        let mut state = self.line.lock();
        let Some(queue) = &mut state.queue else {
            return Err(PushError::Ended(request));
        };
        let ticket = queue.push(request).map_err(PushError::Full)?;
        drop(state);
        self.line.wake.notify_one();
        Ok(ticket)
    }

    /// Looks into the queue, or takes something back; `None` where the thread has ended. `look` runs under the queue's
    /// lock.
    pub fn with_queue<T>(&self, look: impl FnOnce(&mut Q) -> T) -> Option<T> {
        self.line.lock().queue.as_mut().map(look)
    }

    /// Whether the thread has ended by itself and takes no more requests.
    pub fn has_ended(&self) -> bool {
        self.line.lock().queue.is_none()
    }
}

impl<Q: Queue, R> Owner<Q, R> {
    /// Tells the spawner that the model is ready, then does the work of the queue with `call` until the handle is
    /// dropped. Before the call after one that panicked, `recover` has the model forget what was begun; if it panics
    /// itself, so has that call. A panic outside of a call, as of the queue, ends the thread, and whoever waits is told
    /// by the drop of what it has handed in.
    pub fn serve<M: ?Sized>(
        self,
        ready: R,
        model: &mut M,
        mut call: impl FnMut(&mut M, &mut Q::Work) -> Q::Outcome,
        mut recover: impl FnMut(&mut M),
    ) -> Served {
        let Self {
            line,
            ready: is_ready,
        } = self;
        // The spawner waits for exactly this.
        let _ = is_ready.send(ready);
        drop(is_ready);
        let mut sound = true;
        // Whoever waits for it is told by its drop, and must find then that the thread has ended.
        let mut in_work = None;
        let serve_all = || {
            while let Some(next) = line.next() {
                let work = in_work.insert(next);
                let span = Q::span(work).clone();
                let _in_span = span.enter();
                let outcome = caught(|| {
                    if !sound {
                        recover(model);
                    }
                    call(model, work)
                });
                sound = outcome.is_ok();
                if let Some(work) = in_work.take() {
                    line.finish(work, outcome);
                }
            }
        };
        if let Err(panicked) = caught(serve_all) {
            line.end(&panicked);
        }
        Served(())
    }
}

impl<Q: Queue> Line<Q> {
    fn lock(&self) -> MutexGuard<'_, State<Q>> {
        // A queue promises not to panic, and one that does so on its own thread is let go of.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Q::Work> {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.queue.as_mut().and_then(Queue::next) {
                return Some(work);
            }
            if state.closed {
                return None;
            }
            let woken = self.wake.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, work: Q::Work, outcome: Result<Q::Outcome, Panicked>) {
        if let Some(queue) = &mut self.lock().queue {
            queue.finish(work, outcome);
        }
    }

    /// Lets go of the queue with all that waits in it.
    fn end(&self, panicked: &Panicked) {
        tracing::error!(%panicked, "a thread that owns a model has ended");
        let queue = self.lock().queue.take();
        if let Err(panicked) = caught(|| drop(queue)) {
            tracing::error!(%panicked, "dropping what waited for a model panicked");
        }
    }
}

impl<Q: Queue> Drop for OwnerThread<Q> {
    fn drop(&mut self) {
        let mut state = self.line.lock();
        state.closed = true;
        if let Some(queue) = &mut state.queue {
            queue.close();
        }
        drop(state);
        self.line.wake.notify_all();
        // Panics of the model are caught within the thread.
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread that owns a model ended in a panic");
        }
    }
}

impl<Q: Queue> fmt::Debug for OwnerThread<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerThread").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::resume_unwind;
    use std::rc::Rc;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use tracing::Span;

    use super::*;
    use crate::{Fifo, Job};

    /// A number that panics once more when its panic is dropped, which is outside of the call.
    const ENDS: u32 = u32::MAX;

    struct PanicsAgain;

    impl Drop for PanicsAgain {
        fn drop(&mut self) {
            panic!("as told");
        }
    }

    /// Adds a number, which a test may hold up; 0 panics.
    struct Add {
        number: u32,
        gate: Option<(Sender<()>, Receiver<()>)>,
        answer: SyncSender<Result<u32, Panicked>>,
        span: Span,
    }

    impl Job for Add {
        type Outcome = u32;

        fn is_wanted(&self) -> bool {
            true
        }

        fn answer(self, outcome: Result<u32, Panicked>) {
            // A test may not care.
            let _ = self.answer.send(outcome);
        }

        fn span(&self) -> &Span {
            &self.span
        }
    }

    type Answered = Receiver<Result<u32, Panicked>>;

    fn add(number: u32) -> (Add, Answered) {
        let (answer, answered) = sync_channel(1);
        let job = Add {
            number,
            gate: None,
            answer,
            span: Span::none(),
        };
        (job, answered)
    }

    /// Sums up in a cell that no other thread may have. After a panic the sum begins anew.
    fn adder(capacity: usize) -> OwnerThread<Fifo<Add>> {
        adder_with(Fifo::new(capacity), |sum| sum.set(0))
    }

    fn adder_with<Q: Queue<Request = Add, Work = Add, Outcome = u32>>(
        queue: Q,
        recover: impl FnMut(&mut Rc<Cell<u32>>) + Send + 'static,
    ) -> OwnerThread<Q> {
        let started = OwnerThread::spawn(Builder::new(), queue, |owner| {
            let mut sum = Rc::new(Cell::new(0));
            let call = |sum: &mut Rc<Cell<u32>>, job: &mut Add| {
                if let Some((running, go)) = &job.gate {
                    running.send(()).expect("the test waits");
                    go.recv().expect("the test lets it go");
                }
                assert_ne!(job.number, 0, "as told");
                if job.number == ENDS {
                    resume_unwind(Box::new(PanicsAgain));
                }
                sum.set(sum.get() + job.number);
                sum.get()
            };
            Ok::<_, String>(owner.serve("ready", &mut sum, call, recover))
        });
        let (thread, told) = started.expect("it starts");
        assert_eq!(told, "ready");
        thread
    }

    /// What the callers of these numbers are told; `None` for a panic.
    fn told(thread: &OwnerThread<Fifo<Add>>, numbers: [u32; 4]) -> Vec<Option<u32>> {
        let push = |number| {
            let (job, answered) = add(number);
            assert!(thread.push(job).is_ok());
            answered
        };
        let answered: Vec<Answered> = numbers.into_iter().map(push).collect();
        let told = answered
            .iter()
            .map(|answered| answered.recv().expect("an answer"));
        told.map(Result::ok).collect()
    }

    /// A queue that panics when it is to answer.
    struct Brittle(Fifo<Add>);

    impl Queue for Brittle {
        type Request = Add;
        type Ticket = ();
        type Work = Add;
        type Outcome = u32;

        fn push(&mut self, job: Add) -> Result<(), Add> {
            self.0.push(job)
        }

        fn next(&mut self) -> Option<Add> {
            self.0.next()
        }

        fn finish(&mut self, _job: Add, _outcome: Result<u32, Panicked>) {
            panic!("as told");
        }

        fn close(&mut self) {
            self.0.close();
        }

        fn span(job: &Add) -> &Span {
            &job.span
        }
    }

    #[test]
    fn a_panic_is_told_to_its_caller_alone_and_the_model_goes_on() {
        let thread = adder(8);
        let told = told(&thread, [3, 0, 4, 5]);
        assert_eq!(told, [Some(3), None, Some(4), Some(9)]);
    }

    #[test]
    fn a_model_that_cannot_recover_is_not_called_until_it_can() {
        let mut tries = 0;
        let recover = move |sum: &mut Rc<Cell<u32>>| {
            tries += 1;
            assert_ne!(tries, 1, "as told");
            sum.set(0);
        };
        let thread = adder_with(Fifo::new(8), recover);
        assert_eq!(told(&thread, [3, 0, 4, 5]), [Some(3), None, None, Some(5)]);
        assert!(!thread.has_ended());
    }

    #[test]
    fn whoever_waits_for_a_thread_that_has_ended_is_told_and_so_is_who_comes_later() {
        let thread = adder_with(Brittle(Fifo::new(8)), |sum| sum.set(0));
        let (running, is_running) = channel();
        let (go, may_go) = channel();
        let (mut held, held_answer) = add(1);
        held.gate = Some((running, may_go));
        assert!(thread.push(held).is_ok());
        is_running.recv().expect("in work");
        let (waits, waits_answer) = add(2);
        assert!(thread.push(waits).is_ok());
        go.send(()).expect("it waits");
        assert!(held_answer.recv().is_err());
        assert!(waits_answer.recv().is_err());
        let (late, _answer) = add(3);
        let refused = thread.push(late);
        assert!(matches!(refused, Err(PushError::Ended(job)) if job.number == 3));
        assert!(thread.has_ended());
        assert_eq!(thread.with_queue(|_queue| ()), None);
    }

    #[test]
    fn whoever_ends_a_thread_is_told_when_it_has_ended() {
        for _ in 0..100 {
            let thread = adder(8);
            let (ends, answer) = add(ENDS);
            assert!(thread.push(ends).is_ok());
            assert!(answer.recv().is_err());
            assert!(thread.has_ended());
        }
    }

    #[test]
    fn a_full_queue_gives_a_job_back_and_the_end_waits_for_the_work_in_hand() {
        let thread = adder(1);
        let (running, is_running) = channel();
        let (go, may_go) = channel();
        let (mut held, held_answer) = add(1);
        held.gate = Some((running, may_go));
        assert!(thread.push(held).is_ok());
        is_running.recv().expect("in work");
        let (waits, waits_answer) = add(2);
        assert!(thread.push(waits).is_ok());
        let (third, _answer) = add(3);
        let refused = thread.push(third);
        assert!(matches!(refused, Err(PushError::Full(job)) if job.number == 3));
        let ending = std::thread::spawn(move || drop(thread));
        // What waits is dropped at once, whoever is in work.
        assert!(waits_answer.recv().is_err());
        assert!(!ending.is_finished());
        go.send(()).expect("it waits");
        ending.join().expect("it ends");
        assert_eq!(held_answer.recv(), Ok(Ok(1)));
    }

    #[test]
    fn what_cannot_be_made_is_told() {
        let queue = || Fifo::<Add>::new(1);
        let failed = OwnerThread::spawn(Builder::new(), queue(), |_owner: Owner<_, ()>| {
            Err("no file".to_owned())
        });
        assert!(matches!(failed, Err(StartError::Failed(problem)) if problem == "no file"));
        let panicked = OwnerThread::spawn(
            Builder::new(),
            queue(),
            |_owner: Owner<_, ()>| -> Result<Served, String> { panic!("as told") },
        );
        assert!(matches!(panicked, Err(StartError::Panicked(_))));
    }
}
