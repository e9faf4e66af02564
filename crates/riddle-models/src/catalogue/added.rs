//! Models that were added on this machine, in a catalogue beside their files.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Catalogue, CatalogueEntry, CatalogueError, raw};
use crate::on_disk::{lock_file, replace};

const FILE: &str = "added.toml";
const LOCK: &str = ".added.lock";
const HEAD: &str =
    "# Models that `riddle models add` has added; `riddle models remove` takes them out again.\n\n";

/// The list of added models.
#[derive(Clone, Debug)]
pub struct AddedModels {
    /// The folder of models.
    folder: PathBuf,
}

impl AddedModels {
    /// The list in a folder of models, which need not exist yet.
    pub fn in_folder(models: &Path) -> Self {
        Self {
            folder: models.to_owned(),
        }
    }

    /// Adds an entry, given as the text of a catalogue with it alone; one of the same name is replaced.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn add(&self, entry: &CatalogueEntry, text: &str) -> Result<(), CatalogueError> {
        let added = models_of(text)?;
        let _lock = self.lock()?;
        let mut models = self.models()?;
        models.retain(|model| !is_named(model, &entry.name));
        models.extend(added);
        self.write(models)
    }

    /// Takes an entry out. `false` where there is none of this name.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn remove(&self, name: &str) -> Result<bool, CatalogueError> {
        let _lock = self.lock()?;
        let mut models = self.models()?;
        let before = models.len();
        models.retain(|model| !is_named(model, name));
        if models.len() == before {
            return Ok(false);
        }
        self.write(models)?;
        Ok(true)
    }

    /// Whether there is an entry of this name.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn has(&self, name: &str) -> Result<bool, CatalogueError> {
        Ok(self.models()?.iter().any(|model| is_named(model, name)))
    }

    /// Keeps other processes from changing the list for as long as the result lives.
    fn lock(&self) -> Result<File, CatalogueError> {
        let lock = || {
            std::fs::create_dir_all(&self.folder)?;
            let file = lock_file(&self.folder.join(LOCK))?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|source| CatalogueError::Added {
            action: "written",
            source,
        })
    }

    fn text(&self) -> Result<String, CatalogueError> {
        match std::fs::read_to_string(self.folder.join(FILE)) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(CatalogueError::Added {
                action: "read",
                source,
            }),
        }
    }

    fn models(&self) -> Result<Vec<Value>, CatalogueError> {
        models_of(&self.text()?)
    }

    /// Replaces the list as a whole, or not at all.
    fn write(&self, models: Vec<Value>) -> Result<(), CatalogueError> {
        let unwritable = |source| CatalogueError::Added {
            action: "written",
            source,
        };
        let mut table = Table::new();
        table.insert("model".to_owned(), Value::Array(models));
        let text = toml::to_string(&table)
            .map_err(|error| CatalogueError::AddedMalformed(error.to_string()))?;
        let content = format!("{HEAD}{text}");
        replace(&self.folder, FILE, content.as_bytes()).map_err(unwritable)
    }
}

/// The entries of a catalogue's text.
fn models_of(text: &str) -> Result<Vec<Value>, CatalogueError> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| CatalogueError::AddedMalformed(error.to_string()))?;
    let models = table.get("model").and_then(Value::as_array);
    Ok(models.cloned().unwrap_or_default())
}

fn is_named(model: &Value, name: &str) -> bool {
    model.get("name").and_then(Value::as_str) == Some(name)
}

impl Catalogue {
    /// With the models that were added beside it. Where a name or another one of them is taken by now, an added model
    /// keeps its name and loses the other: an update that brings a model must not keep a server from starting.
    ///
    /// # Errors
    /// The list cannot be read, or an entry contradicts itself.
    pub fn with_added(mut self, added: &AddedModels) -> Result<Self, CatalogueError> {
        let text = added.text()?;
        let parsed = raw::parse(&text).map_err(|error| match error {
            CatalogueError::Malformed(problem) => CatalogueError::AddedMalformed(problem),
            other => other,
        })?;
        for entry in parsed.entries {
            self.insert(entry);
        }
        Ok(self)
    }

    /// With one more model, which takes the place of one of the same name.
    #[must_use]
    pub fn with(mut self, entry: CatalogueEntry) -> Self {
        self.insert(entry);
        self
    }

    fn insert(&mut self, mut entry: CatalogueEntry) {
        self.entries.retain(|known| known.name != entry.name);
        let entries = &mut self.entries;
        entry.aliases.retain(|alias| {
            !entries
                .iter()
                .any(|known| known.name == *alias || known.aliases.contains(alias))
        });
        for known in entries.iter_mut() {
            known.aliases.retain(|alias| *alias != entry.name);
        }
        entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, alias: &str) -> (CatalogueEntry, String) {
        let text = format!(
            r#"
[[model]]
name = "{name}"
aliases = ["{alias}"]
role = "chat"
format = "gguf"
architecture = "qwen3"
weights = "m.gguf"
parameters = 1
memory_mb = 1
max_tokens = 8
languages = ["en"]
licence = "MIT"
files = [{{ path = "m.gguf" }}]
"#
        );
        let catalogue = Catalogue::parse(&text).expect("it is a catalogue");
        (catalogue.entries()[0].clone(), text)
    }

    #[test]
    fn what_is_added_is_found_again_and_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let added = AddedModels::in_folder(&folder.path().join("models"));
        let embedded = || Catalogue::load(None).expect("it is sound");
        assert!(!added.has("one").expect("no list is an empty one"));
        for name in ["one", "two", "one"] {
            let (entry, text) = entry(name, &format!("owner/{name}"));
            added.add(&entry, &text).expect("written");
        }
        let catalogue = embedded().with_added(&added).expect("read");
        assert_eq!(
            catalogue.find("Owner/Two").expect("by its alias").name,
            "two"
        );
        let names = catalogue
            .entries()
            .iter()
            .filter(|entry| entry.name == "one");
        assert_eq!(names.count(), 1);
        assert!(added.remove("one").expect("written"));
        assert!(!added.remove("one").expect("read"));
        let catalogue = embedded().with_added(&added).expect("read");
        assert!(catalogue.find("one").is_err() && catalogue.find("two").is_ok());
    }

    #[test]
    fn additions_at_the_same_time_are_all_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let added = AddedModels::in_folder(folder.path());
        std::thread::scope(|threads| {
            for number in 0..16 {
                let added = &added;
                threads.spawn(move || {
                    let name = format!("model-{number}");
                    let (entry, text) = entry(&name, &format!("owner/{name}"));
                    added.add(&entry, &text).expect("written");
                });
            }
        });
        assert_eq!(added.models().expect("readable").len(), 16);
    }

    #[test]
    fn names_that_an_update_brings_keep_nobody_from_starting() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let added = AddedModels::in_folder(folder.path());
        for (name, alias) in [("mine", "BAAI/bge-m3"), ("minilm", "owner/minilm")] {
            let (entry, text) = entry(name, alias);
            added.add(&entry, &text).expect("written");
        }
        let catalogue = Catalogue::load(None).expect("it is sound");
        let catalogue = catalogue.with_added(&added).expect("read");
        assert_eq!(catalogue.find("BAAI/bge-m3").expect("known").name, "bge-m3");
        assert_eq!(catalogue.find("mine").expect("added").name, "mine");
        assert_eq!(catalogue.find("minilm").expect("added").name, "minilm");
    }

    #[test]
    fn a_damaged_list_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(FILE), "[[model]\n").expect("written");
        let added = AddedModels::in_folder(folder.path());
        let catalogue = Catalogue::load(None).expect("it is sound");
        let message = catalogue
            .with_added(&added)
            .expect_err("damaged")
            .to_string();
        assert!(
            message.contains("added.toml") && message.contains("add the models again"),
            "{message}"
        );
    }
}
