//! How a command reaches the stores: through the server that owns the data folder, or through one of its own.

use crate::api::{Api, ApiError};
use crate::config::Config;
use crate::data_folder::own;
use crate::serve::{self, RunningServer};

/// A server to talk to.
pub(crate) struct Session {
    pub(crate) api: Api,
    own: Option<RunningServer>,
}

impl Session {
    /// Finds the running server, or starts one on a free port of the loopback address.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        match own(&config.data_dir, config.access).await? {
            Ok(ownership) => {
                let (server, key) = serve::start_private(config, ownership).await?;
                let api = Api::new(format!("http://{}", server.address), Some(key.0))?;
                Ok(Self { api, own: Some(server) })
            }
            Err(Some(owner)) => {
                let given = config.api_key.as_ref().map(|key| key.0.clone());
                let key = owner.key.or(given);
                Ok(Self { api: Api::new(format!("http://{}", owner.address), key)?, own: None })
            }
            Err(None) => Err(ApiError {
                code: "unreachable".to_owned(),
                message: "another process has the data folder and is starting or stopping; try again in a moment"
                    .to_owned(),
            }
            .into()),
        }
    }

    /// Whether the server was started for this command and ends with it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Stops the server if it was started for this command.
    pub(crate) async fn close(self) {
        if let Some(server) = self.own {
            server.stop().await;
        }
    }
}
