use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use qdrant_client::config::QdrantConfig;
use qdrant_client::{Qdrant, QdrantError};
use riddle_client::Breaker;
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;
use crate::options::ServerOptions;
use crate::retry::{TRIES, pause_after};
use crate::version;

/// A Qdrant server. Its connections are kept by a thread of its own, and any number of threads may call.
pub struct Server {
    pub(crate) options: ServerOptions,
    client: RwLock<Qdrant>,
    breaker: Mutex<Breaker>,
    runtime: Background,
}

/// A server that answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerState {
    pub version: String,
    /// How long the answer took, with making the connection where there was none.
    pub latency: Duration,
}

/// A runtime that may be dropped anywhere, in asynchronous tasks too.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// The address or the key cannot be meant.
    pub fn new(options: ServerOptions) -> Result<Self, Failure> {
        riddle_client::address(&options.url, "")
            .map_err(|error| Failure::Address(error.to_string()))?;
        let client = client(&options)?;
        // One thread is enough: it moves bytes, and the callers wait on their own.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("qdrant")
            .enable_all()
            .build()
            .map_err(|error| Failure::Local(error.to_string()))?;
        Ok(Self {
            options,
            client: RwLock::new(client),
            breaker: Mutex::default(),
            runtime: Background(Some(runtime)),
        })
    }

    /// Asks whether it is there and new enough.
    ///
    /// # Errors
    /// It is not.
    pub fn check(&self) -> Result<(), Failure> {
        self.examine().map(|_| ())
    }

    /// The same, with what it says of itself.
    ///
    /// # Errors
    /// It is not there, or not new enough.
    pub fn examine(&self) -> Result<ServerState, Failure> {
        let asked = Instant::now();
        let answer = self.call(self.options.times.check, |client| async move {
            client.health_check().await
        })?;
        version::check(&answer.version)?;
        Ok(ServerState {
            version: answer.version,
            latency: asked.elapsed(),
        })
    }

    /// Calls within a time, again where that may help. All tries share the time.
    pub(crate) fn call<T, F>(
        &self,
        time: Duration,
        make: impl Fn(Qdrant) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        if let Some(left) = self.breaker().pause(Instant::now()) {
            return Err(Failure::LeftAlone(left.as_secs().max(1)));
        }
        let runtime = self.runtime.0.as_ref();
        let runtime = runtime.ok_or_else(|| Failure::Local("it is being closed".to_owned()))?;
        let answer = runtime.block_on(async {
            let in_time = tokio::time::timeout(time, self.tries(&make)).await;
            in_time.unwrap_or(Err(Failure::Silent(time)))
        });
        self.learn(&answer);
        answer
    }

    async fn tries<T, F>(&self, make: &impl Fn(Qdrant) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        let mut tried = 0;
        loop {
            let failure = match make(self.client()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => Failure::from(error),
            };
            tried += 1;
            if tried >= TRIES || !failure.may_pass() {
                return Err(failure);
            }
            let asked = match &failure {
                Failure::Busy { retry_after } => *retry_after,
                _ => None,
            };
            tokio::time::sleep(pause_after(tried - 1, asked)).await;
        }
    }

    /// Remembers how a call ended.
    fn learn<T>(&self, answer: &Result<T, Failure>) {
        match answer {
            Err(failure) if failure.may_pass() => self.breaker().failed(Instant::now()),
            _ => self.breaker().answered(),
        }
        // A connection may be dead without either side having closed it.
        if matches!(answer, Err(Failure::Silent(_)))
            && let Ok(fresh) = client(&self.options)
        {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }

    fn client(&self) -> Qdrant {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(options: &ServerOptions) -> Result<Qdrant, Failure> {
    let key = options.api_key.as_ref().map(riddle_client::ApiKey::plain);
    let key = key
        .transpose()
        .map_err(|error| Failure::BadKey(error.to_string()))?;
    let mut config = QdrantConfig::from_url(options.url.trim_end_matches('/'))
        .timeout(options.times.write)
        .connect_timeout(options.times.connect)
        // The version is checked by ourselves: the client's own check writes to standard output.
        .skip_compatibility_check();
    config.api_key = key.map(str::to_owned);
    Ok(config.build()?)
}
