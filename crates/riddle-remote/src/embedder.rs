use std::time::Duration;

use riddle_core::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, TokenVectors,
};

use crate::REMOTE;
use crate::failure::Failure;
use crate::server::{Bounds, Endpoint, RemoteServer};
use crate::tokens::BoundedTokens;
use crate::wire::{EmbedBody, Embeddings};

/// Texts of one request.
const MOST_TEXTS: usize = 32;
/// Time of a request for a question, for which a person waits; words alone can answer it.
const OF_QUESTION: Duration = Duration::from_secs(5);
/// Time of a request for passages, on a server that may be busy.
const OF_PASSAGES: Duration = Duration::from_secs(60);
/// Pauses before a request for passages is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
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
}

impl RemoteEmbedder {
    /// Asks the server for one vector, which tells their length.
    ///
    /// # Errors
    /// [`ModelError::Unavailable`] for an address or key that cannot be meant, [`ModelError::Failed`] where the server
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
        };
        let probe = embedder.embed(&["riddle"], Purpose::Query)?;
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

    /// Passages wait for a server that is away for a moment; a question does not.
    fn request_again(
        &mut self,
        input: &[String],
        purpose: Purpose,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        if purpose == Purpose::Query {
            return self.request(input, OF_QUESTION);
        }
        for pause in PAUSES {
            match self.request(input, OF_PASSAGES) {
                Err(failure) if failure.may_pass() => std::thread::sleep(pause),
                other => return other,
            }
        }
        self.request(input, OF_PASSAGES)
    }
}

impl Embedder for RemoteEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        MOST_TEXTS
    }

    fn embed(&mut self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        let prefix = match purpose {
            Purpose::Query => &self.spec.query_prefix,
            Purpose::Passage => &self.spec.passage_prefix,
        };
        // Servers refuse an empty input.
        let input = texts.iter().map(|text| match text.trim().is_empty() {
            true => format!("{prefix} ."),
            false => format!("{prefix}{text}"),
        });
        let input: Vec<String> = input.collect();
        let mut vectors = Vec::with_capacity(input.len());
        for some in input.chunks(MOST_TEXTS) {
            match self.request_again(some, purpose) {
                Ok(made) => vectors.extend(made),
                Err(failure) => return Err(self.endpoint.error(&failure)),
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
