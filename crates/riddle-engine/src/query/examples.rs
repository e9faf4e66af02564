//! Questions to begin with: those that the knowledge base was given, then questions made of headings, each of which an
//! ordinary search answers with a passage under that heading.

mod candidates;
mod kept;
#[cfg(test)]
mod tests;

use std::time::Duration;

use riddle_core::{
    ChunkRecord, DocumentStatus, KnowledgeBase, ScoredChunk, SearchRequest, detect_language,
    error_chain, heading_key,
};

use crate::error::EngineError;
use crate::query::Query;
use crate::query::search::find;
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;
use candidates::{Candidate, candidates};
pub(super) use kept::KeptExamples;
use kept::{Made, Making};

/// Most examples.
const MOST: usize = 3;
/// The passage under the heading has to be among so many hits.
const HITS: u32 = 3;
/// How long a request waits for questions to be made. What is not made by then is made for a later request.
const PATIENCE: Duration = Duration::from_secs(2);

/// A question that the documents of a knowledge base answer.
#[derive(Clone, PartialEq, Debug)]
pub struct ExampleQuestion {
    /// What to ask.
    pub question: String,
    /// Where it comes from.
    pub source: ExampleSource,
}

/// Where an example question comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum ExampleSource {
    /// The knowledge base was given it.
    Own,
    /// It was made of a heading above this passage, which a search for it finds.
    Heading(Box<ChunkRecord>),
}

impl Query {
    /// At most three. Those in `language`, an ISO 639-1 code, come before others of the same source. There are none
    /// before a document is ready. While documents are in work, those made of headings are the ones of before.
    pub(crate) async fn examples(
        &self,
        knowledge_base: &str,
        language: Option<&str>,
    ) -> Result<Vec<ExampleQuestion>, EngineError> {
        let knowledge_base = self.shared.find_knowledge_base(knowledge_base).await?;
        let store = &self.shared.store;
        let counts = store.count_documents(knowledge_base.id).await?;
        let any = |of: fn(DocumentStatus) -> bool| {
            counts
                .iter()
                .any(|(status, count)| of(*status) && *count > 0)
        };
        if !any(|status| status == DocumentStatus::Ready) {
            return Ok(Vec::new());
        }
        let mut examples = own(&knowledge_base, language);
        if examples.len() < MOST {
            if !any(|status| !status.is_final()) {
                self.make_in_time(&knowledge_base, language).await;
            }
            let made = self.still_live(&knowledge_base, language).await?;
            for one in made {
                add(&mut examples, one);
            }
        }
        examples.truncate(MOST);
        Ok(examples)
    }

    /// Makes questions until there are enough, as far as it comes.
    async fn make_in_time(&self, knowledge_base: &KnowledgeBase, language: Option<&str>) {
        match tokio::time::timeout(PATIENCE, self.make(knowledge_base, language)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let error = error_chain(&error);
                tracing::warn!(error, "example questions are left unmade");
            }
            Err(_elapsed) => {
                tracing::debug!("example questions take long; a later request goes on")
            }
        }
    }

    /// One at a time on the whole server, beside the permits of searches, and only while people leave one of those.
    async fn make(
        &self,
        knowledge_base: &KnowledgeBase,
        language: Option<&str>,
    ) -> Result<(), EngineError> {
        let _turn = self.examples.turn().await;
        let position = self.shared.index_progress.position();
        let mut making = match self.examples.making(knowledge_base, language, position) {
            Some(making) => making,
            None => Making {
                position,
                retrieval: knowledge_base.settings.retrieval.clone(),
                left: candidates(
                    self.shared.store.as_ref(),
                    knowledge_base.id,
                    position,
                    language,
                )
                .await?,
                made: Vec::new(),
            },
        };
        while making.made.len() < MOST && self.shared.has_query_permit() {
            let Some(candidate) = making.left.front() else {
                break;
            };
            if let Some(passage) = self.passage_under(knowledge_base, candidate).await? {
                let question = candidate.made.question.clone();
                making.made.push(Made { question, passage });
            }
            making.left.pop_front();
            self.examples
                .keep(knowledge_base.id, language, making.clone());
        }
        self.examples.keep(knowledge_base.id, language, making);
        Ok(())
    }

    /// The best passage under the heading that the question was made of, if an ordinary search for it finds one.
    async fn passage_under(
        &self,
        knowledge_base: &KnowledgeBase,
        candidate: &Candidate,
    ) -> Result<Option<ChunkRecord>, EngineError> {
        let request = SearchRequest {
            top_n: Some(HITS),
            rerank: Some(false),
            ..SearchRequest::of(candidate.made.question.clone())
        };
        let plan = SearchPlan::for_search(knowledge_base.clone(), request)?;
        let (_all, found) = find(self.ports(), &plan, &Stopwatch::start()).await?;
        let mut passages = found.search.hits.into_iter().map(|hit| hit.chunk);
        let is_under = |passage: &ChunkRecord| {
            let mut path = passage.chunk.heading_path.iter();
            path.any(|heading| heading_key(heading) == candidate.heading)
        };
        Ok(passages.find(is_under))
    }

    /// What was made, without questions whose passages are gone since.
    async fn still_live(
        &self,
        knowledge_base: &KnowledgeBase,
        language: Option<&str>,
    ) -> Result<Vec<ExampleQuestion>, EngineError> {
        let made = self.examples.made(knowledge_base.id, language);
        let hits: Vec<ScoredChunk> = made
            .iter()
            .map(|made| ScoredChunk {
                chunk: made.passage.id,
                score: 0.0,
            })
            .collect();
        let position = self.shared.index_progress.position();
        let store = &self.shared.store;
        let live = store
            .live_chunks(&[knowledge_base.id], &hits, position)
            .await?;
        let example = |made: Made| {
            let passage = live.iter().find(|chunk| chunk.id == made.passage.id)?;
            Some(ExampleQuestion {
                question: made.question,
                source: ExampleSource::Heading(Box::new(passage.clone())),
            })
        };
        Ok(made.into_iter().filter_map(example).collect())
    }
}

fn own(knowledge_base: &KnowledgeBase, language: Option<&str>) -> Vec<ExampleQuestion> {
    let mut questions = knowledge_base.settings.examples.clone();
    questions.sort_by_key(|question| distance(detect_language(question), language));
    let own = |question| ExampleQuestion {
        question,
        source: ExampleSource::Own,
    };
    questions.into_iter().map(own).collect()
}

fn add(examples: &mut Vec<ExampleQuestion>, one: ExampleQuestion) {
    let key = heading_key(&one.question);
    if examples
        .iter()
        .all(|known| heading_key(&known.question) != key)
    {
        examples.push(one);
    }
}

/// How late a question in a language comes where another is wanted; one whose language is not clear stands between.
fn distance(language: Option<&str>, wanted: Option<&str>) -> u8 {
    match (language, wanted) {
        (_, None) => 0,
        (None, Some(_)) => 1,
        (Some(language), Some(wanted)) => 2 * u8::from(language != wanted),
    }
}
