use futures_util::StreamExt;
use riddle_core::{ContentHash, StoreError};

use super::table::Table;
use crate::sql::{Transaction, Value};

/// What tells the rows of a table from all others: how many they are, and a hash of all their values in order.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Digest {
    pub(super) rows: u64,
    hash: ContentHash,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            rows: 0,
            hash: ContentHash::of(&[]),
        }
    }
}

impl Digest {
    /// Of all rows that a table has.
    pub(super) async fn of(table: &Table, from: &mut Transaction) -> Result<Self, StoreError> {
        let mut digest = Self::default();
        let mut rows = table.rows(from);
        while let Some(row) = rows.next().await {
            digest.add(&table.values(&row?)?);
        }
        Ok(digest)
    }

    /// Adds the next row.
    pub(super) fn add(&mut self, row: &[Value]) {
        let mut bytes = self.hash.0.to_vec();
        for value in row {
            write(value, &mut bytes);
        }
        self.hash = ContentHash::of(&bytes);
        self.rows += 1;
    }
}

/// The kind, the length and the bytes, so that no two rows are written alike.
fn write(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Integer(Some(number)) => part(1, &number.to_be_bytes(), to),
        // SQLite has one zero only.
        Value::Real(Some(number)) => part(2, &(number + 0.0).to_be_bytes(), to),
        Value::Text(Some(text)) => part(3, text.as_bytes(), to),
        Value::Bytes(Some(bytes)) => part(4, bytes, to),
        Value::Integer(None) | Value::Real(None) | Value::Text(None) | Value::Bytes(None) => {
            part(0, &[], to);
        }
    }
}

fn part(kind: u8, bytes: &[u8], to: &mut Vec<u8>) {
    to.push(kind);
    to.extend((bytes.len() as u64).to_be_bytes());
    to.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Value]]) -> Digest {
        let mut digest = Digest::default();
        rows.iter().for_each(|row| digest.add(row));
        digest
    }

    #[test]
    fn rows_that_differ_in_anything_have_another_digest() {
        let [a, b, ab] = ["a", "b", "ab"].map(Value::from);
        let empty = Value::from("");
        let absent = Value::Text(None);
        let zero = Value::from(0_i64);
        let first: &[Value] = &[a.clone(), b.clone()];
        let same = digest(&[first]);
        assert_eq!(same, digest(&[&[Value::from("a"), Value::from("b")]]));
        for others in [
            digest(&[]),
            digest(&[first, first]),
            digest(&[&[b, a]]),
            digest(&[&[ab, empty.clone()]]),
            digest(&[&[Value::from(b"a".as_slice()), Value::from("b")]]),
        ] {
            assert_ne!(same, others);
        }
        let absent = digest(&[&[absent]]);
        assert_ne!(digest(&[&[empty]]), absent);
        assert_ne!(digest(&[&[zero]]), absent);
        let zeros = [0.0, -0.0].map(|zero| digest(&[&[Value::from(zero)]]));
        assert_eq!(zeros[0], zeros[1]);
    }
}
