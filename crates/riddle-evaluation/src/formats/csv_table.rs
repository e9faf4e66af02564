mod columns;
mod read;
mod write;

pub(super) use columns::has_head;
pub(super) use read::import;
pub(super) use write::export;
