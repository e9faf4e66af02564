//! The riddle binary: command line, configuration, wiring
fn main() {}
