//! A file that nobody vouches for is first opened by a program of its own, which it may crash in place of this one.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, UNIX_EPOCH};

use riddle_sandbox::Confinement;
use serde::{Deserialize, Serialize};

use super::check::FileProblem;
use super::file_kind::FileKind;

/// Exit code of an opening program that could not begin to read the file.
pub const NOTHING_READ: u8 = 3;

/// What was opened without harm; lies in the folder of a model, and in that of all models for files that lie elsewhere.
const RECORD: &str = ".opened.json";
/// Longest time that opening a file may take, waiting for the disk included.
const LONGEST: Duration = Duration::from_secs(600);
/// Between two looks at whether the program has ended.
const STEP: Duration = Duration::from_millis(10);

/// A program that opens a model file: its arguments are followed by a [`FileKind`] and the path of the file. It must
/// end by itself, whether the file is sound or not, and have limits on memory and time. It ends with success or with
/// [`NOTHING_READ`], and says in a line of its output, as JSON, what confines it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpeningProgram {
    pub program: PathBuf,
    /// Its first arguments.
    pub arguments: Vec<String>,
}

/// Opens files by the program, where there is one, and remembers which it has opened.
#[derive(Debug, Default)]
pub(super) struct Opening {
    program: Option<OpeningProgram>,
    /// The folder of models. Nothing is written but there.
    root: PathBuf,
    /// Folders that cannot be written have their record here alone.
    harmless: Mutex<HashMap<PathBuf, Stamp>>,
}

/// What a file had when it was opened. A file that changes has another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    modified_ns: u64,
}

impl Opening {
    pub(super) fn by(program: OpeningProgram, root: PathBuf) -> Self {
        Self {
            program: Some(program),
            root,
            harmless: Mutex::default(),
        }
    }

    /// Opens the file at `on_disk`, unless it was opened before as it is now. Blocks.
    pub(super) fn open(&self, kind: FileKind, on_disk: &Path) -> Result<(), FileProblem> {
        let Some(program) = &self.program else {
            return Ok(());
        };
        let now = stamp(on_disk);
        if now.is_some() && self.known(on_disk) == now {
            return Ok(());
        }
        match end_of(program, kind, on_disk) {
            Ok(status) if status.success() => {}
            Ok(status) if status.code() == Some(NOTHING_READ.into()) => {
                tracing::warn!(
                    kind = kind.as_str(),
                    file = %on_disk.display(),
                    "a model file could not be read in a process of its own"
                );
                return Err(untried());
            }
            Ok(status) => {
                tracing::error!(%status, kind = kind.as_str(), file = %on_disk.display(), "a model file ended the process that opened it");
                return Err(harmful());
            }
            // Nothing is known about the file, and this process is not the one to find out.
            Err(error) => {
                tracing::warn!(%error, "a model file could not be opened in a process of its own");
                return Err(untried());
            }
        }
        if let Some(now) = now {
            self.lock().insert(on_disk.to_owned(), now);
            self.record(on_disk, now);
        }
        Ok(())
    }

    /// Takes along what is known about a file that was renamed.
    pub(super) fn moved(&self, from: &Path, to: &Path) {
        let known = self.lock().remove(from);
        if let Some(known) = known {
            self.lock().insert(to.to_owned(), known);
            self.record(to, known);
        }
    }

    fn known(&self, on_disk: &Path) -> Option<Stamp> {
        let known = self.lock().get(on_disk).copied();
        known.or_else(|| {
            let (folder, name) = self.place(on_disk)?;
            read_record(folder).get(&name).copied()
        })
    }

    fn record(&self, on_disk: &Path, stamp: Stamp) {
        if let Some((folder, name)) = self.place(on_disk) {
            write_record(folder, name, stamp);
        }
    }

    /// The folder whose record has the file, and its name there: that of the model, or the folder of all models for
    /// files that lie elsewhere. A file that has not arrived yet has none.
    fn place<'a>(&'a self, on_disk: &'a Path) -> Option<(&'a Path, String)> {
        let name = on_disk.file_name()?.to_str()?;
        if name.ends_with(".partial") {
            return None;
        }
        if on_disk.starts_with(&self.root) {
            return Some((on_disk.parent()?, name.to_owned()));
        }
        let path = std::path::absolute(on_disk).ok()?;
        Some((&self.root, path.to_str()?.to_owned()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Stamp>> {
        self.harmless.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn harmful() -> FileProblem {
    FileProblem::new(
        "was opened in a process of its own, which it crashed or made use too much memory or time; it is damaged or made to do harm",
        "fetch it again from a source that you trust, and delete this one",
    )
}

fn untried() -> FileProblem {
    let problem = FileProblem::new(
        "could not be opened in a process of its own, as none could be started and limited",
        "try again when the machine has memory and processes to spare",
    );
    FileProblem {
        untried: true,
        ..problem
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Stamp {
        size: metadata.len(),
        modified_ns: u64::try_from(modified.as_nanos()).ok()?,
    })
}

fn read_record(folder: &Path) -> HashMap<String, Stamp> {
    let bytes = std::fs::read(folder.join(RECORD)).unwrap_or_default();
    // Whatever is wrong with it, the files are opened once more.
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Writes the stamp into the record of the folder. One that cannot be written is opened again after the next start.
fn write_record(folder: &Path, name: String, stamp: Stamp) {
    let mut known = read_record(folder);
    known.insert(name, stamp);
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        serde_json::to_writer(&mut file, &known)?;
        file.persist(folder.join(RECORD))
            .map_err(|error| error.error)
    });
    if let Err(error) = written {
        tracing::debug!(%error, "that a model file was opened cannot be recorded");
    }
}

/// How the program ended; one that takes too long is ended.
fn end_of(program: &OpeningProgram, kind: FileKind, on_disk: &Path) -> std::io::Result<ExitStatus> {
    let on_disk = std::path::absolute(on_disk)?;
    let mut child = riddle_sandbox::command(&program.program, Path::new("/"))
        .args(&program.arguments)
        .arg(kind.as_str())
        .arg(on_disk)
        // One file, one core, and little address space for each thread.
        .env("RAYON_NUM_THREADS", "1")
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (output, errors) = match readers(&mut child) {
        Ok(readers) => readers,
        // What nobody reads may wait for ever to be read.
        Err(error) => {
            child.kill()?;
            child.wait()?;
            return Err(error);
        }
    };
    let ended = wait(&mut child);
    tell_gaps(&output.join().unwrap_or_default());
    let words = errors.join().unwrap_or_default();
    if !words.is_empty() {
        tracing::debug!(words, "said about a model file");
    }
    ended
}

/// What it says, and what it says about errors.
fn readers(child: &mut Child) -> std::io::Result<(JoinHandle<String>, JoinHandle<String>)> {
    let output = reader("model-file-output", child.stdout.take())?;
    let errors = reader("model-file-errors", child.stderr.take())?;
    Ok((output, errors))
}

/// Reads on a thread of its own what a program says.
fn reader(
    name: &str,
    words: Option<impl Read + Send + 'static>,
) -> std::io::Result<JoinHandle<String>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || words.map(first_words).unwrap_or_default())
}

/// Once is enough: the kernel stays the same.
fn tell_gaps(output: &str) {
    static TOLD: Once = Once::new();
    let confinement = |line: &str| serde_json::from_str::<Confinement>(line).ok();
    let told = output.lines().find_map(confinement);
    if let Some(gaps) = told.and_then(|confinement| confinement.gaps()) {
        TOLD.call_once(|| {
            tracing::warn!(
                %gaps,
                "the process that opens model files is confined by its limits, but not fully by this kernel"
            );
        });
    }
}

fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > LONGEST {
            child.kill()?;
            return child.wait();
        }
        std::thread::sleep(STEP);
    }
}

fn first_words(output: impl Read) -> String {
    let mut words = Vec::new();
    // All is read, so that the program never waits for a reader.
    let mut output = output;
    let _ = output.by_ref().take(8 << 10).read_to_end(&mut words);
    let _ = std::io::copy(&mut output, &mut std::io::sink());
    String::from_utf8_lossy(&words).into_owned()
}
