use std::borrow::Cow;

use crate::catalogue::{CatalogueEntry, ModelSource};
use crate::files::endpoint::HubKind;
use crate::files::error::ModelFileError;

/// The sources that may be asked, best first, each with the variant that it has; never none.
pub(super) fn usable_sources(
    entry: &CatalogueEntry,
    offline: bool,
) -> Result<Vec<(&CatalogueEntry, &ModelSource)>, ModelFileError> {
    let usable: Vec<(&CatalogueEntry, &ModelSource)> = entry
        .variants()
        .flat_map(|variant| variant.sources.iter().map(move |source| (variant, source)))
        .filter(|(_, source)| !offline || !source.needs_network())
        .collect();
    if usable.is_empty() {
        return Err(no_usable_source(entry));
    }
    Ok(usable)
}

/// The hub that is preferred comes first, and before another one ModelScope's repository of the same name.
pub(super) fn in_order<'a>(
    usable: Vec<(&'a CatalogueEntry, &'a ModelSource)>,
    first: Option<HubKind>,
) -> Vec<(&'a CatalogueEntry, Cow<'a, ModelSource>)> {
    let borrowed = |(variant, source)| (variant, Cow::Borrowed(source));
    let mut ordered: Vec<(&CatalogueEntry, Cow<'_, ModelSource>)> =
        usable.iter().copied().map(borrowed).collect();
    let Some(hub) = first else {
        return ordered;
    };
    if hub == HubKind::ModelScope {
        let namesakes = usable.into_iter().filter_map(|(variant, source)| {
            Some((variant, Cow::Owned(on_modelscope(variant, source)?)))
        });
        ordered.extend(namesakes);
    }
    ordered.sort_by_key(|(_, source)| !is_first(source, hub));
    ordered
}

/// ModelScope's repository of the same name, where the hashes of all needed files tell whether it holds the same
/// model: anybody may have taken the name there. Files without a hash are not taken from it.
fn on_modelscope(variant: &CatalogueEntry, source: &ModelSource) -> Option<ModelSource> {
    let ModelSource::Hub { repo, .. } = source else {
        return None;
    };
    let mut needed = variant.files.iter().filter(|file| !file.optional);
    let has_one = variant
        .sources
        .iter()
        .any(|source| matches!(source, ModelSource::ModelScope { .. }));
    let known = !has_one && needed.all(|file| file.sha256.is_some());
    known.then(|| ModelSource::ModelScope {
        repo: repo.clone(),
        revision: HubKind::ModelScope.usual_revision().to_owned(),
    })
}

/// What needs no network stays before the hub that is preferred.
fn is_first(source: &ModelSource, hub: HubKind) -> bool {
    match source {
        ModelSource::Folder { .. } => true,
        ModelSource::Hub { .. } => hub == HubKind::HuggingFace,
        ModelSource::ModelScope { .. } => hub == HubKind::ModelScope,
        ModelSource::Package { .. } => false,
    }
}

fn no_usable_source(entry: &CatalogueEntry) -> ModelFileError {
    let model = entry.name.clone();
    if entry.all_sources().next().is_none() {
        ModelFileError::NoSource {
            reasons: vec![format!(
                "the catalogue names none; bring its files with `riddle models pull {model} --from FOLDER`"
            )],
            model,
        }
    } else {
        ModelFileError::Offline { model }
    }
}

pub(super) fn all_failed(
    entry: &CatalogueEntry,
    mut failures: Vec<ModelFileError>,
) -> ModelFileError {
    match failures.pop() {
        Some(only) if failures.is_empty() => only,
        last => ModelFileError::NoSource {
            model: entry.name.clone(),
            reasons: failures
                .iter()
                .chain(&last)
                .map(ToString::to_string)
                .collect(),
        },
    }
}
