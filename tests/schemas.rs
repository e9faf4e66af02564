//! Data folders of other versions: older ones are brought up to date with nothing lost, newer ones are refused and
//! left as they are. And one whose database moves.

mod folder;
mod moved;
mod newer;
mod older;
