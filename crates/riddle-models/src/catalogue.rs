//! The models known by name: what they are, which files they consist of and where those come from.

mod added;
mod colbert;
mod entry;
mod pooling;
mod raw;
mod variant;

use std::path::Path;

pub use added::AddedModels;
pub use colbert::{Colbert, ProjectionLayer};
pub use entry::{
    CatalogueEntry, CatalogueFile, EmbedderFacts, GoldenPair, ModelRole, ModelSource,
    RerankerFacts, WeightsFormat,
};
pub use pooling::{DenseActivation, DenseLayer, Pooling, PoolingKind};
pub(crate) use raw::is_plain_name;
pub(crate) use variant::is_sha256;

const EMBEDDED: [&str; 2] = [
    include_str!("../catalogue.toml"),
    include_str!("../catalogue/fastembed.toml"),
];

/// Bytes of a name that is looked for.
const MAX_NAME_BYTES: usize = 400;

/// Characters of a longer name that an error repeats.
const SHOWN_CHARS: usize = 60;

/// Names further away than this are not worth suggesting.
const NEAR_ENOUGH: f64 = 0.6;
const MOST_SUGGESTIONS: usize = 3;

/// The models known by name.
#[derive(Clone, Debug)]
pub struct Catalogue {
    hub_endpoint: String,
    entries: Vec<CatalogueEntry>,
}

/// A catalogue that cannot be read, or a name that is not in it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// No model has this name.
    #[error("there is no model `{name}` in the catalogue{}", suggestion(near))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that come close, best first.
        near: Vec<String>,
    },
    /// The user's file cannot be read.
    #[error(
        "the model catalogue cannot be read: {0}; check `models.catalogue` in the configuration"
    )]
    Unreadable(#[source] std::io::Error),
    /// The file of added models cannot be read or written.
    #[error(
        "the list of added models, `added.toml` in the folder of models, cannot be {action}: {source}"
    )]
    Added {
        /// `read` or `written`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of added models is not a catalogue.
    #[error(
        "the list of added models, `added.toml` in the folder of models, cannot be understood: {0}; mend it, or delete it and add the models again"
    )]
    AddedMalformed(String),
    /// A file is not a catalogue.
    #[error("the model catalogue cannot be understood: {0}")]
    Malformed(String),
    /// An entry contradicts itself.
    #[error("model `{name}` in the catalogue: {problem}")]
    BadEntry {
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Catalogue {
    /// The embedded catalogue, with the models of the file `extra` added; one of the same name replaces the embedded
    /// one, and what else they are called means them alone.
    ///
    /// # Errors
    /// `extra` cannot be read, is not a catalogue, or an entry contradicts itself.
    pub fn load(extra: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::empty();
        for text in EMBEDDED {
            catalogue.merge(raw::parse(text)?)?;
        }
        if let Some(path) = extra {
            let text = std::fs::read_to_string(path).map_err(CatalogueError::Unreadable)?;
            let own = raw::parse(&text)?;
            catalogue.give_way_to(&own.entries);
            catalogue.merge(own)?;
        }
        Ok(catalogue)
    }

    /// A catalogue of its own from text in the form of `catalogue.toml`.
    ///
    /// # Errors
    /// It is not a catalogue, or an entry contradicts itself.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::empty();
        catalogue.merge(raw::parse(text)?)?;
        Ok(catalogue)
    }

    fn empty() -> Self {
        Self {
            hub_endpoint: String::new(),
            entries: Vec::new(),
        }
    }

    /// The model with this name or alias; case does not matter.
    ///
    /// # Errors
    /// [`CatalogueError::Unknown`], which names models that come close.
    pub fn find(&self, name: &str) -> Result<&CatalogueEntry, CatalogueError> {
        // Comparing takes a time in proportion to both lengths, and no model has such a name.
        if name.len() > MAX_NAME_BYTES {
            return Err(CatalogueError::Unknown {
                name: shortened(name),
                near: Vec::new(),
            });
        }
        let wanted = name.trim().to_lowercase();
        self.entries
            .iter()
            .find(|entry| entry.name == wanted)
            .or_else(|| self.entries.iter().find(|e| e.aliases.contains(&wanted)))
            .ok_or_else(|| CatalogueError::Unknown {
                name: name.to_owned(),
                near: self.near(&wanted),
            })
    }

    /// All models, in the order of the files.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// Address of the hub that `hub` sources mean unless the configuration names a mirror; empty if the catalogue names
    /// none.
    pub fn hub_endpoint(&self) -> &str {
        &self.hub_endpoint
    }

    fn merge(&mut self, parsed: raw::Parsed) -> Result<(), CatalogueError> {
        if let Some(hub) = parsed.hub {
            self.hub_endpoint = hub;
        }
        for entry in parsed.entries {
            match self.entries.iter_mut().find(|e| e.name == entry.name) {
                Some(existing) => *existing = entry,
                None => self.entries.push(entry),
            }
        }
        self.refuse_ambiguous_names()
    }

    /// Leaves to a user's models whatever they are called: a name that an update brings must neither keep a server from
    /// starting nor lead it to another model.
    fn give_way_to(&mut self, own: &[CatalogueEntry]) {
        let is_alias = |name: &String| own.iter().any(|entry| entry.aliases.contains(name));
        let is_name = |name: &String| own.iter().any(|entry| entry.name == *name);
        self.entries.retain(|known| !is_alias(&known.name));
        for known in &mut self.entries {
            known
                .aliases
                .retain(|alias| !is_alias(alias) && !is_name(alias));
        }
    }

    fn refuse_ambiguous_names(&self) -> Result<(), CatalogueError> {
        let mut seen = std::collections::HashMap::new();
        for entry in &self.entries {
            for name in std::iter::once(&entry.name).chain(&entry.aliases) {
                if let Some(other) = seen.insert(name, &entry.name)
                    && other != &entry.name
                {
                    return Err(CatalogueError::BadEntry {
                        name: entry.name.clone(),
                        problem: format!("`{name}` also means `{other}`; rename one of them"),
                    });
                }
            }
        }
        Ok(())
    }

    fn near(&self, wanted: &str) -> Vec<String> {
        let mut scored: Vec<(f64, &str)> = self
            .entries
            .iter()
            .map(|entry| {
                let closeness = std::iter::once(&entry.name)
                    .chain(&entry.aliases)
                    .map(|known| closeness(known, wanted))
                    .fold(0.0, f64::max);
                (closeness, entry.name.as_str())
            })
            .filter(|(closeness, _)| *closeness >= NEAR_ENOUGH)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        scored
            .into_iter()
            .take(MOST_SUGGESTIONS)
            .map(|(_, name)| name.to_owned())
            .collect()
    }
}

/// A part of a name is close however long the rest is: people type `bge` and `minilm`.
fn closeness(known: &str, wanted: &str) -> f64 {
    let by_edits = strsim::normalized_damerau_levenshtein(known, wanted);
    if wanted.chars().count() >= 3 && known.contains(wanted) {
        by_edits.max(NEAR_ENOUGH)
    } else {
        by_edits
    }
}

/// The beginning of a name that is too long to be one.
fn shortened(name: &str) -> String {
    let beginning: String = name.chars().take(SHOWN_CHARS).collect();
    format!("{beginning}…")
}

fn suggestion(near: &[String]) -> String {
    if near.is_empty() {
        "; `riddle models list` names all, and a catalogue file of your own can add more".to_owned()
    } else {
        format!("; did you mean `{}`?", near.join("`, `"))
    }
}

#[cfg(test)]
mod tests;
