//! Command line, environment and configuration file become one checked configuration, once, here.

mod bounds;
mod chat;
mod database;
mod live;
pub(crate) mod python;
mod remote;
mod vectors;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use riddle_engine::LiveOptions;
use riddle_store::PostgresOptions;
use serde::Deserialize;

use crate::arguments::Global;
use crate::backup::Schedule;
use crate::data_folder::Access;
pub(crate) use chat::{ChatConfig, RemoteChat};
use database::RawDatabase;
use live::RawEvaluation;
pub(crate) use remote::{RemoteEmbedder, RemoteModels, RemoteReranker};
use vectors::{RawVectors, VectorsConfig};

const FILE: &str = "riddle.toml";
const DEFAULT_LISTEN: &str = "127.0.0.1:7878";
const DEFAULT_BACKUP_EVERY: &str = "24h";
const DEFAULT_BACKUPS_KEPT: usize = 7;
/// Threads that text recognition takes unasked; more are little faster.
const MOST_OCR_THREADS: u32 = 4;
/// Characters of a name that another tool uses for a model.
const MAX_ALIAS_CHARS: usize = 200;

/// Everything a person may set, checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) access: Access,
    pub(crate) listen: SocketAddr,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) api_key: Option<Secret>,
    pub(crate) models: ModelsConfig,
    pub(crate) chat: ChatConfig,
    pub(crate) limits: Limits,
    pub(crate) ocr: OcrConfig,
    /// Bytes of the disk that are kept free; a sensible share where nothing is set.
    pub(crate) disk_reserve: Option<u64>,
    /// The server that the database is on; without one it is a file in the data folder.
    pub(crate) database: Option<PostgresOptions>,
    pub(crate) backup: Option<Schedule>,
    pub(crate) telemetry: TelemetryConfig,
    pub(crate) log: LogConfig,
    pub(crate) live: LiveOptions,
    /// A Qdrant server for the vectors; the data folder where there is none.
    pub(crate) vectors: Option<VectorsConfig>,
}

/// Where models come from and how they run.
#[derive(Clone, Debug)]
pub(crate) struct ModelsConfig {
    pub(crate) dir: PathBuf,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) offline: bool,
    /// File that adds models to the catalogue or replaces some.
    pub(crate) catalogue: Option<PathBuf>,
    pub(crate) hub_endpoint: Option<String>,
    /// File with the token for models that the hub gives only to those it knows.
    pub(crate) hub_token_file: Option<PathBuf>,
    /// The hub that is asked first.
    pub(crate) source: Option<Hub>,
    pub(crate) modelscope_endpoint: Option<String>,
    /// The same for ModelScope.
    pub(crate) modelscope_token_file: Option<PathBuf>,
    pub(crate) embedder: Option<String>,
    pub(crate) reranker: Option<String>,
    pub(crate) precision: Option<String>,
    /// `fastest`, `native` or `onnxruntime`.
    pub(crate) engine: Option<String>,
    /// `cpu`, `cuda`, `cuda:1` or `auto`.
    pub(crate) device: Option<String>,
    /// Most memory of a GPU in MiB that the work of one model may take, weights not counted.
    pub(crate) gpu_memory_mib: Option<usize>,
    /// Names that other tools use, with the models or knowledge bases (`riddle/NAME`) that serve them.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Embedders and rerankers of other servers.
    pub(crate) remote: RemoteModels,
}

/// Where models come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hub {
    /// Hugging Face, or the mirror that `models.hub_endpoint` names
    #[value(name = "huggingface")]
    HuggingFace,
    /// ModelScope
    #[value(name = "modelscope")]
    ModelScope,
}

/// Bounds on what one request or document may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Largest upload in MiB.
    pub(crate) max_upload_mib: u64,
    /// Memory of the extraction child in MiB.
    pub(crate) parser_memory_mib: u64,
    /// Seconds of one extraction.
    pub(crate) parser_seconds: u64,
    /// Documents parsed at the same time; 0 takes the number of cores.
    pub(crate) parse_workers: usize,
    /// Milliseconds of reranking in one request.
    pub(crate) rerank_deadline_ms: u64,
    /// Milliseconds of late interaction over an embedder, where no reranker is here; 0 leaves it out.
    pub(crate) stand_in_deadline_ms: u64,
    /// Tokens of passages in a prompt.
    pub(crate) prompt_budget_tokens: u32,
    /// Tokens of an answer when a request does not say.
    pub(crate) max_answer_tokens: u32,
    /// Searches and answers at the same time.
    pub(crate) max_concurrent_queries: usize,
    /// Connections at the same time; fewer where the limit on open files leaves room for fewer.
    pub(crate) max_connections: usize,
    /// Connections from one address; by default a quarter of all.
    pub(crate) max_connections_per_address: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_upload_mib: 256,
            parser_memory_mib: 2_048,
            parser_seconds: 120,
            parse_workers: 0,
            rerank_deadline_ms: 2_000,
            stand_in_deadline_ms: 300,
            prompt_budget_tokens: 2_048,
            max_answer_tokens: 512,
            max_concurrent_queries: 32,
            max_connections: 1_024,
            max_connections_per_address: None,
        }
    }
}

impl Limits {
    fn with_cores(mut self, cores: usize) -> Self {
        if self.parse_workers == 0 {
            self.parse_workers = cores;
        }
        self
    }

    pub(crate) fn rerank_deadline(&self) -> Duration {
        Duration::from_millis(self.rerank_deadline_ms)
    }

    pub(crate) fn fallback_deadline(&self) -> Duration {
        Duration::from_millis(self.stand_in_deadline_ms)
    }
}

/// Whether and how the text in pictures is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OcrConfig {
    /// Where a model for it is here.
    pub(crate) enabled: bool,
    /// Catalogue name; by default the first of the role `ocr` that is here.
    pub(crate) model: Option<String>,
    /// Most pages of one document that are read.
    pub(crate) max_pages: u32,
    /// Largest picture.
    pub(crate) max_megapixels: u64,
    /// Seconds of one page.
    pub(crate) page_seconds: u64,
    /// Seconds of one document, after which no further page is begun.
    pub(crate) document_seconds: u64,
    /// Memory of the process that reads in MiB.
    pub(crate) memory_mib: u64,
    /// Threads that it computes with; 0 takes the number of cores, 4 at most.
    pub(crate) threads: u32,
}

impl Default for OcrConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            model: None,
            max_pages: 200,
            max_megapixels: 100,
            page_seconds: 60,
            document_seconds: 1_800,
            memory_mib: 3_072,
            threads: 0,
        }
    }
}

impl OcrConfig {
    fn with_cores(mut self, cores: usize) -> Self {
        if self.threads == 0 {
            let cores = u32::try_from(cores).unwrap_or(MOST_OCR_THREADS);
            self.threads = cores.min(MOST_OCR_THREADS);
        }
        self
    }
}

/// Which traces go where.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TelemetryConfig {
    /// Address of a collector that takes OTLP over HTTP; nothing is exported without one.
    pub(crate) otlp_endpoint: Option<String>,
    /// Name of this server in the traces.
    pub(crate) service_name: String,
    /// Share of the traces begun here that is exported, 0 to 1; a client's own trace says itself whether it is.
    pub(crate) sampling_ratio: f64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            service_name: "riddle".to_owned(),
            sampling_ratio: 1.0,
        }
    }
}

/// What the log tells besides what its filter says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// Milliseconds from which a search, an answer or a comparison is logged with its stages; 0 logs none.
    pub(crate) slow_query_ms: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            slow_query_ms: 2_000,
        }
    }
}

impl LogConfig {
    pub(crate) fn slow_query(&self) -> Option<Duration> {
        (self.slow_query_ms > 0).then(|| Duration::from_millis(self.slow_query_ms))
    }
}

/// A text that must not be printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawConfig {
    server: RawServer,
    models: RawModels,
    chat: ChatConfig,
    limits: Limits,
    ocr: OcrConfig,
    storage: RawStorage,
    database: RawDatabase,
    backup: RawBackup,
    telemetry: TelemetryConfig,
    log: LogConfig,
    evaluation: RawEvaluation,
    vectors: RawVectors,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStorage {
    /// A number with a unit, such as `256MiB`.
    reserve: Option<String>,
}

impl RawStorage {
    fn reserve(&self) -> anyhow::Result<Option<u64>> {
        let reserve = self.reserve.as_deref().map(bytes);
        reserve
            .transpose()
            .context("`storage.reserve` is not a size")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawBackup {
    dir: Option<PathBuf>,
    /// A time such as `24h`.
    every: Option<String>,
    keep: Option<usize>,
}

impl RawBackup {
    fn schedule(self) -> anyhow::Result<Option<Schedule>> {
        let Some(dir) = self.dir else {
            ensure!(
                self.every.is_none() && self.keep.is_none(),
                "`backup.dir` is missing, the folder that backups go to"
            );
            return Ok(None);
        };
        ensure!(
            dir.is_absolute(),
            "`backup.dir` is `{}`; write the whole path, from / on",
            dir.display()
        );
        let every = self.every.as_deref().unwrap_or(DEFAULT_BACKUP_EVERY);
        let every: jiff::SignedDuration = every.parse().with_context(|| {
            format!("`backup.every` is `{every}`; write a time such as `24h` or `30m`")
        })?;
        let keep = self.keep.unwrap_or(DEFAULT_BACKUPS_KEPT);
        ensure!(keep > 0, "`backup.keep` must be at least 1");
        ensure!(
            every >= jiff::SignedDuration::from_mins(1),
            "`backup.every` must be at least a minute, `1m`"
        );
        Ok(Some(Schedule {
            dir,
            every: every.unsigned_abs(),
            keep,
        }))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawServer {
    listen: Option<SocketAddr>,
    api_key_file: Option<PathBuf>,
    allowed_hosts: Vec<String>,
    /// Lets the group of the data folder read it.
    group_access: bool,
}

impl RawServer {
    fn access(&self) -> Access {
        if self.group_access {
            Access::Group
        } else {
            Access::Owner
        }
    }

    fn listen(&self) -> anyhow::Result<SocketAddr> {
        match self.listen {
            Some(listen) => Ok(listen),
            None => DEFAULT_LISTEN.parse().context("the default address"),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawModels {
    dir: Option<PathBuf>,
    onnxruntime: Option<PathBuf>,
    threads: Option<usize>,
    offline: bool,
    catalogue: Option<PathBuf>,
    hub_endpoint: Option<String>,
    hub_token_file: Option<PathBuf>,
    source: Option<Hub>,
    modelscope_endpoint: Option<String>,
    modelscope_token_file: Option<PathBuf>,
    embedder: Option<String>,
    reranker: Option<String>,
    precision: Option<String>,
    engine: Option<String>,
    device: Option<String>,
    gpu_memory_mib: Option<usize>,
    aliases: BTreeMap<String, String>,
    remote: RemoteModels,
}

impl Config {
    /// Reads the file, if there is one, and lets the command line overrule it.
    pub(crate) fn load(global: &Global) -> anyhow::Result<Self> {
        let data_dir = match &global.data_dir {
            Some(data_dir) => data_dir.clone(),
            None => default_data_dir()?,
        };
        let raw = read_file(global.config.as_deref(), &data_dir)?;
        let api_key = api_key(global, raw.server.api_key_file.as_deref())?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if !(0.0..=1.0).contains(&raw.telemetry.sampling_ratio) {
            bail!("`telemetry.sampling_ratio` must be between 0 and 1");
        }
        bounds::check_limits(&raw.limits)?;
        bounds::check_ocr(&raw.ocr)?;
        bounds::check_models(raw.models.threads, raw.models.gpu_memory_mib)?;
        let database = raw.database.server(global.database_url.as_deref())?;
        let backup = raw.backup.schedule()?;
        ensure!(
            database.is_none() || backup.is_none(),
            "`backup.dir` is for a database in the data folder; that of `database.url` is backed up with `pg_dump`"
        );
        Ok(Self {
            models: ModelsConfig::of(raw.models, global, &data_dir, cores)?,
            data_dir,
            access: raw.server.access(),
            listen: raw.server.listen()?,
            allowed_hosts: raw.server.allowed_hosts,
            api_key,
            chat: raw.chat.checked()?,
            limits: raw.limits.with_cores(cores),
            ocr: raw.ocr.with_cores(cores),
            disk_reserve: raw.storage.reserve()?,
            database,
            backup,
            telemetry: raw.telemetry,
            log: raw.log,
            live: raw.evaluation.live.checked()?,
            vectors: raw.vectors.checked(vectors::key_of_environment())?,
        })
    }
}

impl ModelsConfig {
    fn of(raw: RawModels, global: &Global, data_dir: &Path, cores: usize) -> anyhow::Result<Self> {
        let dir = global.models_dir.clone().or(raw.dir);
        Ok(Self {
            dir: dir.unwrap_or_else(|| data_dir.join("models")),
            onnxruntime: global.onnxruntime.clone().or(raw.onnxruntime),
            threads: raw.threads.unwrap_or(cores).max(1),
            offline: global.offline || raw.offline,
            catalogue: raw.catalogue,
            hub_endpoint: raw.hub_endpoint,
            hub_token_file: raw.hub_token_file,
            source: raw.source,
            modelscope_endpoint: raw.modelscope_endpoint,
            modelscope_token_file: raw.modelscope_token_file,
            embedder: raw.embedder,
            reranker: raw.reranker,
            precision: raw.precision,
            engine: global.engine.clone().or(raw.engine),
            device: global.device.clone().or(raw.device),
            gpu_memory_mib: raw.gpu_memory_mib,
            aliases: checked_aliases(raw.aliases)?,
            remote: raw.remote.checked()?,
        })
    }
}

/// Refuses names that cannot be asked for, or would hide what they stand for.
fn checked_aliases(aliases: BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, String>> {
    for (alias, model) in &aliases {
        ensure!(
            !alias.trim().is_empty() && alias.chars().count() <= MAX_ALIAS_CHARS,
            "`models.aliases` has a name that is empty or longer than {MAX_ALIAS_CHARS} characters"
        );
        ensure!(
            alias != "default" && !alias.starts_with("riddle/"),
            "`models.aliases` cannot have `{alias}`: `default` and names that begin with `riddle/` have their meaning"
        );
        ensure!(
            !model.trim().is_empty(),
            "`models.aliases` says no model for `{alias}`; write a catalogue name, `default`, or `riddle/NAME` for a \
             knowledge base"
        );
        ensure!(
            !aliases.contains_key(model),
            "`models.aliases` leads from `{alias}` to `{model}`, which is an alias itself; name the model"
        );
    }
    Ok(aliases)
}

/// Bytes of a size such as `256MiB`, `1 GB` or `0`.
fn bytes(size: &str) -> anyhow::Result<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("", 1),
        ("B", 1),
        ("kB", 1_000),
        ("KiB", 1 << 10),
        ("MB", 1_000_000),
        ("MiB", 1 << 20),
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
    ];
    let size = size.trim();
    let end = size.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = size.split_at(end.unwrap_or(size.len()));
    let known = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()));
    let bytes = known
        .zip(number.parse::<u64>().ok())
        .and_then(|((_, factor), number)| number.checked_mul(*factor));
    bytes.with_context(|| {
        format!("`{size}`; write a number with a unit, such as `256MiB` or `1GiB`")
    })
}

fn read_file(named: Option<&Path>, data_dir: &Path) -> anyhow::Result<RawConfig> {
    let path = named.map_or_else(|| data_dir.join(FILE), Path::to_path_buf);
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text)
            .with_context(|| format!("{} is not a valid configuration", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            Ok(RawConfig::default())
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the configuration {}", path.display()))
        }
    }
}

fn api_key(global: &Global, configured: Option<&Path>) -> anyhow::Result<Option<Secret>> {
    let file = global.api_key_file.as_deref().or(configured);
    let key = match (&global.api_key, file) {
        (Some(key), _) => key.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the API key file {}", file.display()))?,
        (None, None) => return Ok(None),
    };
    let key = key.trim().to_owned();
    if key.len() < 32 {
        bail!(
            "the API key is too short to be safe; make one with `riddle serve --new-api-key FILE`"
        );
    }
    Ok(Some(Secret(key)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this module is where the environment is read"
)]
fn default_data_dir() -> anyhow::Result<PathBuf> {
    if let Some(data_home) = std::env::var_os("XDG_DATA_HOME").filter(|home| !home.is_empty()) {
        return Ok(PathBuf::from(data_home).join("riddle"));
    }
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.context("cannot find a home folder; say where to keep data with --data-dir")?;
    Ok(PathBuf::from(home).join(".local/share/riddle"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = toml::from_str::<RawConfig>("[server]\nlisen = \"127.0.0.1:1\"")
            .expect_err("a typing error");
        assert!(error.to_string().contains("lisen"), "{error}");
    }

    /// A configuration with every key.
    const WHOLE: &str = r#"
            [server]
            listen = "0.0.0.0:80"
            api_key_file = "key"
            allowed_hosts = ["riddle.example"]
            group_access = true
            [models]
            dir = "models"
            onnxruntime = "lib.so"
            threads = 4
            offline = true
            catalogue = "models.toml"
            hub_endpoint = "http://mirror.example"
            hub_token_file = "hub-token"
            embedder = "bge-m3"
            reranker = "bge-reranker-base"
            precision = "fp32"
            engine = "onnxruntime"
            device = "auto"
            gpu_memory_mib = 4096
            [models.aliases]
            "rerank-v3.5" = "bge-reranker-base"
            [[models.remote.rerankers]]
            name = "big"
            base_url = "http://127.0.0.1:8080"
            [[models.remote.embedders]]
            name = "large"
            base_url = "http://127.0.0.1:8080/v1"
            [chat]
            model = "qwen3"
            base_url = "http://127.0.0.1:11434/v1"
            api_key_file = "chat-key"
            context_tokens = 4096
            models = ["qwen3:8b"]
            [[chat.servers]]
            base_url = "http://127.0.0.1:8000/v1"
            models = ["llama"]
            [limits]
            max_upload_mib = 1
            parser_memory_mib = 512
            parser_seconds = 5
            parse_workers = 1
            rerank_deadline_ms = 100
            stand_in_deadline_ms = 50
            prompt_budget_tokens = 1000
            max_answer_tokens = 100
            max_concurrent_queries = 2
            max_connections = 100
            max_connections_per_address = 20
            [ocr]
            enabled = false
            model = "pp-ocrv6-small"
            max_pages = 10
            max_megapixels = 20
            page_seconds = 30
            document_seconds = 600
            memory_mib = 2048
            threads = 2
            [storage]
            reserve = "1GiB"
            [database]
            url = "postgres://riddle@db.example/riddle"
            connections = 4
            [telemetry]
            otlp_endpoint = "http://127.0.0.1:4318"
            service_name = "riddle-test"
            sampling_ratio = 0.5
            [log]
            slow_query_ms = 0
            [evaluation.live]
            share = 0.5
            arm = "with_rerank"
            reranker = "bge-reranker-base"
            keep_days = 7
            "#;

    #[test]
    fn every_key_is_understood() {
        let raw: RawConfig = toml::from_str(WHOLE).expect("a whole configuration");
        assert_eq!(raw.limits.rerank_deadline(), Duration::from_millis(100));
        assert_eq!(raw.limits.fallback_deadline(), Duration::from_millis(50));
        assert_eq!(raw.models.aliases["rerank-v3.5"], "bge-reranker-base");
        let reserve = raw.storage.reserve.expect("a size");
        assert_eq!(bytes(&reserve).expect("a size"), 1 << 30);
        assert_eq!(raw.models.threads, Some(4));
        assert!(!raw.ocr.enabled);
        assert_eq!(raw.log.slow_query(), None);
    }

    #[test]
    fn aliases_that_cannot_work_are_refused_by_name() {
        let checked = |alias: &str, model: &str| {
            let both = [(alias, model), ("known", "bge-m3")];
            let aliases = both.map(|(alias, model)| (alias.to_owned(), model.to_owned()));
            checked_aliases(BTreeMap::from(aliases))
        };
        for (alias, model) in [
            ("text-embedding-3-small", "bge-m3"),
            ("rerank-v3.5", "default"),
            ("gpt-4o", "riddle/handbook"),
        ] {
            checked(alias, model).expect(alias);
        }
        for (alias, model) in [
            ("", "bge-m3"),
            ("default", "bge-m3"),
            ("riddle/x", "bge-m3"),
            ("gpt-4o", " "),
            ("gpt-4o", "known"),
            ("gpt-4o", "gpt-4o"),
        ] {
            let error = checked(alias, model).expect_err("refused").to_string();
            assert!(error.contains("models.aliases"), "{error}");
        }
    }

    #[test]
    fn sizes_have_units_and_what_is_none_says_how_to_write_one() {
        for (size, expected) in [("0", 0), ("10 kb", 10_000), ("256MiB", 256 << 20)] {
            assert_eq!(bytes(size).expect(size), expected);
        }
        for size in ["", "MiB", "1.5GiB", "-1", "99999999999GiB", "1 furlong"] {
            let error = bytes(size).expect_err(size);
            assert!(error.to_string().contains("256MiB"), "{error}");
        }
    }
}
