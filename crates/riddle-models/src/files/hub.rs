use reqwest::Client;

use super::endpoint::{Endpoint, HubKind};
use super::error::ModelFileError;
use super::install::{partial_path, wrong_hash};
use super::pull::Pull;
use super::redirects::Redirects;
use super::transfer::{Announced, Transfer, TransferError, client};
use crate::catalogue::{CatalogueFile, ModelSource};

/// A repository of a hub.
pub(super) struct Hub<'a> {
    pull: &'a Pull<'a>,
    client: Client,
    redirects: Redirects,
    endpoint: Endpoint,
    source: &'a ModelSource,
    repo: &'a str,
    revision: &'a str,
}

impl<'a> Hub<'a> {
    /// `source` is the repository in words.
    pub(super) fn connect(
        pull: &'a Pull<'a>,
        kind: HubKind,
        source: &'a ModelSource,
        (repo, revision): (&'a str, &'a str),
    ) -> Result<Self, ModelFileError> {
        let endpoint = Endpoint::of(kind, pull.options, pull.hub)
            .map_err(|(problem, remedy)| pull.source_failed("hub".to_owned(), problem, remedy))?;
        let redirects = Redirects::default();
        let client = client(redirects.clone()).map_err(|error| {
            pull.source_failed(
                "hub".to_owned(),
                format!("no secure connection can be prepared: {error}"),
                "install the system's certificates (package ca-certificates)",
            )
        })?;
        Ok(Self {
            pull,
            client,
            redirects,
            endpoint,
            source,
            repo,
            revision,
        })
    }

    /// Fetches a file to its partial place; `None` where an optional one is not there.
    pub(super) async fn fetch(
        &self,
        file: &CatalogueFile,
    ) -> Result<Option<Announced>, ModelFileError> {
        let partial = partial_path(self.pull.folder, &file.path);
        if let Some(parent) = partial.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|error| {
                ModelFileError::unwritable(&self.pull.entry.name, &file.path, error)
            })?;
        }
        let transfer = Transfer {
            client: &self.client,
            redirects: &self.redirects,
            url: self.endpoint.file(self.repo, self.revision, &file.path),
            token: self.endpoint.token(self.pull.options),
            partial: &partial,
            expected: file.sha256.as_deref(),
            progress: &|received, total| self.pull.report(&file.path, received, total),
            cancel: &self.pull.options.cancel,
        };
        match transfer.run().await {
            Ok(announced) => Ok(Some(announced)),
            Err(TransferError::Refused(404)) if file.optional => Ok(None),
            Err(error) => Err(self.explain(file, error)),
        }
    }

    fn explain(&self, file: &CatalogueFile, error: TransferError) -> ModelFileError {
        let model = &self.pull.entry.name;
        let origin = format!("{}, file `{}`", self.source, file.path);
        let has_token = self.endpoint.token(self.pull.options).is_some();
        let (problem, remedy) = match error {
            TransferError::Cancelled => return self.pull.cancelled(),
            TransferError::Disk(error) => {
                return ModelFileError::unwritable(model, &file.path, error);
            }
            TransferError::OtherFile(announced) => {
                return ModelFileError::BadFile {
                    model: model.clone(),
                    file: file.path.clone(),
                    trouble: wrong_hash(
                        self.pull.entry,
                        "the catalogue",
                        file.sha256.as_deref().unwrap_or_default(),
                        &announced,
                    ),
                };
            }
            TransferError::Refused(status) => self.endpoint.refusal(status, has_token),
            TransferError::Redirected(problem) => (
                problem.to_owned(),
                format!(
                    "check `{}`; the mirror sends downloads astray",
                    self.endpoint.kind.setting()
                ),
            ),
            TransferError::Broken(problem) => (
                problem,
                format!("run `riddle models pull {model}` again; it resumes where it stopped"),
            ),
        };
        self.pull.source_failed(origin, problem, remedy)
    }
}
