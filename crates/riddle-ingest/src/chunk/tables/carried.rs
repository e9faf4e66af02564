//! What a chunk from the middle of a table carries in front of its rows.

use riddle_core::Tokenizer;

use crate::chunk::outline::{Table, names_columns};

/// The caption and the names of the columns.
pub(super) struct Carried {
    pub(super) text: String,
    pub(super) tokens: usize,
}

impl Carried {
    /// As much as leaves at least a third of `capacity` to the rows, or a quarter for the names of columns alone.
    pub(super) fn of(
        text: &str,
        table: &Table,
        tokenizer: &dyn Tokenizer,
        capacity: usize,
    ) -> Self {
        let header = squeezed(&text[table.header.clone()]);
        let table_head = format!("{header}\n{}\n", rule(&header));
        let caption = table
            .caption
            .as_ref()
            .map(|caption| text[caption.clone()].trim());
        let with_caption = caption.map(|caption| format!("{caption}\n\n{table_head}"));
        let choices = match names_columns(&header) {
            true => [
                (with_caption, capacity / 3 * 2),
                (Some(table_head), capacity / 3 * 2),
                (Some(format!("{header}\n")), capacity / 4 * 3),
            ],
            false => [
                (
                    caption.map(|caption| format!("{caption}\n\n")),
                    capacity / 3,
                ),
                (None, 0),
                (None, 0),
            ],
        };
        for (choice, limit) in choices {
            let Some(text) = choice else {
                continue;
            };
            let tokens = tokenizer.token_starts(&text).len();
            if tokens <= limit {
                return Self { text, tokens };
            }
        }
        Self {
            text: String::new(),
            tokens: 0,
        }
    }
}

/// The row without the spaces that align its cells.
fn squeezed(row: &str) -> String {
    row.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The shortest line that makes a header of the one above.
fn rule(header: &str) -> String {
    let outer = header.starts_with('|');
    let inner = header.trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let columns = 1 + inner.matches('|').count() - inner.matches("\\|").count();
    let cells = vec!["-"; columns].join("|");
    if outer {
        format!("|{cells}|")
    } else {
        format!("{cells}|")
    }
}
