use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// A collector answers with a few bytes.
const MAX_RESPONSE_BYTES: usize = 64 << 10;

/// Sends batches from the exporter's thread by the async runtime, and tells the log when that begins to fail and when
/// it works again.
#[derive(Debug)]
pub(super) struct Sender {
    client: reqwest::Client,
    runtime: Handle,
    failing: Arc<AtomicBool>,
}

impl Sender {
    pub(super) fn new(timeout: Duration) -> anyhow::Result<Self> {
        let client = riddle_client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            client,
            runtime: Handle::try_current()?,
            failing: Arc::default(),
        })
    }

    fn note(&self, problem: Option<&str>) {
        let failed_before = self.failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !failed_before => {
                tracing::warn!(
                    problem,
                    "traces cannot be exported; they are dropped until it works again"
                );
            }
            None if failed_before => tracing::info!("traces are exported again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let sending = send(self.client.clone(), request);
        let sent = self.runtime.spawn(sending).await?;
        // Without the address, which may hold a password.
        let sent = sent.map_err(|error| anyhow::Error::new(error.without_url()));
        match &sent {
            Ok(response) if response.status().is_success() => self.note(None),
            Ok(response) => {
                self.note(Some(&format!(
                    "the collector answers {}",
                    response.status()
                )));
            }
            Err(error) => self.note(Some(&format!("{error:#}"))),
        }
        Ok(sent?)
    }
}

async fn send(
    client: reqwest::Client,
    request: reqwest::Request,
) -> reqwest::Result<Response<Bytes>> {
    let mut response = client.execute(request).await?;
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > MAX_RESPONSE_BYTES {
            break;
        }
        body.extend_from_slice(&piece);
    }
    let mut whole = Response::new(body.freeze());
    *whole.status_mut() = response.status();
    *whole.headers_mut() = std::mem::take(response.headers_mut());
    Ok(whole)
}
