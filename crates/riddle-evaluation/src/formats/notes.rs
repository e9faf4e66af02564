use std::collections::BTreeMap;

use super::note::{FormatNote, NoteKind};

/// Counts what was left out or repaired.
#[derive(Default)]
pub(super) struct Notes(BTreeMap<NoteKind, (usize, String)>);

impl Notes {
    pub(super) fn add(&mut self, kind: NoteKind, example: &str) {
        self.0
            .entry(kind)
            .or_insert_with(|| (0, example.to_owned()))
            .0 += 1;
    }

    pub(super) fn list(self) -> Vec<FormatNote> {
        let note = |(kind, (count, example))| FormatNote {
            kind,
            count,
            example,
        };
        self.0.into_iter().map(note).collect()
    }
}
