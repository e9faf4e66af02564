use riddle_api::{EvaluationRunDto, QuestionScopeDto, RunManifestDto, RunModelDto};

use super::{Section, Table};
use crate::commands::eval::figures::{bytes, or_none};
use crate::commands::eval::shell::quoted;

/// Arms that every run has by itself.
const BY_THEMSELVES: [&str; 2] = ["present", "present, again"];

/// What the run was made of.
pub(in crate::commands::eval) fn section(run: &EvaluationRunDto) -> Section {
    let manifest = &run.manifest;
    let table = Table::new(2, &["what", "which"])
        .row(["run".to_owned(), format!("{}, {}", run.id, run.created_at)])
        .row(["Riddle".to_owned(), manifest.version.clone()])
        .row([
            "set".to_owned(),
            format!(
                "{}, {} questions, hash {}",
                manifest.set_name, run.total, manifest.questions_hash
            ),
        ])
        .row(["knowledge base".to_owned(), corpus(manifest)])
        .row(["embedder".to_owned(), or_none(manifest.embedder.clone())])
        .row(["seed".to_owned(), manifest.seed.to_string()]);
    let table = manifest.models.iter().fold(table, |table, model| {
        let fingerprint = model
            .fingerprint
            .as_deref()
            .unwrap_or("without fingerprint");
        let taken = taken(model);
        let which = format!("{} on {}, {fingerprint}{taken}", model.name, model.device);
        table.row([format!("model: {}", model.role), which])
    });
    Section::of_table("What it was made of", table)
}

/// What a model takes, as far as it is known.
fn taken(model: &RunModelDto) -> String {
    let memory = model
        .memory_bytes
        .map(|memory| format!(", some {} of memory", bytes(memory)));
    let disk = model
        .bytes_on_disk
        .map(|disk| format!(", {} on disk", bytes(disk)));
    [memory, disk].into_iter().flatten().collect()
}

fn searched(manifest: &RunManifestDto) -> String {
    let others = manifest.other_knowledge_bases.iter();
    let all = std::iter::once(&manifest.knowledge_base).chain(others);
    let names: Vec<&str> = all.map(|known| known.name.as_str()).collect();
    names.join(" + ")
}

fn corpus(manifest: &RunManifestDto) -> String {
    let hash = manifest.corpus_hash.as_ref();
    let hash = hash.map_or(String::new(), |hash| format!(", SHA-256 {hash}"));
    format!(
        "{}, {} documents, {} chunks, index position {}{hash}",
        searched(manifest),
        manifest.documents,
        manifest.chunks,
        manifest.index_position
    )
}

/// The commands that make the run again.
pub(in crate::commands::eval) fn commands(run: &EvaluationRunDto) -> String {
    let manifest = &run.manifest;
    let mut command = format!(
        "riddle eval run {} --name {}",
        quoted(&manifest.set_name),
        quoted(&run.name)
    );
    if manifest.questions == QuestionScopeDto::Dev {
        command.push_str(" --dev");
    }
    if let Some(limit) = manifest.limit {
        command.push_str(&format!(" --limit {limit}"));
    }
    if manifest.answers {
        command.push_str(" --answers");
    }
    for other in &manifest.other_knowledge_bases {
        command.push_str(&format!(" --with-kb {}", quoted(&other.name)));
    }
    for imported in &manifest.imported {
        command.push_str(&format!(" --trec-run {}", quoted(&imported.file)));
    }
    let is_imported = |name: &str| manifest.imported.iter().any(|one| one.arm == name);
    let own = manifest.arms.iter().filter(|arm| {
        let name = arm.name.as_str();
        !BY_THEMSELVES.contains(&name) && !is_imported(name)
    });
    for arm in own {
        let arm = serde_json::to_string(arm).unwrap_or_default();
        command.push_str(&format!(" \\\n  --arm {}", quoted(&arm)));
    }
    command
}
