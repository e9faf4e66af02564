use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod eval;
mod migrate;
mod or_default;

pub(crate) use eval::{
    EvalCommand, EvalExport, EvalExportRun, EvalGate, EvalImport, EvalRun, EvalShow, Maker,
};
pub(crate) use migrate::{MigrateCommand, Place};
pub(crate) use or_default::OrDefault;

/// Ask your own documents, and see what reranking is worth on them.
#[derive(Parser, Debug)]
#[command(name = "riddle", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 a model or the server is missing, 5 done in part.

Commands talk to the server that runs on the data folder; when none runs, they start one for as long as they need it.";

/// Options of every command, which its help lists apart from the command's own.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Folder that holds everything: documents, indexes, models [default: the user's data folder]
    #[arg(long, global = true, env = "RIDDLE_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Configuration file [default: riddle.toml in the data folder, if there]
    #[arg(long, global = true, env = "RIDDLE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to log, such as `info` or `riddle_engine=debug`
    #[arg(long, global = true, env = "RIDDLE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// Shared library of ONNX Runtime [default: looked for in the data folder and beside the program]
    #[arg(long, global = true, env = "RIDDLE_ONNXRUNTIME", value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// Device of embedders and rerankers: cpu, cuda, cuda:1 or auto [default: cpu]
    #[arg(long, global = true, env = "RIDDLE_DEVICE", value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// Engine of embedders and rerankers: native, onnxruntime, or fastest, which is measured at the first start
    /// [default: fastest]
    #[arg(long, global = true, env = "RIDDLE_ENGINE", value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Folder of model files [default: models in the data folder]
    #[arg(long, global = true, env = "RIDDLE_MODELS_DIR", value_name = "DIR")]
    pub(crate) models_dir: Option<PathBuf>,
    /// PostgreSQL server that the database is on, as `postgres://user@host/database`, instead of the data folder
    #[arg(
        long,
        global = true,
        env = "RIDDLE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// Never use the network
    #[arg(long, global = true, env = "RIDDLE_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) offline: bool,
    /// File with the API key for a server that wants one; or the key in RIDDLE_API_KEY
    #[arg(long, global = true, env = "RIDDLE_API_KEY_FILE", value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// The API key itself, which others on this machine see until the program has begun; a file or the variable is
    /// safer
    #[arg(
        long,
        global = true,
        env = "RIDDLE_API_KEY",
        hide = true,
        hide_env_values = true
    )]
    pub(crate) api_key: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run the server with its web page and API
    #[command(after_help = "Example: riddle serve --data-dir ~/riddle --listen 127.0.0.1:7878")]
    Serve(ServeArguments),
    /// Add files and folders to a knowledge base, making it if it is not there
    #[command(
        after_help = "Example: riddle ingest handbook ~/Documents/handbook --metadata team=support"
    )]
    Ingest(IngestArguments),
    /// Find passages
    #[command(
        after_help = "Example: riddle search handbook \"how do I reset a password\" --top-n 5"
    )]
    Search(SearchArguments),
    /// Order texts by how well they answer a query
    #[command(
        after_help = "Examples:\n  riddle rerank --query \"what is a riddle?\" \"a coarse sieve\" \"a colour\"\n  riddle rerank --query \"what is a riddle?\" --file lines.txt"
    )]
    Rerank(RerankArguments),
    /// Answer a question from the documents, with citations
    #[command(after_help = "Example: riddle ask handbook \"Who approves travel?\"")]
    Ask(AskArguments),
    /// Answer one question with rerank and without, side by side
    #[command(after_help = "Example: riddle compare handbook \"Who approves travel?\"")]
    Compare(CompareArguments),
    /// Measure with questions of your own what reranking is worth on your documents
    #[command(
        subcommand,
        after_help = "Examples:\n  riddle eval import leave questions.csv --kb handbook\n  riddle eval run leave\n  riddle eval apply latest \"without rerank\""
    )]
    Eval(EvalCommand),
    /// Manage knowledge bases
    #[command(
        subcommand,
        after_help = "Example: riddle kb create handbook --description \"Company handbook\""
    )]
    Kb(KbCommand),
    /// Manage documents
    #[command(
        subcommand,
        after_help = "Example: riddle docs list handbook --status failed"
    )]
    Docs(DocsCommand),
    /// Manage model files
    #[command(
        subcommand,
        after_help = "Example: riddle models pull all-minilm-l6-v2"
    )]
    Models(ModelsCommand),
    /// Save all documents, settings and chats, while the server runs or not
    #[command(
        after_help = "Examples:\n  riddle backup /mnt/backup/riddle --keep 14\n  riddle backup - | zstd > riddle.tar.zst"
    )]
    Backup(BackupArguments),
    /// Put a backup into an empty data folder
    #[command(
        after_help = "Examples:\n  riddle restore /mnt/backup/riddle --data-dir ~/riddle\n  zstd -dc riddle.tar.zst | riddle restore -"
    )]
    Restore(RestoreArguments),
    /// Move what is in the data folder to a server of its own, or back
    #[command(
        subcommand,
        after_help = "Example: riddle migrate database --to postgres://riddle@db.example/riddle"
    )]
    Migrate(MigrateCommand),
    /// Check that everything is there and that the stores agree
    #[command(after_help = "Example: riddle doctor --repair")]
    Doctor(DoctorArguments),
    /// Extract documents for the server; started by it, never by hand
    #[command(hide = true)]
    ExtractWorker {
        /// Try what no parser may do, and say what came of it
        #[arg(long)]
        self_test: bool,
    },
    /// Read the text in pictures for the server; started by it, never by hand
    #[command(hide = true)]
    ReadPictures(ReadPicturesArguments),
    /// Open a model file for the server; started by it, never by hand
    #[command(hide = true)]
    OpenModelFile(OpenModelFileArguments),
}

#[derive(Args, Debug)]
pub(crate) struct ReadPicturesArguments {
    /// ONNX Runtime
    #[arg(long)]
    pub(crate) library: PathBuf,
    /// The network that finds lines
    #[arg(long)]
    pub(crate) detector: PathBuf,
    /// The network that reads them
    #[arg(long)]
    pub(crate) recogniser: PathBuf,
    /// Threads that it computes with
    #[arg(long)]
    pub(crate) threads: usize,
}

#[derive(Args, Debug)]
pub(crate) struct OpenModelFileArguments {
    /// ONNX Runtime
    #[arg(long)]
    pub(crate) library: PathBuf,
    /// What the file is
    pub(crate) kind: String,
    /// The file
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    /// Address and port; anything but loopback needs an API key [default: 127.0.0.1:7878]
    #[arg(long, env = "RIDDLE_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Another name under which clients reach this server; may be given several times
    #[arg(long = "allowed-host", value_name = "HOST")]
    pub(crate) allowed_hosts: Vec<String>,
    /// Address of an OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318 [default: none]
    #[arg(long, env = "RIDDLE_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,
    /// Makes a new API key, writes it to this file and ends
    #[arg(long, value_name = "FILE")]
    pub(crate) new_api_key: Option<PathBuf>,
    /// Ends the process by SIGKILL when the ingest path passes POINT for the Nth time; for crash tests
    #[arg(long, hide = true, value_name = "POINT:N")]
    pub(crate) kill_at: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct IngestArguments {
    /// Knowledge base, by name or id
    pub(crate) kb: String,
    /// Files and folders; one given by a symbolic link is taken, links below a folder are left out
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Metadata for every file, as KEY=VALUE; may be given several times
    #[arg(long = "metadata", value_name = "KEY=VALUE")]
    pub(crate) metadata: Vec<String>,
    /// Return when all is accepted; the server goes on
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Take hidden files and folders too
    #[arg(long)]
    pub(crate) hidden: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Retrieval {
    /// Candidates for the reranker
    #[arg(long)]
    pub(crate) top_k: Option<u32>,
    /// Passages kept
    #[arg(long)]
    pub(crate) top_n: Option<u32>,
    /// Conditions on metadata as JSON, such as '{"team": "support"}'
    #[arg(long, value_name = "JSON")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) fusing: Fusing,
    #[command(flatten)]
    pub(crate) reranking: Reranking,
}

/// How the hits by words and by meaning become one list.
#[derive(Args, Debug)]
pub(crate) struct Fusing {
    /// How the hits by words and by meaning become one list
    #[arg(long, value_enum)]
    pub(crate) fusion: Option<FusionMethod>,
    /// Weight of the hits by meaning in a weighted fusion, 0 to 1; those by words have the rest
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) dense_weight: Option<f32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FusionMethod {
    /// By the weighted sum of their scores, in halves without --dense-weight
    Weighted,
    /// By their ranks alone
    #[value(name = "reciprocal_rank")]
    ReciprocalRank,
}

/// How candidates are reranked. `default` in place of a value searches as if the knowledge base had no such setting,
/// and takes it back where settings are changed.
#[derive(Args, Debug)]
pub(crate) struct Reranking {
    /// Catalogue name of the reranker; `default` is the server's
    #[arg(long, value_name = "NAME")]
    pub(crate) reranker: Option<OrDefault<String>>,
    /// Weight of the reranker against the fused score, 0 to 1; 1 orders by the reranker alone, `default` is its own
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) rerank_weight: Option<OrDefault<f32>>,
    /// Rerank nothing where the first candidate leads by this part of the range of fused scores, above 0 to 1;
    /// `default` reranks always
    #[arg(long, value_name = "LEAD")]
    pub(crate) rerank_skip_lead: Option<OrDefault<f32>>,
    /// What to do with passages that do not fit the reranker
    #[arg(long, value_enum)]
    pub(crate) long_passages: Option<LongPassages>,
    /// The layer that a layerwise reranker stops at; `default` is its last
    #[arg(long, value_name = "LAYER")]
    pub(crate) cutoff_layer: Option<OrDefault<u32>>,
    /// Milliseconds that reranking may take; `default` is the server's limit
    #[arg(long, value_name = "MS")]
    pub(crate) rerank_deadline_ms: Option<OrDefault<u32>>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LongPassages {
    /// Score what fits
    Truncate,
    /// Score overlapping windows and take the best one's score
    #[value(name = "max_slice")]
    MaxSlice,
}

#[derive(Args, Debug)]
pub(crate) struct SearchArguments {
    /// Knowledge base, by name or id
    pub(crate) kb: String,
    /// What to look for
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) retrieval: Retrieval,
    /// Which retrievers search
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,
    /// Leave the reranker out
    #[arg(long)]
    pub(crate) no_rerank: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RerankArguments {
    /// What the texts may answer
    #[arg(long)]
    pub(crate) query: String,
    /// Texts to order
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(crate) texts: Vec<String>,
    /// File with one text on each line, or `-` for the standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) file: Option<PathBuf>,
    /// Catalogue name of a reranker [default: the server's]
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Texts kept [default: all]
    #[arg(long)]
    pub(crate) top_n: Option<u32>,
    /// Scores as the model gives them, not from 0 to 1
    #[arg(long)]
    pub(crate) raw: bool,
    /// What to do with texts that do not fit the reranker [default: truncate]
    #[arg(long, value_enum)]
    pub(crate) long_passages: Option<LongPassages>,
    /// The layer that a layerwise reranker stops at [default: its last]
    #[arg(long, value_name = "LAYER")]
    pub(crate) cutoff_layer: Option<u32>,
    /// Cut each text to so many tokens
    #[arg(long, value_name = "TOKENS", conflicts_with = "long_passages")]
    pub(crate) max_tokens_per_doc: Option<u32>,
    /// Show the raw score beside the other, and the characters of the window that won
    #[arg(long)]
    pub(crate) details: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// Words and meaning
    Hybrid,
    /// Words alone
    Bm25,
    /// Meaning alone
    Dense,
}

#[derive(Args, Debug)]
pub(crate) struct AskArguments {
    /// Knowledge base, by name or id
    pub(crate) kb: String,
    /// The question
    pub(crate) question: String,
    /// Language model that answers; `extractive` quotes the sources [default: the knowledge base's, then the server's]
    #[arg(long, value_name = "NAME")]
    pub(crate) chat_model: Option<String>,
    #[command(flatten)]
    pub(crate) retrieval: Retrieval,
    /// Leave the reranker out
    #[arg(long)]
    pub(crate) no_rerank: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CompareArguments {
    /// Knowledge base, by name or id
    pub(crate) kb: String,
    /// The question
    pub(crate) question: String,
    /// Give the answer without rerank as many passages as the other, in place of all candidates
    #[arg(long)]
    pub(crate) same_number: bool,
    /// Language model that answers; `extractive` quotes the sources [default: the knowledge base's, then the server's]
    #[arg(long, value_name = "NAME")]
    pub(crate) chat_model: Option<String>,
    #[command(flatten)]
    pub(crate) retrieval: Retrieval,
}

#[derive(Subcommand, Debug)]
pub(crate) enum KbCommand {
    /// List knowledge bases
    #[command(after_help = "Example: riddle kb list --json")]
    List,
    /// Create a knowledge base
    #[command(after_help = "Example: riddle kb create handbook --embedder all-minilm-l6-v2")]
    Create {
        /// Name
        name: String,
        /// Free text
        #[arg(long, default_value = "")]
        description: String,
        /// Embedding model; `none` for search by words alone
        #[arg(long)]
        embedder: Option<String>,
        /// Language model that answers; `extractive` quotes the sources [default: the server's]
        #[arg(long, value_name = "NAME")]
        chat_model: Option<String>,
        #[command(flatten)]
        fusing: Fusing,
    },
    /// Show one with its settings
    #[command(after_help = "Example: riddle kb show handbook")]
    Show {
        /// Name or id
        kb: String,
    },
    /// Change settings, given as options or as the JSON body of the API's PATCH
    #[command(
        after_help = "Examples:\n  riddle kb set handbook '{\"retrieval\": {\"top_n\": 5}}'\n  riddle kb set handbook --reranker bge-reranker-base --rerank-weight 0.8\n  riddle kb set handbook --dense-weight 0.7\n  riddle kb set handbook --examples questions.txt"
    )]
    Set {
        /// Name or id
        kb: String,
        /// What to change
        patch: Option<String>,
        /// File with an example question on each line, at most 6, or `-` for the standard input; without a line it
        /// takes those before away
        #[arg(long, value_name = "FILE|-")]
        examples: Option<PathBuf>,
        /// Language model that answers; `extractive` quotes the sources, '{"chat_model": null}' takes the server's
        #[arg(long, value_name = "NAME")]
        chat_model: Option<String>,
        /// Another embedder, whose vectors are made in the background while searches go on
        #[arg(long, value_name = "NAME")]
        embedder: Option<String>,
        #[command(flatten)]
        fusing: Fusing,
        #[command(flatten)]
        reranking: Reranking,
    },
    /// Delete one with all its documents
    #[command(after_help = "Example: riddle kb delete handbook --yes")]
    Delete {
        /// Name or id
        kb: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum DocsCommand {
    /// List documents of a knowledge base
    #[command(
        after_help = "Example: riddle docs list handbook --status failed\nExample: riddle docs list handbook --folder hr/forms"
    )]
    List {
        /// Name or id
        kb: String,
        /// Only this status: queued, parsing, embedding, indexing, ready, failed
        #[arg(long)]
        status: Option<String>,
        /// Only what lies in this folder, and the folders there with their documents; "" is the outermost one
        #[arg(long)]
        folder: Option<String>,
    },
    /// Show one document
    #[command(after_help = "Example: riddle docs show 0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f")]
    Show {
        /// Id
        document: String,
    },
    /// Delete one document
    #[command(after_help = "Example: riddle docs delete 0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f")]
    Delete {
        /// Id
        document: String,
    },
    /// Process a document anew: one that failed, or one of which a later version may read more
    #[command(
        after_help = "Examples:\n  riddle docs retry 0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f\n  riddle docs retry --all handbook --status failed"
    )]
    Retry {
        /// Id
        #[arg(required_unless_present = "all")]
        document: Option<String>,
        /// All documents of this knowledge base that are ready or have failed, instead of one
        #[arg(long, value_name = "KB", conflicts_with = "document")]
        all: Option<String>,
        /// With --all: only those in this status, ready or failed
        #[arg(long, requires = "all", value_parser = ["ready", "failed"])]
        status: Option<String>,
        /// Give up passages that were edited or switched off; without this, documents that have such are left as they
        /// are
        #[arg(long)]
        discard_edits: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum ModelsCommand {
    /// List the catalogue and what is on this machine
    #[command(after_help = "Example: riddle models list")]
    List,
    /// Fetch a model, or take it from a folder
    #[command(
        after_help = "Example: riddle models pull bge-reranker-base --from ~/Downloads/bge-reranker-base"
    )]
    Pull {
        /// Catalogue name
        name: String,
        /// Folder with the model's files, instead of the network
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Add a model that the catalogue does not have: it is told by its own files what it is
    #[command(
        after_help = "Examples:\n  riddle models add BAAI/bge-large-en-v1.5\n  riddle models add Qwen/Qwen3-4B-GGUF:Q4_K_M\n  riddle models add iic/nlp_gte_sentence-embedding_chinese-base --source modelscope\n  riddle models add ~/models/my-reranker --look"
    )]
    Add(AddArguments),
    /// Remove a model that was added, with its files
    #[command(after_help = "Example: riddle models remove qwen3-4b-q4_k_m")]
    Remove {
        /// Name
        name: String,
    },
    /// Write the ONNX file of an encoder now rather than at first use
    #[command(after_help = "Example: riddle models convert all-minilm-l6-v2 --precision int8")]
    Convert {
        /// Catalogue name
        name: String,
        /// int8, fp16 or fp32 [default: the configured precision]
        #[arg(long)]
        precision: Option<String>,
    },
    /// Check a model's files against their hashes and load it
    #[command(after_help = "Example: riddle models verify all-minilm-l6-v2")]
    Verify {
        /// Catalogue name
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct AddArguments {
    /// owner/name of a repository, with :QUANTIZATION for one of several GGUF files; its address; or a folder
    #[arg(value_name = "ID|FOLDER|URL")]
    pub(crate) what: String,
    /// Only say what it is and what it would take
    #[arg(long)]
    pub(crate) look: bool,
    /// Name that it gets [default: made of the repository's or folder's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Commit, tag or branch [default: the newest]
    #[arg(long)]
    pub(crate) revision: Option<String>,
    /// Hub that an ID means [default: `models.source` of the configuration, or huggingface]
    #[arg(long)]
    pub(crate) source: Option<crate::config::Hub>,
    /// What it is for, where its files leave that open
    #[arg(long)]
    pub(crate) role: Option<Role>,
    /// Put before questions by an embedder [default: what its files say]
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prefix: Option<String>,
    /// Put before passages by an embedder [default: what its files say]
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prefix: Option<String>,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Role {
    /// It makes vectors
    Embedder,
    /// It orders passages
    Reranker,
    /// It writes answers
    Chat,
}

#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// Folder of backups, to which only what is new is added; or - for one whole archive (tar) on the standard output
    #[arg(value_name = "DIR|-")]
    pub(crate) to: String,
    /// Remove all but so many of the newest backups of the folder
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct RestoreArguments {
    /// Folder of backups, archive, or - for an archive on the standard input
    #[arg(value_name = "DIR|FILE|-")]
    pub(crate) from: String,
    /// Which backup of the folder, by its name [default: the newest]
    #[arg(long, value_name = "NAME")]
    pub(crate) backup: Option<String>,
    /// Read the whole backup and compare it with its hashes, and restore nothing
    #[arg(long)]
    pub(crate) check: bool,
    /// Go on without the originals that the backup has lost
    #[arg(long)]
    pub(crate) allow_lost: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    /// Repair what differs
    #[arg(long)]
    pub(crate) repair: bool,
    /// Read the originals of all documents too and compare them with their hashes
    #[arg(long)]
    pub(crate) originals: bool,
    /// Search for up to 1,000 vectors of each knowledge base by themselves too
    #[arg(long)]
    pub(crate) vectors: bool,
    /// Set the indexes aside and build them anew from the database; the server must not run
    #[arg(long)]
    pub(crate) rebuild: bool,
}
