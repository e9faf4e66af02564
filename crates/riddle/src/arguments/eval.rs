use std::path::PathBuf;

use clap::{Args, Subcommand};
use riddle_evaluation::formats::Format;

use crate::commands::eval::Condition;

const RUN_EXAMPLES: &str = "\
Examples:
  riddle eval run handbook
  riddle eval run handbook --trec-run old-search.run
  riddle eval run handbook --limit 100 --fail-if 'ndcg@10.diff.low < -0.01'
  riddle eval run handbook --arm '{\"name\": \"rerank 50\", \"mode\": \"hybrid\", \"top_k\": 50, \"top_n\": 3, \"rerank\": {}}'";

const SHOW_EXAMPLES: &str = "\
Examples:
  riddle eval show latest
  riddle eval show latest --markdown > report.md
  riddle eval show latest --junit --fail-if 'success@3.mean < 0.8' > eval.xml
  riddle eval show latest --of without-rerank --against 0190f0e2 --fail-if 'ndcg@10.diff.high < 0'";

#[derive(Subcommand, Debug)]
pub(crate) enum EvalCommand {
    /// Make an evaluation set of files: BEIR, TREC, SQuAD, JSONL, CSV and others
    #[command(
        after_help = "Examples:\n  riddle eval import scifact ~/beir/scifact\n  riddle eval import leave questions.csv --kb handbook\n  riddle eval import leave --kb handbook   (empty, for `riddle eval make leave`)\n\nThe formats: docs/evaluation-sets.md"
    )]
    Import(EvalImport),
    /// List evaluation sets
    #[command(after_help = "Example: riddle eval sets --json")]
    Sets,
    /// Show an evaluation set with its first questions
    #[command(after_help = "Example: riddle eval show-set leave --questions 20")]
    ShowSet {
        /// Name or id
        set: String,
        /// How many questions to show
        #[arg(long, value_name = "N", default_value_t = 5)]
        questions: u32,
    },
    /// Say how good a set is: its size, its sources, what is easy, doubled or lost in it
    #[command(after_help = "Example: riddle eval quality leave")]
    Quality {
        /// Name or id
        set: String,
    },
    /// Write an evaluation set as files
    #[command(after_help = "Example: riddle eval export leave ~/leave --format csv")]
    Export(EvalExport),
    /// Delete an evaluation set; runs over it stay
    #[command(after_help = "Example: riddle eval delete-set leave --yes")]
    DeleteSet {
        /// Name or id
        set: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Make questions of passages of the set's knowledge base, to be reviewed
    #[command(
        after_help = "Examples:\n  riddle eval make leave --count 40\n  riddle eval make leave --maker headings"
    )]
    Make {
        /// Name or id
        set: String,
        /// How many questions
        #[arg(long, value_name = "N", default_value_t = 40)]
        count: u32,
        /// Who makes them [default: a language model where one writes answers, else headings]
        #[arg(long, value_enum)]
        maker: Option<Maker>,
    },
    /// Add the questions of chats and comparisons whose answers people found good or bad, to be reviewed
    #[command(after_help = "Example: riddle eval collect leave")]
    Collect {
        /// Name or id
        set: String,
    },
    /// Confirm, correct or throw away the questions that nobody has looked at
    #[command(after_help = "Example: riddle eval review leave")]
    Review {
        /// Name or id
        set: String,
    },
    /// Ask every question of a set in several ways, and say which is better
    #[command(after_help = RUN_EXAMPLES)]
    Run(EvalRun),
    /// Judge the passages of a run that nobody has judged, those first that could turn its verdict
    #[command(
        after_help = "Examples:\n  riddle eval judge latest\n  riddle eval judge latest --whole\n  riddle eval judge latest --model smollm2-1.7b-instruct --count 200"
    )]
    Judge {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
        /// Let this language model judge, of another family than the models of the run; its grades are kept apart
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// How many passages the language model grades at most [default: 100]
        #[arg(long, value_name = "N", requires = "model")]
        count: Option<u32>,
        /// Judge whole questions, drawn at random: by them the figures of a language model's grades are corrected
        #[arg(long, conflicts_with = "model")]
        whole: bool,
    },
    /// Count a finished run anew with the judgments that its set has now; no model runs
    #[command(
        after_help = "Examples:\n  riddle eval recount latest\n  riddle eval recount latest --judge smollm2-1.7b-instruct"
    )]
    Recount {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
        /// Let the grades of this language model count where people have said nothing; the report says so
        #[arg(long, value_name = "NAME")]
        judge: Option<String>,
    },
    /// List runs, newest first
    #[command(after_help = "Example: riddle eval runs --set leave --limit 5")]
    Runs {
        /// Id or name of a set: the runs over it alone
        #[arg(long, value_name = "SET")]
        set: Option<String>,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
    },
    /// Show what a run found
    #[command(after_help = SHOW_EXAMPLES)]
    Show(EvalShow),
    /// Say what was changed between two runs, and what has become better and worse
    #[command(after_help = "Example: riddle eval diff latest 0190f0e2")]
    Diff {
        /// Id of the later run, the beginning of one, or `latest`
        run: String,
        /// Id of the earlier run, the beginning of one, or `latest`
        before: String,
        /// Arm of the later run [default: the settings that the knowledge base had]
        #[arg(long, value_name = "ARM")]
        of: Option<String>,
        /// Arm of the earlier run [default: the settings that the knowledge base had]
        #[arg(long, value_name = "ARM")]
        before_of: Option<String>,
    },
    /// Write what an arm of a run found as files of TREC, a run and its judgments, for other programs
    #[command(
        after_help = "Example: riddle eval export-run latest ~/trec --of \"tuned fusion, no rerank\""
    )]
    ExportRun(EvalExportRun),
    /// Make the knowledge base search as an arm of a run does
    #[command(after_help = "Example: riddle eval apply latest \"rerank 50\"")]
    Apply {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
        /// Name of an arm, in any case and with - for blanks if you like, or its beginning
        arm: String,
    },
    /// Make the knowledge base search as it did before it took over an arm of a run
    #[command(after_help = "Example: riddle eval undo latest")]
    Undo {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
    },
    /// Note something about a run, such as what was changed before it
    #[command(after_help = "Example: riddle eval note latest \"after the new manuals came\"")]
    Note {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
        /// The note, in place of the one that is there; `""` for none
        note: String,
    },
    /// Show what another way to search would have changed for questions of chats
    #[command(after_help = "Examples:\n  riddle eval live\n  riddle eval live --delete --yes")]
    Live {
        /// Delete all that was kept instead
        #[arg(long)]
        delete: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Let a run rest until it is resumed
    #[command(after_help = "Example: riddle eval pause latest")]
    Pause {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
    },
    /// Go on with a run that was paused
    #[command(after_help = "Example: riddle eval resume latest")]
    Resume {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
    },
    /// End a run without a report
    #[command(after_help = "Example: riddle eval cancel latest")]
    Cancel {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
    },
    /// Delete a run with all its results
    #[command(after_help = "Example: riddle eval delete 0190f0e2 --yes")]
    Delete {
        /// Id of a run, the beginning of one, or `latest`
        run: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args, Debug)]
pub(crate) struct EvalImport {
    /// Name of the set
    pub(crate) name: String,
    /// A folder or files of one format; left out, the set begins empty
    #[arg(required_unless_present = "kb")]
    pub(crate) paths: Vec<PathBuf>,
    /// Knowledge base that the questions are asked of, by name or id [default: one of the set's name, made of the
    /// documents in the files]
    #[arg(long)]
    pub(crate) kb: Option<String>,
    /// beir, trec, squad, jsonl, flag_embedding, rag_retrieval or csv [default: found out]
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// Free text
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// Return when all is accepted; the server goes on with the documents
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EvalExport {
    /// Name or id
    pub(crate) set: String,
    /// Folder for the files; made if it is not there
    pub(crate) dir: PathBuf,
    /// jsonl keeps everything; csv all but origin, review and half; beir and trec which documents are relevant
    #[arg(long, default_value = "jsonl", value_name = "jsonl|csv|beir|trec")]
    pub(crate) format: Format,
    /// Write over files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EvalExportRun {
    /// Id of a run, the beginning of one, or `latest`
    pub(crate) run: String,
    /// Folder for the files; made if it is not there
    pub(crate) dir: PathBuf,
    /// Name of an arm, in any case and with - for blanks if you like, or its beginning [default: the settings that the
    /// knowledge base had]
    #[arg(long, value_name = "ARM")]
    pub(crate) of: Option<String>,
    /// Write over files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Who makes questions.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Maker {
    /// The language model that writes answers
    Model,
    /// Headings and first sentences; they say less about real questions
    Headings,
}

#[derive(Args, Debug)]
pub(crate) struct EvalRun {
    /// Name or id of the set
    pub(crate) set: String,
    /// Name of the run [default: the set's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Another way to search as JSON, with `name`, `mode`, `top_k`, `top_n` and perhaps `fusion` and `rerank`; may be
    /// given several times [default: the present settings with rerank, or without]
    #[arg(long = "arm", value_name = "JSON")]
    pub(crate) arms: Vec<String>,
    /// Ask the dev half alone, which spends no look at the test half
    #[arg(long)]
    pub(crate) dev: bool,
    /// Ask so many questions at most, drawn at random
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Let a language model write an answer in each arm, which takes its time
    #[arg(long)]
    pub(crate) answers: bool,
    /// Compare with what another system ranks, a run file of TREC whose documents are named as here; may be given
    /// several times
    #[arg(long = "trec-run", value_name = "FILE")]
    pub(crate) trec_runs: Vec<PathBuf>,
    /// Search this knowledge base together with the set's; may be given several times
    #[arg(long = "with-kb", value_name = "KB")]
    pub(crate) with_kbs: Vec<String>,
    /// Return when the run is accepted; the server goes on
    #[arg(long, conflicts_with_all = ["fail_if", "against", "of"])]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) gate: EvalGate,
}

#[derive(Args, Debug)]
pub(crate) struct EvalShow {
    /// Id of a run, the beginning of one, or `latest`
    pub(crate) run: String,
    /// As Markdown, for a pull request
    #[arg(long, group = "form")]
    pub(crate) markdown: bool,
    /// As CSV, with a row for each measure of each arm
    #[arg(long, group = "form")]
    pub(crate) csv: bool,
    /// As JUnit XML, with a test case for each --fail-if
    #[arg(long, group = "form", requires = "fail_if")]
    pub(crate) junit: bool,
    #[command(flatten)]
    pub(crate) gate: EvalGate,
}

/// What a run must not do.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvalGate {
    /// Exit with 1 if this holds: MEASURE.PART, one of < <= > >=, and a number. MEASURE is ndcg@10, success@3, rr@10
    /// and so on; PART is mean, low or high (the bounds of the 95 % interval), or diff.mean, diff.low, diff.high (the
    /// difference from the baseline, or from --against). May be given several times
    #[arg(long = "fail-if", value_name = "EXPR")]
    pub(crate) fail_if: Vec<Condition>,
    /// Compare with this earlier run, not with the baseline of the report
    #[arg(long, value_name = "RUN")]
    pub(crate) against: Option<String>,
    /// Arm that --fail-if and --against look at: its name, in any case and with - for blanks if you like, or its
    /// beginning [default: the settings that the knowledge base had]
    #[arg(long, value_name = "ARM")]
    pub(crate) of: Option<String>,
}
