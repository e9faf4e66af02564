use std::net::IpAddr;
use std::sync::Arc;

use crate::answers::Answers;
use crate::body_budget::BodyBudget;
use crate::options::HttpOptions;

/// What requests are checked by before anything is done for them.
pub(crate) struct Gate {
    pub(crate) options: HttpOptions,
    /// What the bodies of all requests may hold.
    pub(crate) bodies: BodyBudget,
    /// What large answers may hold until they are taken; `None` where no socket is bound.
    pub(crate) answers: Option<Arc<Answers>>,
    /// Address of the socket.
    pub(crate) listen: Option<IpAddr>,
}
