//! The extraction worker alone, for tests of the extractor.

fn main() -> std::process::ExitCode {
    riddle_ingest::run_worker()
}
