use std::collections::{HashMap, HashSet, VecDeque};

use riddle_core::{
    CuratedChunk, DocumentOrder, DocumentQuery, HeadingQuestion, KnowledgeBaseId, Store,
    heading_key, heading_question,
};

use super::distance;
use crate::blocking::run_blocking;
use crate::error::EngineError;

/// Documents whose headings are looked at, the first by name, and passages of each.
const DOCUMENTS: u32 = 60;
const PASSAGES: u32 = 24;
/// Questions of one document.
const OF_DOCUMENT: usize = 4;
/// Questions that are tried.
const MOST: usize = 12;
/// A heading of more documents than this belongs to their form.
const SHARED_BY: usize = 2;
/// Characters under a heading that tell its language, and the fewest that can be an answer.
const TEXT: usize = 400;
const LEAST_TEXT: usize = 20;

/// A question that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The key of the heading that it is made of.
    pub(super) heading: String,
    pub(super) made: HeadingQuestion,
}

/// Questions made of the headings of live passages, in the order in which they are to be tried: those in `language`
/// first, and the first of each document before the second of any.
pub(super) async fn candidates(
    store: &dyn Store,
    knowledge_base: KnowledgeBaseId,
    position: u64,
    language: Option<&str>,
) -> Result<VecDeque<Candidate>, EngineError> {
    let query = DocumentQuery {
        statuses: Vec::new(),
        name_contains: None,
        folder: None,
        order: DocumentOrder::Name,
        cursor: None,
        limit: DOCUMENTS,
    };
    let page = store.list_documents(knowledge_base, &query).await?;
    let mut documents = Vec::new();
    for document in page
        .documents
        .iter()
        .filter(|document| document.live_generation.is_some())
    {
        documents.push(
            store
                .document_chunks(document.id, 0, PASSAGES, position)
                .await?,
        );
    }
    let language = language.map(str::to_owned);
    run_blocking("making questions of headings", move || {
        choose(&documents, language.as_deref())
    })
    .await
}

fn choose(documents: &[Vec<CuratedChunk>], language: Option<&str>) -> VecDeque<Candidate> {
    let shared = shared_headings(documents);
    let of_documents: Vec<Vec<Candidate>> = documents
        .iter()
        .map(|passages| of_document(passages, &shared))
        .collect();
    let mut asked = HashSet::new();
    let in_turns =
        (0..OF_DOCUMENT).flat_map(|nth| of_documents.iter().filter_map(move |all| all.get(nth)));
    let mut chosen: Vec<Candidate> = in_turns
        .filter(|candidate| asked.insert(heading_key(&candidate.made.question)))
        .cloned()
        .collect();
    chosen.sort_by_key(|candidate| distance(candidate.made.language, language));
    chosen.truncate(MOST);
    chosen.into()
}

/// In how many documents each heading is.
fn shared_headings(documents: &[Vec<CuratedChunk>]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for passages in documents {
        let headings = passages
            .iter()
            .flat_map(|passage| &passage.record.chunk.heading_path);
        let keys: HashSet<String> = headings.map(|heading| heading_key(heading)).collect();
        for key in keys {
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    counts
}

fn of_document(passages: &[CuratedChunk], shared: &HashMap<String, usize>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for passage in passages
        .iter()
        .filter(|passage| passage.state.enabled && !passage.state.pending)
    {
        let chunk = &passage.record.chunk;
        let Some(text) = text_below(&chunk.text) else {
            continue;
        };
        let own = |key: &String| {
            shared
                .get(key)
                .is_none_or(|documents| *documents <= SHARED_BY)
        };
        let of_heading = |heading: &String| {
            let key = Some(heading_key(heading)).filter(own)?;
            let made = heading_question(heading, &text)?;
            Some(Candidate { heading: key, made })
        };
        let Some(candidate) = chunk.heading_path.iter().rev().find_map(of_heading) else {
            continue;
        };
        if candidates
            .iter()
            .all(|known| known.heading != candidate.heading)
        {
            candidates.push(candidate);
        }
        if candidates.len() == OF_DOCUMENT {
            break;
        }
    }
    candidates
}

/// The beginning of what stands under the headings of a passage, if that is enough to answer anything.
fn text_below(passage: &str) -> Option<String> {
    let lines = passage
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let text: String = lines
        .collect::<Vec<_>>()
        .join("\n")
        .chars()
        .take(TEXT)
        .collect();
    let text = text.trim();
    (text.chars().count() >= LEAST_TEXT).then(|| text.to_owned())
}
