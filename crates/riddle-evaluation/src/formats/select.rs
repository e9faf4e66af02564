use super::error::{ImportError, ImportProblem};
use super::file::InputFile;
use super::note::NoteKind;
use super::notes::Notes;

/// What files of sets end in.
const DATA: [&str; 7] = ["json", "jsonl", "ndjson", "csv", "tsv", "txt", "qrels"];

/// The files that may hold data: the only one, or those that are neither hidden nor named as texts for people.
pub(super) fn data_files<'a>(
    files: &'a [InputFile],
    notes: &mut Notes,
) -> Result<Vec<&'a InputFile>, ImportError> {
    if let [file] = files {
        return Ok(vec![file]);
    }
    let (data, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| holds_data(file));
    for file in others {
        notes.add(NoteKind::FilesIgnored, &file.name);
    }
    if data.is_empty() {
        let message = "none of these files is one of the format; their names should end in .jsonl, .json, .csv or .tsv";
        return Err(ImportProblem::of_all(message).into());
    }
    Ok(data)
}

/// Whether a file may hold data, by its name.
pub(super) fn holds_data(file: &InputFile) -> bool {
    let hidden = file
        .name
        .split('/')
        .any(|part| part.starts_with('.') || part == "__MACOSX");
    let stem = file.base_name().to_ascii_lowercase();
    let for_people = ["readme", "license", "licence", "notice"]
        .iter()
        .any(|name| stem.starts_with(name));
    let other = !file.has_extension(&DATA) && file.base_name().contains(['.']) && is_known(file);
    !hidden && !for_people && !other
}

/// Texts and pictures that lie beside data. Other endings may be part of a name, as in `qrels.test`.
fn is_known(file: &InputFile) -> bool {
    file.has_extension(&[
        "md", "pdf", "png", "jpg", "html", "py", "sh", "zip", "gz", "yaml", "yml", "toml",
    ])
}
