//! One file over HTTP: redirects, resuming, repeating.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_RANGE, LOCATION,
    RANGE, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio_util::sync::CancellationToken;

use super::install::{discard, tag_path};
use super::redirects::Redirects;
use crate::catalogue::is_sha256;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: usize = 10;
/// Attempts in a row that bring nothing; an attempt that brings something starts the count anew.
const MOST_ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const WRITE_BUFFER: usize = 1 << 20;

const LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const LINKED_SIZE: HeaderName = HeaderName::from_static("x-linked-size");

/// A client that follows no redirects by itself, because the token must not travel along and the hub tells the hash
/// of a file only in the answer that redirects.
pub(super) fn client(redirects: Redirects) -> reqwest::Result<Client> {
    riddle_client::builder()
        .dns_resolver(redirects)
        .user_agent("riddle")
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .build()
}

/// What to fetch and where to put it.
pub(super) struct Transfer<'a> {
    pub(super) client: &'a Client,
    /// Those that the client looks names up by.
    pub(super) redirects: &'a Redirects,
    pub(super) url: Url,
    pub(super) token: Option<&'a str>,
    pub(super) partial: &'a Path,
    /// The hash that the file must have, if known.
    pub(super) expected: Option<&'a str>,
    /// Told how much is here and how much there is.
    pub(super) progress: &'a (dyn Fn(u64, Option<u64>) + Send + Sync),
    pub(super) cancel: &'a CancellationToken,
}

/// What the hub said about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) sha256: Option<String>,
    pub(super) size: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("cancelled")]
    Cancelled,
    /// The server answered with this status.
    #[error("the server answered {0}")]
    Refused(u16),
    #[error("{0}")]
    Redirected(&'static str),
    /// The hub announces a file with this hash, which is not the expected one.
    #[error("the hub announces another file")]
    OtherFile(String),
    /// The connection or the answer failed, again and again.
    #[error("{0}")]
    Broken(String),
    #[error(transparent)]
    Disk(std::io::Error),
}

/// How one attempt ended.
enum Failure {
    Final(TransferError),
    /// Worth another attempt, after the pause that the server asked for.
    Passing(TransferError, Option<Duration>),
}

struct Answer {
    response: Response,
    announced: Announced,
}

impl Transfer<'_> {
    /// Fetches the file to its partial place, resuming what is there.
    pub(super) async fn run(&self) -> Result<Announced, TransferError> {
        let mut attempts = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let before = length(self.partial).await;
            let (error, wished) = match self.attempt().await {
                Ok(announced) => return Ok(announced),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(error, wished)) => (error, wished),
            };
            if length(self.partial).await > before {
                attempts = 0;
                pause = FIRST_PAUSE;
            }
            attempts += 1;
            if attempts >= MOST_ATTEMPTS {
                return Err(error);
            }
            let wait = wished.unwrap_or(pause).min(LONGEST_PAUSE);
            tracing::warn!(%error, ?wait, "a download of a model file is tried again");
            tokio::select! {
                () = self.cancel.cancelled() => return Err(TransferError::Cancelled),
                () = tokio::time::sleep(wait) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self) -> Result<Announced, Failure> {
        let tag = tokio::fs::read_to_string(tag_path(self.partial)).await.ok();
        if tag.is_none() {
            discard(self.partial);
        }
        let have = length(self.partial).await;
        let answer = self.follow(have, tag.as_deref()).await?;
        if let (Some(expected), Some(announced)) = (self.expected, &answer.announced.sha256)
            && expected != announced
        {
            return Err(Failure::Final(TransferError::OtherFile(announced.clone())));
        }
        match answer.response.status() {
            StatusCode::OK => self.receive(answer, 0).await,
            StatusCode::PARTIAL_CONTENT if range_start(&answer.response) == Some(have) => {
                self.receive(answer, have).await
            }
            StatusCode::RANGE_NOT_SATISFIABLE
                if range_total(answer.response.headers()) == Some(have) =>
            {
                Ok(answer.announced)
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                discard(self.partial);
                Err(passing("the server does not resume the file as it should"))
            }
            status => Err(refused(status, answer.response.headers())),
        }
    }

    /// Asks for what is not here yet and goes where the answers point.
    async fn follow(&self, have: u64, tag: Option<&str>) -> Result<Answer, Failure> {
        let mut url = self.url.clone();
        let mut announced = Announced::default();
        for _ in 0..MOST_REDIRECTS {
            let mut request = self
                .client
                .get(url.clone())
                .header(ACCEPT_ENCODING, "identity");
            if let Some(token) = self.token
                && url.origin() == self.url.origin()
            {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            if let Some(tag) = tag
                && have > 0
            {
                request = request
                    .header(RANGE, format!("bytes={have}-"))
                    .header(IF_RANGE, tag);
            }
            let response = tokio::select! {
                biased;
                () = self.cancel.cancelled() => {
                    return Err(Failure::Final(TransferError::Cancelled));
                }
                response = request.send() => response.map_err(|error| unreachable(&error))?,
            };
            let headers = response.headers();
            announced.sha256 = announced.sha256.or(linked_sha256(headers));
            announced.size = announced.size.or(number(headers, &LINKED_SIZE));
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED
            {
                return Ok(Answer {
                    response,
                    announced,
                });
            }
            let astray = |problem| Failure::Final(TransferError::Redirected(problem));
            let next = next_address(&url, headers).map_err(astray)?;
            self.redirects
                .allow(&self.url, &next)
                .await
                .map_err(astray)?;
            url = next;
        }
        Err(Failure::Final(TransferError::Redirected(
            "the server redirects in circles",
        )))
    }

    /// Writes the body behind the first `have` bytes of the partial file.
    async fn receive(&self, answer: Answer, have: u64) -> Result<Announced, Failure> {
        let Answer {
            mut response,
            announced,
        } = answer;
        let total = response
            .content_length()
            .map(|rest| rest.saturating_add(have));
        if let (Some(total), Some(size)) = (total, announced.size)
            && total != size
        {
            return Err(passing(format!(
                "the server offers {total} bytes where the hub announces {size}"
            )));
        }
        let total = total.or(announced.size);
        let disk = |error| Failure::Final(TransferError::Disk(error));
        let file = self.open(&response, have).await.map_err(disk)?;
        let mut file = BufWriter::with_capacity(WRITE_BUFFER, file);
        let mut received = have;
        (self.progress)(received, total);
        let outcome = loop {
            let chunk = tokio::select! {
                biased;
                () = self.cancel.cancelled() => {
                    break Err(Failure::Final(TransferError::Cancelled));
                }
                chunk = response.chunk() => chunk,
            };
            match chunk {
                Ok(Some(bytes)) => {
                    file.write_all(&bytes).await.map_err(disk)?;
                    received += bytes.len() as u64;
                    (self.progress)(received, total);
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(unreachable(&error)),
            }
        };
        file.flush().await.map_err(disk)?;
        outcome?;
        match total {
            Some(total) if total != received => Err(passing(format!(
                "the connection ended after {received} of {total} bytes"
            ))),
            _ => Ok(announced),
        }
    }

    /// Opens the partial file and notes the tag that a later attempt needs to resume it.
    async fn open(&self, response: &Response, have: u64) -> std::io::Result<File> {
        if have > 0 {
            return File::options().append(true).open(self.partial).await;
        }
        discard(self.partial);
        let file = File::create(self.partial).await?;
        if let Some(tag) = text(response.headers(), &ETAG).filter(|tag| tag.starts_with('"')) {
            tokio::fs::write(tag_path(self.partial), tag).await?;
        }
        Ok(file)
    }
}

async fn length(path: &Path) -> u64 {
    tokio::fs::metadata(path)
        .await
        .map_or(0, |metadata| metadata.len())
}

fn next_address(from: &Url, headers: &HeaderMap) -> Result<Url, &'static str> {
    let next = text(headers, &LOCATION)
        .and_then(|location| from.join(location).ok())
        .filter(|url| ["http", "https"].contains(&url.scheme()))
        .ok_or("the server redirects to no address")?;
    if from.scheme() == "https" && next.scheme() == "http" {
        return Err("the server redirects from https to http, which is refused");
    }
    Ok(next)
}

/// The hash of a file in large-file storage. The entity tag of the last answer is no substitute: storage behind the
/// hub puts hashes of other kinds there.
fn linked_sha256(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, &LINKED_ETAG)?;
    let hash = tag
        .trim_start_matches("W/")
        .trim_matches('"')
        .to_lowercase();
    is_sha256(&hash).then_some(hash)
}

fn range_start(response: &Response) -> Option<u64> {
    let range = text(response.headers(), &CONTENT_RANGE)?;
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.parse().ok()
}

fn range_total(headers: &HeaderMap) -> Option<u64> {
    let (_, total) = text(headers, &CONTENT_RANGE)?.rsplit_once('/')?;
    total.parse().ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refused(status: StatusCode, headers: &HeaderMap) -> Failure {
    let error = TransferError::Refused(status.as_u16());
    let passes = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if passes {
        Failure::Passing(
            error,
            number(headers, &RETRY_AFTER).map(Duration::from_secs),
        )
    } else {
        Failure::Final(error)
    }
}

fn passing(problem: impl Into<String>) -> Failure {
    Failure::Passing(TransferError::Broken(problem.into()), None)
}

/// Says what happened without the address, which may hold a signature.
fn unreachable(error: &reqwest::Error) -> Failure {
    let problem = if error.is_timeout() {
        "the server did not answer in time".to_owned()
    } else if error.is_connect() {
        format!("the server cannot be reached ({})", root_cause(error))
    } else {
        format!("the connection broke ({})", root_cause(error))
    };
    passing(problem)
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
    {
        Some(ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        _ if std::ptr::addr_eq(cause, error) => "no further reason given".to_owned(),
        _ => cause.to_string(),
    }
}
