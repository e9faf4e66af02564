//! Data folders of other versions: older ones are brought up to date with nothing lost, newer ones are refused and
//! left as they are.

mod folder;
mod newer;
mod older;
