use std::collections::{BTreeSet, HashMap};

use riddle_core::{
    EvaluationQuestion, EvaluationQuestionPage, EvaluationSet, EvaluationSetCounts,
    EvaluationSetId, KnowledgeBaseId, KnowledgeBaseRef, TestLookPage,
};
use riddle_evaluation::formats::{
    CorpusDocument, Export, ExportError, ExportedSet, Format, ImportError, ImportedSet, InputFile,
    QuoteFiller, detect, export, import,
};
use riddle_evaluation::{SplitBy, assign_halves};
use uuid::Uuid;

use crate::blocking::run_blocking;
use crate::bounds::{MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_SET_DOCUMENTS, MAX_SET_FILES};
use crate::error::EngineError;
use crate::evaluation::{Evaluation, SendingPermit, Work};
use crate::judged::judged_documents;
use crate::names::beginning_if_longer;
use crate::paging::check_limit;

/// Questions that are read from the store at once.
const PAGE: u32 = 1_000;

/// What is said of a set of which too many questions share a document.
const ONE_DOCUMENT_IN_BOTH: &str = "too many questions share a document for halves of about the same size, so some of its questions choose settings and others report figures; questions about more documents make the figures surer";

/// The format of such files.
pub use riddle_evaluation::formats::Format as SetFormat;
/// A file of a set as it was sent.
pub use riddle_evaluation::formats::InputFile as SetFile;

/// A set to be made of files.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEvaluationSet {
    /// 1 to 100 characters, unique among sets.
    pub name: String,
    /// For people.
    pub description: String,
    /// What its questions are asked of. `None` makes a knowledge base of the set's name of the documents in the files.
    pub knowledge_base: Option<String>,
    /// What questions are made of.
    pub source: SetSource,
}

/// What the questions of a set are made of.
#[derive(Clone, PartialEq, Debug)]
pub enum SetSource {
    /// Files of a known format; `None` finds out which.
    Files(Option<Format>, Vec<InputFile>),
    /// Nothing yet: they come one by one.
    Empty,
}

/// A set that was read, before anything is kept.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct ParsedEvaluationSet {
    /// Name, checked.
    pub name: String,
    /// Description, checked.
    pub description: String,
    /// What the files hold.
    imported: ImportedSet,
    /// Documents in the files that are not read, because a knowledge base was named.
    unread: usize,
}

impl ParsedEvaluationSet {
    /// Takes out the documents for a knowledge base of its own.
    pub(crate) fn take_corpus(&mut self) -> Vec<CorpusDocument> {
        self.imported.corpus.take().unwrap_or_default()
    }

    /// Has judgments of documents whose text is that of another one name the one that is there. Returns what the user
    /// should know about it.
    pub(crate) fn rename(&mut self, renamed: &HashMap<String, String>) -> Option<String> {
        let questions = self.imported.questions.iter_mut();
        for gold in questions.flat_map(|question| &mut question.golds) {
            if let Some(kept) = renamed.get(&gold.document) {
                gold.document.clone_from(kept);
            }
        }
        let (own, kept) = renamed.iter().min()?;
        Some(format!(
            "{} documents have the text of another one and are there once, under one name (`{own}` is `{kept}`); judgments name that one",
            renamed.len()
        ))
    }

    /// What the user should know about the files.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let notes = self.imported.notes.iter().map(ToString::to_string);
        let unread = (self.unread > 0).then(|| {
            format!(
                "the {} documents in the files were not read, because a knowledge base is named; leave it out to make one of them",
                self.unread
            )
        });
        notes.chain(unread).collect()
    }
}

impl Evaluation {
    /// Reads the files of a new set. Nothing is kept.
    pub(crate) async fn parse_set(
        &self,
        new: NewEvaluationSet,
    ) -> Result<ParsedEvaluationSet, EngineError> {
        self.check_disk()?;
        let name = new.name.trim().to_owned();
        check_name(&name)?;
        check_files(&new.source)?;
        if new.description.chars().count() > MAX_DESCRIPTION_CHARS {
            let problem = format!("may have at most {MAX_DESCRIPTION_CHARS} characters");
            return Err(EngineError::invalid("description", problem));
        }
        if self
            .shared
            .store
            .lookup_evaluation_set(&name)
            .await?
            .is_some()
        {
            return Err(EngineError::EvaluationSetNameTaken(name));
        }
        let source = new.source;
        let own_corpus = new.knowledge_base.is_none();
        let read = move || read_source(source, own_corpus);
        let imported = run_blocking("reading an evaluation set", read).await??;
        let corpus = imported.corpus.as_ref().map_or(0, Vec::len);
        if own_corpus && corpus > MAX_SET_DOCUMENTS {
            return Err(EngineError::EvaluationSetTooLarge(format!(
                "the files hold {corpus} documents; a set may bring {MAX_SET_DOCUMENTS}, so put them into a knowledge \
                 base with `riddle ingest` and name it"
            )));
        }
        Ok(ParsedEvaluationSet {
            name,
            description: new.description,
            unread: if own_corpus { 0 } else { corpus },
            imported,
        })
    }

    /// Keeps a set that was read. Returns what the user should know about its halves.
    pub(crate) async fn keep_set(
        &self,
        parsed: ParsedEvaluationSet,
        knowledge_base: &str,
    ) -> Result<(EvaluationSet, Option<String>), EngineError> {
        let knowledge_base = self.shared.find_knowledge_base(knowledge_base).await?;
        let questions = parsed.imported.questions;
        let mut questions = self.fill_quotes(questions, knowledge_base.id).await?;
        let (questions, split) = run_blocking("halving an evaluation set", move || {
            let split = assign_halves(&mut questions, &HashMap::new());
            (questions, split)
        })
        .await?;
        let set = EvaluationSet {
            id: EvaluationSetId(self.shared.clock.new_id()),
            name: parsed.name,
            description: parsed.description,
            knowledge_base: KnowledgeBaseRef {
                id: knowledge_base.id,
                name: knowledge_base.name,
            },
            counts: EvaluationSetCounts::default(),
            test_looks: 0,
            lost: None,
            created_at: self.shared.clock.now(),
        };
        self.shared
            .store
            .insert_evaluation_set(&set, &questions)
            .await?;
        let warning = (split == SplitBy::Question).then(|| ONE_DOCUMENT_IN_BOTH.to_owned());
        Ok((self.set(&set.id.to_string()).await?, warning))
    }

    /// What to know of judgments whose documents are not in the knowledge base.
    pub(crate) async fn warn_of_missing(
        &self,
        set: &EvaluationSet,
    ) -> Result<Option<String>, EngineError> {
        let questions = self.all_questions(set.id).await?;
        let names = move || {
            let golds = questions.iter().flat_map(|question| &question.golds);
            let names: BTreeSet<String> = golds.map(|gold| gold.document.clone()).collect();
            names.into_iter().collect::<Vec<String>>()
        };
        let names = run_blocking("gathering the documents of an evaluation set", names).await?;
        let knowledge_base = &set.knowledge_base;
        let known = self
            .shared
            .store
            .documents_named(knowledge_base.id, &names)
            .await?;
        let mut missing = names.iter().filter(|name| !known.contains_key(*name));
        let Some(first) = missing.next() else {
            return Ok(None);
        };
        Ok(Some(format!(
            "{} of {} judged documents are not in `{}`, such as `{first}`; judgments of them count as not found",
            1 + missing.count(),
            names.len(),
            knowledge_base.name
        )))
    }

    /// Gives passages that are known by their place alone their words. One document is read after the other, since
    /// together they may be larger than memory.
    async fn fill_quotes(
        &self,
        questions: Vec<EvaluationQuestion>,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<EvaluationQuestion>, EngineError> {
        let doing = "taking judged passages from documents";
        let mut filler = run_blocking(doing, move || QuoteFiller::new(questions)).await?;
        let none = BTreeSet::new();
        for name in filler.documents() {
            let named = BTreeSet::from([name]);
            let found = judged_documents(&self.shared, &[knowledge_base], &named, &none).await?;
            for document in found {
                let fill = move || {
                    filler.fill(&document.name, &document.text());
                    filler
                };
                filler = run_blocking(doing, fill).await?;
            }
            if filler.is_full() {
                break;
            }
        }
        let filled = run_blocking(doing, move || filler.finish()).await?;
        filled.map_err(|error| unreadable(&error))
    }

    pub(crate) async fn list_sets(&self) -> Result<Vec<EvaluationSet>, EngineError> {
        Ok(self.shared.store.list_evaluation_sets().await?)
    }

    pub(crate) async fn set(&self, id_or_name: &str) -> Result<EvaluationSet, EngineError> {
        let not_found = |name| EngineError::EvaluationSetNotFound(name);
        if let Some(beginning) = beginning_if_longer(id_or_name, MAX_NAME_CHARS) {
            return Err(not_found(beginning));
        }
        let found = self.shared.store.lookup_evaluation_set(id_or_name).await?;
        found.ok_or_else(|| not_found(id_or_name.to_owned()))
    }

    /// When and by which runs the test half of a set was looked at, newest first.
    pub(crate) async fn test_looks(
        &self,
        id_or_name: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TestLookPage, EngineError> {
        check_limit(limit)?;
        let set = self.set(id_or_name).await?.id;
        let store = &self.shared.store;
        Ok(store.list_test_looks(set, cursor, limit).await?)
    }

    pub(crate) async fn delete_set(&self, id_or_name: &str) -> Result<(), EngineError> {
        let set = self.set(id_or_name).await?;
        self.shared.store.delete_evaluation_set(set.id).await?;
        Ok(())
    }

    pub(crate) async fn set_questions(
        &self,
        id_or_name: &str,
        from: u32,
        limit: u32,
    ) -> Result<(EvaluationQuestionPage, SendingPermit), EngineError> {
        check_limit(limit)?;
        let sending = self.admission.sending().await?;
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(id_or_name).await?;
        let page = self
            .shared
            .store
            .list_evaluation_questions(set.id, from, limit)
            .await?;
        Ok((page, sending))
    }

    /// A set in one of the formats, as files, with the permit to send them.
    pub(crate) async fn export_set(
        &self,
        id_or_name: &str,
        format: Format,
    ) -> Result<(Export, SendingPermit), EngineError> {
        let sending = self.admission.sending().await?;
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(id_or_name).await?;
        let questions = self.all_questions(set.id).await?;
        let write = move || {
            let set = ExportedSet {
                questions: &questions,
                corpus: None,
            };
            export(format, &set)
        };
        let files = run_blocking("writing an evaluation set", write).await?;
        let files = files.map_err(|error| match error {
            ExportError::TooLarge => EngineError::EvaluationSetTooLarge(error.to_string()),
            error => EngineError::invalid_as("format", error.to_string()),
        })?;
        Ok((files, sending))
    }

    pub(crate) async fn all_questions(
        &self,
        set: EvaluationSetId,
    ) -> Result<Vec<EvaluationQuestion>, EngineError> {
        let mut all = Vec::new();
        let mut from = Some(0);
        while let Some(place) = from {
            let page = self
                .shared
                .store
                .list_evaluation_questions(set, place, PAGE)
                .await?;
            all.extend(page.questions);
            from = page.next;
        }
        Ok(all)
    }
}

fn read_source(source: SetSource, own_corpus: bool) -> Result<ImportedSet, EngineError> {
    let SetSource::Files(format, files) = source else {
        if own_corpus {
            let message =
                "an empty set needs a knowledge base that its questions are asked of; name one";
            return Err(EngineError::invalid_as("knowledge_base", message));
        }
        return Ok(ImportedSet {
            corpus: None,
            questions: Vec::new(),
            notes: Vec::new(),
        });
    };
    let format = match format {
        Some(format) => format,
        None => detect(&files).map_err(|error| unreadable(&error))?,
    };
    let imported = import(format, &files).map_err(|error| unreadable(&error))?;
    if own_corpus && imported.corpus.as_ref().is_none_or(Vec::is_empty) {
        let message = "the files bring no documents of their own; name the knowledge base that their questions are asked of";
        return Err(EngineError::invalid_as("knowledge_base", message));
    }
    Ok(imported)
}

fn unreadable(error: &ImportError) -> EngineError {
    EngineError::invalid_as("files", error.to_string())
}

fn check_files(source: &SetSource) -> Result<(), EngineError> {
    match source {
        SetSource::Files(_, files) if files.len() > MAX_SET_FILES => Err(EngineError::invalid(
            "files",
            format!("may be at most {MAX_SET_FILES}"),
        )),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), EngineError> {
    let length = name.chars().count();
    let problem = if length == 0 || length > MAX_NAME_CHARS {
        "must have 1 to 100 characters"
    } else if Uuid::parse_str(name).is_ok() {
        "must not look like an id"
    } else if name.chars().any(char::is_control) {
        "must not hold control characters"
    } else {
        return Ok(());
    };
    Err(EngineError::invalid("name", problem))
}
