use riddle_core::{KnowledgeBaseSettings, LanguageCoverage, LibraryEntry, LibraryRole};

/// The multilingual embedder that is suggested where none is here: the smallest that was measured well.
const SUGGESTED: &str = "multilingual-e5-small";

/// An embedder that knows the languages of a knowledge base's documents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmbedderSuggestion {
    /// Its catalogue name.
    pub embedder: String,
    /// Whether its files are here.
    pub here: bool,
    /// The language that the present embedder does not know, such as `zh`.
    pub language: String,
    /// Catalogue name of the present embedder.
    pub present: String,
}

/// Whether another embedder may be suggested, as far as the settings tell.
pub(super) fn may_get_one(settings: &KnowledgeBaseSettings) -> bool {
    settings.unread_language.is_some()
        && !settings.suggestion_dismissed
        && settings.next_embedder.is_none()
        && settings.embedder.is_some()
}

/// A multilingual embedder, in place of one that is known not to know the language of a document: one that is here
/// before one that is to be fetched.
pub(super) fn suggestion(
    settings: &KnowledgeBaseSettings,
    entries: &[LibraryEntry],
) -> Option<EmbedderSuggestion> {
    if !may_get_one(settings) {
        return None;
    }
    let (language, present) = (
        settings.unread_language.as_ref()?,
        settings.embedder.as_ref()?,
    );
    let embedders = || {
        entries
            .iter()
            .filter(|entry| entry.role == LibraryRole::Embedder)
    };
    let known = embedders().find(|entry| entry.name == *present)?;
    if known.languages.as_ref()?.covers(language) {
        return None;
    }
    let all =
        || embedders().filter(|entry| entry.languages == Some(LanguageCoverage::Multilingual));
    let found = all()
        .find(|entry| entry.here)
        .or_else(|| all().find(|entry| entry.name == SUGGESTED))
        .or_else(|| all().next())?;
    Some(EmbedderSuggestion {
        embedder: found.name.clone(),
        here: found.here,
        language: language.clone(),
        present: present.clone(),
    })
}
