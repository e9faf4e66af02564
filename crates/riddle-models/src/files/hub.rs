use reqwest::{Client, Url};

use super::error::ModelFileError;
use super::install::{partial_path, wrong_hash};
use super::pull::Pull;
use super::redirects::Redirects;
use super::transfer::{Announced, Transfer, TransferError, client};
use crate::catalogue::{CatalogueFile, ModelSource};

/// A repository of a Hugging Face hub, or of a mirror that answers like one.
pub(super) struct Hub<'a> {
    pull: &'a Pull<'a>,
    client: Client,
    redirects: Redirects,
    endpoint: Url,
    repo: &'a str,
    revision: &'a str,
}

impl<'a> Hub<'a> {
    pub(super) fn connect(
        pull: &'a Pull<'a>,
        repo: &'a str,
        revision: &'a str,
    ) -> Result<Self, ModelFileError> {
        let address = pull.options.hub_endpoint.as_deref().unwrap_or(pull.hub);
        let endpoint = Url::parse(address)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
            .ok_or_else(|| {
                pull.source_failed(
                    "hub".to_owned(),
                    format!("`{address}` is not the address of a hub"),
                    "set `models.hub_endpoint` to an address such as https://hub.example.org",
                )
            })?;
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
            url: self.address(&file.path),
            token: self.pull.options.token.as_deref(),
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

    fn address(&self, file: &str) -> Url {
        let mut url = self.endpoint.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(self.repo.split('/'))
                .push("resolve")
                .extend(self.revision.split('/'))
                .extend(file.split('/'));
        }
        url
    }

    fn explain(&self, file: &CatalogueFile, error: TransferError) -> ModelFileError {
        let model = &self.pull.entry.name;
        let origin = format!(
            "{}, file `{}`",
            ModelSource::Hub {
                repo: self.repo.to_owned(),
                revision: self.revision.to_owned(),
            },
            file.path
        );
        let host = self.endpoint.host_str().unwrap_or_default();
        let has_token = self.pull.options.token.is_some();
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
            TransferError::Refused(status) => refusal(status, host, has_token),
            TransferError::Redirected(problem) => (
                problem.to_owned(),
                "check `models.hub_endpoint`; the mirror sends downloads astray".to_owned(),
            ),
            TransferError::Broken(problem) => (
                problem,
                format!("run `riddle models pull {model}` again; it resumes where it stopped"),
            ),
        };
        self.pull.source_failed(origin, problem, remedy)
    }
}

fn refusal(status: u16, host: &str, has_token: bool) -> (String, String) {
    let problem = format!("{host} answered {status}");
    let remedy = match status {
        401 if has_token => "the hub does not know the token; make a new one",
        401 => {
            "the repository does not exist or wants a login; check its name in the catalogue, or set a hub token"
        }
        403 if has_token => {
            "the token may not read this repository; accept the model's licence on its page, or use another token"
        }
        403 => {
            "the repository is closed to strangers; accept the model's licence on its page and set a hub token"
        }
        404 | 410 => {
            "there is no such repository, revision or file; check the catalogue, or whether the mirror carries this model"
        }
        407 => "the proxy wants a login; put it into the proxy's address",
        429 => "too many requests; wait some minutes, or set a hub token",
        500.. => "the hub has trouble; try again later, or set `models.hub_endpoint` to a mirror",
        _ => "check `models.hub_endpoint`",
    };
    (problem, remedy.to_owned())
}
