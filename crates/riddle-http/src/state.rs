use std::net::IpAddr;
use std::sync::Arc;

use riddle_engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::aliases::ModelAliases;
use crate::answers::Answers;
use crate::body_budget::BodyBudget;
use crate::metrics::Metrics;

/// What all requests share. Cloning is cheap.
#[derive(Clone)]
pub struct ServerState {
    /// The use cases.
    pub engine: Engine,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) bodies: BodyBudget,
    /// What large answers may hold; `None` where no socket is bound.
    pub(crate) answers: Option<Arc<Answers>>,
    /// Ends streams that would otherwise hold up a stop.
    pub(crate) stopping: CancellationToken,
    pub(crate) listen: Option<IpAddr>,
    /// Other names of models and knowledge bases.
    pub(crate) aliases: ModelAliases,
}

impl ServerState {
    /// The state of a server over this engine.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            metrics: Arc::new(Metrics::new()),
            bodies: BodyBudget::default(),
            answers: None,
            stopping: CancellationToken::new(),
            listen: None,
            aliases: ModelAliases::default(),
        }
    }

    /// Lets the bodies of all requests together hold as many bytes, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn with_bodies_of(mut self, bytes: usize) -> Self {
        self.bodies = BodyBudget::of(bytes);
        self
    }
}
