//! Command line, environment and configuration file become one checked configuration, once, here.

mod backup;
mod bounds;
mod chat;
mod database;
mod limits;
mod live;
mod models;
pub(crate) mod python;
mod remote;
mod vectors;

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
use backup::RawBackup;
pub(crate) use chat::{ChatConfig, RemoteChat};
use database::RawDatabase;
pub(crate) use database::is_postgres;
pub(crate) use limits::{Limits, OcrConfig};
use live::RawEvaluation;
use models::RawModels;
pub(crate) use models::{Hub, ModelsConfig};
pub(crate) use remote::{RemoteEmbedder, RemoteModels, RemoteReranker};
use vectors::{RawVectors, VectorsConfig};

const FILE: &str = "riddle.toml";
const DEFAULT_LISTEN: &str = "127.0.0.1:7878";

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
