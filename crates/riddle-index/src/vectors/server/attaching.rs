use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;

use riddle_core::IndexError;

use super::ServerStore;
use super::claim::Claim;
use super::record::{self, Embedder, Record};
use crate::error::VECTORS;

impl ServerStore {
    /// Reads what the server holds, and makes good what is not as it was left. The caller holds the right to write, or
    /// nobody else knows the store yet.
    pub(super) fn attach(&self) -> Result<(), IndexError> {
        let present = self.ask(|server| {
            server.check()?;
            server.collections()
        })?;
        let kept = match present.contains(&self.names.record()) {
            true => self.ask(|server| record::read(server, &self.names))?,
            false => None,
        };
        let claim = self.claim.read();
        let record = match kept {
            // Less than the claim says is what a server has that was set back to an earlier state.
            Some(record)
                if record.edition == claim.edition && record.position >= claim.position =>
            {
                self.without_lost(record, &present)?
            }
            _ => self.start_over(&present)?,
        };
        self.settle(&record)?;
        *self.lock_record() = Some(record);
        Ok(())
    }

    /// Where collections are gone, the position goes back to 0, from which the caller sees that they have to be filled
    /// again.
    fn without_lost(
        &self,
        mut record: Record,
        present: &BTreeSet<String>,
    ) -> Result<Record, IndexError> {
        let had = record.embedders.len();
        let is_there = |one: &Embedder| present.contains(&self.names.vectors(&one.fingerprint));
        record.embedders.retain(is_there);
        if record.embedders.len() < had {
            tracing::warn!(
                store = VECTORS,
                "the server has lost vectors; they are built anew"
            );
            record.position = 0;
            self.ask(|server| record::write(server, &self.names, &record))?;
        }
        Ok(record)
    }

    /// Begins a new edition. What is there belongs to indexes that are no more.
    fn start_over(&self, present: &BTreeSet<String>) -> Result<Record, IndexError> {
        // A stop before the end leaves no claim on what is half made.
        self.claim.write(Claim::default())?;
        self.set_position(0);
        let record = Record {
            // By chance, so that no other server that was used before has the same. The server's whole numbers have a
            // sign, and 0 stands for none.
            edition: (RandomState::new().hash_one(()) >> 1) | 1,
            position: 0,
            embedders: Vec::new(),
        };
        self.ask(|server| {
            for name in present.iter().filter(|name| self.names.is_ours(name)) {
                server.drop_collection(name)?;
            }
            record::create(server, &self.names)?;
            record::write(server, &self.names, &record)
        })?;
        Ok(record)
    }

    /// Remembers here what the server has recorded.
    pub(super) fn settle(&self, record: &Record) -> Result<(), IndexError> {
        self.claim.write(Claim {
            edition: record.edition,
            position: record.position,
        })?;
        self.set_position(record.position);
        Ok(())
    }

    fn set_position(&self, to: u64) {
        if to < self.position.swap(to, Ordering::AcqRel) {
            self.has_fallen.store(true, Ordering::Release);
        }
    }
}
