//! The crate from outside, with the real worker.

// The attribute lets the lints know that helpers here are tests too.
#[cfg(test)]
mod binary_workbooks;
#[cfg(test)]
mod chunking;
#[cfg(test)]
mod confinement;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod line_breaks;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod notes;
#[cfg(test)]
mod office;
#[cfg(test)]
mod old_workbooks;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pdf;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod places;
#[cfg(test)]
mod plain_text;
#[cfg(test)]
mod rich_text;
#[cfg(test)]
mod running_lines;
#[cfg(test)]
mod scanned;
#[cfg(test)]
mod support;
