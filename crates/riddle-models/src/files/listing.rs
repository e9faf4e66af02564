//! What a hub says about a repository before anything of it is downloaded.

mod answers;

use std::path::Path;

use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;

use super::endpoint::{Endpoint, HubKind};
use super::error::ModelFileError;
use super::install::discard;
use super::pull::PullOptions;
use super::redirects::Redirects;
use super::store::ModelStore;
use super::transfer::{Transfer, TransferError, client};
use crate::recognise::{BEGINNING, Snapshot, Wishes, chosen_gguf};

/// Longest list of files, in bytes.
const LONGEST_LIST: u64 = 16 << 20;
/// Longest small file, in bytes, whatever the list says.
const LONGEST_FILE: u64 = 4 << 20;
/// Small files that are read at most.
const MOST_READ: usize = 64;

/// A repository of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Which hub.
    pub hub: HubKind,
    /// `owner/name`.
    pub repo: String,
    /// A commit, tag or branch.
    pub revision: String,
}

/// A repository that was looked into.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its files and the content of the small ones.
    pub snapshot: Snapshot,
    /// The commit, where the hub tells it; what was asked for otherwise.
    pub revision: String,
    /// Whether its publishers want to know who downloads it.
    pub gated: bool,
}

impl Repository {
    /// In words.
    pub fn described(&self) -> String {
        let hub = match self.hub {
            HubKind::HuggingFace => "hub",
            HubKind::ModelScope => "ModelScope",
        };
        format!("{hub} repository {}@{}", self.repo, self.revision)
    }
}

impl ModelStore {
    /// Asks a hub for the files of a repository and reads the small ones. Of a GGUF file that `wishes` mean, the
    /// beginning is read.
    ///
    /// # Errors
    /// Offline mode, cancellation, a repository that is not there or closed, or a hub that answers otherwise than it
    /// should.
    pub async fn look_into(
        &self,
        repository: &Repository,
        wishes: &Wishes,
        options: &PullOptions,
    ) -> Result<Listed, ModelFileError> {
        let look = Look::prepare(repository, options, self.catalogue().hub_endpoint())?;
        let url = look.endpoint.list(&repository.repo, &repository.revision);
        let bytes = look
            .fetch("the list of its files", url, LONGEST_LIST)
            .await?;
        let mut listed = answers::read(repository, &bytes.content)
            .map_err(|problem| look.failed(&problem, look.check_address()))?;
        for path in small_files(&listed.snapshot) {
            let bytes = look
                .fetch_file(&listed.revision, &path, LONGEST_FILE)
                .await?;
            if bytes.is_whole {
                listed.snapshot.contents.insert(path, bytes.content);
            }
        }
        // What is not there is told when the model is recognised.
        if let Ok(Some(chosen)) = chosen_gguf(&listed.snapshot, wishes) {
            let path = chosen.file();
            let bytes = look.fetch_file(&listed.revision, path, BEGINNING).await?;
            listed
                .snapshot
                .contents
                .insert(path.to_owned(), bytes.content);
        }
        Ok(listed)
    }
}

/// Those that are read, the outermost first: what a model is stands there, and training leaves many folders behind.
fn small_files(snapshot: &Snapshot) -> Vec<String> {
    let small = snapshot.files.iter().filter(|file| file.is_read());
    let mut paths: Vec<String> = small.map(|file| file.path.clone()).collect();
    paths.sort_by_cached_key(|path| (path.matches('/').count(), path.clone()));
    paths.truncate(MOST_READ);
    paths
}

/// A look at one repository.
struct Look<'a> {
    repository: &'a Repository,
    options: &'a PullOptions,
    endpoint: Endpoint,
    client: Client,
    redirects: Redirects,
    scratch: tempfile::TempDir,
}

/// What came of a file.
struct Fetched {
    content: Vec<u8>,
    /// Whether that is all of it.
    is_whole: bool,
}

impl<'a> Look<'a> {
    fn prepare(
        repository: &'a Repository,
        options: &'a PullOptions,
        usual: &str,
    ) -> Result<Self, ModelFileError> {
        let failed = |(problem, remedy): (String, String)| failure(repository, problem, remedy);
        if options.offline {
            return Err(failed((
                "offline mode refuses the network".to_owned(),
                "switch offline mode off, or bring its files and run `riddle models add FOLDER`"
                    .to_owned(),
            )));
        }
        let endpoint = Endpoint::of(repository.hub, options, usual).map_err(failed)?;
        let redirects = Redirects::default();
        let client = client(redirects.clone()).map_err(|error| {
            failed((
                format!("no secure connection can be prepared: {error}"),
                "install the system's certificates (package ca-certificates)".to_owned(),
            ))
        })?;
        let scratch = tempfile::tempdir().map_err(|error| {
            ModelFileError::unwritable(&repository.repo, "a temporary folder", error)
        })?;
        Ok(Self {
            repository,
            options,
            endpoint,
            client,
            redirects,
            scratch,
        })
    }

    async fn fetch_file(
        &self,
        revision: &str,
        path: &str,
        most: u64,
    ) -> Result<Fetched, ModelFileError> {
        let url = self.endpoint.file(&self.repository.repo, revision, path);
        self.fetch(&format!("`{path}`"), url, most).await
    }

    /// At most so many bytes, and what was on its way when they were here.
    async fn fetch(&self, what: &str, url: Url, most: u64) -> Result<Fetched, ModelFileError> {
        let place = self.scratch.path().join("file");
        discard(&place);
        let enough = CancellationToken::new();
        let transfer = Transfer {
            client: &self.client,
            redirects: &self.redirects,
            url,
            token: self.endpoint.token(self.options),
            partial: &place,
            expected: None,
            progress: &|received, _| {
                if received >= most {
                    enough.cancel();
                }
            },
            cancel: &enough,
        };
        let done = tokio::select! {
            () = self.options.cancel.cancelled() => {
                return Err(ModelFileError::Cancelled { model: self.repository.repo.clone() });
            }
            done = transfer.run() => done,
        };
        match done {
            Ok(_) => self.read(&place, most),
            Err(TransferError::Cancelled) => self.read(&place, most).map(|fetched| Fetched {
                is_whole: false,
                ..fetched
            }),
            Err(error) => Err(self.explain(what, error)),
        }
    }

    fn read(&self, place: &Path, most: u64) -> Result<Fetched, ModelFileError> {
        let mut content = std::fs::read(place).map_err(|error| {
            ModelFileError::unreadable(&self.repository.repo, "a temporary file", error)
        })?;
        content.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Fetched {
            content,
            is_whole: true,
        })
    }

    fn explain(&self, what: &str, error: TransferError) -> ModelFileError {
        let has_token = self.endpoint.token(self.options).is_some();
        let (problem, remedy) = match error {
            TransferError::Disk(error) => {
                return ModelFileError::unwritable(
                    &self.repository.repo,
                    "a temporary file",
                    error,
                );
            }
            TransferError::Refused(status) => self.endpoint.refusal(status, has_token),
            TransferError::Redirected(problem) => (problem.to_owned(), self.check_address()),
            TransferError::Broken(problem) => (
                problem,
                format!("try again later, or {}", self.check_address()),
            ),
            // Neither a hash nor a token to stop by was given.
            TransferError::Cancelled | TransferError::OtherFile(_) => {
                ("the download ended".to_owned(), "try again".to_owned())
            }
        };
        self.failed(&format!("{what}: {problem}"), remedy)
    }

    fn failed(&self, problem: &str, remedy: String) -> ModelFileError {
        failure(self.repository, problem.to_owned(), remedy)
    }

    fn check_address(&self) -> String {
        format!("check `{}`", self.endpoint.kind.setting())
    }
}

fn failure(repository: &Repository, problem: String, remedy: String) -> ModelFileError {
    ModelFileError::Source {
        model: repository.repo.clone(),
        origin: repository.described(),
        problem,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::ListedFile;

    #[test]
    fn checkpoints_of_training_do_not_hide_what_the_model_is() {
        let mut paths: Vec<String> = (0..100)
            .map(|step| format!("checkpoint-{step}/config.json"))
            .collect();
        paths.extend(["config.json", "modules.json", "1_Pooling/config.json"].map(str::to_owned));
        let files = paths.into_iter().map(|path| ListedFile {
            path,
            size: Some(10),
            sha256: None,
        });
        let snapshot = Snapshot {
            files: files.collect(),
            ..Snapshot::default()
        };
        let read = small_files(&snapshot);
        assert_eq!(read.len(), MOST_READ);
        let first = ["config.json", "modules.json", "1_Pooling/config.json"];
        assert_eq!(read[..3], first);
    }
}
