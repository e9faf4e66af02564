//! Speed and memory.
fn main() {}
