use std::path::PathBuf;
use std::sync::Arc;

use riddle_core::{LibraryEntry, LibraryRole, ModelLibrary};

use super::Library;
use super::download::Download;
use crate::blocking::run_blocking;
use crate::disk::folder_bytes;
use crate::error::EngineError;
use crate::models::{ModelHealth, models_in_use};

/// All models that the server knows.
#[derive(Clone, PartialEq, Debug)]
pub struct LibraryListing {
    /// Those of the catalogue, then those that run here and are not of the catalogue.
    pub models: Vec<LibraryModel>,
    /// Whether the network is refused.
    pub offline: bool,
    /// The folder of their files.
    pub folder: PathBuf,
    /// The language model that answers where none is chosen; `None` where answers are quoted.
    pub default_chat: Option<String>,
}

/// A model, its files and whether it runs.
#[derive(Clone, PartialEq, Debug)]
pub struct LibraryModel {
    pub entry: LibraryEntry,
    /// Whether its files are here.
    pub state: LibraryModelState,
    /// Bytes below its folder, those that were made of its files included.
    pub bytes_on_disk: u64,
    /// Where it runs, if it is loaded.
    pub device: Option<String>,
    /// Its latest download since the start.
    pub download: Option<Download>,
}

/// Whether the files of a model are here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LibraryModelState {
    Absent,
    Downloading,
    /// All files are here, or the model runs on another server.
    Installed,
    /// Some files are here. A download fetches the others.
    Incomplete,
}

/// A model of the health report, with its name in the catalogue. The configuration may call it by another name.
struct ModelInUse {
    catalogue_name: Option<String>,
    model: ModelHealth,
}

impl Library {
    pub(crate) async fn list_library(&self) -> Result<LibraryListing, EngineError> {
        let library = Arc::clone(&self.shared.library);
        let (offline, folder) = (library.is_offline(), library.folder());
        let on_their_way = self.adding.entries();
        let measured = run_blocking("measuring folders", move || {
            measure(&*library, on_their_way)
        });
        let measured = measured.await?;
        let health = models_in_use(&self.shared.models, &mut Vec::new());
        let in_use: Vec<ModelInUse> = health
            .into_iter()
            .filter(|model| !model.fallback)
            .map(|model| ModelInUse {
                catalogue_name: self.shared.library.resolve(&model.name).ok(),
                model,
            })
            .collect();
        let mut models: Vec<LibraryModel> = measured
            .into_iter()
            .map(|(entry, bytes)| self.of_catalogue(entry, bytes, &in_use))
            .collect();
        let outside = in_use.iter().filter(|used| used.catalogue_name.is_none());
        models.extend(outside.map(|used| of_health(&used.model)));
        add_other_chats(&mut models, self.shared.models.other_chats());
        Ok(LibraryListing {
            default_chat: self.shared.models.default_chat(),
            models,
            offline,
            folder,
        })
    }

    fn of_catalogue(
        &self,
        entry: LibraryEntry,
        bytes_on_disk: u64,
        in_use: &[ModelInUse],
    ) -> LibraryModel {
        let loaded = in_use
            .iter()
            .find(|used| used.model.loaded && used.catalogue_name.as_deref() == Some(&*entry.name));
        let downloads = self.downloads();
        let download = downloads.get(&entry.name).map(|running| running.now());
        LibraryModel {
            state: match &download {
                Some(download) if download.is_running() => LibraryModelState::Downloading,
                _ if entry.here => LibraryModelState::Installed,
                _ if bytes_on_disk > 0 => LibraryModelState::Incomplete,
                _ => LibraryModelState::Absent,
            },
            bytes_on_disk,
            device: loaded.map(|used| used.model.device.clone()),
            download,
            entry,
        }
    }
}

/// Those of the catalogue, then those on their way that it does not have yet.
fn measure(
    library: &dyn ModelLibrary,
    mut on_their_way: Vec<LibraryEntry>,
) -> Vec<(LibraryEntry, u64)> {
    let known = library.entries();
    on_their_way.retain(|coming| known.iter().all(|entry| entry.name != coming.name));
    let entries = known.into_iter().chain(on_their_way);
    let measured = entries.map(|entry| {
        let bytes = entry.folder.as_deref().map_or(0, folder_bytes);
        (entry, bytes)
    });
    measured.collect()
}

/// Language models that are not of the catalogue are there to be chosen, in memory or not.
fn add_other_chats(models: &mut Vec<LibraryModel>, names: Vec<String>) {
    for name in names {
        let is_it = |model: &&mut LibraryModel| {
            model.entry.role == LibraryRole::Chat && model.entry.name == name
        };
        match models.iter_mut().find(is_it) {
            Some(known) => known.state = LibraryModelState::Installed,
            None => models.push(LibraryModel {
                state: LibraryModelState::Installed,
                ..not_of_catalogue(LibraryRole::Chat, &name)
            }),
        }
    }
}

fn of_health(health: &ModelHealth) -> LibraryModel {
    let role = match health.role {
        "embedder" => LibraryRole::Embedder,
        "reranker" => LibraryRole::Reranker,
        _ => LibraryRole::Chat,
    };
    let model = not_of_catalogue(role, &health.name);
    if !health.loaded {
        return model;
    }
    LibraryModel {
        state: LibraryModelState::Installed,
        device: Some(health.device.clone()),
        ..model
    }
}

/// A file of its own, or a model of another server.
fn not_of_catalogue(role: LibraryRole, name: &str) -> LibraryModel {
    LibraryModel {
        entry: LibraryEntry::absent(name, role),
        state: LibraryModelState::Absent,
        bytes_on_disk: 0,
        device: None,
        download: None,
    }
}

impl LibraryModelState {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Downloading => "downloading",
            Self::Installed => "installed",
            Self::Incomplete => "incomplete",
        }
    }
}
