use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use riddle_core::DocumentId;

/// A folder with an empty file for each document that is being parsed or embedded. If the process crashes, the next run
/// finds there what it was working on. The files need no sync, because they only have to outlive the process, and cost
/// a hundredth of a transaction.
pub(crate) struct InHandFolder {
    folder: PathBuf,
}

/// The file of one document, removed on drop.
pub(crate) struct InHandMark(PathBuf);

impl InHandFolder {
    /// Opens the folder, making it if absent.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join("in-hand");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Marks a document for as long as the result lives.
    pub(crate) fn mark(&self, document: DocumentId) -> InHandMark {
        let path = self.folder.join(document.to_string());
        if let Err(error) = File::create(&path) {
            // Go on: without the mark a crash is not counted, but the document is processed.
            tracing::debug!(%document, %error, "cannot mark a document as being worked on");
        }
        InHandMark(path)
    }

    /// The documents that were marked when the last run ended.
    pub(crate) fn left_behind(&self) -> io::Result<Vec<DocumentId>> {
        let mut documents = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if let Some(Ok(id)) = name.to_str().map(str::parse) {
                documents.push(DocumentId(id));
            }
        }
        Ok(documents)
    }

    /// Removes the marks of the last run, once the database has them.
    pub(crate) fn clear(&self, documents: &[DocumentId]) {
        for document in documents {
            drop(InHandMark(self.folder.join(document.to_string())));
        }
    }
}

impl Drop for InHandMark {
    fn drop(&mut self) {
        // The file is missing if it could not be created.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_mark_is_there_for_as_long_as_the_work_and_outlives_a_process() {
        let data = tempfile::tempdir().expect("a folder");
        let (done, lost) = (
            DocumentId(Uuid::from_u128(1)),
            DocumentId(Uuid::from_u128(2)),
        );
        let in_hand = InHandFolder::open(data.path()).expect("opened");
        drop(in_hand.mark(done));
        std::mem::forget(in_hand.mark(lost));
        let next = InHandFolder::open(data.path()).expect("opened again");
        assert_eq!(next.left_behind().expect("read"), [lost]);
        next.clear(&[lost]);
        assert!(next.left_behind().expect("read").is_empty());
    }
}
