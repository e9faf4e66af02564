//! The bodies of requests and answers.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// How a server wants to be asked for scores.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RerankApi {
    /// `documents` and `relevance_score`, as Jina, vLLM, Infinity, Xinference, llama-server and Riddle have it
    #[default]
    Jina,
    /// The same without what Cohere does not know
    Cohere,
    /// `texts` and `score`, as text-embeddings-inference has it
    Tei,
}

/// What one call asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) model: &'a str,
    pub(crate) query: &'a str,
    pub(crate) texts: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum RerankBody<'a> {
    Documents {
        model: &'a str,
        query: &'a str,
        documents: &'a [&'a str],
        top_n: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        return_documents: Option<bool>,
    },
    Texts {
        query: &'a str,
        texts: &'a [&'a str],
        truncate: bool,
    },
}

#[derive(Deserialize)]
pub(crate) struct Results {
    results: Vec<Scored>,
}

/// A score, with the place of its text in the request.
#[derive(Deserialize)]
pub(crate) struct Scored {
    index: usize,
    #[serde(alias = "relevance_score")]
    score: f32,
}

#[derive(Serialize)]
pub(crate) struct EmbedBody<'a> {
    pub(crate) model: &'a str,
    pub(crate) input: &'a [String],
    pub(crate) encoding_format: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct Embeddings {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}

impl RerankApi {
    pub(crate) fn body<'a>(self, asked: Asked<'a>) -> RerankBody<'a> {
        match self {
            Self::Jina | Self::Cohere => RerankBody::Documents {
                model: asked.model,
                query: asked.query,
                documents: asked.texts,
                top_n: asked.texts.len(),
                return_documents: (self == Self::Jina).then_some(false),
            },
            Self::Tei => RerankBody::Texts {
                query: asked.query,
                texts: asked.texts,
                truncate: true,
            },
        }
    }
}

impl Results {
    pub(crate) fn in_order(self, count: usize) -> Result<Vec<f32>, Failure> {
        in_order(self.results, count)
    }
}

/// The scores in the order of the texts.
pub(crate) fn in_order(scored: Vec<Scored>, count: usize) -> Result<Vec<f32>, Failure> {
    let placed = scored.into_iter().map(|one| (one.index, one.score));
    each_once(placed, count, "score")
}

impl Embeddings {
    /// The vectors in the order of the texts.
    pub(crate) fn in_order(self, count: usize) -> Result<Vec<Vec<f32>>, Failure> {
        let placed = self.data.into_iter().map(|one| (one.index, one.embedding));
        each_once(placed, count, "vector")
    }
}

fn each_once<T>(
    placed: impl Iterator<Item = (usize, T)>,
    count: usize,
    what: &str,
) -> Result<Vec<T>, Failure> {
    let mut values: Vec<Option<T>> = (0..count).map(|_| None).collect();
    for (index, value) in placed {
        match values.get_mut(index) {
            Some(place) if place.is_none() => *place = Some(value),
            _ => {
                return Err(Failure::Answer(format!(
                    "it has a {what} for text {index} of {count} that was not asked for"
                )));
            }
        }
    }
    let whole: Option<Vec<T>> = values.into_iter().collect();
    whole.ok_or_else(|| Failure::Answer(format!("it lacks a {what} of some of {count} texts")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(api: RerankApi) -> Value {
        let asked = Asked {
            model: "m",
            query: "q",
            texts: &["a", "b"],
        };
        serde_json::to_value(api.body(asked)).expect("JSON")
    }

    fn results(value: Value) -> Results {
        serde_json::from_value(value).expect("results")
    }

    #[test]
    fn each_server_is_asked_as_it_wants() {
        let cohere = json!({"model": "m", "query": "q", "documents": ["a", "b"], "top_n": 2});
        assert_eq!(body(RerankApi::Cohere), cohere);
        let mut jina = cohere;
        jina["return_documents"] = json!(false);
        assert_eq!(body(RerankApi::Jina), jina);
        let tei = json!({"query": "q", "texts": ["a", "b"], "truncate": true});
        assert_eq!(body(RerankApi::Tei), tei);
    }

    #[test]
    fn scores_come_back_in_the_order_of_the_texts() {
        let answer = json!({"results": [
            {"index": 1, "relevance_score": 0.9},
            {"index": 0, "relevance_score": 0.1, "document": null},
        ]});
        assert_eq!(results(answer).in_order(2), Ok(vec![0.1, 0.9]));
        let tei: Vec<Scored> =
            serde_json::from_value(json!([{"index": 0, "score": 0.5}])).expect("scores");
        assert_eq!(in_order(tei, 1), Ok(vec![0.5]));
    }

    #[test]
    fn an_answer_that_does_not_fit_the_question_is_none() {
        let twice = json!({"results": [{"index": 0, "score": 1.0}, {"index": 0, "score": 1.0}]});
        assert!(results(twice).in_order(2).is_err());
        let beyond = json!({"results": [{"index": 2, "score": 1.0}]});
        assert!(results(beyond).in_order(2).is_err());
        let few = json!({"results": [{"index": 0, "score": 1.0}]});
        assert!(results(few).in_order(2).is_err());
    }
}
