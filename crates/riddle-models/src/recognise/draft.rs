use toml::{Table, Value};

use super::network::Network;
use super::{Notes, Recognised, Refusal, Snapshot, Wishes, licence, names};
use crate::catalogue::{Catalogue, ModelSource, WeightsFormat};

const MB: u64 = 1_000_000;
/// What an encoder takes beside its weights, in MB.
const WORKING_MB: u64 = 100;
/// What a language model takes beside its file for its context, in MB, where its sizes are not told.
const CONTEXT_MB: u64 = 500;

/// The weights of a model.
pub(super) struct Weights {
    pub(super) format: WeightsFormat,
    pub(super) file: String,
    /// Files that go with it.
    pub(super) parts: Vec<String>,
}

impl Weights {
    pub(super) fn new(format: WeightsFormat, file: &str, parts: Vec<String>) -> Self {
        Self {
            format,
            file: file.to_owned(),
            parts,
        }
    }

    /// Bits that one of the network's numbers takes in them.
    pub(super) fn bits_per_number(&self, network: &Network) -> f64 {
        if self.is_quantized_graph() {
            return 8.0;
        }
        network.bytes_per_number() as f64 * 8.0
    }

    /// As tools that quantize name their graphs.
    fn is_quantized_graph(&self) -> bool {
        let names = ["quantized", "int8"];
        self.format == WeightsFormat::Onnx && names.iter().any(|name| self.file.contains(name))
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().map(String::as_str);
        parts.chain([self.file.as_str()])
    }
}

/// What was recognised, before it is an entry.
pub(super) struct Draft {
    /// What only its role has.
    pub(super) role: Table,
    pub(super) architecture: String,
    pub(super) weights: Weights,
    pub(super) max_tokens: usize,
    /// Bytes that one of its numbers takes in its file, times eight.
    pub(super) bits_per_number: f64,
    /// Files beside the weights that it needs.
    pub(super) needed: Vec<String>,
    /// Files beside the weights that are taken along.
    pub(super) optional: Vec<String>,
    pub(super) quantization: Option<String>,
    /// The licence that stands in the weights themselves.
    pub(super) licence: Option<String>,
    /// Bytes of keys and values of the usual context, of a language model.
    pub(super) cache_bytes: Option<u64>,
}

impl Draft {
    /// The entry, as text of the catalogue and as what that means.
    pub(super) fn finish(
        self,
        snapshot: &Snapshot,
        wishes: &Wishes,
        mut notes: Notes,
    ) -> Result<Recognised, Refusal> {
        let table = self.table(snapshot, wishes, &mut notes);
        let bytes = self
            .files(snapshot)
            .filter_map(|(path, _)| snapshot.file(path)?.size)
            .sum();
        let mut catalogue = Table::new();
        catalogue.insert("model".to_owned(), Value::Array(vec![Value::Table(table)]));
        let text = toml::to_string(&catalogue).unwrap_or_default();
        let unfit = |problem: String| {
            Refusal::new(
                &self.weights.file,
                problem,
                "give another name with `--name`",
            )
        };
        let parsed = Catalogue::parse(&text).map_err(|error| unfit(error.to_string()))?;
        let [entry] = parsed.entries() else {
            return Err(unfit("gives no entry".to_owned()));
        };
        Ok(Recognised {
            entry: entry.clone(),
            text,
            recognised: notes.recognised,
            assumed: notes.assumed,
            bytes,
        })
    }

    fn table(&self, snapshot: &Snapshot, wishes: &Wishes, notes: &mut Notes) -> Table {
        let quantization = self.quantization.as_deref();
        let name = wishes.name.clone();
        let name = name.unwrap_or_else(|| names::of(snapshot.short_title(), quantization));
        let mut table = self.role.clone();
        let mut set = |key: &str, value: Value| table.insert(key.to_owned(), value);
        set("name", name.into());
        set("aliases", self.aliases(snapshot).into());
        set("format", self.weights.format.as_str().into());
        set("architecture", self.architecture.as_str().into());
        set("weights", self.weights.file.as_str().into());
        set("max_tokens", count(self.max_tokens as u64));
        set(
            "licence",
            licence::licence(snapshot, self.licence.as_deref(), notes).into(),
        );
        let languages = licence::languages(snapshot, notes);
        set("languages", languages.codes.into());
        if languages.assumed {
            set("languages_assumed", true.into());
        }
        let bytes: u64 = self
            .weights
            .paths()
            .filter_map(|path| snapshot.file(path)?.size)
            .sum();
        let parameters = rounded(bytes as f64 * 8.0 / self.bits_per_number);
        set("parameters", count(parameters));
        set("memory_mb", count(self.memory_mb(bytes, parameters)));
        let files = self.files(snapshot).map(|(path, optional)| {
            let mut file = Table::new();
            file.insert("path".to_owned(), path.into());
            if optional {
                file.insert("optional".to_owned(), true.into());
            }
            let listed = snapshot.file(path).and_then(|file| file.sha256.clone());
            if let Some(sha256) = listed {
                file.insert("sha256".to_owned(), sha256.into());
            }
            Value::Table(file)
        });
        set("files", Value::Array(files.collect()));
        let sources = wishes.source.iter().map(source);
        set("sources", Value::Array(sources.collect()));
        table
    }

    /// Another name, where it comes from a repository.
    fn aliases(&self, snapshot: &Snapshot) -> Vec<String> {
        if !snapshot.title.contains('/') {
            return Vec::new();
        }
        vec![match &self.quantization {
            Some(quantization) => format!("{}:{quantization}", snapshot.title),
            None => snapshot.title.clone(),
        }]
    }

    /// Paths, and whether the model works without them. The weights come last, so that little is fetched in vain.
    fn files<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = (&'a str, bool)> {
        let needed = self.needed.iter().map(|path| (path.as_str(), false));
        let optional = self.optional.iter().filter(|path| snapshot.has(path));
        let optional = optional.map(|path| (path.as_str(), true));
        let weights = self.weights.paths().map(|path| (path, false));
        needed.chain(optional).chain(weights)
    }

    fn memory_mb(&self, bytes: u64, parameters: u64) -> u64 {
        let estimate = match self.weights.format {
            WeightsFormat::Gguf => {
                let cache = self.cache_bytes.map(|bytes| bytes / MB);
                (bytes / MB * 11 / 10).saturating_add(cache.unwrap_or(CONTEXT_MB))
            }
            WeightsFormat::Onnx if self.weights.is_quantized_graph() => bytes / MB + WORKING_MB,
            WeightsFormat::Safetensors | WeightsFormat::Onnx => parameters * 4 / MB + WORKING_MB,
        };
        estimate.min(u64::from(u32::MAX))
    }
}

/// A source as the catalogue has it.
fn source(source: &ModelSource) -> Value {
    let pairs: Vec<(&str, String)> = match source {
        ModelSource::Hub { repo, revision } => {
            vec![
                ("kind", "hub".to_owned()),
                ("repo", repo.clone()),
                ("revision", revision.clone()),
            ]
        }
        ModelSource::ModelScope { repo, revision } => vec![
            ("kind", "modelscope".to_owned()),
            ("repo", repo.clone()),
            ("revision", revision.clone()),
        ],
        ModelSource::Folder { path } => {
            vec![
                ("kind", "folder".to_owned()),
                ("path", path.to_string_lossy().into_owned()),
            ]
        }
        ModelSource::Package {
            package,
            version,
            inside,
            ..
        } => vec![
            ("kind", "package".to_owned()),
            ("package", package.clone()),
            ("version", version.clone()),
            ("inside", inside.clone()),
        ],
    };
    let pairs = pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::String(value)));
    Value::Table(pairs.collect())
}

fn count(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// To three digits.
fn rounded(number: f64) -> u64 {
    if number < 1.0 {
        return 0;
    }
    let unit = 10_f64.powf((number.log10().floor() - 2.0).max(0.0));
    ((number / unit).round() * unit) as u64
}
