use std::time::Duration;

use riddle_core::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, REMOTE,
    TokenVectors, beginning_of_tokens, token_bound,
};

use crate::failure::Failure;
use crate::server::{Bounds, Endpoint, RemoteServer};
use crate::tokens::BoundedTokens;
use crate::wire::{EmbedBody, Embeddings};

/// Texts of one request.
const MOST_TEXTS: usize = 32;
/// Time of a request for a question, for which a person waits; words alone can answer it.
const OF_QUESTION: Duration = Duration::from_secs(5);
/// Time of a request for passages, on a server that may be busy. A question may wait behind it.
const OF_PASSAGES: Duration = Duration::from_secs(30);
/// Tokens that a model puts around a text.
const SPECIAL_TOKENS: usize = 2;
/// Bytes of a number in JSON with what is around it, at most.
const BYTES_PER_NUMBER: usize = 32;
/// Longest vector that a model may have.
const MOST_DIMENSIONS: usize = 1 << 16;

/// An embedder of another server, as the configuration describes it.
#[derive(Clone, Debug)]
pub struct RemoteEmbedderSpec {
    /// Where it is.
    pub server: RemoteServer,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// Put before questions.
    pub query_prefix: String,
    /// Put before passages.
    pub passage_prefix: String,
    /// Languages it knows.
    pub languages: LanguageCoverage,
}

/// An embedder of another server.
pub struct RemoteEmbedder {
    info: EmbedderInfo,
    endpoint: Endpoint,
    spec: RemoteEmbedderSpec,
    /// Texts of one request, fewer for a server that has no time for more.
    at_once: usize,
}

impl RemoteEmbedder {
    /// Asks the server for one vector, which tells their length.
    ///
    /// # Errors
    /// [`ModelError::Unavailable`] for an address or key that cannot be meant, [`ModelError::Away`] where the server
    /// gives no vector now.
    pub fn open(spec: RemoteEmbedderSpec) -> Result<LoadedEmbedder, ModelError> {
        let endpoint = spec.server.endpoint("embeddings")?;
        let mut embedder = Self {
            info: EmbedderInfo {
                name: spec.server.name.clone(),
                fingerprint: String::new(),
                compatible: Vec::new(),
                dimensions: 0,
                max_tokens: spec.max_tokens,
                languages: spec.languages.clone(),
                device: REMOTE.to_owned(),
            },
            endpoint,
            spec,
            at_once: MOST_TEXTS,
        };
        let probe = embedder.embed(&["riddle"], Purpose::Query);
        let probe = probe.map_err(of_no_text)?;
        embedder.info.dimensions = probe.first().map_or(0, Vec::len);
        embedder.info.fingerprint = embedder.fingerprint();
        Ok(LoadedEmbedder {
            embedder: Box::new(embedder),
            tokenizer: std::sync::Arc::new(BoundedTokens),
        })
    }

    /// Which model the vectors are of, as far as a server says: not which of two servers computed them, so that one may
    /// stand in for another.
    fn fingerprint(&self) -> String {
        let RemoteEmbedderSpec {
            query_prefix,
            passage_prefix,
            ..
        } = &self.spec;
        format!(
            "remote:{}:{}:{query_prefix:?}:{passage_prefix:?}",
            self.spec.server.model, self.info.dimensions
        )
    }

    fn request(&mut self, input: &[String], time: Duration) -> Result<Vec<Vec<f32>>, Failure> {
        let body = EmbedBody {
            model: &self.spec.server.model,
            input,
            encoding_format: "float",
        };
        let bounds = Bounds {
            time,
            bytes: input.len() * MOST_DIMENSIONS * BYTES_PER_NUMBER,
        };
        let vectors = self.endpoint.post::<Embeddings>(&body, bounds)?;
        let vectors = vectors.in_order(input.len())?;
        let dimensions = match self.info.dimensions {
            0 => vectors.first().map_or(0, Vec::len),
            known => known,
        };
        vectors
            .into_iter()
            .map(|vector| of_length_1(vector, dimensions))
            .collect()
    }
}

/// A text as it is sent: with its prefix, and cut to what the model reads, because servers refuse what is longer.
fn sent(prefix: &str, text: &str, max_tokens: usize) -> String {
    // Servers refuse an empty input too.
    if text.trim().is_empty() {
        return format!("{prefix} .");
    }
    let room = max_tokens.saturating_sub(SPECIAL_TOKENS + token_bound(prefix));
    let text = beginning_of_tokens(text, room.max(1));
    format!("{prefix}{text}")
}

impl Embedder for RemoteEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        MOST_TEXTS
    }

    fn embed(&mut self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        let (prefix, time) = match purpose {
            Purpose::Query => (&self.spec.query_prefix, OF_QUESTION),
            Purpose::Passage => (&self.spec.passage_prefix, OF_PASSAGES),
        };
        let max_tokens = self.spec.max_tokens;
        let input = texts.iter().map(|text| sent(prefix, text, max_tokens));
        let input: Vec<String> = input.collect();
        let mut vectors = Vec::with_capacity(input.len());
        for some in input.chunks(self.at_once) {
            match self.request(some, time) {
                Ok(made) => vectors.extend(made),
                Err(failure) => {
                    if purpose == Purpose::Passage && failure.is_slow() {
                        self.at_once = (self.at_once / 2).max(1);
                    }
                    return Err(self.endpoint.error(&failure));
                }
            }
        }
        Ok(vectors)
    }

    fn gives_token_vectors(&self) -> bool {
        false
    }

    fn token_vectors(
        &mut self,
        _texts: &[&str],
        _purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError> {
        Err(ModelError::Failed {
            model: self.info.name.clone(),
            message: "its server gives no vectors of single tokens".to_owned(),
        })
    }
}

/// A failure of which no text is the cause.
fn of_no_text(failure: ModelError) -> ModelError {
    match failure {
        ModelError::Failed { model, message } => ModelError::Away { model, message },
        other => other,
    }
}

fn of_length_1(mut vector: Vec<f32>, dimensions: usize) -> Result<Vec<f32>, Failure> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if vector.len() != dimensions || dimensions == 0 || dimensions > MOST_DIMENSIONS {
        return Err(Failure::Answer(format!(
            "a vector has {} numbers in place of {dimensions}",
            vector.len()
        )));
    }
    if !length.is_finite() || length == 0.0 {
        return Err(Failure::Answer("a vector has no direction".to_owned()));
    }
    for value in &mut vector {
        *value /= length;
    }
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_no_longer_than_the_model_reads() {
        assert_eq!(sent("问", "一二三四五六", 8), "问一二三四五");
        assert_eq!(sent("问", "一二三四五", 8), "问一二三四五");
        assert_eq!(sent("query: ", " \n", 8), "query:  .");
    }

    #[test]
    fn vectors_have_length_1_and_the_dimensions_of_the_first() {
        assert_eq!(of_length_1(vec![3.0, 4.0], 2), Ok(vec![0.6, 0.8]));
        for (vector, dimensions) in [
            (vec![1.0], 2),
            (vec![], 0),
            (vec![0.0, 0.0], 2),
            (vec![f32::NAN, 1.0], 2),
        ] {
            assert!(of_length_1(vector, dimensions).is_err());
        }
    }
}
