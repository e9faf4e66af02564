use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use riddle_client::ApiKey;
use riddle_qdrant::{Quantization, ServerOptions, Times};
use serde::Deserialize;

const KEY_VARIABLE: &str = "RIDDLE_VECTORS_API_KEY";

/// A Qdrant server for the vectors, checked.
#[derive(Clone, Debug)]
pub(crate) struct VectorsConfig {
    /// With the key of the environment, if that has one.
    server: ServerOptions,
    /// File with the key that goes before it.
    api_key_file: Option<PathBuf>,
}

/// A Qdrant server for the vectors, as the file has it.
#[derive(PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawVectors {
    /// Address of its gRPC port, such as `http://qdrant:6334`.
    url: Option<String>,
    /// File with its API key.
    api_key_file: Option<PathBuf>,
    shard_number: Option<NonZeroU32>,
    replication_factor: Option<NonZeroU32>,
    write_consistency: Option<NonZeroU32>,
    quantization: Option<RawQuantization>,
    on_disk: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawQuantization {
    None,
    Scalar,
    Binary,
}

/// The API key that the environment has.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is where the environment is read"
)]
pub(super) fn key_of_environment() -> Option<ApiKey> {
    let key = std::env::var(KEY_VARIABLE).ok()?;
    (!key.trim().is_empty()).then(|| ApiKey::new(&key))
}

impl RawVectors {
    /// Refuses what cannot be meant; `key` is used where no file is named.
    pub(super) fn checked(self, key: Option<ApiKey>) -> anyhow::Result<Option<VectorsConfig>> {
        let Some(url) = self.url.clone() else {
            ensure!(
                self == Self::default(),
                "`vectors.url` is missing, the address of the Qdrant server that the other keys are for"
            );
            return Ok(None);
        };
        if let Err(why) = riddle_client::address(&url, "") {
            anyhow::bail!("`vectors.url` {why}");
        }
        if let (Some(copies), Some(confirming)) = (self.replication_factor, self.write_consistency)
        {
            ensure!(
                confirming <= copies,
                "`vectors.write_consistency` is {confirming}, but there are {copies} copies (`replication_factor`)"
            );
        }
        let server = ServerOptions {
            url,
            api_key: key,
            shard_number: self.shard_number.map(NonZeroU32::get),
            replication_factor: self.replication_factor.map(NonZeroU32::get),
            write_consistency: self.write_consistency.map(NonZeroU32::get),
            quantization: match self.quantization {
                None | Some(RawQuantization::None) => Quantization::None,
                Some(RawQuantization::Scalar) => Quantization::Scalar,
                Some(RawQuantization::Binary) => Quantization::Binary,
            },
            on_disk: self.on_disk.unwrap_or_default(),
            times: Times::default(),
        };
        Ok(Some(VectorsConfig {
            server,
            api_key_file: self.api_key_file,
        }))
    }
}

impl VectorsConfig {
    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.server.url
    }

    /// The server with its key, which is read now: commands that only talk to Riddle have no right to it.
    pub(crate) fn server(&self) -> anyhow::Result<ServerOptions> {
        let mut server = self.server.clone();
        if let Some(file) = &self.api_key_file {
            let text = std::fs::read_to_string(file).with_context(|| {
                format!(
                    "cannot read {}, which `vectors.api_key_file` names",
                    file.display()
                )
            })?;
            server.api_key = Some(ApiKey::new(&text));
        }
        Ok(server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Option<ServerOptions>> {
        let raw = toml::from_str::<RawVectors>(text)?;
        let checked = raw.checked(Some(ApiKey::new("of-environment")))?;
        checked.map(|vectors| vectors.server()).transpose()
    }

    #[test]
    fn a_server_is_described_and_nothing_else_is_needed() {
        assert!(read("").expect("sound").is_none());
        let few = read("url = \"http://qdrant:6334\"")
            .expect("sound")
            .expect("a server");
        assert_eq!(few.quantization, Quantization::None);
        assert_eq!((few.shard_number, few.on_disk), (None, false));
        let key = few.api_key.expect("of the environment");
        assert_eq!(key.plain().expect("a key"), "of-environment");

        let all = read(
            "url = \"https://qdrant:6334\"\nshard_number = 3\nreplication_factor = 2\nwrite_consistency = 2\n\
             quantization = \"binary\"\non_disk = true\n",
        );
        let all = all.expect("sound").expect("a server");
        assert_eq!(
            (all.shard_number, all.replication_factor),
            (Some(3), Some(2))
        );
        assert_eq!(all.write_consistency, Some(2));
        assert_eq!(all.quantization, Quantization::Binary);
        assert!(all.on_disk);
    }

    #[test]
    fn a_key_in_a_file_goes_before_that_of_the_environment() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, "of-file\n").expect("written");
        let text = format!(
            "url = \"http://qdrant:6334\"\napi_key_file = \"{}\"",
            file.display()
        );
        let server = read(&text).expect("sound").expect("a server");
        let key = server.api_key.expect("a key");
        assert_eq!(key.plain().expect("a key"), "of-file");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_key() {
        for (text, key) in [
            ("on_disk = true", "`vectors.url` is missing"),
            ("quantization = \"none\"", "`vectors.url` is missing"),
            ("url = \"qdrant:6334\"", "`vectors.url`"),
            ("url = \"http://a\"\nshard_number = 0", "shard_number"),
            (
                "url = \"http://a\"\nquantization = \"product\"",
                "quantization",
            ),
            (
                "url = \"http://a\"\nreplication_factor = 1\nwrite_consistency = 2",
                "write_consistency",
            ),
            (
                "url = \"http://a\"\napi_key_file = \"/nowhere\"",
                "api_key_file",
            ),
        ] {
            let error = format!("{:#}", read(text).expect_err(text));
            assert!(error.contains(key), "{error}");
        }
    }
}
