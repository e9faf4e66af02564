use reqwest::Url;

use super::pull::PullOptions;

/// ModelScope's own address.
const MODELSCOPE: &str = "https://www.modelscope.cn";

/// A kind of hub: where its files and lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubKind {
    /// Hugging Face, or a mirror that answers as it does.
    HuggingFace,
    ModelScope,
}

impl HubKind {
    /// The revision that is taken where none is named.
    pub fn usual_revision(self) -> &'static str {
        match self {
            Self::HuggingFace => "main",
            Self::ModelScope => "master",
        }
    }

    /// The setting of its address.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Self::HuggingFace => "models.hub_endpoint",
            Self::ModelScope => "models.modelscope_endpoint",
        }
    }

    /// The setting of its token.
    pub(super) fn token_setting(self) -> &'static str {
        match self {
            Self::HuggingFace => "models.hub_token_file",
            Self::ModelScope => "models.modelscope_token_file",
        }
    }
}

/// A hub at its address.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) kind: HubKind,
    pub(super) url: Url,
}

impl Endpoint {
    /// `usual` is the address of the catalogue for Hugging Face.
    ///
    /// # Errors
    /// What is wrong with the configured address, and what to do.
    pub(super) fn of(
        kind: HubKind,
        options: &PullOptions,
        usual: &str,
    ) -> Result<Self, (String, String)> {
        let address = match kind {
            HubKind::HuggingFace => options.hub_endpoint.as_deref().unwrap_or(usual),
            HubKind::ModelScope => options.modelscope_endpoint.as_deref().unwrap_or(MODELSCOPE),
        };
        let url = Url::parse(address)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url.ok_or_else(|| {
            (
                format!("`{address}` is not the address of a hub"),
                format!(
                    "set `{}` to an address such as https://hub.example.org",
                    kind.setting()
                ),
            )
        })?;
        Ok(Self { kind, url })
    }

    /// Where a file is.
    pub(super) fn file(&self, repo: &str, revision: &str, file: &str) -> Url {
        let before: &[&str] = match self.kind {
            HubKind::HuggingFace => &[],
            HubKind::ModelScope => &["models"],
        };
        let mut url = self.url.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(before)
                .extend(repo.split('/'))
                .push("resolve")
                .extend(revision.split('/'))
                .extend(file.split('/'));
        }
        url
    }

    /// Where the list of files is.
    pub(super) fn list(&self, repo: &str, revision: &str) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            match self.kind {
                HubKind::HuggingFace => {
                    segments
                        .extend(["api", "models"])
                        .extend(repo.split('/'))
                        .push("revision")
                        // A branch may have a slash in its name, which is one part here.
                        .push(revision);
                }
                HubKind::ModelScope => {
                    segments
                        .extend(["api", "v1", "models"])
                        .extend(repo.split('/'))
                        .extend(["repo", "files"]);
                }
            }
        }
        match self.kind {
            HubKind::HuggingFace => url.query_pairs_mut().append_pair("blobs", "true"),
            HubKind::ModelScope => url
                .query_pairs_mut()
                .append_pair("Revision", revision)
                .append_pair("Recursive", "true"),
        };
        url
    }

    /// Its token, which is sent to no other address.
    pub(super) fn token<'a>(&self, options: &'a PullOptions) -> Option<&'a str> {
        match self.kind {
            HubKind::HuggingFace => options.token.as_deref(),
            HubKind::ModelScope => options.modelscope_token.as_deref(),
        }
    }

    /// What a refusal means, and what to do about it.
    pub(super) fn refusal(&self, status: u16, has_token: bool) -> (String, String) {
        let host = self.url.host_str().unwrap_or_default();
        let problem = format!("{host} answered {status}");
        let (setting, token) = (self.kind.setting(), self.kind.token_setting());
        let remedy = match status {
            401 if has_token => "the hub does not know the token; make a new one".to_owned(),
            401 => format!(
                "the repository does not exist or wants a login; check its name, or set a hub token (`{token}`)"
            ),
            403 if has_token => {
                "the token may not read this repository; accept the model's licence on its page, or use another token"
                    .to_owned()
            }
            403 => format!(
                "the repository is closed to strangers; accept the model's licence on its page and set a hub token (`{token}`)"
            ),
            404 | 410 => {
                "there is no such repository, revision or file; check its name, or whether the mirror carries this model"
                    .to_owned()
            }
            407 => "the proxy wants a login; put it into the proxy's address".to_owned(),
            429 => "too many requests; wait some minutes, or set a hub token".to_owned(),
            500.. => format!("the hub has trouble; try again later, or set `{setting}` to a mirror"),
            _ => format!("check `{setting}`"),
        };
        (problem, remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_hubs() {
        let options = PullOptions::default();
        let of = |kind| Endpoint::of(kind, &options, "https://hub.example/mirror/").expect("sound");
        let hub = of(HubKind::HuggingFace);
        let file = hub.file("owner/name", "refs/pr/1", "onnx/model.onnx");
        assert_eq!(
            file.as_str(),
            "https://hub.example/mirror/owner/name/resolve/refs/pr/1/onnx/model.onnx"
        );
        let list = hub.list("owner/name", "refs/pr/1");
        assert_eq!(
            list.as_str(),
            "https://hub.example/mirror/api/models/owner/name/revision/refs%2Fpr%2F1?blobs=true"
        );
        let scope = of(HubKind::ModelScope);
        assert_eq!(
            scope.file("iic/m", "master", "config.json").as_str(),
            "https://www.modelscope.cn/models/iic/m/resolve/master/config.json"
        );
        assert_eq!(
            scope.list("iic/m", "master").as_str(),
            "https://www.modelscope.cn/api/v1/models/iic/m/repo/files?Revision=master&Recursive=true"
        );
    }
}
