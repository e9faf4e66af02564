use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Response, Url};
use riddle_client::{ApiKey, Breaker, address};
use riddle_core::ModelError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// Bound of a connection attempt: servers are near, or behind a balancer that answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A model of another server, and how to talk to it.
#[derive(Clone, Debug)]
pub struct RemoteServer {
    /// The name that it has here.
    pub name: String,
    /// Address up to and with the version where there is one, such as `http://gpu:8080/v1`.
    pub base_url: String,
    /// The name that its server knows it by.
    pub model: String,
    /// Sent as bearer token.
    pub api_key: Option<ApiKey>,
}

/// A connection to one address of it. Calls block the thread.
pub(crate) struct Endpoint {
    name: String,
    url: Url,
    client: Client,
    runtime: Runtime,
    breaker: Breaker,
}

/// How long a call may take, and how much may come back.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    pub(crate) bytes: usize,
}

impl RemoteServer {
    /// Sends nothing.
    ///
    /// # Errors
    /// [`ModelError::Unavailable`] for an address or key that cannot be meant.
    pub(crate) fn endpoint(&self, path: &str) -> Result<Endpoint, ModelError> {
        let unavailable = |remedy: String| ModelError::Unavailable {
            model: self.name.clone(),
            remedy,
        };
        let url = address(&self.base_url, path);
        let url = url.map_err(|why| unavailable(format!("its `base_url` {why}")))?;
        let headers = self.headers().map_err(unavailable)?;
        let client = riddle_client::model_server()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let client = client.map_err(|error| unavailable(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unavailable(error.to_string()))?;
        Ok(Endpoint {
            name: self.name.clone(),
            url,
            client,
            runtime,
            breaker: Breaker::default(),
        })
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.api_key {
            let bearer = key.bearer().map_err(|error| error.to_string())?;
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(headers)
    }
}

impl Endpoint {
    /// Sends a request and reads its answer.
    pub(crate) fn post<A: DeserializeOwned>(
        &mut self,
        body: &impl Serialize,
        bounds: Bounds,
    ) -> Result<A, Failure> {
        if let Some(left) = self.breaker.pause(Instant::now()) {
            return Err(Failure::LeftAlone(left.as_secs().max(1)));
        }
        let request = self.client.post(self.url.clone()).json(body);
        let answer = async {
            let response = request.send().await;
            let response = response.map_err(|error| Failure::of_transport(&error, bounds.time))?;
            if !response.status().is_success() {
                return Err(Failure::of_status(response.status()));
            }
            read(response, bounds).await
        };
        let answer = self.runtime.block_on(async {
            let in_time = tokio::time::timeout(bounds.time, answer).await;
            in_time.unwrap_or(Err(Failure::Silent(bounds.time)))
        });
        match &answer {
            Err(failure) if !failure.tells() => {}
            Err(failure) if failure.may_pass() => self.breaker.failed(Instant::now()),
            _ => self.breaker.answered(),
        }
        serde_json::from_slice(&answer?).map_err(|error| unreadable(&error))
    }

    /// The failure as that of the model, logged once.
    pub(crate) fn error(&self, failure: &Failure) -> ModelError {
        let cause = failure.cause();
        tracing::warn!(model.name = self.name, %failure, cause, "a model of another server gave nothing");
        let (model, message) = (self.name.clone(), failure.to_string());
        match failure.is_away() {
            true => ModelError::Away { model, message },
            false => ModelError::Failed { model, message },
        }
    }
}

/// Without the error's own text, which quotes values of the answer: they may be of a document.
fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::Answer(format!(
        "it cannot be read from line {}, column {} on",
        error.line(),
        error.column()
    ))
}

async fn read(mut response: Response, bounds: Bounds) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| Failure::of_transport(&error, bounds.time))?;
        let Some(chunk) = chunk else {
            return Ok(bytes);
        };
        bytes.extend_from_slice(&chunk);
        if bytes.len() > bounds.bytes {
            return Err(Failure::Answer(format!(
                "it has more than {} bytes",
                bounds.bytes
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use serde_json::{Value, json};

    use super::*;

    /// Answers one request, whose body is an object without nested ones; one whose caller has gone gets no answer.
    fn answer(mut stream: TcpStream) {
        let (mut read, mut some) = (Vec::new(), [0; 1 << 10]);
        while !read.ends_with(b"}") {
            match stream.read(&mut some) {
                Ok(0) | Err(_) => return,
                Ok(count) => read.extend_from_slice(&some[..count]),
            }
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        // The caller may have gone meanwhile.
        let _ = stream.write_all(answer);
    }

    fn of_seconds(seconds: f64) -> Bounds {
        Bounds {
            time: Duration::from_secs_f64(seconds),
            bytes: 100,
        }
    }

    #[test]
    fn callers_in_haste_do_not_have_a_server_left_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = RemoteServer {
            name: "far".to_owned(),
            base_url: format!("http://{}", listener.local_addr().expect("an address")),
            model: "far".to_owned(),
            api_key: None,
        };
        let mut endpoint = server.endpoint("rerank").expect("an endpoint");
        let body = json!({"a": 1});
        for _ in 0..3 {
            let hasty = endpoint.post::<Value>(&body, of_seconds(0.02));
            assert!(matches!(hasty, Err(Failure::Silent(_))), "{hasty:?}");
        }
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        let patient = endpoint.post::<Value>(&body, of_seconds(60.0));
        assert_eq!(patient, Ok(json!({})));
    }

    #[test]
    fn why_there_is_no_connection_is_for_the_log_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let server = RemoteServer {
            name: "far".to_owned(),
            base_url: format!("http://{address}"),
            model: "far".to_owned(),
            api_key: None,
        };
        let mut endpoint = server.endpoint("rerank").expect("an endpoint");
        let failure = endpoint.post::<Value>(&json!({}), of_seconds(60.0));
        let failure = failure.expect_err("nobody listens");
        let cause = failure.cause().expect("a cause");
        assert!(cause.contains("refused"), "{cause}");
        assert!(!failure.to_string().contains(cause), "{failure}");
    }

    #[test]
    fn what_cannot_be_read_is_not_quoted() {
        let error = serde_json::from_str::<u32>("\n \"a secret\"").expect_err("no number");
        let told = unreadable(&error).to_string();
        assert!(
            told.contains("line 2") && !told.contains("secret"),
            "{told}"
        );
    }
}
