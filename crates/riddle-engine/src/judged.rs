//! Documents that judgments name, with the chunks that searches can find.

use std::collections::{BTreeSet, HashMap};

use riddle_core::{
    ArmOutcome, ChunkId, ChunkRecord, ContentHash, DocumentId, EvaluationQuestion, Gold,
    KnowledgeBaseId, document_name,
};
use riddle_evaluation::{JudgedChunk, JudgedDocument, ModelGolds, ResolvedGolds, resolve_golds};
use uuid::Uuid;

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;

/// Chunks that are read at once.
const PAGE: u32 = 500;
/// Why another system has no result: its documents cannot be told apart by passages.
const JUDGES_PASSAGES: &str =
    "other systems rank documents here, and no document is judged for this question alone";

/// A document that a name means.
#[derive(Clone, Copy)]
pub(crate) struct MeantDocument {
    pub(crate) id: DocumentId,
    /// Its knowledge base, where that is not the first.
    pub(crate) other: Option<KnowledgeBaseId>,
}

/// The documents that these names mean, each in the first of the knowledge bases that has one of the name: judgments
/// are of the set's own documents before those of others.
pub(crate) async fn meant_documents(
    shared: &Shared,
    knowledge_bases: &[KnowledgeBaseId],
    names: &[String],
) -> Result<HashMap<String, MeantDocument>, EngineError> {
    let mut meant: HashMap<String, MeantDocument> = HashMap::new();
    for (place, knowledge_base) in knowledge_bases.iter().enumerate() {
        let other = (place > 0).then_some(*knowledge_base);
        let named = shared.store.documents_named(*knowledge_base, names).await?;
        for (name, id) in named {
            meant.entry(name).or_insert(MeantDocument { id, other });
        }
    }
    Ok(meant)
}

/// Whether a judgment of its name is of the document of a chunk.
pub(crate) fn is_meant(meant: &HashMap<String, MeantDocument>, chunk: &ChunkRecord) -> bool {
    let meant = meant.get(&chunk.document_name);
    meant.is_some_and(|meant| meant.id == chunk.document)
}

/// The documents among those of these names that are there: of `quoted` all chunks, of `whole`, which are judged as a
/// whole, one to say that there are some.
pub(crate) async fn judged_documents(
    shared: &Shared,
    knowledge_bases: &[KnowledgeBaseId],
    quoted: &BTreeSet<String>,
    whole: &BTreeSet<String>,
) -> Result<Vec<JudgedDocument>, EngineError> {
    let names: Vec<String> = quoted.union(whole).cloned().collect();
    let known = meant_documents(shared, knowledge_bases, &names).await?;
    let whole = known.iter().filter(|(name, _)| !quoted.contains(*name));
    let whole: Vec<DocumentId> = whole.map(|(_, meant)| meant.id).collect();
    let firsts = first_chunks(shared, &whole).await?;
    let mut documents = Vec::with_capacity(known.len());
    for (name, MeantDocument { id, other }) in known {
        let chunks = match quoted.contains(&name) {
            true => chunks(shared, id).await?,
            false => firsts.get(&id).cloned().into_iter().collect(),
        };
        documents.push(JudgedDocument {
            name,
            other,
            chunks,
        });
    }
    Ok(documents)
}

/// Finds what is judged of a question in the knowledge bases as they are now, the set's first.
pub(crate) async fn resolve(
    shared: &Shared,
    knowledge_bases: &[KnowledgeBaseId],
    question: &EvaluationQuestion,
) -> Result<ResolvedGolds, EngineError> {
    resolve_with(shared, knowledge_bases, question, ModelGolds::default()).await
}

/// The same with what a language model has said besides.
pub(crate) async fn resolve_with(
    shared: &Shared,
    knowledge_bases: &[KnowledgeBaseId],
    question: &EvaluationQuestion,
    mut by_model: ModelGolds,
) -> Result<ResolvedGolds, EngineError> {
    let (text, mut golds) = (question.text.clone(), question.golds.clone());
    let model_golds = by_model.all_mut().map(|grade| &mut grade.gold);
    golds.iter_mut().chain(model_golds).for_each(spell);
    let of = |quoted: bool| -> BTreeSet<String> {
        let all = golds.iter().chain(by_model.all().map(|grade| &grade.gold));
        let golds = all.filter(|gold| gold.quote.is_some() == quoted);
        golds.map(|gold| gold.document.clone()).collect()
    };
    let documents = judged_documents(shared, knowledge_bases, &of(true), &of(false)).await?;
    let resolve = move || {
        let mut resolved = resolve_golds(&text, &golds, &documents);
        resolved.note_by_model(&by_model.besides, &documents);
        resolved.add_by_model(&text, &by_model.alone, &documents);
        resolved
    };
    run_blocking("looking for judged passages", resolve).await
}

/// Says of what another system ranks for a question whether it can be compared.
pub(crate) fn compare_imported(arm: &mut ArmOutcome, question: &EvaluationQuestion) {
    arm.failure = (!question.judges_documents()).then(|| JUDGES_PASSAGES.to_owned());
}

/// What stands for the first chunk of a document that is in no knowledge base: an id that no chunk has, the same for
/// the same name.
pub(crate) fn no_chunk(name: &str) -> ChunkId {
    let hash = ContentHash::of(name.as_bytes());
    ChunkId(Uuid::from_bytes(std::array::from_fn(|place| hash.0[place])))
}

/// A set may spell the name of a document in a way of its own.
fn spell(gold: &mut Gold) {
    if let Ok(name) = document_name(&gold.document) {
        gold.document = name;
    }
}

/// The first chunk of each of these documents that searches can find.
async fn first_chunks(
    shared: &Shared,
    documents: &[DocumentId],
) -> Result<HashMap<DocumentId, JudgedChunk>, EngineError> {
    let position = shared.index.position();
    let mut found = HashMap::with_capacity(documents.len());
    for some in documents.chunks(PAGE as usize) {
        let firsts = shared.store.first_chunks(some, position).await?;
        found.extend(firsts.iter().map(|first| (first.document, judged(first))));
    }
    Ok(found)
}

fn judged(record: &ChunkRecord) -> JudgedChunk {
    JudgedChunk {
        id: record.id,
        span: record.chunk.span,
        text: record.chunk.own_text().to_owned(),
    }
}

/// The chunks of a document that searches can find.
async fn chunks(shared: &Shared, document: DocumentId) -> Result<Vec<JudgedChunk>, EngineError> {
    let position = shared.index.position();
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        let page = shared.store.document_chunks(document, from, PAGE, position);
        let page = page.await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        from = last.record.chunk.ordinal.saturating_add(1);
        let usable = page
            .iter()
            .filter(|chunk| chunk.state.enabled && !chunk.state.pending);
        found.extend(usable.map(|chunk| judged(&chunk.record)));
    }
}
